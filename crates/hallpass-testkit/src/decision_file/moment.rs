//! Times as people write them: RFC 3339 in UTC, or milliseconds.

use std::fmt;

use hallpass::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

const MS_PER_DAY: u64 = 86_400_000;

/// A point in time in a decision file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 2026-11-22T12:00:00Z, or milliseconds since 1970")
    }

    fn visit_u64<E: Error>(self, ms: u64) -> Result<Moment, E> {
        Ok(Moment(Timestamp::from_ms(ms)))
    }

    fn visit_i64<E: Error>(self, ms: i64) -> Result<Moment, E> {
        u64::try_from(ms).map_err(|_| E::custom(format!("{ms} lies before 1970"))).and_then(|ms| self.visit_u64(ms))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        text.parse()
            .ok()
            .or_else(|| rfc3339_ms(text))
            .map(|ms| Moment(Timestamp::from_ms(ms)))
            .ok_or_else(|| E::custom(format!("'{text}' is not a time; expected such as 2026-11-22T12:00:00Z")))
    }
}

/// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`.
fn rfc3339_ms(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let in_range = year >= 1970 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
    let months = (1..month).map(|month| days_in(year, month)).sum::<u64>();
    Some((years + months + day - 1) * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000)
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let parts: Vec<u64> = text.split(separator).map(str::parse).collect::<Result<_, _>>().ok()?;
    parts.try_into().ok()
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::rfc3339_ms;

    #[test]
    fn times_are_read_to_the_second() {
        assert_eq!(rfc3339_ms("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(rfc3339_ms("2024-02-29T12:00:01Z"), Some(1_709_208_001_000));
        assert_eq!(rfc3339_ms("2023-11-14T22:13:20Z"), Some(1_700_000_000_000));
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in
            ["2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01", "2023-01-01T00:00:00+01:00", "now"]
        {
            assert_eq!(rfc3339_ms(text), None, "{text}");
        }
    }
}
