//! Values: what the stack talks about. No input or output, no clock, no thread.

mod instrument;
mod price;
mod quote;
mod sheet;
mod signal;
mod symbol;

pub use instrument::{CANONICAL_FUTURES, DEFAULT_ALIASES, Instruments};
pub use price::{MAX_SIGNIFICANT_DIGITS, Price, PriceError};
pub use quote::Quote;
pub use sheet::{RejectedCell, Sheet};
pub use signal::{Signal, UnknownSignal};
pub use symbol::{Symbol, SymbolError};
