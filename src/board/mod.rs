//! The quote board: the latest quote of every symbol in this process, and the fan-out to its workers.

mod draft;
mod fanout;
mod pauses;
mod snapshot;
mod steady;
#[cfg(test)]
mod tests;

pub use fanout::{Subscription, Update};
pub use pauses::Pause;
pub use snapshot::{BoardQuote, BoardSnapshot};

use crate::rules::age;
use crate::supervise::{Generation, Revoked, Waker};
use crate::value::{Quote, Sheet, Symbol};
use arc_swap::ArcSwap;
use draft::{Draft, own};
use fanout::{Fanout, WAITING_UPDATES};
use jiff::Timestamp;
use parking_lot::Mutex;
use pauses::Pauses;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use steady::Steady;

/// A quote that came from elsewhere than the sheet (a Redis subscription), with the save that it came from.
#[derive(Debug, Clone)]
pub struct ForeignQuote {
    /// The row.
    pub quote: Arc<Quote>,
    /// The sequence number under which it was published.
    pub seq: u64,
    /// The save that it came from.
    pub saved_at: Timestamp,
    /// Whether its publisher marked it stale.
    pub stale: bool,
}

/// A later save elsewhere, of which the quotes that it changed have been merged.
#[derive(Debug, Clone)]
pub struct ForeignSave {
    /// The save.
    pub saved_at: Timestamp,
    /// The symbols that were loaded with it, changed or not.
    pub loaded: HashSet<Symbol>,
    /// The symbols that stand on its sheet and were not.
    pub not_loaded: Vec<Symbol>,
}

/// The latest quotes. Readers never wait; writers take turns.
pub struct Board {
    stale_after: Duration,
    current: ArcSwap<BoardSnapshot>,
    last_seq: Mutex<u64>, // held while writing
    steady: Mutex<Steady>,
    fanout: Fanout,
    pauses: Pauses,
    /// What rows said when an earlier process knew them last, and since when; until they come.
    remembered: Mutex<HashMap<Symbol, (String, Timestamp)>>,
}

impl Board {
    /// An empty board whose quotes turn stale at an age above `stale_after`, and whose sequence numbers start at the
    /// microseconds of `now`: quotes change less often than once a microsecond, so a later process starts higher.
    #[must_use]
    pub fn new(stale_after: Duration, now: Timestamp) -> Board {
        let first = u64::try_from(now.as_microsecond()).unwrap_or(0);
        Board {
            stale_after,
            current: ArcSwap::default(),
            last_seq: Mutex::new(first),
            steady: Mutex::default(),
            fanout: Fanout::default(),
            pauses: Pauses::default(),
            remembered: Mutex::default(),
        }
    }

