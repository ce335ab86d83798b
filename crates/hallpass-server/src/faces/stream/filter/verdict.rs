//! What a filter says of a row of which only some fields are known yet, so that the rest is read of those rows alone that may still pass.

use super::{Filter, Row, lookup};

impl Filter {
    /// Whether the row passes, whatever its other fields are; `None` where they decide. `known` says of a field, by its name in the
    /// filter, whether `row` has it as it is.
    pub(in super::super) fn verdict(&self, row: &Row, known: &dyn Fn(&str) -> bool) -> Option<bool> {
        let of_all = |filters: &[Self], wanted: bool| {
            let mut sure = true;
            for filter in filters {
                match filter.verdict(row, known) {
                    Some(passes) if passes != wanted => return Some(false),
                    Some(_) => {}
                    None => sure = false,
                }
            }
            sure.then_some(true)
        };
        match self {
            Self::All(filters) => of_all(filters, true),
            Self::Any(filters) => of_all(filters, false).map(|none| !none),
            Self::Neither(filters) => of_all(filters, false),
            Self::Field(name, test) => known(name).then(|| test.accepts(lookup(row, name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    const FIELDS: [&str; 3] = ["a", "b", "c"];

    /// Every filter that can be made of three fields and two levels.
    fn filters() -> Vec<Value> {
        let conditions: Vec<Value> = FIELDS.iter().flat_map(|field| [json!({*field: "x"}), json!({*field: {"$in": ["x", "y"]}})]).collect();
        let joined = |parts: &[Value]| -> Vec<Value> {
            let pairs = parts.iter().flat_map(|one| parts.iter().map(move |other| [one.clone(), other.clone()]));
            pairs.flat_map(|pair| ["$and", "$or", "$nor"].map(|operator| json!({ operator: pair }))).collect()
        };
        let once = joined(&conditions);
        let few: Vec<Value> = once.iter().step_by(5).cloned().collect();
        conditions.iter().cloned().chain(once).chain(joined(&few)).collect()
    }

    #[test]
    fn a_verdict_holds_whatever_becomes_known() {
        let rows: Vec<Row> = ["x", "y", "z"]
            .iter()
            .flat_map(|a| ["x", "z"].map(|b| [(*a).to_owned(), b.to_owned()]))
            .flat_map(|[a, b]| ["x", "y"].map(|c| json!({"a": a, "b": b, "c": c}).as_object().cloned().unwrap()))
            .collect();
        let mut decided = 0;
        for filter in filters() {
            let filter = Filter::read("f", &filter).unwrap();
            for row in &rows {
                let accepts = filter.accepts(row);
                for known in [&FIELDS[..0], &FIELDS[..1], &FIELDS[1..], &FIELDS[..]] {
                    let verdict = filter.verdict(row, &|field| known.contains(&field));
                    assert!(verdict.is_none_or(|verdict| verdict == accepts), "{filter:?} {row:?} {known:?}");
                    decided += usize::from(verdict.is_some() && known.len() < FIELDS.len());
                }
                assert_eq!(filter.verdict(row, &|_| true), Some(accepts));
                for field in FIELDS {
                    let within: Option<BTreeSet<&str>> = filter.within(field);
                    let value = row.get(field).and_then(Value::as_str).unwrap();
                    assert!(!accepts || within.is_none_or(|within| within.contains(value)), "{filter:?} {row:?} {field}");
                }
            }
        }
        assert!(decided > 1000, "{decided}");
    }
}
