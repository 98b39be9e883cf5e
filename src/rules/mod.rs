//! Decisions: pure functions of what is known, and of now. No clock is read here, and nothing is written.

mod composite;
mod market_clock;

pub use composite::{Composite, Phase, composite};
pub use market_clock::{MarketEvent, MarketReading, MarketState, PRECLOSE, PREOPEN, market_reading};
