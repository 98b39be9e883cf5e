//! One simulated future: a walk in ticks with a book around it.

use super::random::Random;
use super::xlsx::Cell;
use rust_decimal::Decimal;

/// What is known of a future before its day.
pub(super) struct Listing {
    pub(super) kind: &'static str,
    pub(super) symbol: &'static str,
    pub(super) description: &'static str,
    /// A tick is so many units of the last decimal.
    tick: i64,
    /// How many decimals a price has.
    decimals: u32,
    /// The previous close, ticks.
    close: i64,
    /// Ask − bid, ticks; 0: an index, which has no book.
    spread: i64,
    /// How far one move goes, ticks.
    stride: i64,
    /// How many of a thousand steps of five seconds move the price.
    liveliness: i64,
    /// Contracts traded in five lively seconds.
    turnover: i64,
}

/// The eleven futures of the default stack near their prices of November 2025, with the books of a liquid hour and
/// moves that cross a default target some times a session.
pub(super) const LISTINGS: [Listing; 11] = [
    futures("YM", "E-mini Dow Jones", (1, 0), 46_120, 2, 2, 300, 9),
    futures("ES", "E-mini S&P 500", (25, 2), 26_546, 1, 1, 240, 90),
    futures("NQ", "E-mini Nasdaq 100", (25, 2), 98_160, 2, 3, 300, 60),
    futures("RTY", "E-mini Russell 2000", (1, 1), 23_480, 2, 2, 260, 12),
    futures("CL", "Crude Oil", (1, 2), 6_045, 1, 1, 260, 30),
    futures("SI", "Silver", (5, 3), 10_140, 1, 1, 160, 12),
    futures("HG", "Copper", (5, 4), 9_960, 2, 1, 160, 8),
    futures("GC", "Gold", (1, 1), 40_720, 2, 2, 260, 25),
    futures("VX", "Vix", (5, 2), 449, 1, 1, 30, 3),
    Listing {
        kind: "Index",
        symbol: "$DXY",
        description: "Dollar",
        ..futures("", "", (1, 3), 99_580, 0, 5, 200, 0)
    },
    // Ticks of a 32nd; prices are written as the exchange writes them.
    futures("ZB", "30 Year Treasury Bond", (1, 0), 117 * THIRTY_SECONDS + 9, 1, 1, 40, 15),
];

const THIRTY_SECONDS: i64 = 32;
const BONDS: &str = "ZB";

#[allow(clippy::too_many_arguments)] // a table's row
const fn futures(
    symbol: &'static str,
    description: &'static str,
    (tick, decimals): (i64, u32),
    close: i64,
    spread: i64,
    stride: i64,
    liveliness: i64,
    turnover: i64,
) -> Listing {
    Listing {
        kind: "Futures",
        symbol,
        description,
        tick,
        decimals,
        close,
        spread,
        stride,
        liveliness,
        turnover,
    }
}

/// A future on its day. Prices are in ticks.
#[derive(Debug, Clone)]
pub(super) struct SimulatedFuture {
    bid: i64,
    last: i64,
    open: i64,
    high: i64,
    low: i64,
    volume: i64,
    sizes: (i64, i64),
    /// Added to the chance of a move up, of a thousand moves; changes now and then.
    mood: i64,
}

/// How many steps a mood lasts on average: an hour and a half.
const MOOD_STEPS: i64 = 1_080;
/// How strong a mood may be, of a thousand moves.
const MOOD: i64 = 90;

impl SimulatedFuture {
    pub(super) fn opening(listing: &Listing, random: &mut Random) -> SimulatedFuture {
        let open = listing.close + (random.below(41) - 20) * listing.stride;
        let (high, low) = (open, open);
        let mood = random.below(2 * MOOD + 1) - MOOD;
        SimulatedFuture { bid: open, last: open, open, high, low, volume: 0, sizes: (1, 1), mood }
    }

    /// Five seconds later.
    pub(super) fn step(&mut self, listing: &Listing, random: &mut Random) {
        if random.below(MOOD_STEPS) == 0 {
            self.mood = random.below(2 * MOOD + 1) - MOOD;
        }
        let moves = random.below(1_000) < listing.liveliness;
        if moves {
            let up = random.below(1_000) < 500 + self.mood;
            self.bid = (self.bid + if up { listing.stride } else { -listing.stride }).max(1);
        }
        if moves || random.below(4) == 0 {
            let at_ask = random.below(2) == 1;
            self.last = if at_ask { self.bid + listing.spread } else { self.bid };
            self.high = self.high.max(self.last);
            self.low = self.low.min(self.last);
            self.volume += random.below(listing.turnover) + i64::from(listing.turnover > 0);
            self.sizes = (1 + random.below(30), 1 + random.below(30));
        }
    }

    /// The row, in the order of [`HEADERS`](super::market::HEADERS).
    pub(super) fn row(&self, listing: &Listing) -> Vec<Cell> {
        let price = |ticks| price(listing, ticks);
        let booked = |cell: Cell| if listing.spread == 0 { Cell::text("N/A") } else { cell };
        vec![
            Cell::text(listing.kind),
            Cell::text(listing.symbol),
            Cell::text(listing.description),
            price(listing.close),
            price(self.open),
            price(self.last - listing.close),
            price(self.high),
            price(self.low),
            booked(Cell::number(self.volume)),
            booked(price(self.bid)),
            price(self.last),
            booked(price(self.bid + listing.spread)),
            booked(Cell::number(self.sizes.0)),
            booked(Cell::number(self.sizes.1)),
        ]
    }
}

/// Decimals, or 32nds as thinkorswim writes them: `117'09`, `-0'07`.
fn price(listing: &Listing, ticks: i64) -> Cell {
    if listing.symbol == BONDS {
        let (points, rest) = (ticks.abs() / THIRTY_SECONDS, ticks.abs() % THIRTY_SECONDS);
        let sign = if ticks < 0 { "-" } else { "" };
        return Cell::text(&format!("{sign}{points}'{rest:02}"));
    }
    Cell::number(Decimal::new(ticks * listing.tick, listing.decimals).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bonds_are_written_in_thirty_seconds() {
        let bond = &LISTINGS[10];
        assert_eq!(price(bond, 117 * 32 + 9), Cell::text("117'09"));
        assert_eq!(price(bond, -7), Cell::text("-0'07"));
    }
}
