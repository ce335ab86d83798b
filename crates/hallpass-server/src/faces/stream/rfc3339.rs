//! Times as text: RFC 3339, as the unprefixed dialect writes them and both dialects accept them.

use hallpass::Timestamp;

const MS_PER_DAY: i64 = 86_400_000;

/// Writes a time as `2026-03-01T12:00:00.250Z`.
pub(super) fn write(at: Timestamp) -> String {
    let total_ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    let (year, month, day) = civil_from_days(total_ms.div_euclid(MS_PER_DAY));
    let of_day_ms = total_ms.rem_euclid(MS_PER_DAY);
    let (hour, minute) = (of_day_ms / 3_600_000, of_day_ms / 60_000 % 60);
    let (second, ms) = (of_day_ms / 1000 % 60, of_day_ms % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Reads `2026-03-01T12:00:00Z`, with any fraction of a second (cut to milliseconds) and any offset. A space may stand for the `T`,
/// and a time without an offset is UTC: Python's `isoformat()` of a naive time has none. `None` for anything else, and for times before 1970.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset_min) = split_offset(rest)?;
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));

    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(whole, ':')?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_min * 60;
    u64::try_from(seconds * 1000 + fraction_ms(fraction)?).ok().map(Timestamp::from_ms)
}

fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = numbers(offset.get(1..)?, ':')?;
    (hours <= 23 && minutes <= 59).then_some((clock, sign * (hours * 60 + minutes)))
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for slot in &mut found {
        let part = parts.next()?;
        if !(2..=4).contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

fn fraction_ms(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits.chars().chain("000".chars()).take(3).collect();
    padded.parse().ok()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar. Years are counted from March, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_writing_and_reading() {
        for ms in [0, 1, 951_782_400_000, 951_868_799_999, 1_709_164_800_123, 1_772_366_400_250, 4_102_444_800_000] {
            assert_eq!(read(&write(Timestamp(ms))), Some(Timestamp(ms)), "{}", write(Timestamp(ms)));
        }
        assert_eq!(write(Timestamp(951_782_400_000)), "2000-02-29T00:00:00.000Z");
        assert_eq!(write(Timestamp(1_772_366_400_250)), "2026-03-01T12:00:00.250Z");
    }

    #[test]
    fn every_form_that_sdks_send_is_read() {
        let noon = Some(Timestamp(1_772_366_400_000));
        for text in ["2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", "2026-03-01T10:30:00-01:30", "2026-03-01 12:00:00", "2026-03-01T12:00:00.000000Z"] {
            assert_eq!(read(text), noon, "{text}");
        }
        assert_eq!(read("2026-03-01T12:00:00.25Z"), Some(Timestamp(1_772_366_400_250)));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "2026-03-01", "noon", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "1969-12-31T23:59:59Z", "2026-03-01T12:00:00+25:00", "2026-03-01T12:00Z"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
