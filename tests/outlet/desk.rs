//! A board and the editions that it makes, as the poller makes them.

use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::{Board, Update};
use thor_stack::config::BusConfig;
use thor_stack::outlet::redis::RedisOutlet;
use thor_stack::outlet::{BusWatch, Edition, Outlet, OutletError, Published, PublisherTerms};
use thor_stack::supervise::Generation;
use thor_stack::value::{Price, Quote, Sheet, Symbol};

pub const TERMS: PublisherTerms =
    PublisherTerms { interval: Duration::from_secs(3), stale_after: Duration::from_secs(60) };

pub struct Desk {
    pub board: Board,
    pub generation: Generation,
}

impl Desk {
    pub fn new() -> Desk {
        Desk::starting_at(at(0))
    }

    pub fn starting_at(now: Timestamp) -> Desk {
        Desk { board: Board::new(TERMS.stale_after, now), generation: Generation::new(1) }
    }

    pub fn save(&self, second: i64, quotes: &[(&str, i64)]) -> Arc<Update> {
        self.apply(second, &sheet(second, quotes, &[]))
    }

    pub fn apply(&self, second: i64, sheet: &Sheet) -> Arc<Update> {
        self.board.apply(&self.generation, sheet, at(second)).unwrap()
    }

    /// Saves `quotes` and publishes what changed.
    pub fn publish(
        &self,
        outlet: &mut dyn Outlet,
        second: i64,
        quotes: &[(&str, i64)],
    ) -> Result<Published, OutletError> {
        self.send(outlet, &self.save(second, quotes))
    }

    pub fn send(&self, outlet: &mut dyn Outlet, update: &Update) -> Result<Published, OutletError> {
        outlet.publish(&self.generation, &edition(update, false))
    }

    /// An edition without news.
    pub fn idle(&self, outlet: &mut dyn Outlet, second: i64) -> Result<Published, OutletError> {
        let update = self.board.confirm(&self.generation, at(second), at(second)).unwrap();
        self.send(outlet, &update)
    }
}

pub fn edition(update: &Update, everything: bool) -> Edition<'_> {
    Edition {
        snapshot: &update.snapshot,
        changed: &update.changed,
        gone: &update.gone,
        everything,
        now: update.at,
    }
}

pub fn outlet(config: &BusConfig) -> RedisOutlet {
    RedisOutlet::new(config, TERMS, &BusWatch::new(&config.url)).unwrap()
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_340_200 + second).unwrap() // 2025-11-28T14:30:00Z
}

pub fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

pub fn quote(name: &str, last: i64) -> Arc<Quote> {
    Arc::new(Quote { last: Some(Price::from(last)), ..Quote::absent(symbol(name)) })
}

pub fn sheet(second: i64, quotes: &[(&str, i64)], not_loaded: &[&str]) -> Sheet {
    Sheet {
        saved_at: at(second),
        quotes: quotes.iter().map(|(name, last)| quote(name, *last)).collect(),
        not_loaded: not_loaded.iter().map(|name| symbol(name)).collect(),
        rejected: Vec::new(),
    }
}
