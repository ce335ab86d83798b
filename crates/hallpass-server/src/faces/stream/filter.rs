//! Stream's filter language: MongoDB's operators over the fields of users, channels and members.
//!
//! A filter is read once into a [`Filter`], with errors that name the operator or field, and then asked about each candidate. A
//! candidate is a flat JSON object (a [`Row`]): the API's own fields and the custom ones, times as milliseconds.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Map, Value};

pub(super) mod bounds;
mod order;
mod verdict;

pub(super) use order::order;

use super::dialect::read_time;
use super::error::StreamError;

/// What a filter looks at.
pub(super) type Row = Map<String, Value>;

/// Deepest nesting of `$and`, `$or`, `$nor`: more than any example in Stream's docs, and cheap to walk.
const DEPTH: usize = 8;
/// Most conditions in one filter, those that say nothing included, and most values in one list.
const CONDITIONS: usize = 200;

/// Fields that hold times, so that a filter's value is read as one.
const TIMES: &[&str] = &["created_at", "updated_at", "deleted_at", "deactivated_at", "last_active", "last_message_at", "last_updated"];

/// A condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// All hold. An empty one always does.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
    /// None holds.
    Neither(Vec<Filter>),
    /// One field passes a test.
    Field(String, Test),
}

/// A test of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// Equal; for a list field: the same elements, or (a single value) among them.
    Eq(Value),
    /// Not equal, or not there.
    Ne(Value),
    /// Greater.
    Gt(Value),
    /// Greater or equal.
    Gte(Value),
    /// Less.
    Lt(Value),
    /// Less or equal.
    Lte(Value),
    /// Equal to one of these; for a list field: holds one of these.
    In(OneOf),
    /// Equal to none of these, or not there.
    Nin(OneOf),
    /// There, or not there.
    Exists(bool),
    /// A word of the text starts with this.
    Autocomplete(String),
    /// Each of these words starts a word of the text.
    Search(String),
    /// The list field holds this.
    Contains(Value),
}

/// Values, one of which is meant. Each is found at once, however many there are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OneOf {
    /// As they were written.
    listed: Vec<Value>,
    values: HashSet<Value>,
}

impl OneOf {
    fn new(listed: Vec<Value>) -> Self {
        Self { values: listed.iter().cloned().collect(), listed }
    }

    fn is_held_by(&self, found: &Value) -> bool {
        match found {
            Value::Array(items) => items.iter().any(|item| self.values.contains(item)),
            single => self.values.contains(single),
        }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// When it uses an operator that there is not, an operator on a value of the wrong kind, or is too large.
    pub(super) fn read(place: &str, value: &Value) -> Result<Self, StreamError> {
        let mut left = CONDITIONS;
        read_object(place, value, DEPTH, &mut left)
    }

    /// Whether the row passes.
    pub(super) fn accepts(&self, row: &Row) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.accepts(row)),
            Self::Any(filters) => filters.iter().any(|filter| filter.accepts(row)),
            Self::Neither(filters) => !filters.iter().any(|filter| filter.accepts(row)),
            Self::Field(name, test) => test.accepts(lookup(row, name)),
        }
    }

    /// The values of `field` that the caller names at the top of the filter: what they know that there is, and are asked about. What is
    /// read is bounded by [`Filter::within`].
    pub(super) fn pinned(&self, field: &str) -> Option<Vec<&str>> {
        match self {
            Self::All(filters) => filters.iter().find_map(|filter| filter.pinned(field)),
            Self::Field(name, Test::Eq(Value::String(text))) if name == field => Some(vec![text]),
            Self::Field(name, Test::Contains(Value::String(text))) if name == field => Some(vec![text]),
            Self::Field(name, Test::In(values)) if name == field => values.listed.iter().map(Value::as_str).collect(),
            Self::Field(name, Test::Eq(Value::Array(values))) if name == field => values.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }
}

fn read_object(place: &str, value: &Value, depth: usize, left: &mut usize) -> Result<Filter, StreamError> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(items) if items.is_empty() => return Ok(Filter::All(Vec::new())),
        Value::Null => return Ok(Filter::All(Vec::new())),
        other => return Err(super::fields::wrong(place, "an object", other)),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(StreamError::field(place, format!("filters nest at most {DEPTH} deep")));
    };
    let mut filters = Vec::new();
    for (name, value) in object {
        let place = format!("{place}.{name}");
        match name.as_str() {
            "$and" => filters.push(Filter::All(read_list(&place, value, depth, left)?)),
            "$or" => filters.push(Filter::Any(read_list(&place, value, depth, left)?)),
            "$nor" => filters.push(Filter::Neither(read_list(&place, value, depth, left)?)),
            operator if operator.starts_with('$') => return Err(unknown(&place, operator, &["$and", "$or", "$nor"])),
            field => read_field(&place, field, value, left, &mut filters)?,
        }
    }
    Ok(Filter::All(filters))
}

