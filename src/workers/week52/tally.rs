//! What the monitor has seen, for log and status.

use super::watched::Watched;
use crate::rules::extremes::{Extreme, Move};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Tally {
    new_highs: u64,
    new_lows: u64,
    last_move: Option<String>,
    futures: usize,
    partial: Vec<String>,
    pub(super) lost_updates: u64,
}

impl Tally {
    /// Says what moved. Of partial extremes nothing is new: they are no 52-week values.
    pub(super) fn note(&mut self, name: &str, future: &str, moves: Vec<(Move, bool)>) {
        for (moved, partial) in moves {
            let (what, from, to) = match moved {
                Move::High { from, to } => ("high", from, to),
                Move::Low { from, to } => ("low", from, to),
            };
            if partial {
                log::debug!("{name}: {future}: {what} {}, of less than 52 weeks", to.price);
                continue;
            }
            let text = format!("{future}: new 52-week {what} {}, was {}", to.price, said(from));
            *if what == "high" { &mut self.new_highs } else { &mut self.new_lows } += 1;
            // On a day of new highs every tick is one; the first of the day is news.
            let level = if from.date == to.date { log::Level::Debug } else { log::Level::Info };
            log::log!(level, "{name}: {text}");
            self.last_move = Some(text);
        }
    }

    pub(super) fn watch(&mut self, futures: Option<&BTreeMap<String, Watched>>) {
        let Some(futures) = futures else { return };
        self.futures = futures.len();
        let partial = futures.iter().filter(|(_, watched)| watched.is_partial());
        self.partial = partial.map(|(future, _)| future.clone()).collect();
    }

    pub(super) fn detail(&self, open: bool) -> Value {
        json!({
            "market_open": open,
            "futures": self.futures,
            "partial": self.partial,
            "new_highs": self.new_highs,
            "new_lows": self.new_lows,
            "last_move": self.last_move,
            "lost_updates": self.lost_updates,
        })
    }
}

fn said(extreme: Extreme) -> String {
    match extreme.date {
        Some(date) => format!("{} on {date}", extreme.price),
        None => format!("{} by the sheet", extreme.price),
    }
}
