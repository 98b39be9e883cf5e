//! A session row as JSON: one flat object, the columns by name, as `sessions --json` prints it.

use super::{Column, ColumnError, ColumnValue, Kind, SessionRow};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use std::collections::HashMap;
use std::fmt;

impl serde::Serialize for SessionRow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self::serialize(SessionRow::COLUMNS, self.values(), serializer)
    }
}

/// An object of `columns` with their `values`, in order.
pub(super) fn serialize<S: serde::Serializer>(
    columns: &[Column],
    values: Vec<ColumnValue>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(columns.len()))?;
    for (column, value) in columns.iter().zip(values) {
        map.serialize_entry(column.name, &value)?;
    }
    map.end()
}

/// Missing keys are absent; keys that are no column are passed over, as later versions may add some.
impl<'de> serde::Deserialize<'de> for SessionRow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SessionRow, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = SessionRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the columns of a session row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SessionRow, A::Error> {
        let mut values = HashMap::new();
        while let Some(key) = map.next_key::<String>()? {
            match SessionRow::COLUMNS.iter().find(|column| column.name == key) {
                Some(column) => {
                    values.insert(column.name, value(column, map.next_value()?).map_err(A::Error::custom)?);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        SessionRow::from_columns(|column| {
            Ok::<_, ColumnError>(values.remove(column.name).unwrap_or(ColumnValue::Absent))
        })
        .map_err(A::Error::custom)
    }
}

/// What JSON writes for a column: never a number with a fraction, which would be a binary float.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Raw {
    Integer(i64),
    Text(String),
}

fn value(column: &Column, raw: Option<Raw>) -> Result<ColumnValue, ColumnError> {
    match raw {
        None => Ok(ColumnValue::Absent),
        Some(Raw::Text(text)) => column.parse(&text),
        Some(Raw::Integer(integer)) if column.kind == Kind::Integer => Ok(ColumnValue::Integer(integer)),
        Some(Raw::Integer(integer)) => {
            Err(ColumnError::new(column.name, format!("{integer}: must be a string")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// domain.md section 7, in its order.
    const SPECIFIED: &str = "session_number capture_group year month date day captured_at country future \
        country_future country_future_wndw_total weight bhs wndw \
        bid_price bid_size last_price spread ask_price ask_size volume \
        entry_price target_high target_low no_entry_reason target_hit_at target_hit_price target_hit_type \
        market_open market_high_open market_high_pct_open market_low_open market_low_pct_open market_close \
        market_high_pct_close market_low_pct_close market_close_vs_open_pct market_range market_range_pct \
        prev_close_24h open_price_24h open_prev_diff_24h open_prev_pct_24h low_24h high_24h range_diff_24h \
        range_pct_24h \
        low_52w low_pct_52w high_52w high_pct_52w range_52w range_pct_52w \
        weighted_average instrument_count \
        strong_buy_worked strong_buy_worked_percentage strong_buy_didnt_work strong_buy_didnt_work_percentage \
        buy_worked buy_worked_percentage buy_didnt_work buy_didnt_work_percentage \
        sell_worked sell_worked_percentage sell_didnt_work sell_didnt_work_percentage \
        strong_sell_worked strong_sell_worked_percentage strong_sell_didnt_work strong_sell_didnt_work_percentage \
        hold capture_delay_ms data_gap";

    fn example(kind: Kind, name: &str) -> &'static str {
        match (kind, name) {
            (Kind::Integer, _) => "7",
            (Kind::Price, _) => "117.78125",
            (Kind::Percent, _) => "-0.0833",
            (Kind::Instant, _) => "2025-11-28T14:30:00.25Z",
            (Kind::Text, "bhs") => "STRONG_SELL",
            (Kind::Text, "wndw") => "WORKED",
            (Kind::Text, "target_hit_type") => "TARGET",
            (Kind::Text, "no_entry_reason") => "spread_exceeds_stop",
            (Kind::Text, _) => "Fri",
        }
    }

    fn full_row() -> SessionRow {
        SessionRow::from_columns(|column| column.parse(example(column.kind, column.name))).unwrap()
    }

    #[test]
    fn columns_are_those_specified_in_their_order() {
        let names: Vec<&str> = SessionRow::COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names, SPECIFIED.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn every_column_survives_json_in_order() {
        let row = full_row();
        let json = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<SessionRow>(&json).unwrap(), row);
        let at: Vec<_> =
            SessionRow::COLUMNS.iter().map(|it| json.find(&format!("\"{}\":", it.name)).unwrap()).collect();
        assert!(at.is_sorted(), "{json}");
        assert!(
            json.contains(r#""session_number":7,"#) && json.contains(r#""bid_price":"117.78125""#),
            "{json}"
        );
    }

    #[test]
    fn a_group_is_a_part_of_the_row() {
        let row = full_row();
        let whole = serde_json::to_value(&row).unwrap();
        let group = serde_json::to_value(&row.market).unwrap();
        assert_eq!(group.as_object().unwrap().len(), 11);
        for (key, value) in group.as_object().unwrap() {
            assert_eq!(*value, whole[key]);
        }
    }

    #[test]
    fn every_column_can_be_read_and_set_by_name() {
        let full = full_row();
        let mut row = full.clone();
        for column in SessionRow::COLUMNS {
            let cleared = row.set(column.name, ColumnValue::Absent);
            assert_eq!(cleared.is_err(), column.required, "{}", column.name);
        }
        assert_ne!(row, full);
        for column in SessionRow::COLUMNS {
            let value = full.get(column.name).unwrap();
            assert_eq!(value.to_string(), example(column.kind, column.name));
            row.set(column.name, column.parse(&value.to_string()).unwrap()).unwrap();
        }
        assert_eq!(row, full);
    }

    #[test]
    fn absent_is_null_and_unknown_keys_are_passed_over() {
        let json = r#"{"year":2025,"month":11,"date":28,"day":"Fri","captured_at":"2025-11-28T14:30:01Z",
            "country":"USA","future":"YM","wndw":"PENDING","bid_price":null,"later":[1,{"x":2.5}]}"#;
        let row: SessionRow = serde_json::from_str(json).unwrap();
        assert_eq!(row.book.bid_price, None);
        let back: serde_json::Value = serde_json::to_value(&row).unwrap();
        assert!(back["bid_price"].is_null() && back["bhs"].is_null());
        assert_eq!(back["captured_at"], "2025-11-28T14:30:01Z");
    }

    #[test]
    fn what_does_not_fit_names_its_column() {
        for (patch, message) in [
            (r#""bid_price":"1,5""#, r#"column bid_price: "1,5": not a decimal number"#),
            (r#""bid_price":15"#, "column bid_price: 15: must be a string"),
            (r#""volume":"x""#, r#"column volume: "x": not a whole number"#),
            (r#""wndw":null"#, "column wndw: is required"),
            (r#""bhs":"MAYBE""#, "column bhs: \"MAYBE\": not one of"),
        ] {
            let mut json = serde_json::to_string(&full_row()).unwrap();
            json.insert_str(json.len() - 1, &format!(",{patch}"));
            let error = serde_json::from_str::<SessionRow>(&json).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
