//! First touch: which exit of a trade the market reached first.

use super::book::Sides;
use super::targets::{Direction, Exits};
use super::{InstrumentRules, Observation};
use crate::value::{HitType, Outcome, Price, SessionRow, Signal, TOTAL};
use jiff::Timestamp;
use std::time::Duration;

/// The future whose quote and rules TOTAL is traded and graded with.
pub const TOTAL_TRADES: &str = "YM";

/// The future whose quote and rules decide rows of `future`.
#[must_use]
pub fn graded_on(future: &str) -> &str {
    if future == TOTAL { TOTAL_TRADES } else { future }
}

/// `grader.evaluation_window`: how long a row may stay pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EvaluationWindow {
    /// Until the market's close.
    #[default]
    Session,
    /// For this long from its capture.
    For(Duration),
    /// For ever.
    Off,
}

impl EvaluationWindow {
    /// When a row captured at `captured_at` in a session that closes at `closes_at` stops waiting; `None`: never.
    #[must_use]
    pub fn end(self, captured_at: Timestamp, closes_at: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            EvaluationWindow::Session => closes_at,
            EvaluationWindow::For(duration) => captured_at.checked_add(duration).ok(),
            EvaluationWindow::Off => None,
        }
    }
}

/// What the grader knows at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The latest quote of the future that the row is graded on.
    pub observation: Option<&'a Observation>,
    /// That future's rules.
    pub rules: &'a InstrumentRules,
    /// When the row stops waiting ([`EvaluationWindow::end`]).
    pub window_end: Option<Timestamp>,
    /// Whether `now` can be believed when it is past that end: a clock that was set ahead for a moment must not end a
    /// wait for ever.
    pub may_end: bool,
    /// An older quote decides nothing.
    pub max_quote_age: Duration,
    /// The moment.
    pub now: Timestamp,
}

/// A final outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// `WORKED`, `DIDNT_WORK` or `NEUTRAL`.
    pub outcome: Outcome,
    /// The touch that decided; `None` for `NEUTRAL`.
    pub hit: Option<Hit>,
}

/// The first touch of an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// When the stack saw the quote.
    pub at: Timestamp,
    /// The price that touched, points.
    pub price: Price,
    /// Which exit.
    pub kind: HitType,
}

impl Decision {
    const NEUTRAL: Decision = Decision { outcome: Outcome::Neutral, hit: None };

    /// Stamps `row`; the first decision is final, so a row that has one is left as it is.
    pub fn stamp(&self, row: &mut SessionRow) {
        if row.id.wndw.is_final() {
            return;
        }
        row.id.wndw = self.outcome;
        row.trade.target_hit_at = self.hit.map(|hit| hit.at);
        row.trade.target_hit_price = self.hit.map(|hit| hit.price);
        row.trade.target_hit_type = self.hit.map(|hit| hit.kind);
    }
}

/// A row that waits for its grade, as far as the grade depends on it; for stores that hold many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// When it was captured.
    pub captured_at: Timestamp,
    /// Its signal.
    pub signal: Option<Signal>,
    /// Its entry; without one it is neutral.
    pub entry_price: Option<Price>,
    /// The upper exit.
    pub target_high: Option<Price>,
    /// The lower exit.
    pub target_low: Option<Price>,
}

impl Waiting {
    /// What `row` waits with.
    #[must_use]
    pub fn of(row: &SessionRow) -> Waiting {
        Waiting {
            captured_at: row.id.captured_at,
            signal: row.id.bhs,
            entry_price: row.trade.entry_price,
            target_high: row.trade.target_high,
            target_low: row.trade.target_low,
        }
    }
}

/// The decision about `row`, if there is one to make now (see [`grade_waiting`]); none about a row that has one.
#[must_use]
pub fn grade(row: &SessionRow, sight: &Sight<'_>) -> Option<Decision> {
    if row.id.wndw.is_final() { None } else { grade_waiting(&Waiting::of(row), sight) }
}

/// The decision about `row`, if there is one to make now. A row without a trade is neutral at once; one whose window
/// has ended is neutral unless a quote seen before the end touched an exit.
#[must_use]
pub fn grade_waiting(row: &Waiting, sight: &Sight<'_>) -> Option<Decision> {
    let Some((direction, exits)) = position(row) else { return Some(Decision::NEUTRAL) };
    let touch = sight
        .observation
        .filter(|observation| may_decide(observation, row.captured_at, sight))
        .and_then(|observation| touch(observation, direction, &exits, sight.rules));
    let ended = sight.may_end && sight.window_end.is_some_and(|end| sight.now >= end);
    touch.or_else(|| ended.then_some(Decision::NEUTRAL))
}

fn position(row: &Waiting) -> Option<(Direction, Exits)> {
    row.entry_price?;
    let direction = Direction::of(row.signal?)?;
    Some((direction, Exits { high: row.target_high?, low: row.target_low? }))
}

/// Neither too early nor too late: seen and saved since the capture, seen before the window's end, and fresh. Both
/// times are asked, as the clock of a file server may run ahead of ours.
fn may_decide(observation: &Observation, captured_at: Timestamp, sight: &Sight<'_>) -> bool {
    observation.seen_at >= captured_at
        && observation.saved_at >= captured_at
        && sight.window_end.is_none_or(|end| observation.seen_at < end)
        && observation.age(sight.now) <= sight.max_quote_age
}

fn touch(
    observation: &Observation,
    direction: Direction,
    exits: &Exits,
    rules: &InstrumentRules,
) -> Option<Decision> {
    let price = Sides::of(&observation.quote, rules.book).exit(direction)?;
    let (above, below) = (price >= exits.high, price <= exits.low);
    let (target, stop) = match direction {
        Direction::Long => (above, below),
        Direction::Short => (below, above),
    };
    let hit = |kind| Some(Hit { at: observation.seen_at, price, kind });
    if target {
        Some(Decision { outcome: Outcome::Worked, hit: hit(HitType::Target) })
    } else if stop {
        Some(Decision { outcome: Outcome::DidntWork, hit: hit(HitType::Stop) })
    } else {
        None
    }
}
