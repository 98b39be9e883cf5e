//! A simulated market that keeps saving a real workbook, for the demo and for trying things out without Excel.
//!
//! Prices are walks in whole ticks from a seed: the same seed and the same instants give the same workbooks.

mod future;
mod market;
mod random;
mod xlsx;

pub use market::{HEADERS, SimulatedMarket};
pub use xlsx::{Cell, pack, save, workbook};