fn read_list(place: &str, value: &Value, depth: usize, left: &mut usize) -> Result<Vec<Filter>, StreamError> {
    let Value::Array(items) = value else { return Err(super::fields::wrong(place, "a list of filters", value)) };
    let one = |item| {
        let before = *left;
        let filter = read_object(place, item, depth, left)?;
        if *left == before {
            // It says nothing, but is walked through all the same.
            spend(place, left)?;
        }
        Ok(filter)
    };
    items.iter().map(one).collect()
}

const OPERATORS: &[&str] = &["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$autocomplete", "$q", "$contains"];

fn read_field(place: &str, field: &str, value: &Value, left: &mut usize, filters: &mut Vec<Filter>) -> Result<(), StreamError> {
    let mut push = |test| {
        spend(place, left)?;
        filters.push(Filter::Field(field.to_owned(), test));
        Ok(())
    };
    let Value::Object(operators) = value else { return push(Test::Eq(comparable(place, field, value)?)) };
    for (operator, operand) in operators {
        let one = || comparable(place, field, operand);
        push(match operator.as_str() {
            "$eq" => Test::Eq(one()?),
            "$ne" => Test::Ne(one()?),
            "$gt" => Test::Gt(one()?),
            "$gte" => Test::Gte(one()?),
            "$lt" => Test::Lt(one()?),
            "$lte" => Test::Lte(one()?),
            "$in" => Test::In(OneOf::new(many(place, field, operand)?)),
            "$nin" => Test::Nin(OneOf::new(many(place, field, operand)?)),
            "$exists" => Test::Exists(operand.as_bool().ok_or_else(|| super::fields::wrong(place, "true or false", operand))?),
            "$autocomplete" => Test::Autocomplete(text(place, operand)?),
            "$q" => Test::Search(text(place, operand)?),
            "$contains" => Test::Contains(one()?),
            other => return Err(unknown(place, other, OPERATORS)),
        })?;
    }
    Ok(())
}

fn spend(place: &str, left: &mut usize) -> Result<(), StreamError> {
    *left = left.checked_sub(1).ok_or_else(|| StreamError::field(place, format!("a filter has at most {CONDITIONS} conditions")))?;
    Ok(())
}

fn unknown(place: &str, operator: &str, known: &[&str]) -> StreamError {
    StreamError::field(place, format!("there is no operator '{operator}' here; there are {}", known.join(", ")))
}

fn text(place: &str, value: &Value) -> Result<String, StreamError> {
    value.as_str().map(str::to_lowercase).ok_or_else(|| super::fields::wrong(place, "a string", value))
}

fn many(place: &str, field: &str, value: &Value) -> Result<Vec<Value>, StreamError> {
    match value {
        Value::Array(items) if items.len() > CONDITIONS => {
            Err(StreamError::field(place, format!("a list in a filter has at most {CONDITIONS} values")))
        }
        Value::Array(items) => items.iter().map(|item| comparable(place, field, item)).collect(),
        other => Err(super::fields::wrong(place, "a list", other)),
    }
}

/// A value as rows hold it: times as milliseconds.
fn comparable(place: &str, field: &str, value: &Value) -> Result<Value, StreamError> {
    if !TIMES.contains(&field) || value.is_null() {
        return Ok(value.clone());
    }
    read_time(value)
        .map(|at| Value::from(at.as_ms()))
        .ok_or_else(|| super::fields::wrong(place, "a time such as 2026-03-01T12:00:00Z", value))
}

/// A field, or a field of a field (`address.city`).
fn lookup<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    let found = row.get(name).or_else(|| {
        let (head, rest) = name.split_once('.')?;
        rest.split('.').try_fold(row.get(head)?, |value, part| value.get(part))
    });
    found.filter(|value| !value.is_null())
}

impl Test {
    fn accepts(&self, found: Option<&Value>) -> bool {
        match self {
            Self::Eq(value) if value.is_null() => found.is_none(),
            Self::Eq(value) => found.is_some_and(|found| equal(found, value)),
            Self::Ne(value) if value.is_null() => found.is_some(),
            Self::Ne(value) => !found.is_some_and(|found| equal(found, value)),
            Self::Gt(value) => compared(found, value, |order| order == Ordering::Greater),
            Self::Gte(value) => compared(found, value, |order| order != Ordering::Less),
            Self::Lt(value) => compared(found, value, |order| order == Ordering::Less),
            Self::Lte(value) => compared(found, value, |order| order != Ordering::Greater),
            Self::In(values) => found.is_some_and(|found| values.is_held_by(found)),
            Self::Nin(values) => !found.is_some_and(|found| values.is_held_by(found)),
            Self::Exists(wanted) => found.is_some() == *wanted,
            Self::Autocomplete(start) => found.and_then(Value::as_str).is_some_and(|text| has_word_starting(text, start)),
            Self::Search(words) => {
                found.and_then(Value::as_str).is_some_and(|text| words.split_whitespace().all(|word| has_word_starting(text, word)))
            }
            Self::Contains(value) => match found {
                Some(Value::Array(items)) => items.contains(value),
                _ => false,
            },
        }
    }
}

fn holds(found: &Value, value: &Value) -> bool {
    match found {
        Value::Array(items) => items.contains(value),
        single => single == value,
    }
}

