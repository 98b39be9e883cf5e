//! A number cell: the decimal that its writer meant.

use crate::value::{Price, PriceError};
use std::fmt;

/// A number as the file holds it.
///
/// A text of at most 15 significant digits is its own shortest round trip: no other decimal of so many digits reads as
/// the same double (of those, a double keeps every one). So it needs no double at all, and is exact as it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Exact(Price),
    Double(f64),
}

impl Number {
    /// The number that `text` is, as Excel writes them: `-12.5`, `2492.8000000000002`, `5.0E-3`. `None` for anything
    /// else, what other programs read as a number too.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        match digits(text.as_bytes())? {
            Digits::Few(digits, decimals) => Price::from_digits(digits, decimals).map(Number::Exact),
            Digits::Many => text.parse().ok().map(Number::Double),
        }
    }

    /// The number as a price.
    ///
    /// # Errors
    /// What [`Price::from_f64`] says of a double.
    pub(crate) fn price(&self) -> Result<Price, PriceError> {
        match self {
            Number::Exact(price) => Ok(*price),
            Number::Double(double) => Price::from_f64(*double),
        }
    }

    /// Whether it is 1, 2, 3, …
    #[allow(clippy::float_cmp)] // a double without a fraction has exactly none
    pub(crate) fn is_counting(&self) -> bool {
        match self {
            Number::Exact(price) => *price > Price::ZERO && price.decimal().fract().is_zero(),
            Number::Double(double) => double.fract() == 0.0 && *double > 0.0,
        }
    }

    /// The nearest double.
    pub(crate) fn double(&self) -> f64 {
        match self {
            Number::Exact(price) => price.to_string().parse().unwrap_or(f64::NAN),
            Number::Double(double) => *double,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let double = self.double();
        // Excel's own General format turns to exponents beyond that, too.
        if double.is_normal() && !(1e-9..1e21).contains(&double.abs()) {
            write!(f, "{double:e}")
        } else {
            fmt::Display::fmt(&double, f)
        }
    }
}

/// What the characters of a number say.
enum Digits {
    /// At most 15 digits, and how many of them stand behind the point.
    Few(i64, u32),
    /// More, or an exponent, or the sign of a zero.
    Many,
}

const MOST: usize = 15;

fn digits(text: &[u8]) -> Option<Digits> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut digits = 0_i64;
    let whole = run(unsigned, &mut digits)?;
    let mut rest = &unsigned[whole..];
    let mut decimals = 0;
    if let [b'.', behind @ ..] = rest {
        decimals = run(behind, &mut digits)?;
        rest = &behind[decimals..];
    }
    let exponent = !rest.is_empty();
    if exponent && !is_exponent(rest) {
        return None;
    }
    if exponent || whole + decimals > MOST || (negative && digits == 0) {
        return Some(Digits::Many);
    }
    Some(Digits::Few(if negative { -digits } else { digits }, u32::try_from(decimals).ok()?))
}

/// How many digits `text` begins with, at least one; `value` goes on with them, and is meaningless beyond 18.
fn run(text: &[u8], value: &mut i64) -> Option<usize> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    for byte in &text[..count] {
        *value = value.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
    }
    (count > 0).then_some(count)
}

fn is_exponent(text: &[u8]) -> bool {
    let [b'e' | b'E', rest @ ..] = text else { return false };
    let digits = match rest {
        [b'+' | b'-', digits @ ..] => digits,
        digits => digits,
    };
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn long_way(text: &str) -> Number {
        Number::Double(text.parse().unwrap())
    }

    #[track_caller]
    fn assert_same(text: &str) {
        let (short, long) = (Number::parse(text).unwrap(), long_way(text));
        assert_eq!(short.price(), long.price(), "{text}");
        assert_eq!(short.price().map(|p| p.to_string()), long.price().map(|p| p.to_string()), "{text}");
        assert_eq!(short.to_string(), long.to_string(), "{text}");
        assert_eq!(short.is_counting(), long.is_counting(), "{text}");
    }

    #[test]
    fn only_what_excel_writes_is_a_number() {
        for text in [
            "", "-", "+1", ".5", "1.", "1.2.3", "NaN", "inf", "1e", "1e+", "1 ", "0x1", "1,5", "--1", "1e1.5",
        ] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
        assert!(matches!(Number::parse("117.78125"), Some(Number::Exact(_))));
        assert!(matches!(Number::parse("2492.8000000000002"), Some(Number::Double(_))));
        assert!(matches!(Number::parse("-0"), Some(Number::Double(_))), "a double knows a negative zero");
    }

    #[test]
    fn edges_are_as_their_doubles() {
        for text in [
            "0",
            "-0",
            "0.0",
            "007",
            "1e400",
            "-1e400",
            "5.0E-3",
            "1E3",
            "5e-324",
            "999999999999999",
            "9999999999999990",
            "0.000000000000001",
            "0.00000000000000",
            "0.0000000000000001",
            "123456789012345",
            "-1.00000000000000",
            "2492.8000000000002",
            "53.606999999999999",
            "15.260000000000002",
        ] {
            assert_same(text);
        }
    }

    proptest! {
        #[test]
        fn every_text_is_as_its_double(text in "-?[0-9]{1,17}(\\.[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?") {
            assert_same(&text);
        }

        #[test]
        fn every_double_as_excel_prints_it(number in proptest::num::f64::NORMAL, digits in 0_usize..17) {
            assert_same(&format!("{number:.digits$e}"));
        }
    }
}
