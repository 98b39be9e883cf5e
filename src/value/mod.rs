//! Values: what the stack talks about. No input or output, no clock, no thread.

mod column;
mod instrument;
mod local_hours;
mod market;
mod outcome;
mod percent;
mod price;
mod quote;
mod session;
mod session_json;
mod sheet;
mod signal;
mod symbol;
mod trading_session;

pub use column::{Column, ColumnError, ColumnValue, Kind};
pub use instrument::{CANONICAL_FUTURES, DEFAULT_ALIASES, Instruments};
pub use local_hours::{LocalHours, LocalHoursError, bundled_zone};
pub use market::{Market, UnknownMarket};
pub use outcome::{HitType, NoEntryReason, Outcome, UnknownWord};
pub use percent::{PERCENT_DECIMALS, Percent};
pub use price::{MAX_SIGNIFICANT_DIGITS, Price, PriceError};
pub use quote::Quote;
pub use session::{
    Book, Composite, Day24, History, Identification, OpenToClose, Record, SessionRow, TOTAL, Trade, Weeks52,
};
pub use sheet::{RejectedCell, Sheet};
pub use signal::{Signal, UnknownSignal};
pub use symbol::{Symbol, SymbolError};
pub use trading_session::{Outlook, TradingSession, Unpublished};
