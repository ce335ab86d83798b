//! Times as text: RFC 3339, as the unprefixed dialect writes them and both dialects accept them.

use hallpass::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Writes a time as `2026-03-01T12:00:00.250Z`.
pub(super) fn write(at: Timestamp) -> String {
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Reads `2026-03-01T12:00:00Z`, with any fraction of a second (cut to milliseconds) and any offset. A time without an offset is UTC:
/// Python's `isoformat()` of a naive time has none. `None` for anything else, and for times before 1970.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let moment = match text.parse::<jiff::Timestamp>() {
        Ok(moment) => moment,
        Err(_) if text.contains(':') => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
        Err(_) => return None,
    };
    u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_writing_and_reading() {
        for ms in [0, 1, 951_782_400_000, 951_868_799_999, 1_709_164_800_123, 1_772_366_400_250, 4_102_444_800_000] {
            assert_eq!(read(&write(Timestamp(ms))), Some(Timestamp(ms)), "{}", write(Timestamp(ms)));
        }
        assert_eq!(write(Timestamp(1_772_366_400_250)), "2026-03-01T12:00:00.250Z");
    }

    #[test]
    fn every_form_that_sdks_send_is_read() {
        let noon = Some(Timestamp(1_772_366_400_000));
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T14:00:00+02:00",
            "2026-03-01T10:30:00-01:30",
            "2026-03-01 12:00:00",
            "2026-03-01T12:00:00.000000Z",
        ] {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(read("2026-03-01T12:00:00.25Z"), Some(Timestamp(1_772_366_400_250)));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "2026-03-01", "noon", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
