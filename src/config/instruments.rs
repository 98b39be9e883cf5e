//! `[instruments.SYM]`: the futures, in the order in which they are shown.

use crate::value::{CANONICAL_FUTURES, DEFAULT_ALIASES, Instruments, Price};

/// `[instruments.SYM]`: one future. What is `None` by default has no default for a future that the stack does not
/// know: without it there is no signal, no target and no grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentConfig {
    /// The canonical name, upper-case.
    pub name: String,
    /// Feed symbols that mean it under another name, upper-case.
    pub aliases: Vec<String>,
    /// Decimals to which targets are rounded.
    pub precision: u32,
    /// Whether a side that is absent may be replaced by the last price.
    pub book: Book,
    /// Its weight in TOTAL's sum.
    pub contract_weight: Price,
    /// Whether its signal's weight counts inverted: flight to safety.
    pub bear: bool,
    /// The net changes that part the five signals.
    pub stats: Stats,
    /// Where a trade is left.
    pub targets: Targets,
    /// The least move, in points.
    pub tick: Option<Price>,
    /// What a point of one contract is worth, in dollars.
    pub point_value: Option<Price>,
}

/// Whether a quote needs both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// Bid and ask, else there is no entry.
    Required,
    /// The last price stands in for a side that is absent.
    Optional,
}

/// The net changes that part the five signals, in points, descending (domain.md section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the names are the signals'
pub struct Stats {
    pub strong_buy: Option<Price>,
    pub buy: Option<Price>,
    pub hold: Option<Price>,
    pub sell: Option<Price>,
    pub strong_sell: Option<Price>,
}

/// Where a trade is left (domain.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// What `high` and `low` mean.
    pub mode: TargetMode,
    /// So far above the entry.
    pub high: Option<Price>,
    /// So far below the entry.
    pub low: Option<Price>,
}

/// What the distances of targets mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMode {
    /// Points.
    Points,
    /// Percent of the entry.
    Percent,
    /// There are none, and so no entry.
    Disabled,
}

/// What the domain says of a future: statistics from strong buy to hold (the sells are the same below zero),
/// dollars a point, tick, target and precision (domain.md sections 5 and 7).
struct Shipped {
    name: &'static str,
    stats: [&'static str; 2],
    point_value: &'static str,
    tick: &'static str,
    target: &'static str,
    precision: u32,
}

const fn shipped(
    name: &'static str,
    stats: [&'static str; 2],
    point_value: &'static str,
    tick: &'static str,
    target: &'static str,
    precision: u32,
) -> Shipped {
    Shipped { name, stats, point_value, tick, target, precision }
}

const SHIPPED: [Shipped; 11] = [
    shipped("YM", ["60", "10"], "5", "1", "20", 0),
    shipped("ES", ["6", "1"], "50", "0.25", "2", 2),
    shipped("NQ", ["15", "2.5"], "20", "0.25", "5", 2),
    shipped("RTY", ["15", "2.5"], "50", "0.1", "2", 1),
    shipped("CL", ["0.3", "0.05"], "1000", "0.01", "0.1", 2),
    shipped("SI", ["0.06", "0.01"], "5000", "0.005", "0.02", 3),
    shipped("HG", ["0.012", "0.002"], "25000", "0.0005", "0.004", 4),
    shipped("GC", ["3", "0.5"], "100", "0.1", "1", 1),
    shipped("VX", ["0.05", "0.03"], "1000", "0.05", "0.1", 2),
    shipped("DX", ["30", "5"], "1000", "0.005", "0.1", 3),
    shipped("ZB", ["30", "5"], "1000", "0.03125", "0.09375", 5),
];

/// Bought when everything else is sold (domain.md section 5).
const BEARS: [&str; 4] = ["VX", "DX", "GC", "ZB"];
/// The index `$DXY` has neither bid nor ask (domain.md section 7).
const WITHOUT_BOOK: [&str; 1] = ["DX"];

impl InstrumentConfig {
    /// The defaults of the future of this name.
    #[must_use]
    pub fn default_of(name: &str) -> InstrumentConfig {
        let aliases = DEFAULT_ALIASES.iter().filter(|(_, to)| *to == name);
        let shipped = SHIPPED.iter().find(|shipped| shipped.name == name);
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<Price>().ok());
        let target = number(shipped.map(|shipped| shipped.target));
        InstrumentConfig {
            name: name.to_string(),
            aliases: aliases.map(|(from, _)| (*from).to_string()).collect(),
            precision: shipped.map_or(2, |shipped| shipped.precision),
            book: if WITHOUT_BOOK.contains(&name) { Book::Optional } else { Book::Required },
            contract_weight: Price::from(1),
            bear: BEARS.contains(&name),
            stats: shipped.map(stats).unwrap_or_default(),
            targets: Targets {
                mode: if shipped.is_some() { TargetMode::Points } else { TargetMode::Disabled },
                high: target,
                low: target,
            },
            tick: number(shipped.map(|shipped| shipped.tick)),
            point_value: number(shipped.map(|shipped| shipped.point_value)),
        }
    }

    /// The eleven futures of the default stack.
    #[must_use]
    pub fn defaults() -> Vec<InstrumentConfig> {
        CANONICAL_FUTURES.iter().map(|name| InstrumentConfig::default_of(name)).collect()
    }
}

fn stats(shipped: &Shipped) -> Stats {
    let number = |sign: &str, at: usize| format!("{sign}{}", shipped.stats[at]).parse::<Price>().ok();
    Stats {
        strong_buy: number("", 0),
        buy: number("", 1),
        hold: Some(Price::ZERO),
        sell: number("-", 1),
        strong_sell: number("-", 0),
    }
}

/// The alias table that every reader uses.
pub(super) fn table(instruments: &[InstrumentConfig]) -> Instruments {
    let aliases = instruments
        .iter()
        .flat_map(|one| one.aliases.iter().map(|alias| (alias.clone(), one.name.clone())))
        .collect::<Vec<_>>();
    Instruments::new(instruments.iter().map(|one| one.name.clone()), aliases)
}
