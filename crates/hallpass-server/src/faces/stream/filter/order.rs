//! How values lie to each other: what `$gt` and its kin ask, and what rows are sorted by.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// How two values of the same kind lie to each other; `None` for values of different kinds.
pub(in super::super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => order_of_numbers(a, b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// By what they are worth, whole or not: rows are sorted by this, so it has to be one order of all numbers.
fn order_of_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    // Adding zero makes one of the two zeros. Rounding keeps the order of numbers that it leaves apart.
    let (rounded_a, rounded_b) = (a.as_f64()? + 0.0, b.as_f64()? + 0.0);
    let rounded = rounded_a.total_cmp(&rounded_b);
    Some(match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(a), None) => rounded.then_with(|| exact(rounded_b).map_or(Ordering::Equal, |b| a.cmp(&b))),
        (None, Some(b)) => rounded.then_with(|| exact(rounded_a).map_or(Ordering::Equal, |a| a.cmp(&b))),
        (None, None) => rounded,
    })
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// What a float is as a whole number, where it is one of about the size that integers in JSON have.
fn exact(number: f64) -> Option<i128> {
    format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that are close to each other, and to what a float can tell apart; each with its rank.
    const NEAR: &[(&str, i32)] = &[
        ("-1e300", -9),
        ("-9223372036854775808", -5),
        ("-9007199254740993", -4),
        ("-9007199254740992.0", -3),
        ("-9007199254740992", -3),
        ("-0.5", -1),
        ("-0.0", 0),
        ("0", 0),
        ("0.0", 0),
        ("0.5", 1),
        ("9007199254740991", 2),
        ("9007199254740992", 3),
        ("9007199254740992.0", 3),
        ("9007199254740993", 4),
        ("9007199254740994.0", 5),
        ("9223372036854775807", 6),
        ("9223372036854775808.0", 7),
        ("9223372036854775808", 7),
        ("18446744073709551615", 8),
        ("18446744073709551616.0", 9),
        ("1e300", 10),
    ];

    #[test]
    fn numbers_are_in_one_order_whole_or_not() {
        for (a, rank_a) in NEAR {
            for (b, rank_b) in NEAR {
                let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
                assert_eq!(order(&read(a), &read(b)), Some(rank_a.cmp(rank_b)), "{a} {b}");
            }
        }
    }
}
