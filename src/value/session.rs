//! A session row: one instrument's open in one market, its trade and what became of it.

use super::column::Field;
use super::session_json;
use super::{Column, ColumnError, ColumnValue, HitType, NoEntryReason, Outcome, Percent, Price, Signal};
use jiff::Timestamp;

/// The name of the composite's row among the futures of a capture.
pub const TOTAL: &str = "TOTAL";

/// Declares the row once: its groups, fields, columns, and the way between fields and [`ColumnValue`]s. What stands
/// here is at once the struct, the ledger's columns, the CSV header and the JSON keys, in this order.
macro_rules! session_row {
    ($($(#[$about:meta])* $group:ident: $name:ident $(derives $derive:ident)? {
        $($(#[$doc:meta])* $field:ident: $type:ty,)+
    })+) => {
        /// A row of the session table (domain.md section 7): in Rust by groups, in SQL, CSV and JSON flat, under the
        /// fields' own names. `None` is absent.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct SessionRow {
            $($(#[$about])* pub $group: $name,)+
        }

        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq $(, $derive)?)]
            pub struct $name {
                $($(#[$doc])* pub $field: $type,)+
            }

            impl $name {
                /// This group's columns, for what reads or writes it alone.
                pub const COLUMNS: &[Column] = &[$(Column {
                    name: stringify!($field),
                    kind: <$type as Field>::KIND,
                    required: <$type as Field>::REQUIRED,
                },)+];

                /// The values, in the order of the group's columns.
                #[must_use]
                pub fn values(&self) -> Vec<ColumnValue> {
                    vec![$(self.$field.to_value(),)+]
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    session_json::serialize($name::COLUMNS, self.values(), serializer)
                }
            }
        )+

        impl SessionRow {
            /// Every column, in the table's order.
            pub const COLUMNS: &[Column] = &[$($(Column {
                name: stringify!($field),
                kind: <$type as Field>::KIND,
                required: <$type as Field>::REQUIRED,
            },)+)+];

            /// The values, in the order of [`SessionRow::COLUMNS`].
            #[must_use]
            pub fn values(&self) -> Vec<ColumnValue> {
                [$(self.$group.values()),+].concat()
            }

            /// The value of the column `name`; `None` when there is no such column.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<ColumnValue> {
                match name {
                    $($(stringify!($field) => Some(self.$group.$field.to_value()),)+)+
                    _ => None,
                }
            }

            /// Sets the column `name`.
            ///
            /// # Errors
            /// [`ColumnError`] when there is no such column, or `value` does not fit it; the row is unchanged then.
            pub fn set(&mut self, name: &str, value: ColumnValue) -> Result<(), ColumnError> {
                match name {
                    $($(stringify!($field) => self.$group.$field = field(name, value)?,)+)+
                    _ => return Err(ColumnError::new(name, "no such column")),
                }
                Ok(())
            }

            /// A row of what `value_of` says of each column, asked in the order of [`SessionRow::COLUMNS`].
            ///
            /// # Errors
            /// The first error of `value_of`, or [`ColumnError`] when a value does not fit its column.
            pub fn from_columns<E: From<ColumnError>>(
                mut value_of: impl FnMut(&Column) -> Result<ColumnValue, E>,
            ) -> Result<SessionRow, E> {
                let mut columns = SessionRow::COLUMNS.iter();
                let mut next = || match columns.next() {
                    Some(column) => value_of(column),
                    None => Ok(ColumnValue::Absent), // as many columns as fields: both come from one list
                };
                Ok(SessionRow {
                    $($group: $name { $($field: field(stringify!($field), next()?)?,)+ },)+
                })
            }
        }
    };
}

fn field<T: Field>(name: &str, value: ColumnValue) -> Result<T, ColumnError> {
    T::from_value(value).map_err(|problem| ColumnError::new(name, problem))
}

session_row! {
    /// Which row this is, and the signal that it was captured with.
    id: Identification {
        /// Counts captures over all markets; assigned by the ledger.
        session_number: Option<i64>,
        /// The transaction that made the row; equal to `session_number` unless imported. Assigned by the ledger.
        capture_group: Option<i64>,
        /// The market's local year.
        year: i64,
        /// The market's local month, from 1.
        month: i64,
        /// The market's local day of the month.
        date: i64,
        /// The market's local weekday (`Mon`).
        day: String,
        /// When the row was captured.
        captured_at: Timestamp,
        /// The control market (`USA`).
        country: String,
        /// The future (`YM`), or [`TOTAL`].
        future: String,
        /// The n-th row of this country and future; assigned by the ledger.
        country_future: Option<i64>,
        /// How many rows of this country and future there are, this one included; assigned by the ledger.
        country_future_wndw_total: Option<i64>,
        /// The signal's weight; TOTAL: the sum of the weights.
        weight: Option<i64>,
        /// The signal.
        bhs: Option<Signal>,
        /// What the grader says.
        wndw: Outcome,
    }

    /// The book at capture.
    book: Book derives Default {
        /// Points.
        bid_price: Option<Price>,
        /// Contracts.
        bid_size: Option<i64>,
        /// Points.
        last_price: Option<Price>,
        /// Ask − bid, points.
        spread: Option<Price>,
        /// Points.
        ask_price: Option<Price>,
        /// Contracts.
        ask_size: Option<i64>,
        /// Contracts traded so far in the future's own session.
        volume: Option<i64>,
    }

    /// The trade: entry, exits, and which exit was touched first.
    trade: Trade derives Default {
        /// Points: the ask for a buy, the bid for a sell.
        entry_price: Option<Price>,
        /// The upper exit, points: a long's target, a short's stop.
        target_high: Option<Price>,
        /// The lower exit, points: a long's stop, a short's target.
        target_low: Option<Price>,
        /// Why there is no entry.
        no_entry_reason: Option<NoEntryReason>,
        /// When the deciding quote was seen.
        target_hit_at: Option<Timestamp>,
        /// The price that decided, points.
        target_hit_price: Option<Price>,
        /// Which exit it touched.
        target_hit_type: Option<HitType>,
    }

    /// From the market's open to its close.
    market: OpenToClose derives Default {
        /// Last at capture, points.
        market_open: Option<Price>,
        /// The high since the open, points.
        market_high_open: Option<Price>,
        /// (high − open) / open.
        market_high_pct_open: Option<Percent>,
        /// The low since the open, points.
        market_low_open: Option<Price>,
        /// (last − low) / low: the run-up from the low.
        market_low_pct_open: Option<Percent>,
        /// Last at the close, points.
        market_close: Option<Price>,
        /// (high − close) / high, not below 0.
        market_high_pct_close: Option<Percent>,
        /// (close − low) / low, not below 0.
        market_low_pct_close: Option<Percent>,
        /// (close − open) / open.
        market_close_vs_open_pct: Option<Percent>,
        /// High − low, points.
        market_range: Option<Price>,
        /// (high − low) / open.
        market_range_pct: Option<Percent>,
    }

    /// The 24 hours before the capture, as the feed counts them.
    day24: Day24 derives Default {
        /// The previous close, points.
        prev_close_24h: Option<Price>,
        /// The session's open, points.
        open_price_24h: Option<Price>,
        /// Open − previous close, points.
        open_prev_diff_24h: Option<Price>,
        /// The same as a percentage of the previous close.
        open_prev_pct_24h: Option<Percent>,
        /// Points.
        low_24h: Option<Price>,
        /// Points.
        high_24h: Option<Price>,
        /// High − low, points.
        range_diff_24h: Option<Price>,
        /// The same as a percentage of the previous close.
        range_pct_24h: Option<Percent>,
    }

    /// The 52 weeks before the capture.
    weeks52: Weeks52 derives Default {
        /// Points.
        low_52w: Option<Price>,
        /// (last − low) / last.
        low_pct_52w: Option<Percent>,
        /// Points.
        high_52w: Option<Price>,
        /// (high − last) / last.
        high_pct_52w: Option<Percent>,
        /// High − low, points.
        range_52w: Option<Price>,
        /// (high − low) / last.
        range_pct_52w: Option<Percent>,
    }

    /// The composite; on TOTAL's row only.
    composite: Composite derives Default {
        /// Σ stat × contract weight / Σ |contract weight|, points, 6 decimals.
        weighted_average: Option<Price>,
        /// How many instruments the capture has.
        instrument_count: Option<i64>,
    }

    /// How earlier rows of this country and future did, by signal (domain.md section 9).
    history: History derives Default {
        /// Rows.
        strong_buy_worked: Option<i64>,
        /// Of the decided ones.
        strong_buy_worked_percentage: Option<Percent>,
        /// Rows.
        strong_buy_didnt_work: Option<i64>,
        /// Of the decided ones.
        strong_buy_didnt_work_percentage: Option<Percent>,
        /// Rows.
        buy_worked: Option<i64>,
        /// Of the decided ones.
        buy_worked_percentage: Option<Percent>,
        /// Rows.
        buy_didnt_work: Option<i64>,
        /// Of the decided ones.
        buy_didnt_work_percentage: Option<Percent>,
        /// Rows.
        sell_worked: Option<i64>,
        /// Of the decided ones.
        sell_worked_percentage: Option<Percent>,
        /// Rows.
        sell_didnt_work: Option<i64>,
        /// Of the decided ones.
        sell_didnt_work_percentage: Option<Percent>,
        /// Rows.
        strong_sell_worked: Option<i64>,
        /// Of the decided ones.
        strong_sell_worked_percentage: Option<Percent>,
        /// Rows.
        strong_sell_didnt_work: Option<i64>,
        /// Of the decided ones.
        strong_sell_didnt_work_percentage: Option<Percent>,
        /// Rows.
        hold: Option<i64>,
    }

    /// What this stack adds about the recording itself.
    record: Record derives Default {
        /// From the open to the commit, milliseconds; assigned by the ledger.
        capture_delay_ms: Option<i64>,
        /// What the row could not be based on because data was missing; absent: nothing was missing.
        data_gap: Option<String>,
    }
}
