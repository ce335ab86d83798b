//! Reports that a filter can find: those that it names, by their ids or by what was flagged, or else all of the app.

use std::collections::BTreeSet;

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::super::filter::Filter;
use super::super::scan::Documents;
use super::report::{MESSAGE, REPORT, Report, USER, id_of};
use crate::limits::{LOOKUPS, SCAN_ROWS};
use crate::scan::Turn;

/// Reports to ask a filter about, in steps, by id.
pub(super) enum Reports<'a> {
    /// These.
    Named { call: &'a Call, ids: std::vec::IntoIter<String> },
    /// All.
    Scanned { turn: Turn, all: Documents },
}

impl<'a> Reports<'a> {
    /// Finds where to look.
    pub(super) fn of(call: &'a Call, filter: &Filter) -> Self {
        match Named::of(filter) {
            Some(named) => Self::Named { call, ids: named.ids().into_iter().collect::<Vec<_>>().into_iter() },
            None => Self::Scanned { turn: Turn::of_scan(&call.tenant), all: Documents::new(REPORT, "") },
        }
    }

    /// The next of them; `None` when there are no more.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<Report>>, StreamError> {
        match self {
            Self::Named { call, ids } => {
                let step: Vec<String> = ids.take(SCAN_ROWS).collect();
                if step.is_empty() {
                    return Ok(None);
                }
                Ok(Some(documents::several::<Report>(&call.tenant, REPORT, step).await?.into_values().collect()))
            }
            Self::Scanned { turn, all } => Ok(all.step(turn).await?.map(|page| page.into_iter().map(|(_, report)| report).collect())),
        }
    }
}

/// What a filter names, such that every report that passes is one of these.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named<'a> {
    reports: BTreeSet<&'a str>,
    /// Messages or users.
    things: BTreeSet<&'a str>,
}

impl<'a> Named<'a> {
    /// Of a filter; `None` where any report can pass, or more than are looked up.
    fn of(filter: &'a Filter) -> Option<Self> {
        if let Some(reports) = ["id", "report_id"].iter().find_map(|field| filter.within(field)) {
            return Some(Self { reports, ..Self::default() });
        }
        if let Some(things) = ["message_id", "entity_id"].iter().find_map(|field| filter.within(field)) {
            return Self { things, ..Self::default() }.bounded();
        }
        match filter {
            Filter::All(parts) => parts.iter().filter_map(Self::of).min_by_key(Self::len),
            Filter::Any(parts) => parts.iter().try_fold(Self::default(), |mut all, part| {
                let more = Self::of(part)?;
                all.reports.extend(more.reports);
                all.things.extend(more.things);
                all.bounded()
            }),
            Filter::Neither(_) | Filter::Field(..) => None,
        }
    }

    fn bounded(self) -> Option<Self> {
        (self.len() <= LOOKUPS).then_some(self)
    }

    /// How many reports that can be: one of a message, and one of a user.
    fn len(&self) -> usize {
        self.reports.len() + 2 * self.things.len()
    }

    fn ids(self) -> BTreeSet<String> {
        let of_things = self.things.into_iter().flat_map(|id| [MESSAGE, USER].map(|of| id_of(of, id)));
        self.reports.into_iter().map(str::to_owned).chain(of_things).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(filter: &Value) -> Option<usize> {
        let filter = Filter::read("filter", filter).unwrap();
        Named::of(&filter).map(|named| named.ids().len())
    }

    #[test]
    fn what_a_filter_names() {
        let many = |start: usize| -> Vec<String> { (start..start + 200).map(|at| at.to_string()).collect() };
        let named_by = |field: &str, branches: usize| -> Value {
            json!({"$or": (0..branches).map(|at| json!({field: {"$in": many(at * 200)}})).collect::<Vec<_>>()})
        };
        for (filter, expected) in [
            (json!({"id": "a"}), Some(1)),
            (json!({"message_id": {"$in": ["a", "b"]}}), Some(4)),
            (json!({"$or": [{"entity_id": "a"}, {"report_id": "b"}]}), Some(3)),
            (json!({"$and": [{"entity_id": {"$in": ["a", "b"]}}, {"$or": [{"id": "c"}]}]}), Some(1)),
            (json!({"$or": [{"entity_id": "a"}, {"user_id": "b"}]}), None),
            (named_by("id", 25), Some(5_000)),
            (named_by("id", 26), None),
            (named_by("message_id", 12), Some(4_800)),
            (named_by("message_id", 13), None),
            (json!({"$and": [named_by("message_id", 199), {"entity_id": "a"}]}), Some(2)),
        ] {
            assert_eq!(named(&filter), expected, "{}", &filter.to_string()[..60.min(filter.to_string().len())]);
        }
    }
}
