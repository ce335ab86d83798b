//! What a filter says of a field before any row was seen: which values it can have, so that rows are looked up instead of looked through.
//!
//! Ana's client asks for `{"type": "messaging", "members": {"$in": ["ana"]}}`. Whatever passes has Ana among its members, so Ana's
//! memberships are all that has to be read. The filter is asked about each of them all the same: bounds leave out, they never let in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Filter, Test};
use crate::limits::LOOKUPS;

impl Filter {
    /// Values such that every row that passes has one of them in `field`; `None` where the filter does not say, or names more than are
    /// looked up. `field` is one that holds a string, or a list of strings.
    pub(in super::super) fn within(&self, field: &str) -> Option<BTreeSet<&str>> {
        match self {
            // Each part bounds the field, so the smallest bound does. They are not cut with each other: a list may hold one of each.
            Self::All(filters) => filters.iter().filter_map(|filter| filter.within(field)).min_by_key(BTreeSet::len),
            Self::Any(filters) => filters.iter().try_fold(BTreeSet::new(), |mut all, filter| {
                all.extend(filter.within(field)?);
                (all.len() <= LOOKUPS).then_some(all)
            }),
            Self::Field(name, test) if name == field => test.within(),
            Self::Neither(_) | Self::Field(..) => None,
        }
    }

    /// Whether every row that passes has just this value in `field`.
    pub(in super::super) fn requires(&self, field: &str, value: &Value) -> bool {
        match self {
            Self::All(filters) => filters.iter().any(|filter| filter.requires(field, value)),
            Self::Any(filters) => filters.iter().all(|filter| filter.requires(field, value)),
            Self::Field(name, Test::Eq(wanted)) => name == field && wanted == value,
            Self::Field(name, Test::In(wanted)) => name == field && wanted.listed.iter().all(|wanted| wanted == value),
            Self::Neither(_) | Self::Field(..) => false,
        }
    }

    /// A value that `field` is greater than in every row that passes: where a walk along this field can start.
    pub(in super::super) fn above(&self, field: &str) -> Option<&str> {
        match self {
            Self::All(filters) => filters.iter().filter_map(|filter| filter.above(field)).max(),
            Self::Field(name, Test::Gt(Value::String(text))) if name == field => Some(text),
            _ => None,
        }
    }

    /// Whether the filter looks at `field`, or at a field of it.
    pub(in super::super) fn asks(&self, field: &str) -> bool {
        self.tests().into_iter().any(|(name, _)| is_of(name, field))
    }

    /// The strings that the filter compares the elements of a list field with.
    pub(in super::super) fn named(&self, field: &str) -> BTreeSet<&str> {
        let tests = self.tests().into_iter().filter(|(name, _)| *name == field);
        tests.flat_map(|(_, test)| test.operands()).filter_map(Value::as_str).collect()
    }

    /// How many elements the longest list has that the filter compares a whole list field with.
    pub(in super::super) fn longest(&self, field: &str) -> Option<usize> {
        let lists = self.tests().into_iter().filter(|(name, _)| *name == field).filter_map(|(_, test)| match test {
            Test::Eq(Value::Array(items)) | Test::Ne(Value::Array(items)) => Some(items.len()),
            _ => None,
        });
        lists.max()
    }

    fn tests(&self) -> Vec<(&str, &Test)> {
        match self {
            Self::All(filters) | Self::Any(filters) | Self::Neither(filters) => filters.iter().flat_map(Self::tests).collect(),
            Self::Field(name, test) => vec![(name, test)],
        }
    }
}

/// Whether `name` is a field, or a field of that field.
pub(in super::super) fn is_of(name: &str, field: &str) -> bool {
    name.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Test {
    fn within(&self) -> Option<BTreeSet<&str>> {
        match self {
            Self::Eq(Value::String(text)) | Self::Contains(Value::String(text)) => Some(BTreeSet::from([text.as_str()])),
            // A list that has the same elements has the first. One without elements has nothing to be found by.
            Self::Eq(Value::Array(items)) => Some(BTreeSet::from([items.first()?.as_str()?])),
            Self::In(values) => Some(values.listed.iter().filter_map(Value::as_str).collect()),
            _ => None,
        }
    }

    /// What it compares with.
    fn operands(&self) -> Vec<&Value> {
        match self {
            Self::Eq(Value::Array(values)) | Self::Ne(Value::Array(values)) => values.iter().collect(),
            Self::In(values) | Self::Nin(values) => values.listed.iter().collect(),
            Self::Eq(value) | Self::Ne(value) | Self::Contains(value) => vec![value],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(filter: &Value) -> Filter {
        Filter::read("f", filter).unwrap()
    }

    #[test]
    fn a_bound_is_seen_through_and_or() {
        for (filter, expected) in [
            (json!({"cid": "a"}), Some(vec!["a"])),
            (json!({"cid": {"$eq": "a"}, "type": "t"}), Some(vec!["a"])),
            (json!({"cid": {"$in": ["b", "a", "b", 7]}}), Some(vec!["a", "b"])),
            (json!({"$and": [{"type": "t"}, {"$and": [{"cid": "a"}]}]}), Some(vec!["a"])),
            (json!({"$and": [{"cid": {"$in": ["a", "b"]}}, {"cid": {"$in": ["c"]}}]}), Some(vec!["c"])),
            (json!({"$or": [{"cid": "a"}, {"cid": "b", "type": "t"}]}), Some(vec!["a", "b"])),
            (json!({"$or": []}), Some(vec![])),
            (json!({"cid": {"$in": []}}), Some(vec![])),
            (json!({"cid": ["b", "a"]}), Some(vec!["b"])),
            (json!({"cid": []}), None),
            (json!({"$or": [{"cid": "a"}, {"type": "t"}]}), None),
            (json!({"$nor": [{"cid": "a"}]}), None),
            (json!({"cid": {"$ne": "a"}}), None),
            (json!({"cid": {"$gt": "a"}}), None),
            (json!({"cid.x": "a"}), None),
            (json!({}), None),
        ] {
            assert_eq!(read(&filter).within("cid"), expected.map(|values| values.into_iter().collect()), "{filter}");
        }
    }

    #[test]
    fn what_is_required_asked_and_named() {
        let filter = read(&json!({"$and": [{"joined": true}, {"$or": [{"members": {"$ne": ["x", "y"]}}, {"members": {"$nin": ["z"]}}]}]}));
        assert!(filter.requires("joined", &json!(true)) && !filter.requires("joined", &json!(false)));
        assert!(!read(&json!({"$nor": [{"joined": true}]})).requires("joined", &json!(true)));
        assert!(read(&json!({"$or": [{"joined": {"$in": [true]}}, {"joined": true, "id": "x"}]})).requires("joined", &json!(true)));
        assert_eq!(filter.named("members"), BTreeSet::from(["x", "y", "z"]));
        assert_eq!((filter.longest("members"), filter.longest("joined")), (Some(2), None));
        assert!(filter.asks("members") && !filter.asks("member") && read(&json!({"user.name": "x"})).asks("user"));
        assert_eq!(read(&json!({"id": {"$gt": "b"}, "$and": [{"id": {"$gt": "c"}}, {"id": {"$lt": "x"}}]})).above("id"), Some("c"));
        assert_eq!(read(&json!({"$or": [{"id": {"$gt": "b"}}]})).above("id"), None);
    }
}