    /// What the board knows now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<BoardSnapshot> {
        self.current.load_full()
    }

    /// The times without a save that were longer than quotes stay fresh, once; the last 64 of them.
    #[must_use]
    pub fn take_pauses(&self) -> Vec<Pause> {
        self.pauses.take()
    }

    /// Since when rows stood still for an earlier process: what [`said`] of the quote, and since when. A row that says
    /// the same at its first save here has stood still since then, as far as anybody knows.
    pub fn remember(&self, rows: impl IntoIterator<Item = (Symbol, String, Timestamp)>) {
        let _writing = self.last_seq.lock();
        let mut remembered: HashMap<Symbol, (String, Timestamp)> =
            rows.into_iter().map(|(symbol, said, since)| (symbol, (said, since))).collect();
        let old = self.current.load_full();
        let quotes = old.quotes.iter().map(|known| recalled(&mut remembered, known)).collect();
        self.current.store(Arc::new(BoardSnapshot { quotes, ..BoardSnapshot::clone(&old) }));
        *self.remembered.lock() = remembered;
    }

    /// Receives every update from now on, and wakes `waker` at each; see [`Subscription`].
    #[must_use]
    pub fn subscribe(&self, waker: Option<Waker>) -> Subscription {
        self.fanout.subscribe(waker, WAITING_UPDATES)
    }

    /// Wakes `waker` at every update from now on; of those that nobody takes only the latest waits.
    #[must_use]
    pub fn bell(&self, waker: Waker) -> Subscription {
        self.fanout.subscribe(Some(waker), 1)
    }

    /// Puts a whole verified save on the board and fans out what changed.
    ///
    /// A row that was loaded and is not any more keeps its last quote, which ages; a symbol that left the sheet is
    /// removed and named in [`Update::gone`]. A save older than the board's (a restored backup) is taken as it is:
    /// the file is what the user saved last.
    ///
    /// # Errors
    /// [`Revoked`] when `generation` was replaced; the board is unchanged then.
    pub fn apply(
        &self,
        generation: &Generation,
        sheet: &Sheet,
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        let mut last_seq = self.last_seq.lock();
        generation.check()?;
        let old = self.current.load_full();
        let stale = age(sheet.saved_at, now) > self.stale_after;
        let mut draft = Draft::new(&mut last_seq, sheet.quotes.len());
        for quote in &sheet.quotes {
            let known = old.find(&quote.symbol, draft.quotes.len());
            match known.filter(|known| known.quote == *quote) {
                Some(known) => draft.keep(&own(known), stale, None),
                None => draft.change(BoardQuote {
                    quote: Arc::clone(quote),
                    seq: 0,
                    seen_at: now,
                    unchanged_since: known
                        .map_or_else(|| self.recall(quote), |_| None)
                        .unwrap_or(sheet.saved_at),
                    stale,
                    last_loaded: None,
                    foreign: None,
                }),
            }
        }
        for known in sheet.not_loaded.iter().filter_map(|symbol| old.get(symbol)) {
            let last_loaded = old.saved_at(known);
            draft.keep(&own(known), age(last_loaded, now) > self.stale_after, Some(last_loaded));
        }
        let not_loaded = sheet.not_loaded.as_slice().into();
        Ok(self.publish(draft, &old, Some(sheet.saved_at), Some(now), not_loaded, now))
    }

    /// Notes that a later save says the same: every loaded row's age starts anew, nothing else changes.
    ///
    /// # Errors
    /// [`Revoked`] as in [`Board::apply`].
    pub fn confirm(
        &self,
        generation: &Generation,
        saved_at: Timestamp,
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        self.reconsider(generation, Some(saved_at), now)
    }

    /// Marks the quotes that have turned stale by `now`; the update names them as changed. When none has, no subscriber
    /// is woken, and from the second time on the quotes are not looked at.
    ///
    /// # Errors
    /// [`Revoked`] as in [`Board::apply`].
    pub fn mark_stale(&self, generation: &Generation, now: Timestamp) -> Result<Arc<Update>, Revoked> {
        let current = self.current.load_full();
        if self.steady.lock().holds(&current, now) {
            generation.check()?;
            return Ok(silent(current, now));
        }
        let update = self.reconsider(generation, None, now)?;
        *self.steady.lock() = Steady::of(&update.snapshot, self.stale_after, now);
        Ok(update)
    }

    /// Puts quotes from another process on the board, each with the save it came from; `gone` symbols leave it, unless
    /// `incoming` brings them back. A quote whose sequence number is not above the known one is a repetition and
    /// changes nothing. One that differs in its save alone is noted and is no change.
    ///
    /// # Errors
    /// [`Revoked`] as in [`Board::apply`].
    pub fn merge(
        &self,
        generation: &Generation,
        incoming: &[ForeignQuote],
        gone: &[Symbol],
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        let mut last_seq = self.last_seq.lock();
        generation.check()?;
        let old = self.current.load_full();
        // A save later than now is none any more: the clock was set back.
        let known = old.saved_at.filter(|saved_at| *saved_at <= now);
        let saved_at = incoming.iter().map(|foreign| foreign.saved_at).chain(known).max().or(old.saved_at);
        let news: HashMap<&Symbol, &ForeignQuote> =
            incoming.iter().map(|foreign| (&foreign.quote.symbol, foreign)).collect();
        let mut draft = Draft::new(&mut last_seq, old.quotes.len() + incoming.len());
        let is_news = |symbol: &Symbol| {
            let known = old.get(symbol).map(|known| known.seq);
            news.get(symbol).is_some_and(|foreign| known.is_none_or(|known| foreign.seq > known))
        };
        let gone: HashSet<&Symbol> = gone.iter().filter(|symbol| !is_news(symbol)).collect();
        for known in old.quotes.iter().filter(|known| !gone.contains(&known.quote.symbol)) {
            match news.get(&known.quote.symbol) {
                Some(foreign) if foreign.seq > known.seq => draft.adopt(foreign, Some(known), None, now),
                _ => {
                    let last_loaded = old.saved_at(known);
                    let stale = known.foreign.unwrap_or(false) || age(last_loaded, now) > self.stale_after;
                    draft.keep(known, stale, Some(last_loaded));
                }
            }
        }
        let latest = |foreign: &&ForeignQuote| {
            news.get(&foreign.quote.symbol).is_some_and(|latest| std::ptr::eq(*latest, *foreign))
        };
        for foreign in incoming.iter().filter(latest) {
            if old.get(&foreign.quote.symbol).is_none() {
                draft.adopt(foreign, None, self.recall(&foreign.quote), now);
            }
        }
        Ok(self.publish(draft, &old, saved_at, Some(now), Arc::clone(&old.not_loaded), now))
    }

    /// Notes that a later save elsewhere says the same: the age of each quote from elsewhere that was loaded with it
    /// starts anew. A quote of a save later still keeps its own. Nobody is woken when all of it is known.
    ///
    /// # Errors
    /// [`Revoked`] as in [`Board::apply`].
    pub fn confirm_foreign(
        &self,
        generation: &Generation,
        save: &ForeignSave,
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        let mut last_seq = self.last_seq.lock();
        generation.check()?;
        let old = self.current.load_full();
        // Later than what is known, which is later than now where the clock was set back.
        let is_later = |known: Timestamp| known < save.saved_at || (now < known && save.saved_at != known);
        let is_news = |known: &BoardQuote| {
            known.foreign.is_some()
                && save.loaded.contains(&known.quote.symbol)
                && is_later(old.saved_at(known))
        };
        let is_latest = old.saved_at.is_none_or(is_later);
        if !is_latest && *old.not_loaded == *save.not_loaded && !old.quotes.iter().any(|known| is_news(known))
        {
            return Ok(silent(old, now));
        }
        let mut draft = Draft::new(&mut last_seq, old.quotes.len());
        for known in old.quotes.iter() {
            let last_loaded = if is_news(known) { save.saved_at } else { old.saved_at(known) };
            let stale = known.foreign.unwrap_or(false) || age(last_loaded, now) > self.stale_after;
            draft.keep(known, stale, Some(last_loaded));
        }
        let (saved_at, seen_at) =
            if is_latest { (Some(save.saved_at), Some(now)) } else { (old.saved_at, old.seen_at) };
        Ok(self.publish(draft, &old, saved_at, seen_at, save.not_loaded.as_slice().into(), now))
    }

    /// Since when the row of a symbol that is new here stood still before.
    fn recall(&self, quote: &Quote) -> Option<Timestamp> {
        let (before, since) = self.remembered.lock().remove(&quote.symbol)?;
        (before == said(quote)).then_some(since)
    }

    /// Which quotes are stale `now`, after a save of `saved_at` that says the same, if there was one.
    fn reconsider(
        &self,
        generation: &Generation,
        saved_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        let mut last_seq = self.last_seq.lock();
        generation.check()?;
        let old = self.current.load_full();
        let seen_at = if saved_at.is_some() { Some(now) } else { old.seen_at };
        let saved_at = saved_at.or(old.saved_at);
        let is_stale = |known: &BoardQuote| {
            known.foreign.unwrap_or(false)
                || known
                    .last_loaded
                    .or(saved_at)
                    .is_some_and(|saved_at| age(saved_at, now) > self.stale_after)
        };
        if old.quotes.iter().all(|known| known.stale == is_stale(known)) {
            if (saved_at, seen_at) == (old.saved_at, old.seen_at) {
                return Ok(silent(old, now));
            }
            let snapshot = Arc::new(BoardSnapshot { saved_at, seen_at, ..BoardSnapshot::clone(&old) });
            return Ok(self.announce(Vec::new(), Vec::new(), snapshot, now));
        }
        let mut draft = Draft::new(&mut last_seq, old.quotes.len());
        for known in old.quotes.iter() {
            draft.keep(known, is_stale(known), known.last_loaded);
        }
        Ok(self.publish(draft, &old, saved_at, seen_at, Arc::clone(&old.not_loaded), now))
    }

    fn publish(
        &self,
        draft: Draft<'_>,
        old: &BoardSnapshot,
        saved_at: Option<Timestamp>,
        seen_at: Option<Timestamp>,
        not_loaded: Arc<[Symbol]>,
        now: Timestamp,
    ) -> Arc<Update> {
        let same_order = draft.quotes.len() == old.quotes.len()
            && draft.quotes.iter().zip(old.quotes.iter()).all(|(a, b)| a.quote.symbol == b.quote.symbol);
        let index = if same_order {
            Arc::clone(&old.index)
        } else {
            let symbols = draft.quotes.iter().enumerate();
            Arc::new(symbols.map(|(at, known)| (known.quote.symbol.clone(), at)).collect())
        };
        let Draft { quotes, changed, .. } = draft;
        let quotes = quotes.into();
        let snapshot = Arc::new(BoardSnapshot { saved_at, seen_at, not_loaded, quotes, index });
        let gone = if same_order {
            Vec::new()
        } else {
            let symbols = old.quotes.iter().map(|known| &known.quote.symbol);
            symbols.filter(|symbol| snapshot.get(symbol).is_none()).cloned().collect()
        };
        self.announce(changed, gone, snapshot, now)
    }

    fn announce(
        &self,
        changed: Vec<Arc<BoardQuote>>,
        gone: Vec<Symbol>,
        snapshot: Arc<BoardSnapshot>,
        now: Timestamp,
    ) -> Arc<Update> {
        let before = self.current.swap(Arc::clone(&snapshot)).saved_at;
        if let Some(from) = before.filter(|from| snapshot.saved_at > Some(*from))
            && age(from, now) > self.stale_after
        {
            self.pauses.add(Pause { from, to: now });
        }
        let update = Arc::new(Update { at: now, changed, gone, snapshot });
        self.fanout.send(&update);
        update
    }
}

/// What a row says, as text for [`Board::remember`]: two that are alike field by field say the same.
#[must_use]
pub fn said(quote: &Quote) -> String {
    format!("{quote:?}")
}

/// `known`, standing still since when it is `remembered` to, if it is.
fn recalled(
    remembered: &mut HashMap<Symbol, (String, Timestamp)>,
    known: &Arc<BoardQuote>,
) -> Arc<BoardQuote> {
    match remembered.remove(&known.quote.symbol) {
        Some((before, since)) if since < known.unchanged_since && before == said(&known.quote) => {
            Arc::new(BoardQuote { unchanged_since: since, ..BoardQuote::clone(known) })
        }
        _ => Arc::clone(known),
    }
}

/// Nothing to say, so nobody is woken.
fn silent(snapshot: Arc<BoardSnapshot>, now: Timestamp) -> Arc<Update> {
    Arc::new(Update { at: now, changed: Vec::new(), gone: Vec::new(), snapshot })
}
