//! Whether a row trades: its entry and exits, or the reason why there is none.

use super::book::Sides;
use super::targets::{Direction, Exits};
use super::{CaptureLimits, InstrumentRules, Observation, elapsed};
use crate::value::{NoEntryReason, Price, Signal};
use jiff::Timestamp;

/// A trade as it is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which way.
    pub direction: Direction,
    /// At which price, points.
    pub price: Price,
    /// Where it exits.
    pub exits: Exits,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The row's signal.
    pub signal: Option<Signal>,
    /// The quote that is traded; `None`: there is no fresh one.
    pub observation: Option<&'a Observation>,
    /// The rules of the instrument that is traded.
    pub rules: &'a InstrumentRules,
    /// When the market opened.
    pub opened_at: Timestamp,
    /// When it is captured.
    pub now: Timestamp,
    /// `[capture]`.
    pub limits: &'a CaptureLimits,
}

/// Enters, or says why not.
///
/// Of several reasons the first in the order of the specification is told: hold, no signal, no book, spread, unchanged,
/// late, no targets. What the market says comes before what the stack missed, so that a late capture still records
/// rows that would not have traded anyway as what they are.
///
/// # Errors
/// The [`NoEntryReason`].
pub fn enter(attempt: &Attempt<'_>) -> Result<Entry, NoEntryReason> {
    let signal = attempt.signal.ok_or(NoEntryReason::NoSignal)?;
    let direction = Direction::of(signal).ok_or(NoEntryReason::Hold)?;
    let observation = attempt.observation.ok_or(NoEntryReason::NoBook)?;
    let sides = Sides::of(&observation.quote, attempt.rules.book);
    let (Some(price), Some(_)) = (sides.entry(direction), sides.exit(direction)) else {
        return Err(NoEntryReason::NoBook);
    };
    let exits = attempt.rules.precision.and_then(|precision| attempt.rules.targets.exits(price, precision));
    if exits.is_some_and(|exits| loses_at_once(&sides, price, &exits, direction)) {
        return Err(NoEntryReason::SpreadExceedsStop);
    }
    if observation.unchanged_for(attempt.now) >= attempt.limits.max_unchanged {
        return Err(NoEntryReason::QuoteUnchanged);
    }
    if elapsed(attempt.opened_at, attempt.now) > attempt.limits.max_delay {
        return Err(NoEntryReason::Late);
    }
    let exits = exits.ok_or(NoEntryReason::NoTargets)?;
    Ok(Entry { direction, price, exits })
}

/// A spread at least as wide as the distance to the stop; so is one that cannot be held exactly.
fn loses_at_once(sides: &Sides, entry: Price, exits: &Exits, direction: Direction) -> bool {
    match (sides.spread(), exits.stop_distance(entry, direction)) {
        (Some(spread), Some(distance)) => spread >= distance,
        _ => true,
    }
}
