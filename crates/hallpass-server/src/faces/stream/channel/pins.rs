//! What a filter names of channels: ids, or users among whose channels all lie that it can find.

use std::collections::BTreeSet;

use hallpass::ChannelId;
use serde_json::Value;

use super::super::filter::Filter;
use crate::limits::LOOKUPS;

/// Most users whose channels are looked up: as many as one list of a filter can have.
pub(super) const USERS: usize = 200;

/// Every channel that passes the filter has one of these names, or one of these users. All borrowed from the filter: what is named is
/// written out once it is known not to be too much.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pins<'a> {
    cids: BTreeSet<&'a str>,
    /// Ids, each in any of some types.
    ids: Vec<(BTreeSet<&'a str>, BTreeSet<&'a str>)>,
    users: BTreeSet<&'a str>,
}

impl<'a> Pins<'a> {
    /// Of a filter; `None` where any channel can pass, or more than are looked up. `types` are those that the app has; `acting` is the
    /// user whose own membership the filter may speak of.
    pub(super) fn of(filter: &'a Filter, types: &BTreeSet<&'a str>, acting: Option<&'a str>) -> Option<Self> {
        if let Some(cids) = filter.within("cid") {
            return Some(Self { cids, ..Self::default() });
        }
        if let Some(ids) = filter.within("id") {
            let of = filter.within("type").map_or_else(|| types.clone(), |named| named.intersection(types).copied().collect());
            let pairs = Self { ids: vec![(of, ids)], ..Self::default() };
            if let Some(pairs) = pairs.bounded() {
                return Some(pairs);
            }
        }
        if let Some(acting) = acting.filter(|_| is_about_own(filter)) {
            return Some(Self { users: BTreeSet::from([acting]), ..Self::default() });
        }
        if let Some(users) = filter.within("members").filter(|users| users.len() <= USERS) {
            return Some(Self { users, ..Self::default() });
        }
        match filter {
            Filter::All(parts) => {
                let each = parts.iter().filter_map(|part| Self::of(part, types, acting));
                each.min_by_key(|pins| (pins.users.len(), pins.names()))
            }
            Filter::Any(parts) => parts.iter().try_fold(Self::default(), |all, part| all.and(Self::of(part, types, acting)?).bounded()),
            Filter::Neither(_) | Filter::Field(..) => None,
        }
    }

    /// The ids that are named, and the users.
    pub(super) fn written(self) -> (BTreeSet<ChannelId>, BTreeSet<String>) {
        let cids = self.cids.into_iter().filter_map(|cid| cid.parse().ok());
        let pairs = self.ids.iter().flat_map(|(types, ids)| types.iter().flat_map(move |of| ids.iter().map(move |id| (of, id))));
        let ids = pairs.filter_map(|(of, id)| ChannelId::new(of, id).ok());
        (cids.chain(ids).collect(), self.users.into_iter().map(str::to_owned).collect())
    }

    /// How many ids are named; those that are named twice count twice, as they are work twice.
    fn names(&self) -> usize {
        self.ids.iter().fold(self.cids.len(), |sum, (types, ids)| sum.saturating_add(types.len().saturating_mul(ids.len())))
    }

    fn bounded(self) -> Option<Self> {
        (self.names() <= LOOKUPS && self.users.len() <= USERS).then_some(self)
    }

    fn and(mut self, other: Self) -> Self {
        self.cids.extend(other.cids);
        self.ids.extend(other.ids);
        self.users.extend(other.users);
        self
    }
}

