//! Decimals as tables show them, shorter than they are kept.

use rust_decimal::{Decimal, RoundingStrategy};

/// `value` with that many decimals, the last one rounded half to even as all that is kept is; `{:.3}` alone would cut
/// what comes after it.
pub(super) fn rounded(value: Decimal, decimals: u32) -> String {
    let rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven);
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded }; // nothing has no sign
    format!("{rounded:.0$}", decimals as usize)
}

/// The same with a sign before it, `+0.00` for nothing.
pub(super) fn signed(value: Decimal, decimals: u32) -> String {
    let text = rounded(value, decimals);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: a hit rate of two in three was shown as 66.6 %, an average of 7.315636 as 7.315.
    #[test]
    fn what_is_shown_is_rounded_and_not_cut() {
        for (kept, decimals, shown) in [
            ("66.6667", 1, "66.7"),
            ("33.3333", 1, "33.3"),
            ("7.315636", 3, "7.316"),
            ("0.0005", 3, "0.000"),
            ("0.0015", 3, "0.002"),
            ("100", 1, "100.0"),
            ("-0.1295", 3, "-0.130"),
        ] {
            assert_eq!(rounded(kept.parse().unwrap(), decimals), shown, "{kept}");
        }
        for (kept, shown) in [("0.126", "+0.13"), ("-0.126", "-0.13"), ("0", "+0.00"), ("-0.004", "+0.00")] {
            assert_eq!(signed(kept.parse().unwrap(), 2), shown, "{kept}");
        }
    }
}
