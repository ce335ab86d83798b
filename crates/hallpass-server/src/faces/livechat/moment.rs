//! Times as LiveChat writes them: RFC 3339 with microseconds since 2019, seconds since 1970 in 2018.

use hallpass::Timestamp;
use serde_json::Value;

/// Reads either.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            let time: jiff::Timestamp = text.parse().ok()?;
            u64::try_from(time.as_millisecond()).ok().map(Timestamp::from_ms)
        }
        Value::Number(number) => number.as_u64()?.checked_mul(1_000).map(Timestamp::from_ms),
        _ => None,
    }
}

/// `2026-11-22T12:00:00.000000Z`.
pub(super) fn text(time: Timestamp) -> String {
    let ms = i64::try_from(time.as_ms()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| format!("{time:.6}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_writing_are_read_and_one_is_written() {
        let noon = Timestamp::from_ms(1_795_348_800_000);
        assert_eq!(text(noon), "2026-11-22T12:00:00.000000Z");
        assert_eq!(read(&json!("2026-11-22T12:00:00.000000Z")), Some(noon));
        assert_eq!(read(&json!("2026-11-22T13:00:00+01:00")), Some(noon));
        assert_eq!(read(&json!(1_795_348_800)), Some(noon));
        assert_eq!(read(&json!("noon")), None);
    }
}
