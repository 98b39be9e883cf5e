//! A percentage, kept to four decimals.

use super::{Price, PriceError};
use rust_decimal::{Decimal, RoundingStrategy};
use std::fmt;
use std::str::FromStr;

/// Percents are rounded to this many decimals, half to even (domain.md section 7).
pub const PERCENT_DECIMALS: u32 = 4;

/// A percentage: `2.5` is 2.5 %. Rounded to [`PERCENT_DECIMALS`], half to even, when it is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(Price);

impl Percent {
    /// No percent.
    pub const ZERO: Percent = Percent(Price::ZERO);

    /// What percentage of `whole` `part` is: `part / whole × 100`. `None` when `whole` is zero or the result is beyond
    /// what is held exactly.
    #[must_use]
    pub fn of(part: Decimal, whole: Decimal) -> Option<Percent> {
        let hundredfold = part.checked_mul(Decimal::ONE_HUNDRED)?;
        Percent::rounded(hundredfold.checked_div(whole)?)
    }

    /// `percent` rounded; `None` when it is beyond what is held exactly.
    #[must_use]
    pub fn rounded(percent: Decimal) -> Option<Percent> {
        let rounded = percent.round_dp_with_strategy(PERCENT_DECIMALS, RoundingStrategy::MidpointNearestEven);
        Price::new(rounded).ok().map(Percent)
    }

    /// The exact decimal.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        self.0.decimal()
    }
}

/// Reads a plain decimal without a percent sign; more than four decimals are rounded, as history written from binary
/// floats has them.
impl FromStr for Percent {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Percent, PriceError> {
        Percent::rounded(Price::plain_decimal(text)?).ok_or(PriceError::TooPrecise)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_floats_left_behind() {
        for (text, percent) in
            [("33.33333333333333", "33.3333"), ("66.66666666666667", "66.6667"), ("50", "50")]
        {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), percent);
        }
        assert_eq!("5%".parse::<Percent>(), Err(PriceError::NotANumber));
    }

    #[test]
    fn rounds_to_four_decimals_half_to_even() {
        for (part, whole, percent) in [
            ("1", "3", Some("33.3333")),
            ("2", "3", Some("66.6667")),
            ("0.0000125", "10", Some("0.0001")),   // 0.000125
            ("0.00000005", "0.1", Some("0")),      // 0.00005 → even 0.0000
            ("0.00000015", "0.1", Some("0.0002")), // 0.00015 → even 0.0002
            ("-0.00000025", "0.1", Some("-0.0002")),
            ("5", "0", None),
            ("0", "7", Some("0")),
        ] {
            let [part, whole] = [part, whole].map(|text| text.parse::<Price>().unwrap().decimal());
            assert_eq!(
                Percent::of(part, whole).map(|it| it.to_string()).as_deref(),
                percent,
                "{part}/{whole}"
            );
        }
    }
}
