//! An exact decimal price, as quoted.

use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

/// Excel keeps 15 significant digits, and SQLite's NUMERIC keeps 15 exactly: no price has more.
pub const MAX_SIGNIFICANT_DIGITS: u32 = 15;

/// An exact decimal: a price, a net change, or any other quantity that must not pass through a binary float.
///
/// Kept normalised, so equal prices are equal, hash alike and print alike: plain decimals, no exponent, no
/// trailing zeros, `0` for any zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(Decimal);

/// Why a text or number is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// Text that is not a plain decimal (`12a`, `1,234`, `5%`, empty).
    #[error("not a decimal number")]
    NotANumber,
    /// NaN or an infinity.
    #[error("not a finite number")]
    NotFinite,
    /// More than [`MAX_SIGNIFICANT_DIGITS`], or too large or too small to be held exactly.
    #[error("more than {MAX_SIGNIFICANT_DIGITS} significant digits or out of range")]
    TooPrecise,
}

impl Price {
    /// The price zero.
    pub const ZERO: Price = Price(Decimal::ZERO);

    /// A price of `value`, refused beyond [`MAX_SIGNIFICANT_DIGITS`] significant digits.
    ///
    /// # Errors
    /// [`PriceError::TooPrecise`].
    pub fn new(value: Decimal) -> Result<Price, PriceError> {
        const TOO_PRECISE: u128 = 10_u128.pow(MAX_SIGNIFICANT_DIGITS);
        let value = value.normalize();
        let mut mantissa = value.mantissa().unsigned_abs();
        while mantissa >= TOO_PRECISE && mantissa.is_multiple_of(10) {
            mantissa /= 10;
        }
        if mantissa >= TOO_PRECISE {
            return Err(PriceError::TooPrecise);
        }
        Ok(Price(value))
    }

    /// The decimal whose digits are the shortest that read back as `number`: what Excel meant when it stored
    /// 2492.8 as the double 2492.8000000000002.
    ///
    /// # Errors
    /// [`PriceError::NotFinite`] or [`PriceError::TooPrecise`].
    pub fn from_f64(number: f64) -> Result<Price, PriceError> {
        if !number.is_finite() {
            return Err(PriceError::NotFinite);
        }
        if let Some(price) = Price::from_short_f64(number) {
            return Ok(price);
        }
        // `{}` of an f64 is the shortest round trip, never with an exponent.
        Price::parse_plain(&number.to_string()).map_err(|_| PriceError::TooPrecise)
    }

    /// The price of `digits` with the last `decimals` of them behind the point; `None` beyond [`MAX_SIGNIFICANT_DIGITS`]
    /// of either.
    pub(crate) fn from_digits(mut digits: i64, mut decimals: u32) -> Option<Price> {
        const TOO_PRECISE: u64 = 10_u64.pow(MAX_SIGNIFICANT_DIGITS);
        if digits.unsigned_abs() >= TOO_PRECISE || decimals > MAX_SIGNIFICANT_DIGITS {
            return None;
        }
        while decimals > 0 && digits % 10 == 0 {
            digits /= 10;
            decimals -= 1;
        }
        Some(Price(Decimal::new(digits, decimals)))
    }

    /// The exact decimal.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum; `None` when it cannot be held exactly.
    #[must_use]
    pub fn checked_add(self, other: Price) -> Option<Price> {
        Price::new(self.0.checked_add(other.0)?).ok()
    }

    /// The difference; `None` when it cannot be held exactly.
    #[must_use]
    pub fn checked_sub(self, other: Price) -> Option<Price> {
        Price::new(self.0.checked_sub(other.0)?).ok()
    }

    /// The price of a double with at most four decimals, as nearly all are; ten times as fast as by way of its text.
    ///
    /// `whole / 10_000` is rounded correctly (both are exact as doubles), so where it equals `number`, the decimal
    /// reads back as `number`. At most one decimal of up to 15 digits does that, hence it is the shortest.
    #[allow(clippy::float_arithmetic, clippy::cast_possible_truncation)] // checked by dividing back; see above
    fn from_short_f64(number: f64) -> Option<Price> {
        const UNITS: f64 = 10_000.0;
        let whole = (number * UNITS).round();
        if whole.abs() >= 1e15 || whole / UNITS != number {
            return None;
        }
        Price::from_digits(whole as i64, 4)
    }

