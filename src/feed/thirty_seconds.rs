//! Treasury prices in 32nds: `117'25` is 117 and 25/32.

use crate::value::Price;
use rust_decimal::Decimal;

/// What separates the points from the 32nds.
const SEPARATORS: [char; 3] = ['\'', '-', ':'];

/// Why a text that looks like 32nds is damaged.
pub(crate) type Damage = &'static str;

/// Reads a price in 32nds: points, a separator, two digits of 32nds, and then a `+` for half a 32nd or a third digit
/// for eighths of one, as the exchange prints them (CME: 0, 1, 2, 3, 5, 6, 7, 8 stand for 0/8 to 7/8). A sign may
/// lead. `None` if the text has not that form at all.
pub(crate) fn parse(text: &str) -> Option<Result<Price, Damage>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (points, fraction) = unsigned.split_once(SEPARATORS)?;
    if !is_number(points) || !is_number(fraction.strip_suffix('+').unwrap_or(fraction)) {
        return None;
    }
    Some(price(negative, points, fraction))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn price(negative: bool, points: &str, fraction: &str) -> Result<Price, Damage> {
    let points: i64 = match points.parse() {
        Ok(points) if points < 10_000_000 => points,
        _ => return Err("more points than any price in 32nds has"),
    };
    let eighths_of_32nds = points * 32 * 8 + fraction_in_eighths(fraction)?;
    let signed = if negative { -eighths_of_32nds } else { eighths_of_32nds };
    // 1/256 is 0.00390625.
    Price::new(Decimal::new(signed * 390_625, 8)).map_err(|_| "more than 15 significant digits")
}

/// The fraction in 256ths.
fn fraction_in_eighths(fraction: &str) -> Result<i64, Damage> {
    let digit = |byte: u8| i64::from(byte - b'0');
    let (tens, ones, eighths) = match *fraction.as_bytes() {
        [_, b'+'] => return Err("32nds need two or three digits"),
        [tens, ones] => (tens, ones, 0),
        [tens, ones, b'+'] => (tens, ones, 4),
        [tens, ones, third] => (tens, ones, eighths(third)?),
        [_, _, _, b'+'] => return Err("three digits and a + in the 32nds"),
        _ => return Err("32nds need two or three digits"),
    };
    match digit(tens) * 10 + digit(ones) {
        numerator @ 0..32 => Ok(numerator * 8 + eighths),
        _ => Err("32 or more in the 32nds"),
    }
}

/// The exchange leaves out 4 and 9: after 3/8 (375) it prints 5 for 4/8.
fn eighths(third: u8) -> Result<i64, Damage> {
    match third {
        b'0'..=b'3' => Ok(i64::from(third - b'0')),
        b'5'..=b'8' => Ok(i64::from(third - b'0') - 1),
        _ => Err("a third digit of 4 or 9 in the 32nds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// domain.md section 3; the third digit as CME prints quarter and eighth 32nds.
    #[test]
    fn reads_what_the_exchange_prints() {
        for (text, decimal) in [
            ("117'25", "117.78125"),
            ("117-25", "117.78125"),
            ("117:25", "117.78125"),
            ("117'00", "117"),
            ("0'00", "0"),
            ("-0'02", "-0.0625"),
            ("+0'14", "0.4375"),
            ("-0-02", "-0.0625"),
            ("111-16+", "111.515625"),
            ("112'160", "112.5"),
            ("112'161", "112.50390625"),
            ("112'162", "112.5078125"),
            ("112'163", "112.51171875"),
            ("112'165", "112.515625"),
            ("112'166", "112.51953125"),
            ("112'167", "112.5234375"),
            ("112'168", "112.52734375"),
            ("112'318", "112.99609375"),
        ] {
            assert_eq!(parse(text).unwrap().unwrap().to_string(), decimal, "{text}");
        }
    }

    #[test]
    fn refuses_damaged_32nds() {
        for text in
            ["112'164", "112'169", "112'165+", "117'32", "117'99", "117'320", "117'2", "117'2+", "117'1234"]
        {
            assert!(parse(text).unwrap().is_err(), "{text}");
        }
        for text in [
            "",
            "'",
            "117'",
            "'25",
            "117'-2",
            "--0'02",
            "117'2x",
            "117''25",
            "2025-11-29",
            "1.5'02",
            "117'+",
            "−0'02",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        /// Written by hand for every 256th, read back exactly.
        #[test]
        fn every_256th_reads_back(points in 0_u32..1_000_000, eighth in 0_u32..256, sign in 0..3, separator in 0..3) {
            let digit = ["0", "1", "2", "3", "5", "6", "7", "8"][(eighth % 8) as usize];
            let sign = ["", "+", "-"][sign as usize];
            let text = format!("{sign}{points}{}{:02}{digit}", SEPARATORS[separator as usize], eighth / 8);
            let expected = Decimal::from(points) + Decimal::from(eighth) / Decimal::from(256);
            let expected = if sign == "-" { -expected } else { expected };
            prop_assert_eq!(parse(&text).unwrap().unwrap().decimal(), expected.normalize());
        }

        #[test]
        fn no_text_panics(text in ".*") {
            std::hint::black_box(parse(&text));
        }

        #[test]
        fn no_text_of_its_letters_panics(text in "[-+0-9':.]{0,12}") {
            std::hint::black_box(parse(&text));
        }
    }
}