/// Whether a filter finds no channel but those that the acting user belongs to, or is invited to.
fn is_about_own(filter: &Filter) -> bool {
    // Who neither belongs to a channel nor is invited has no `invite` there.
    filter.requires("joined", &Value::Bool(true)) || filter.within("invite").is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pins(filter: &Value) -> Option<(String, String)> {
        let filter = Filter::read("f", filter).unwrap();
        let (ids, users) = Pins::of(&filter, &BTreeSet::from(["messaging", "team"]), Some("me"))?.written();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        Some((ids.join(" "), users.into_iter().collect::<Vec<_>>().join(" ")))
    }

    #[test]
    fn what_a_filter_names() {
        for (filter, expected) in [
            (json!({"type": "messaging", "members": {"$in": ["me"]}}), Some(("", "me"))),
            (json!({"members": "ana"}), Some(("", "ana"))),
            (json!({"cid": {"$in": ["team:a", "broken"]}, "members": "ana"}), Some(("team:a", ""))),
            (json!({"type": "team", "id": {"$in": ["a", "b"]}}), Some(("team:a team:b", ""))),
            (json!({"id": "a"}), Some(("messaging:a team:a", ""))),
            (json!({"type": {"$in": ["team", "call"]}, "id": "a"}), Some(("team:a", ""))),
            (json!({"type": "call", "id": "a"}), Some(("", ""))),
            (json!({"$and": [{"frozen": true}, {"$or": [{"cid": "team:a"}, {"members": "ana"}]}]}), Some(("team:a", "ana"))),
            (json!({"$or": [{"type": "team", "id": "a"}, {"cid": "x:b"}]}), Some(("team:a x:b", ""))),
            (json!({"joined": true}), Some(("", "me"))),
            (json!({"invite": "pending", "hidden": false}), Some(("", "me"))),
            (json!({"invite": {"$in": ["pending", "accepted"]}}), Some(("", "me"))),
            (json!({"members": {"$in": ["ana", "ben"]}, "joined": true}), Some(("", "me"))),
            (json!({"$or": []}), Some(("", ""))),
            (json!({"joined": false}), None),
            (json!({"invite": null}), None),
            (json!({"members": []}), None),
            (json!({"$or": [{"members": "ana"}, {"type": "team"}]}), None),
            (json!({"$nor": [{"members": "ana"}]}), None),
            (json!({"type": "team"}), None),
            (json!({}), None),
        ] {
            assert_eq!(pins(&filter), expected.map(|(ids, users)| (ids.to_owned(), users.to_owned())), "{filter}");
        }
    }

    #[test]
    fn the_bound_is_of_the_whole_filter() {
        let many = |start: usize, count: usize| -> Vec<String> { (start..start + count).map(|at| format!("n{at}")).collect() };
        let known = many(0, 20);
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        let count = |filter: &Value| {
            let filter = Filter::read("f", filter).unwrap();
            let (ids, users) = Pins::of(&filter, &known, None)?.written();
            Some((ids.len(), users.len()))
        };
        let any = |count: usize, branch: &dyn Fn(usize) -> Value| json!({"$or": (0..count).map(branch).collect::<Vec<_>>()});
        let types = json!({"$in": many(0, 200)});
        let pairs = |at: usize| json!({"type": types, "id": {"$in": many(at * 50, 50)}});
        // Ninety-nine times two hundred types and two hundred ids: nearly four million names, of which twenty types are known.
        let reported = any(99, &|at| json!({"type": types, "id": {"$in": many(at * 200, 200)}}));
        let members = |at: usize| json!({"members": {"$in": many(at * 50, 50)}});
        let mixed = |at: usize| if at == 0 { json!({"cid": "n1:a"}) } else { json!({"type": "n1", "id": {"$in": many(at * 200, 200)}}) };
        for (filter, expected) in [
            (reported.clone(), None),
            (any(5, &pairs), Some((5_000, 0))),
            (any(6, &pairs), None),
            // Named again is work again: where that is too much, none of it is done.
            (any(6, &|at| if at == 0 { json!({"cid": "n1:a"}) } else { pairs(0) }), None),
            (any(4, &members), Some((0, 200))),
            (any(5, &members), None),
            (any(25, &mixed), Some((4_801, 0))),
            (any(27, &mixed), None),
            (json!({"$and": [reported.clone(), {"members": "ana"}]}), Some((0, 1))),
            (json!({"$or": [reported.clone(), {"members": "ana"}]}), None),
        ] {
            let shown = filter.to_string();
            assert_eq!(count(&filter), expected, "{}", &shown[..shown.len().min(80)]);
        }
    }
}
