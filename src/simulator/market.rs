//! The simulated market: eleven futures whose prices move together in time and apart in direction.

use super::future::{LISTINGS, SimulatedFuture};
use super::random::Random;
use super::xlsx::{Cell, workbook};
use std::io;

/// The header row that real workbooks of 2025 have.
pub const HEADERS: [&str; 14] = [
    "Type",
    "Symbol",
    "Description",
    "Close",
    "Open",
    "NetChange",
    "24High",
    "24Low",
    "Volume",
    "Bid",
    "Last",
    "Ask",
    "BidSize",
    "AskSize",
];

/// Eleven futures on their day.
#[derive(Debug, Clone)]
pub struct SimulatedMarket {
    random: Random,
    futures: Vec<SimulatedFuture>,
}

impl SimulatedMarket {
    /// A market at the start of its day; the same for the same `seed`.
    #[must_use]
    pub fn opening(seed: u64) -> SimulatedMarket {
        let mut random = Random::from_seed(seed);
        let futures = LISTINGS.iter().map(|listing| SimulatedFuture::opening(listing, &mut random)).collect();
        SimulatedMarket { random, futures }
    }

    /// Lets `steps` times five seconds pass.
    pub fn advance(&mut self, steps: u32) {
        for _ in 0..steps {
            for (future, listing) in self.futures.iter_mut().zip(&LISTINGS) {
                future.step(listing, &mut self.random);
            }
        }
    }

    /// The workbook that Excel would save now: the sheet `sheet`, its header in A1.
    ///
    /// # Errors
    /// The file cannot be packed.
    pub fn workbook(&self, sheet: &str) -> io::Result<Vec<u8>> {
        let header = HEADERS.map(Cell::text).to_vec();
        let rows = self.futures.iter().zip(&LISTINGS).map(|(future, listing)| future.row(listing));
        workbook(sheet, &std::iter::once(header).chain(rows).collect::<Vec<_>>())
    }
}