    fn parse_plain(text: &str) -> Result<Price, PriceError> {
        Price::new(Price::plain_decimal(text)?)
    }

    /// The decimal of a plain text, of as many digits as a decimal holds (28).
    pub(super) fn plain_decimal(text: &str) -> Result<Decimal, PriceError> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let mut digits = 0_usize;
        let mut points = 0_usize;
        for byte in unsigned.bytes() {
            match byte {
                b'0'..=b'9' => digits += 1,
                b'.' => points += 1,
                _ => return Err(PriceError::NotANumber),
            }
        }
        if digits == 0 || points > 1 {
            return Err(PriceError::NotANumber);
        }
        Decimal::from_str_exact(text).map_err(|_| PriceError::TooPrecise)
    }
}

/// Reads a plain decimal: an optional sign, digits, at most one point. No exponent, no commas, no percent.
impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Price, PriceError> {
        Price::parse_plain(text)
    }
}

impl From<i64> for Price {
    /// Whole points. Used for literals; an `i64` beyond 15 digits is not checked.
    fn from(value: i64) -> Price {
        Price(Decimal::from(value).normalize())
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl serde::Serialize for Price {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Price {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Price, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_canonically() {
        for (typed, printed) in [
            ("47476", "47476"),
            ("47476.00", "47476"),
            ("-0.0", "0"),
            ("+3.50", "3.5"),
            ("117.78125", "117.78125"),
            ("-37.63", "-37.63"),
            (".5", "0.5"),
            ("100", "100"),
            ("0.0000001", "0.0000001"),
        ] {
            assert_eq!(typed.parse::<Price>().unwrap().to_string(), printed, "{typed}");
        }
    }

    #[test]
    #[allow(clippy::excessive_precision)] // as Excel writes it
    fn doubles_become_their_shortest_decimal() {
        for (double, printed) in [
            ("2492.8000000000002".parse().unwrap(), "2492.8"),
            (0.1, "0.1"),
            (53.607, "53.607"),
            (1e21, "1000000000000000000000"),
        ] {
            assert_eq!(Price::from_f64(double).unwrap().to_string(), printed);
        }
        assert_eq!(Price::from_f64(f64::NAN), Err(PriceError::NotFinite));
        assert_eq!(Price::from_f64(f64::INFINITY), Err(PriceError::NotFinite));
        assert_eq!(Price::from_f64(1e300), Err(PriceError::TooPrecise));
        assert_eq!(Price::from_f64(15.260_000_000_000_002), Err(PriceError::TooPrecise));
    }

    /// The short way and the way through the text agree, to the last digit.
    #[test]
    fn both_ways_from_a_double_agree() {
        let ticks = (-20_000_i32..20_000).map(|tick| f64::from(tick) / 1000.0);
        let prices = (1..20_000).map(|tick| f64::from(tick) * 0.1);
        let others =
            [0.0, -0.0, 1e10, 99_999_999_999.999_9, 123_456_789.123_4, 0.000_1, 0.000_05, 5e-324, 1e22];
        for number in ticks.chain(prices).chain(others) {
            let by_text = Price::parse_plain(&number.to_string()).map_err(|_| PriceError::TooPrecise);
            assert_eq!(Price::from_f64(number), by_text, "{number}");
            if let Ok(price) = by_text {
                assert_eq!(Price::from_f64(number).unwrap().to_string(), price.to_string());
            }
        }
    }

    #[test]
    fn refuses_what_is_no_plain_decimal() {
        for text in ["", "+", ".", "1.2.3", "1,234", "5%", "1e5", "NaN", "inf", " 1", "1_000", "０"] {
            assert_eq!(text.parse::<Price>(), Err(PriceError::NotANumber), "{text:?}");
        }
        for text in ["1234567890.123456", "9999999999999999", "0.00000000000000000000000000000001"] {
            assert_eq!(text.parse::<Price>(), Err(PriceError::TooPrecise), "{text:?}");
        }
        assert!("999999999999999".parse::<Price>().is_ok());
        assert!("9999999999999990000".parse::<Price>().is_ok(), "trailing zeros are not significant");
    }
}
