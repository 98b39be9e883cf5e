//! The quotes of a board for the clients of the control channel.

use super::super::StackHandle;
use crate::board::{BoardQuote, BoardSnapshot, Subscription};
use crate::control::{Refusal, RefusalCode, Updates};
use crate::outlet::{PublishedQuote, quote_json};
use crate::supervise::Clock;
use crate::value::Symbol;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// The latest quotes of `symbols`, in any spelling, or of all.
///
/// # Errors
/// A [`Refusal`] that names a symbol without a quote.
pub(super) fn latest(stack: &StackHandle, symbols: &[String]) -> Result<Value, Refusal> {
    let snapshot = stack.board.snapshot();
    let wanted = Wanted::new(stack, symbols)?;
    if let Some((text, _)) = wanted.asked.iter().find(|(_, spellings)| !found(&snapshot, spellings)) {
        let message = format!("no quote of {text:?}; ask for all to see those there are");
        return Err(Refusal::new(RefusalCode::UnknownName, message));
    }
    let now = stack.clock.now();
    Ok(json!({ "schema": 1, "at": now, "quotes": wanted.of(&snapshot, snapshot.quotes(), now) }))
}

fn found(snapshot: &BoardSnapshot, spellings: &[Symbol]) -> bool {
    spellings.iter().any(|symbol| snapshot.get(symbol).is_some())
}

/// The quotes of `symbols` now, and then as they change.
///
/// # Errors
/// A [`Refusal`] that names what is no symbol; one without a quote may get it later.
pub(super) fn changes(stack: &StackHandle, symbols: &[String]) -> Result<Box<dyn Updates>, Refusal> {
    let subscription = stack.board.subscribe(None);
    let wanted = Wanted::new(stack, symbols)?;
    let first = Some(stack.board.snapshot());
    Ok(Box::new(Changes { subscription, wanted, first, clock: Arc::clone(&stack.clock) }))
}

/// The symbols asked for, in every spelling; none: all.
struct Wanted {
    asked: Vec<(String, Vec<Symbol>)>,
}

impl Wanted {
    fn new(stack: &StackHandle, symbols: &[String]) -> Result<Wanted, Refusal> {
        let instruments = stack.config.instruments();
        let spellings = |text: &String| {
            let bad = |error| Refusal::new(RefusalCode::UnknownName, format!("{text:?}: {error}"));
            let symbol = Symbol::new(text).map_err(bad)?;
            Ok((text.clone(), instruments.spellings(&symbol)))
        };
        Ok(Wanted { asked: symbols.iter().map(spellings).collect::<Result<_, Refusal>>()? })
    }

    fn includes(&self, symbol: &Symbol) -> bool {
        self.asked.is_empty() || self.asked.iter().any(|(_, spellings)| spellings.contains(symbol))
    }

    fn of(&self, snapshot: &BoardSnapshot, quotes: &[Arc<BoardQuote>], now: Timestamp) -> Vec<Value> {
        let wanted = quotes.iter().filter(|quote| self.includes(&quote.quote.symbol));
        wanted.map(|quote| aged(snapshot, quote, now)).collect()
    }
}

/// The JSON of a quote with its age in seconds. When, or whether, it was published is not known here.
fn aged(snapshot: &BoardSnapshot, quote: &BoardQuote, now: Timestamp) -> Value {
    let json = PublishedQuote { published_at: None, ..quote_json(snapshot, quote, now) };
    let mut json = serde_json::to_value(json).unwrap_or_default();
    if let Some(object) = json.as_object_mut() {
        object.insert("age_seconds".to_owned(), snapshot.age(quote, now).as_secs().into());
    }
    json
}

struct Changes {
    subscription: Subscription,
    wanted: Wanted,
    first: Option<Arc<BoardSnapshot>>,
    clock: Arc<dyn Clock>,
}

impl Updates for Changes {
    /// All that changed since the last call, each symbol once, as it is now.
    fn next(&mut self) -> Option<Value> {
        let now = self.clock.now();
        if let Some(snapshot) = self.first.take() {
            return self.shown(&snapshot, snapshot.quotes(), &[], now);
        }
        let updates: Vec<_> = self.subscription.updates().try_iter().collect();
        let snapshot = &updates.last()?.snapshot;
        let mut seen = HashSet::new();
        let mut changed = Vec::new();
        for symbol in updates.iter().flat_map(|update| &update.changed).map(|quote| &quote.quote.symbol) {
            changed.extend(snapshot.get(symbol).filter(|_| seen.insert(symbol)).cloned());
        }
        let gone = updates.iter().flat_map(|update| &update.gone);
        let gone: Vec<&Symbol> =
            gone.filter(|symbol| snapshot.get(symbol).is_none() && seen.insert(symbol)).collect();
        self.shown(snapshot, &changed, &gone, now)
    }
}

impl Changes {
    fn shown(
        &self,
        snapshot: &BoardSnapshot,
        changed: &[Arc<BoardQuote>],
        gone: &[&Symbol],
        now: Timestamp,
    ) -> Option<Value> {
        let quotes = self.wanted.of(snapshot, changed, now);
        let gone: Vec<&&Symbol> = gone.iter().filter(|symbol| self.wanted.includes(symbol)).collect();
        let news = !quotes.is_empty() || !gone.is_empty();
        news.then(|| json!({ "at": now, "saved_at": snapshot.saved_at, "quotes": quotes, "gone": gone }))
    }
}
