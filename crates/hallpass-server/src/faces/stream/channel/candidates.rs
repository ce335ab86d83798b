//! The channels that a filter can find at all: those that it names, those of the users that it names, or else all there are.

use std::collections::BTreeSet;

use hallpass::{Channel, ChannelId};
use serde_json::Value;

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::filter::Filter;
use crate::limits::SCAN_ROWS;
use crate::scan::Scan;

/// Most channels that are looked up by name; beyond, looking through those of a type is no worse.
const NAMED: usize = 50_000;
/// Most users whose channels are looked up.
const USERS: usize = 1000;
/// Memberships read from the store at a time.
const MEMBERSHIPS: usize = 1000;

/// Channels to ask a filter about, in steps, by id. Deleted ones are left out.
pub(super) enum Candidates<'a> {
    /// These.
    Named { call: &'a Call, ids: std::vec::IntoIter<ChannelId> },
    /// Those of types that are still to come, and of the one whose turn it is.
    Scanned { call: &'a Call, types: std::vec::IntoIter<Option<String>>, scan: Option<Box<Scan<Channel>>> },
}

impl<'a> Candidates<'a> {
    /// Finds where to look. `acting` is the user whose own membership the filter may speak of.
    pub(super) async fn of(call: &'a Call, filter: &Filter, acting: Option<&str>) -> Result<Self, StreamError> {
        let known: Vec<String> = call.tenant.engine().channel_types().into_iter().map(|of| of.name).collect();
        let Some(Pins { mut ids, users }) = Pins::of(filter, &known, acting) else {
            let Some(named) = filter.within("type") else {
                return Ok(Self::Scanned { call, types: vec![None].into_iter(), scan: None });
            };
            let mut types: Vec<String> = known.into_iter().filter(|of| named.contains(of.as_str())).collect();
            // In the order of their channels' ids, which is not quite that of their names.
            types.sort_by_cached_key(|of| format!("{of}:"));
            return Ok(Self::Scanned { call, types: types.into_iter().map(Some).collect::<Vec<_>>().into_iter(), scan: None });
        };
        for user in users {
            ids.extend(channels_of(call, &user).await?);
        }
        Ok(Self::Named { call, ids: ids.into_iter().collect::<Vec<_>>().into_iter() })
    }

    /// The next of them; `None` when there are no more.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<Channel>>, StreamError> {
        match self {
            Self::Named { call, ids } => {
                let step: Vec<ChannelId> = ids.take(SCAN_ROWS).collect();
                let found = step.iter().filter_map(|id| call.tenant.engine().channel(id.as_str()));
                Ok((!step.is_empty()).then(|| found.filter(|channel| !channel.deleted).collect()))
            }
            Self::Scanned { call, types, scan } => loop {
                let going = match scan {
                    Some(going) => going,
                    None => {
                        let Some(of) = types.next() else { return Ok(None) };
                        let read = move |store: &dyn hallpass_store::Store, app: &str, after: Option<&Channel>, limit: usize| {
                            store.channels(app, of.as_deref(), after.map(|channel| &channel.id), limit)
                        };
                        scan.insert(Box::new(Scan::start(&call.tenant, read).await))
                    }
                };
                match going.step().await.map_err(StreamError::internal)? {
                    Some(page) => return Ok(Some(page.into_iter().filter(|channel| !channel.deleted).collect())),
                    None => *scan = None,
                }
            },
        }
    }
}

/// What a filter names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pins {
    ids: BTreeSet<ChannelId>,
    /// Users, among whose channels all lie that are not named.
    users: BTreeSet<String>,
}

impl Pins {
    /// What all channels that pass are named by; `None` where that can be any channel.
    fn of(filter: &Filter, types: &[String], acting: Option<&str>) -> Option<Self> {
        if let Some(cids) = filter.within("cid") {
            return Some(Self { ids: cids.into_iter().filter_map(|cid| cid.parse().ok()).collect(), users: BTreeSet::new() });
        }
        if let Some(ids) = filter.within("id") {
            let types: BTreeSet<&str> = filter.within("type").unwrap_or_else(|| types.iter().map(String::as_str).collect());
            if types.len().saturating_mul(ids.len()) <= NAMED {
                let pairs = types.iter().flat_map(|of| ids.iter().filter_map(|id| ChannelId::new(of, id).ok()));
                return Some(Self { ids: pairs.collect(), users: BTreeSet::new() });
            }
        }
        let of_users = |users: BTreeSet<String>| Some(Self { ids: BTreeSet::new(), users });
        if let Some(acting) = acting.filter(|_| is_about_own(filter)) {
            return of_users(BTreeSet::from([acting.to_owned()]));
        }
        if let Some(users) = filter.within("members").filter(|users| users.len() <= USERS) {
            return of_users(users.into_iter().map(str::to_owned).collect());
        }
        match filter {
            Filter::All(parts) => {
                let each = parts.iter().filter_map(|part| Self::of(part, types, acting));
                each.min_by_key(|pins| (pins.users.len(), pins.ids.len()))
            }
            Filter::Any(parts) => {
                let each = parts.iter().map(|part| Self::of(part, types, acting)).collect::<Option<Vec<_>>>()?;
                Some(each.into_iter().fold(Self::default(), Self::and))
            }
            Filter::Neither(_) | Filter::Field(..) => None,
        }
    }

    fn and(mut self, other: Self) -> Self {
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

async fn channels_of(call: &Call, user: &str) -> Result<Vec<ChannelId>, StreamError> {
    let (mut ids, mut after) = (Vec::new(), None::<ChannelId>);
    loop {
        let (user, from) = (user.to_owned(), after.take());
        let read = call.tenant.read(move |store, app| store.memberships(app, &user, from.as_ref(), MEMBERSHIPS));
        let page = read.await.map_err(StreamError::internal)?;
        let is_last = page.len() < MEMBERSHIPS;
        after = page.last().map(|last| last.channel.clone());
        ids.extend(page.into_iter().map(|member| member.channel));
        if is_last {
            return Ok(ids);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pins(filter: &Value) -> Option<(String, String)> {
        let types = ["messaging".to_owned(), "team".to_owned()];
        let pins = Pins::of(&Filter::read("f", filter).unwrap(), &types, Some("me"))?;
        let ids: Vec<String> = pins.ids.iter().map(ToString::to_string).collect();
        Some((ids.join(" "), pins.users.into_iter().collect::<Vec<_>>().join(" ")))
    }

    #[test]
    fn what_a_filter_names() {
        for (filter, expected) in [
            (json!({"type": "messaging", "members": {"$in": ["me"]}}), Some(("", "me"))),
            (json!({"members": "ana"}), Some(("", "ana"))),
            (json!({"cid": {"$in": ["team:a", "broken"]}, "members": "ana"}), Some(("team:a", ""))),
            (json!({"type": "team", "id": {"$in": ["a", "b"]}}), Some(("team:a team:b", ""))),
            (json!({"id": "a"}), Some(("messaging:a team:a", ""))),
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
}
