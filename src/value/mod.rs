//! Values: what the stack talks about. No input or output, no clock, no thread.

mod instrument;
mod local_hours;
mod market;
mod price;
mod quote;
mod sheet;
mod signal;
mod symbol;
mod trading_session;

pub use instrument::{CANONICAL_FUTURES, DEFAULT_ALIASES, Instruments};
pub use local_hours::{LocalHours, LocalHoursError, bundled_zone};
pub use market::{Market, UnknownMarket};
pub use price::{MAX_SIGNIFICANT_DIGITS, Price, PriceError};
pub use quote::Quote;
pub use sheet::{RejectedCell, Sheet};
pub use signal::{Signal, UnknownSignal};
pub use symbol::{Symbol, SymbolError};
pub use trading_session::{Outlook, TradingSession, Unpublished};
