//! The rules of each instrument: the shipped ones, and what a configuration makes of them.

use super::book::BookRule;
use super::signal::Stats;
use super::targets::Targets;
use crate::value::{Price, Signal};
use std::collections::BTreeMap;

/// `instruments.SYM`: how an instrument is read and traded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentRules {
    /// Decimals of its prices; exits are rounded to them.
    pub precision: Option<u32>,
    /// The smallest step of its price, points.
    pub tick: Option<Price>,
    /// What a point is worth a contract, dollars.
    pub point_value: Option<Price>,
    /// Whether it has a bid and an ask.
    pub book: BookRule,
    /// Its weight in the composite's average.
    pub contract_weight: Price,
    /// The values of its signals; `None`: it has no computed signal.
    pub stats: Option<Stats>,
    /// Its exits.
    pub targets: Targets,
    /// Whether it rises when stocks fall (flight to safety): its signal's weight is inverted.
    pub bear: bool,
}

/// What is wrong with an instrument's rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Exits cannot be rounded.
    #[error("instruments.{0}: targets need a precision; set instruments.{0}.precision to its decimals")]
    NoPrecision(String),
    /// A precision beyond what a decimal holds.
    #[error("instruments.{0}.precision: {1} decimals; use at most 15")]
    PrecisionTooHigh(String, u32),
    /// An exit on the wrong side of the entry, or on it.
    #[error("instruments.{0}.targets: high and low must be above 0")]
    TargetsNotPositive(String),
    /// A tick that is no step.
    #[error("instruments.{0}.tick: must be above 0")]
    TickNotPositive(String),
    /// Thresholds that skip a signal.
    #[error("instruments.{0}.stats: values must fall from strong_buy to strong_sell")]
    StatsOutOfOrder(String),
}

/// How many times its own target an instrument must move before it leaves HOLD, to be called out of reach. Of the
/// shipped ones it takes a third of a target (VX) to one and a quarter (RTY), but 50 for DX and 53 for ZB.
const REACH: i64 = 25;

impl InstrumentRules {
    /// The rules of an instrument that nothing is known of: no signal, no targets, a contract weight of 1.
    #[must_use]
    pub fn unknown() -> InstrumentRules {
        InstrumentRules {
            precision: None,
            tick: None,
            point_value: None,
            book: BookRule::Required,
            contract_weight: Price::from(1),
            stats: None,
            targets: Targets::Disabled,
            bear: false,
        }
    }

    /// Every problem of these rules, as those of the instrument `name`.
    #[must_use]
    pub fn problems(&self, name: &str) -> Vec<RulesError> {
        let name = || name.to_string();
        let mut problems = Vec::new();
        if let Targets::Points { high, low } | Targets::Percent { high, low } = self.targets {
            if self.precision.is_none() {
                problems.push(RulesError::NoPrecision(name()));
            }
            if high <= Price::ZERO || low <= Price::ZERO {
                problems.push(RulesError::TargetsNotPositive(name()));
            }
        }
        if let Some(precision) = self.precision.filter(|precision| *precision > 15) {
            problems.push(RulesError::PrecisionTooHigh(name(), precision));
        }
        if self.tick.is_some_and(|tick| tick <= Price::ZERO) {
            problems.push(RulesError::TickNotPositive(name()));
        }
        if self.stats.is_some_and(|stats| !stats.is_ordered()) {
            problems.push(RulesError::StatsOutOfOrder(name()));
        }
        problems
    }

    /// Whether the thresholds are so far away that the instrument in practice always holds, measured by its own
    /// targets in points. For `check`: as points, the shipped values of ZB and DX are.
    #[must_use]
    pub fn always_holds(&self) -> bool {
        let (Some(stats), Targets::Points { high, .. }) = (&self.stats, self.targets) else { return false };
        let reach = high.decimal() * rust_decimal::Decimal::from(REACH);
        stats.value(Signal::Buy).decimal() > reach && stats.value(Signal::Sell).decimal() < -reach
    }
}

/// The rules of every instrument, by the name of the future.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBook {
    rules: BTreeMap<String, InstrumentRules>,
    unknown: InstrumentRules,
}

