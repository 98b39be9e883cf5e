//! `[instruments.SYM]`: the futures, in the order in which they are shown.

use crate::rules::book::BookRule;
use crate::rules::{DEFAULT_RULES, DefaultRules, InstrumentRules, signal, targets};
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
    pub book: BookRule,
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

impl InstrumentConfig {
    /// The defaults of the future of this name: those that the rules ship, if they know it.
    #[must_use]
    pub fn default_of(name: &str) -> InstrumentConfig {
        let aliases = DEFAULT_ALIASES.iter().filter(|(_, to)| *to == name);
        let shipped = DEFAULT_RULES.iter().find(|shipped| shipped.future == name);
        let rules = shipped.map_or_else(InstrumentRules::unknown, DefaultRules::rules);
        InstrumentConfig {
            name: name.to_string(),
            aliases: aliases.map(|(from, _)| (*from).to_string()).collect(),
            precision: rules.precision.unwrap_or(UNKNOWN_PRECISION),
            book: rules.book,
            contract_weight: rules.contract_weight,
            bear: rules.bear,
            stats: rules.stats.map(Stats::from).unwrap_or_default(),
            targets: Targets::from(rules.targets),
            tick: rules.tick,
            point_value: rules.point_value,
        }
    }

    /// The eleven futures of the default stack.
    #[must_use]
    pub fn defaults() -> Vec<InstrumentConfig> {
        CANONICAL_FUTURES.iter().map(|name| InstrumentConfig::default_of(name)).collect()
    }

    /// What the rules make of it. Stats of which one is absent are none, and so are targets without a distance:
    /// [`load()`](super::load()) refuses both.
    #[must_use]
    pub fn rules(&self) -> InstrumentRules {
        InstrumentRules {
            precision: Some(self.precision),
            tick: self.tick,
            point_value: self.point_value,
            book: self.book,
            contract_weight: self.contract_weight,
            stats: self.stats.complete(),
            targets: self.targets.meant(),
            bear: self.bear,
        }
    }
}

/// Decimals of the targets of a future that the rules do not know.
const UNKNOWN_PRECISION: u32 = 2;

impl From<signal::Stats> for Stats {
    fn from(stats: signal::Stats) -> Stats {
        let signal::Stats { strong_buy, buy, hold, sell, strong_sell } = stats;
        let [strong_buy, buy, hold, sell, strong_sell] = [strong_buy, buy, hold, sell, strong_sell].map(Some);
        Stats { strong_buy, buy, hold, sell, strong_sell }
    }
}

impl Stats {
    /// All five, or none.
    fn complete(self) -> Option<signal::Stats> {
        let Stats { strong_buy, buy, hold, sell, strong_sell } = self;
        Some(signal::Stats {
            strong_buy: strong_buy?,
            buy: buy?,
            hold: hold?,
            sell: sell?,
            strong_sell: strong_sell?,
        })
    }
}

impl From<targets::Targets> for Targets {
    fn from(targets: targets::Targets) -> Targets {
        let (mode, distances) = match targets {
            targets::Targets::Points { high, low } => (TargetMode::Points, Some((high, low))),
            targets::Targets::Percent { high, low } => (TargetMode::Percent, Some((high, low))),
            targets::Targets::Disabled => (TargetMode::Disabled, None),
        };
        Targets { mode, high: distances.map(|(high, _)| high), low: distances.map(|(_, low)| low) }
    }
}

impl Targets {
    fn meant(self) -> targets::Targets {
        match (self.mode, self.high, self.low) {
            (TargetMode::Points, Some(high), Some(low)) => targets::Targets::Points { high, low },
            (TargetMode::Percent, Some(high), Some(low)) => targets::Targets::Percent { high, low },
            _ => targets::Targets::Disabled,
        }
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
