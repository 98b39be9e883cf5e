//! A column's value as SQLite holds it, and back.

use super::failure::Failure;
use crate::ledger::LedgerError;
use crate::rules::extremes::Extreme;
use crate::value::{Column, ColumnValue, Kind, Price, Signal};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{Value, ValueRef};
use rust_decimal::Decimal;

/// What is stored for `value` in the column `name`.
pub(super) fn to_sql(name: &str, value: ColumnValue) -> Result<Value, Failure> {
    Ok(match value {
        ColumnValue::Absent => Value::Null,
        ColumnValue::Integer(value) => Value::Integer(value),
        ColumnValue::Text(value) => Value::Text(value),
        ColumnValue::Price(value) => number(name, value)?,
        ColumnValue::Percent(value) => number(name, Price::new(value.decimal()).unwrap_or_default())?,
        ColumnValue::Instant(value) => Value::Text(instant(value)),
    })
}

/// What `stored` says in `column`.
pub(super) fn from_sql(column: &Column, stored: ValueRef<'_>) -> Result<ColumnValue, Failure> {
    if stored == ValueRef::Null {
        return Ok(ColumnValue::Absent);
    }
    Ok(match column.kind {
        Kind::Integer => ColumnValue::Integer(stored.as_i64().map_err(|_| odd(column.name, stored))?),
        Kind::Text => ColumnValue::Text(text(column.name, stored)?.into()),
        Kind::Price => ColumnValue::Price(price(column.name, stored)?),
        Kind::Percent => column.parse(&price(column.name, stored)?.to_string())?,
        Kind::Instant => ColumnValue::Instant(parsed(column.name, stored)?),
    })
}

/// A price as an INTEGER or a REAL that reads back as the same decimal, refused where there is none.
pub(super) fn number(name: &str, price: Price) -> Result<Value, Failure> {
    let too_precise = || LedgerError::TooPrecise { column: name.into(), value: price.to_string() };
    let decimal = Price::new(price.decimal()).map_err(|_| too_precise())?.decimal();
    match i64::try_from(decimal.mantissa()) {
        Ok(whole) if decimal.scale() == 0 => Ok(Value::Integer(whole)),
        _ => {
            let real: f64 = price.to_string().parse().map_err(|_| too_precise())?;
            // At most 15 digits always do; this holds the promise should a bound ever move.
            if Price::from_f64(real) == Ok(price) { Ok(Value::Real(real)) } else { Err(too_precise().into()) }
        }
    }
}

pub(super) fn optional_number(name: &str, price: Option<Price>) -> Result<Value, Failure> {
    price.map_or(Ok(Value::Null), |price| number(name, price))
}

/// The price that a number means: the shortest decimal that reads back as it.
pub(super) fn price(name: &str, stored: ValueRef<'_>) -> Result<Price, Failure> {
    match stored {
        ValueRef::Integer(whole) => Price::new(whole.into()),
        ValueRef::Real(real) => match few_decimals(real) {
            Some(price) => Ok(price),
            None => Price::from_f64(real),
        },
        _ => return Err(odd(name, stored)),
    }
    .map_err(|_| odd(name, stored))
}

/// The price that `real` means if that has at most six decimals, as most have: found in a tenth of the time that
/// printing and reading takes, which a grader with many pending rows would feel.
///
/// A whole number below 10^15 and a power of ten are exact doubles, so their quotient is the double next to the
/// decimal that they make; no other decimal of at most 15 digits has that double.
#[allow(clippy::float_arithmetic, clippy::cast_possible_truncation)]
fn few_decimals(real: f64) -> Option<Price> {
    const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
    (0_u32..).zip(POWERS).find_map(|(scale, power)| {
        let whole = (real * power).round();
        let found = whole.abs() < 1e15 && whole / power == real;
        found.then(|| Price::new(Decimal::new(whole as i64, scale)).ok())?
    })
}

pub(super) fn optional_price(name: &str, stored: ValueRef<'_>) -> Result<Option<Price>, Failure> {
    if stored == ValueRef::Null { Ok(None) } else { price(name, stored).map(Some) }
}

/// A price, and the day that it stands with where that is known.
pub(super) fn extreme(name: &str, price: ValueRef<'_>, on: ValueRef<'_>) -> Result<Option<Extreme>, Failure> {
    let date = if on == ValueRef::Null { None } else { Some(parsed(name, on)?) };
    Ok(optional_price(name, price)?.map(|price| Extreme { price, date }))
}

pub(super) fn signal(stored: ValueRef<'_>) -> Result<Option<Signal>, Failure> {
    if stored == ValueRef::Null { Ok(None) } else { parsed("bhs", stored).map(Some) }
}

/// An instant as text of fixed width, so that texts compare as instants do.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// A date or an instant, from its text.
pub(super) fn parsed<T: std::str::FromStr>(name: &str, stored: ValueRef<'_>) -> Result<T, Failure> {
    text(name, stored)?.parse().map_err(|_| odd(name, stored))
}

pub(super) fn text<'a>(name: &str, stored: ValueRef<'a>) -> Result<&'a str, Failure> {
    stored.as_str().map_err(|_| odd(name, stored))
}

/// The date of the three columns `year`, `month`, `date`.
pub(super) fn session_date(year: i64, month: i64, date: i64) -> Result<Date, Failure> {
    let fields = (i16::try_from(year), i8::try_from(month), i8::try_from(date));
    let (Ok(year), Ok(month), Ok(day)) = fields else {
        return Err(Failure::row(format!("{year}-{month}-{date} is no date")));
    };
    Date::new(year, month, day).map_err(|_| Failure::row(format!("{year}-{month}-{day} is no date")))
}

fn odd(name: &str, stored: ValueRef<'_>) -> Failure {
    Failure::row(format!("column {name} of the ledger holds {stored:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusqlite::Connection;

    fn through_numeric(price: Price) -> Price {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE it (price NUMERIC)").unwrap();
        connection.execute("INSERT INTO it VALUES (?1)", [number("price", price).unwrap()]).unwrap();
        connection
            .query_row("SELECT price FROM it", [], |row| Ok(super::price("price", row.get_ref(0)?).unwrap()))
            .unwrap()
    }

    proptest! {
        #[test]
        fn every_price_survives_numeric(
            digits in -999_999_999_999_999_i64..=999_999_999_999_999,
            scale in 0_u32..=28,
        ) {
            let price = Price::new(Decimal::new(digits, scale)).unwrap();
            prop_assert_eq!(through_numeric(price), price);
        }

        #[test]
        fn the_short_way_reads_what_the_long_way_reads(bits in any::<u64>(), whole in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0..12) {
            let typed: f64 = format!("{whole}e-{scale}").parse().unwrap();
            let beside = f64::from_bits(typed.to_bits() ^ 1);
            for real in [f64::from_bits(bits), typed, beside] {
                if let Some(price) = few_decimals(real) {
                    prop_assert_eq!(Price::from_f64(real), Ok(price));
                }
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_survive_numeric() {
        for text in
            ["0", "-37.63", "117.78125", "999999999999999", "0.000000000000001", "9999999999999990000"]
        {
            let price: Price = text.parse().unwrap();
            assert_eq!(through_numeric(price), price);
        }
    }

    #[test]
    fn more_than_fifteen_digits_are_refused_by_name() {
        let Err(Failure::Ledger(error)) = number("bid_price", Price::from(1_234_567_890_123_456)) else {
            panic!("stored")
        };
        assert!(
            error.to_string().starts_with("column bid_price: 1234567890123456 has more than 15"),
            "{error}"
        );
    }
}
