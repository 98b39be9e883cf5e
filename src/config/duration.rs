//! Durations as typed in config and flags: `250ms`, `3s`, `5m`, `1h`, `30d`.

use std::time::Duration;

/// The units, the longest first.
const UNITS: [(&str, u128); 5] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
];

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// No number, or none of the units.
    #[error("not a duration; write a number with its unit: 250ms, 3s, 5m, 1h or 30d")]
    Shape,
    /// A number alone.
    #[error("a duration needs its unit: ms, s, m, h or d")]
    NoUnit,
    /// Beyond what can be counted.
    #[error("a duration of centuries")]
    TooLong,
}

/// The duration that `text` says: a decimal number and its unit, `ms`, `s`, `m`, `h` or `d`.
///
/// # Errors
/// [`DurationError`], by what is wrong with it.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    if number.is_empty() {
        return Err(DurationError::Shape);
    }
    if unit.is_empty() {
        return Err(DurationError::NoUnit);
    }
    let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(DurationError::Shape)?;
    scaled(number, *nanos)
}

/// The duration of `number` seconds, which may be a fraction: what aliases say.
pub(super) fn parse_seconds(number: &str) -> Result<Duration, DurationError> {
    scaled(number.trim(), 1_000_000_000)
}

/// `number` times `nanos`, without passing through a binary float; digits below a nanosecond are cut.
fn scaled(number: &str, nanos: u128) -> Result<Duration, DurationError> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(DurationError::Shape);
    }
    let fraction = &fraction[..fraction.len().min(18)];
    let parts = |text: &str, of: u128| text.parse::<u128>().ok()?.checked_mul(of);
    let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(18));
    let total = parts(whole, nanos)
        .and_then(|whole| whole.checked_add(parts(fraction, nanos)? / scale))
        .and_then(|nanos| u64::try_from(nanos).ok())
        .ok_or(DurationError::TooLong)?;
    Ok(Duration::from_nanos(total))
}

/// `duration` as it is typed: in the longest unit of which it is at least two, or one that leaves no fraction.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    for (unit, size) in [UNITS[0], UNITS[1], UNITS[3], UNITS[4], UNITS[2]] {
        let enough = if matches!(unit, "s" | "ms") { nanos >= size } else { nanos >= 2 * size };
        if enough && nanos.is_multiple_of(size) {
            return format!("{}{unit}", nanos / size);
        }
    }
    let fraction = format!("{:09}", nanos % 1_000_000_000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}s", nanos / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_what_people_type() {
        for (typed, millis, printed) in [
            ("250ms", 250, "250ms"),
            ("3s", 3_000, "3s"),
            ("0.5s", 500, "500ms"),
            ("60s", 60_000, "60s"),
            ("5m", 300_000, "5m"),
            ("1h", 3_600_000, "60m"),
            ("1.5 h", 5_400_000, "90m"),
            ("30d", 2_592_000_000, "30d"),
            (" 10s ", 10_000, "10s"),
            ("0s", 0, "0s"),
        ] {
            let duration = parse_duration(typed).unwrap();
            assert_eq!(duration, Duration::from_millis(millis), "{typed}");
            assert_eq!(format_duration(duration), printed, "{typed}");
            assert_eq!(parse_duration(printed), Ok(duration), "{typed}");
        }
        assert_eq!(parse_duration("0.1s"), Ok(Duration::from_nanos(100_000_000)), "exactly");
        assert_eq!(format_duration(Duration::from_nanos(1_500_001)), "0.001500001s");
    }

    #[test]
    fn refuses_the_rest() {
        use DurationError::{NoUnit, Shape, TooLong};
        for (typed, error) in [
            ("", Shape),
            ("s", Shape),
            ("fast", Shape),
            ("-3s", Shape),
            ("1e3s", Shape),
            ("3 weeks", Shape),
            ("1.2.3s", Shape),
            (".5s", Shape),
            ("5.s", Shape),
            ("3s 4s", Shape),
            ("٣s", Shape),
            ("3S", Shape),
            ("3", NoUnit),
            ("3.5", NoUnit),
            ("99999999999999999999d", TooLong),
            ("999999d", TooLong),
        ] {
            assert_eq!(parse_duration(typed), Err(error), "{typed:?}");
        }
    }

    #[test]
    fn seconds_of_aliases_may_be_fractions() {
        for (typed, millis) in [("5", 5_000), ("0.25", 250), (" 1.5 ", 1_500)] {
            assert_eq!(parse_seconds(typed), Ok(Duration::from_millis(millis)), "{typed}");
        }
        for typed in ["", "5s", "-1", "nan", "inf", "1e3"] {
            assert!(parse_seconds(typed).is_err(), "{typed}");
        }
    }
}
