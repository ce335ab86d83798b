//! Ids of messages: numbers that grow, small enough for a JavaScript client.

use std::sync::atomic::{AtomicU64, Ordering};

use hallpass::Timestamp;

/// 2020-01-01T00:00:00Z; ids count from there.
const START_MS: u64 = 1_577_836_800_000;
/// Ids per millisecond. Until the year 2089 they stay below 2^53, the last whole number that JavaScript counts exactly.
const PER_MS: u64 = 4_096;

/// The highest id that was given. Ids of all apps grow together; they say when, and not how many.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A new id, above all that this server gave before. Whoever uses it looks whether it is free: a clock may have gone back over a restart.
pub(super) fn next(now: Timestamp) -> u64 {
    let least = now.as_ms().saturating_sub(START_MS).saturating_mul(PER_MS);
    let grown = |last: u64| Some(least.max(last.saturating_add(1)));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown) {
        Ok(before) => least.max(before.saturating_add(1)),
        Err(_) => least,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_though_the_clock_stands_and_fit_into_javascript() {
        let now = Timestamp(1_795_348_800_000);
        let (one, other) = (next(now), next(now));
        assert!(one < other && other < 1 << 53);
        assert!(next(Timestamp(0)) > other);
    }
}