impl RuleBook {
    /// A book of `rules` alone.
    pub fn new(rules: impl IntoIterator<Item = (String, InstrumentRules)>) -> RuleBook {
        RuleBook { rules: rules.into_iter().collect(), unknown: InstrumentRules::unknown() }
    }

    /// The rules of `future`; those of [`InstrumentRules::unknown`] when none are configured.
    #[must_use]
    pub fn get(&self, future: &str) -> &InstrumentRules {
        self.rules.get(future).unwrap_or(&self.unknown)
    }

    /// The configured instruments with their rules, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &InstrumentRules)> {
        self.rules.iter().map(|(future, rules)| (future.as_str(), rules))
    }
}

/// The shipped rules of the eleven futures.
impl Default for RuleBook {
    fn default() -> RuleBook {
        RuleBook::new(DEFAULT_RULES.iter().map(|row| (row.future.to_string(), row.rules())))
    }
}

/// One line of the shipped table, as it stands in domain.md sections 5 and 7; decimals as text.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // the columns of InstrumentRules
pub struct DefaultRules {
    pub future: &'static str,
    /// Strong buy and buy; sell and strong sell are their negatives, hold is 0.
    pub stats: [&'static str; 2],
    pub point_value: i64,
    pub tick: &'static str,
    /// The points worth about $100 a contract, above and below.
    pub target: &'static str,
    pub precision: u32,
    pub book: BookRule,
    pub bear: bool,
}

/// The shipped table (domain.md sections 5 and 7). DX is the index `$DXY`, which has no bid and ask.
#[rustfmt::skip]
pub const DEFAULT_RULES: [DefaultRules; 11] = [
    line("YM",  ["60", "10"],       5,      "1",       "20",      0),
    line("ES",  ["6", "1"],         50,     "0.25",    "2",       2),
    line("NQ",  ["15", "2.5"],      20,     "0.25",    "5",       2),
    line("RTY", ["15", "2.5"],      50,     "0.1",     "2",       1),
    line("CL",  ["0.3", "0.05"],    1_000,  "0.01",    "0.1",     2),
    line("SI",  ["0.06", "0.01"],   5_000,  "0.005",   "0.02",    3),
    line("HG",  ["0.012", "0.002"], 25_000, "0.0005",  "0.004",   4),
    line("GC",  ["3", "0.5"],       100,    "0.1",     "1",       1).bear(),
    line("VX",  ["0.05", "0.03"],   1_000,  "0.05",    "0.1",     2).bear(),
    line("DX",  ["30", "5"],        1_000,  "0.005",   "0.1",     3).bear().without_book(),
    line("ZB",  ["30", "5"],        1_000,  "0.03125", "0.09375", 5).bear(),
];

const fn line(
    future: &'static str,
    stats: [&'static str; 2],
    point_value: i64,
    tick: &'static str,
    target: &'static str,
    precision: u32,
) -> DefaultRules {
    let book = BookRule::Required;
    DefaultRules { future, stats, point_value, tick, target, precision, book, bear: false }
}

impl DefaultRules {
    const fn bear(self) -> DefaultRules {
        DefaultRules { bear: true, ..self }
    }

    const fn without_book(self) -> DefaultRules {
        DefaultRules { book: BookRule::Optional, ..self }
    }

    /// The line as rules.
    #[must_use]
    pub fn rules(&self) -> InstrumentRules {
        let target = decimal(self.target);
        let [strong, weak] = self.stats.map(decimal);
        let negative = |price: Price| Price::ZERO.checked_sub(price).unwrap_or_default();
        InstrumentRules {
            precision: Some(self.precision),
            tick: Some(decimal(self.tick)),
            point_value: Some(Price::from(self.point_value)),
            book: self.book,
            contract_weight: Price::from(1),
            stats: Some(Stats {
                strong_buy: strong,
                buy: weak,
                hold: Price::ZERO,
                sell: negative(weak),
                strong_sell: negative(strong),
            }),
            targets: Targets::Points { high: target, low: target },
            bear: self.bear,
        }
    }
}

/// A decimal of the shipped table, all of which are read back by a conformance test.
fn decimal(text: &str) -> Price {
    text.parse().unwrap_or_default()
}
