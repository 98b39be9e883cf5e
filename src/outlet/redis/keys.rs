//! Every key, channel and term of the Redis contract (domain.md section 4).

use jiff::civil::Date;
use std::time::Duration;

/// Hash: feed symbol → latest quote as JSON.
pub const LATEST_QUOTES: &str = "live_data:latest:quotes";
/// Channel prefix; a quote's symbol follows it.
pub const QUOTE_CHANNEL: &str = "live_data:quotes:";
/// Stream: one entry a quote, with the fields `symbol` and `json`.
pub const QUOTE_STREAM: &str = "quotes:stream:unified";
/// Lock of the one publisher; its value is a [`Token`](super::token::Token).
pub const PUBLISHER_LOCK: &str = "live_data:excel_lock";
/// Sign of life with a term.
pub const HEARTBEAT: &str = "thor:heartbeat";
/// The last sequence number published, so that the next is higher although the clock stepped back.
pub const LAST_SEQ: &str = "thor:seq";

/// Who leads, where several hosts share one stack; see [`crate::lease`].
pub const LEASE: &str = "thor:lease";
/// The number of the last tenure.
pub const LEASE_FENCE: &str = "thor:lease:fence";

/// How long a claim of an open is kept: longer than opens are looked back for.
pub const CLAIM_TERM: Duration = Duration::from_secs(40 * 24 * 60 * 60);

/// The claim of `market`'s open of `date`.
#[must_use]
pub fn claim(market: &str, date: Date) -> String {
    format!("thor:capture:{market}:{date}")
}

/// The highest sequence number that is taken for one: above it (another program's, a forgery) there would be no room to
/// count on, and whoever had seen it would take everything later for old.
pub const HIGHEST_SEQ: u64 = u64::MAX / 2;

/// Prefix of the rolling VWAPs; the window's whole minutes follow it.
pub const ROLLING_VWAP: &str = "rolling_vwap:";
/// Prefix of the pre-open statistics; the market's name follows it.
pub const PREOPEN: &str = "thor:preopen:";

/// How long a rolling VWAP is worth reading.
pub const ROLLING_VWAP_TERM: Duration = Duration::from_secs(120);
/// How long pre-open statistics stay: over the longest holidays, but not for ever after the stack is gone.
pub const PREOPEN_TERM: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// About how many entries the stream keeps: a trading day of twelve symbols at a change every ten seconds.
pub const STREAM_ENTRIES: u32 = 100_000;

/// How long the lock lives without being renewed. Three poll intervals where those are longer than the contract's
/// 10 s: a lock that ran out between two polls would let a second publisher in.
#[must_use]
pub fn lock_term(interval: Duration) -> Duration {
    Duration::from_secs(10).max(interval.saturating_mul(3))
}

/// How long the heartbeat lives: three poll intervals, at least a second (a poll may be every 250 ms, and one slow
/// exchange is no death).
#[must_use]
pub fn heartbeat_term(interval: Duration) -> Duration {
    Duration::from_secs(1).max(interval.saturating_mul(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// domain.md section 4: the lock 10 s, the heartbeat three poll intervals.
    #[test]
    fn terms_outlive_three_polls() {
        for (interval_ms, lock_ms, heartbeat_ms) in
            [(100, 10_000, 1_000), (3_000, 10_000, 9_000), (60_000, 180_000, 180_000)]
        {
            let interval = Duration::from_millis(interval_ms);
            assert_eq!(lock_term(interval), Duration::from_millis(lock_ms), "{interval:?}");
            assert_eq!(heartbeat_term(interval), Duration::from_millis(heartbeat_ms), "{interval:?}");
        }
    }
}