fn equal(found: &Value, value: &Value) -> bool {
    match (found, value) {
        (Value::Array(found), Value::Array(wanted)) => found.len() == wanted.len() && wanted.iter().all(|item| found.contains(item)),
        _ => holds(found, value),
    }
}

fn compared(found: Option<&Value>, value: &Value, wanted: impl Fn(Ordering) -> bool) -> bool {
    found.and_then(|found| order(found, value)).is_some_and(wanted)
}

fn has_word_starting(text: &str, start: &str) -> bool {
    let text = text.to_lowercase();
    text.starts_with(start) || text.split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_empty() && word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepts(filter: Value, row: Value) -> bool {
        Filter::read("filter_conditions", &filter).unwrap().accepts(row.as_object().unwrap())
    }

    fn refused(filter: Value) -> String {
        Filter::read("filter_conditions", &filter).unwrap_err().message
    }

    #[test]
    fn each_operator() {
        let ana = || json!({"id": "ana", "name": "Ana María Díaz", "teams": ["red", "blue"], "age": 31, "created_at": 1_772_366_400_000_u64, "vip": true});
        for (filter, expected) in [
            (json!({}), true),
            (json!([]), true),
            (json!({"id": "ana"}), true),
            (json!({"id": {"$eq": "ben"}}), false),
            (json!({"id": {"$ne": "ben"}}), true),
            (json!({"hat": {"$ne": "blue"}}), true),
            (json!({"age": {"$gt": 30, "$lt": 31.5}}), true),
            (json!({"age": {"$gte": 32}}), false),
            (json!({"age": {"$lte": "31"}}), false),
            (json!({"id": {"$in": ["ben", "ana"]}}), true),
            (json!({"teams": {"$in": ["green", "blue"]}}), true),
            (json!({"teams": {"$contains": "red"}}), true),
            (json!({"teams": {"$contains": "green"}}), false),
            (json!({"teams": ["blue", "red"]}), true),
            (json!({"teams": {"$eq": ["blue"]}}), false),
            (json!({"teams": {}}), true),
            (json!({"id": {"$nin": ["ben"]}}), true),
            (json!({"hat": {"$exists": false}}), true),
            (json!({"hat": null}), true),
            (json!({"vip": true}), true),
            (json!({"name": {"$autocomplete": "mar"}}), true),
            (json!({"name": {"$autocomplete": "Ana M"}}), true),
            (json!({"name": {"$autocomplete": "aria"}}), false),
            (json!({"name": {"$q": "díaz ana"}}), true),
            (json!({"created_at": {"$gt": "2026-03-01T11:00:00Z"}}), true),
            (json!({"created_at": {"$lt": 1_772_366_400_000_000_000_u64}}), false),
            (json!({"$or": [{"id": "ben"}, {"age": 31}]}), true),
            (json!({"$and": [{"id": "ana"}, {"age": 30}]}), false),
            (json!({"$nor": [{"id": "ben"}, {"age": 30}]}), true),
        ] {
            assert_eq!(accepts(filter.clone(), ana()), expected, "{filter}");
        }
        assert!(accepts(json!({"address.city": "Lima"}), json!({"address": {"city": "Lima"}})));
    }

    #[test]
    fn what_is_not_a_filter_is_refused_by_name() {
        assert!(
            refused(json!({"name": {"$regex": "a"}}))
                .starts_with("filter_conditions.name: there is no operator '$regex' here; there are $eq,")
        );
        assert!(refused(json!({"$not": []})).contains("'$not'"));
        assert_eq!(refused(json!({"id": {"$in": "ana"}})), "filter_conditions.id: expected a list, got \"ana\"");
        assert!(refused(json!({"created_at": {"$gt": "noon"}})).contains("expected a time"));
        assert_eq!(refused(json!("x")), "filter_conditions: expected an object, got \"x\"");
        let deep = (0..10).fold(json!({"id": "ana"}), |inner, _| json!({"$and": [inner]}));
        assert!(refused(deep).ends_with("filters nest at most 8 deep"));
        let wide: Vec<_> = (0..300).map(|at| json!({"id": at})).collect();
        assert!(refused(json!({"$or": wide})).ends_with("a filter has at most 200 conditions"));
    }

    #[test]
    fn filters_that_say_nothing_count_too() {
        assert!(refused(json!({"$or": vec![json!({}); 201]})).ends_with("a filter has at most 200 conditions"));
        assert!(refused(json!({"$and": vec![json!({"$or": []}); 201]})).ends_with("a filter has at most 200 conditions"));
        assert!(accepts(json!({"$and": vec![json!({}); 200]}), json!({})));
    }

    #[test]
    fn a_pinned_field_is_seen_through_and() {
        let filter = Filter::read("f", &json!({"$and": [{"type": "messaging"}, {"members": {"$in": ["ana", "ben"]}}]})).unwrap();
        assert_eq!(filter.pinned("members"), Some(vec!["ana", "ben"]));
        assert_eq!(filter.pinned("type"), Some(vec!["messaging"]));
        assert_eq!(filter.pinned("cid"), None);
    }
}
