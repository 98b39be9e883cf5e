//! The quote board: the latest quote of every symbol in this process, and the fan-out to its workers.

mod fanout;
#[cfg(test)]
mod tests;

pub use fanout::{Subscription, Update};

use crate::supervise::{Generation, Revoked, Waker};
use crate::value::{Quote, Sheet, Symbol};
use arc_swap::ArcSwap;
use fanout::Fanout;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// A quote as the board holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuote {
    /// The row.
    pub quote: Arc<Quote>,
    /// Given anew with every change of a field or of [`BoardQuote::stale`]; increases, across restarts too. A quote
    /// from elsewhere keeps the number under which it was published, so that the next from there is known as later.
    pub seq: u64,
    /// When the stack first saw these field values.
    pub seen_at: Timestamp,
    /// The save since which no field of the row has changed.
    pub unchanged_since: Timestamp,
    /// Whether the quote's age passed the board's `stale_after`.
    pub stale: bool,
    /// The last verified save in which the row was loaded, changed or not; `None`: the board's latest save.
    last_loaded: Option<Timestamp>,
    /// For a quote from elsewhere: whether its publisher marked it stale.
    foreign: Option<bool>,
}

/// Everything that the board knows at one moment; immutable, so a reader never sees half a save.
#[derive(Debug, Clone, Default)]
pub struct BoardSnapshot {
    /// The last verified save, if there was one.
    pub saved_at: Option<Timestamp>,
    /// When the stack saw that save.
    pub seen_at: Option<Timestamp>,
    /// Symbols that stand on the sheet and are not loaded.
    pub not_loaded: Arc<[Symbol]>,
    quotes: Arc<[Arc<BoardQuote>]>,
    index: Arc<HashMap<Symbol, usize>>,
}

impl BoardSnapshot {
    /// The quotes, in sheet order.
    #[must_use]
    pub fn quotes(&self) -> &[Arc<BoardQuote>] {
        &self.quotes
    }

    /// The quote of `symbol`.
    #[must_use]
    pub fn get(&self, symbol: &Symbol) -> Option<&Arc<BoardQuote>> {
        self.index.get(symbol).and_then(|at| self.quotes.get(*at))
    }

    /// The last verified save in which `quote`'s row was loaded, changed or not.
    #[must_use]
    pub fn saved_at(&self, quote: &BoardQuote) -> Timestamp {
        quote.last_loaded.or(self.saved_at).unwrap_or(quote.unchanged_since)
    }

    /// Whether the latest save is older than `stale_after` at `now`, or there was none.
    #[must_use]
    pub fn is_stale(&self, stale_after: Duration, now: Timestamp) -> bool {
        self.saved_at.is_none_or(|saved_at| age(saved_at, now) > stale_after)
    }

    /// The age of `quote` at `now` (domain.md section 4); zero when its save is later than `now`.
    #[must_use]
    pub fn age(&self, quote: &BoardQuote, now: Timestamp) -> Duration {
        age(self.saved_at(quote), now)
    }
}

fn age(saved_at: Timestamp, now: Timestamp) -> Duration {
    let age = now.duration_since(saved_at);
    if age < SignedDuration::ZERO { Duration::ZERO } else { age.unsigned_abs() }
}

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

/// The latest quotes. Readers never wait; writers take turns.
pub struct Board {
    stale_after: Duration,
    current: ArcSwap<BoardSnapshot>,
    last_seq: Mutex<u64>, // held while writing
    fanout: Fanout,
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
            fanout: Fanout::default(),
        }
    }

    /// What the board knows now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<BoardSnapshot> {
        self.current.load_full()
    }

    /// Receives every update from now on, and wakes `waker` at each; see [`Subscription`].
    #[must_use]
    pub fn subscribe(&self, waker: Option<Waker>) -> Subscription {
        self.fanout.subscribe(waker)
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
            let known = old.get(&quote.symbol);
            match known.filter(|known| known.quote == *quote) {
                Some(known) => draft.keep(&own(known), stale, None),
                None => draft.change(BoardQuote {
                    quote: Arc::clone(quote),
                    seq: 0,
                    seen_at: now,
                    unchanged_since: sheet.saved_at,
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
        self.reconsider(generation, Some(saved_at), Some(now), now)
    }

    /// Marks the quotes that have turned stale by `now`; the update names them as changed. Cheap when none has, and no
    /// subscriber is woken then.
    ///
    /// # Errors
    /// [`Revoked`] as in [`Board::apply`].
    pub fn mark_stale(&self, generation: &Generation, now: Timestamp) -> Result<Arc<Update>, Revoked> {
        let (saved_at, seen_at) = {
            let current = self.current.load();
            (current.saved_at, current.seen_at)
        };
        self.reconsider(generation, saved_at, seen_at, now)
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
        let saved_at = incoming.iter().map(|foreign| foreign.saved_at).chain(old.saved_at).max();
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
                Some(foreign) if foreign.seq > known.seq => draft.adopt(foreign, Some(known), now),
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
                draft.adopt(foreign, None, now);
            }
        }
        Ok(self.publish(draft, &old, saved_at, Some(now), Arc::clone(&old.not_loaded), now))
    }

    fn reconsider(
        &self,
        generation: &Generation,
        saved_at: Option<Timestamp>,
        seen_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Arc<Update>, Revoked> {
        let mut last_seq = self.last_seq.lock();
        generation.check()?;
        let old = self.current.load_full();
        let is_stale = |known: &BoardQuote| {
            known.foreign.unwrap_or(false)
                || known
                    .last_loaded
                    .or(saved_at)
                    .is_some_and(|saved_at| age(saved_at, now) > self.stale_after)
        };
        if old.quotes.iter().all(|known| known.stale == is_stale(known)) {
            if (saved_at, seen_at) == (old.saved_at, old.seen_at) {
                // Nothing to say, so nobody is woken.
                return Ok(Arc::new(Update {
                    at: now,
                    changed: Vec::new(),
                    gone: Vec::new(),
                    snapshot: old,
                }));
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
        self.current.store(Arc::clone(&snapshot));
        let update = Arc::new(Update { at: now, changed, gone, snapshot });
        self.fanout.send(&update);
        update
    }
}

/// `known` as a quote of this process's own sheet.
fn own(known: &Arc<BoardQuote>) -> Arc<BoardQuote> {
    if known.foreign.is_none() {
        return Arc::clone(known);
    }
    Arc::new(BoardQuote { foreign: None, ..BoardQuote::clone(known) })
}

/// The next snapshot in the making.
struct Draft<'a> {
    last_seq: &'a mut u64,
    quotes: Vec<Arc<BoardQuote>>,
    changed: Vec<Arc<BoardQuote>>,
}

impl<'a> Draft<'a> {
    fn new(last_seq: &'a mut u64, capacity: usize) -> Draft<'a> {
        Draft { last_seq, quotes: Vec::with_capacity(capacity), changed: Vec::new() }
    }

    /// The same field values as before. Only a turn of `stale` makes it a change, with a new sequence number unless
    /// the quote came from elsewhere: a number of ours could be above those that its publisher gives next.
    fn keep(&mut self, known: &Arc<BoardQuote>, stale: bool, last_loaded: Option<Timestamp>) {
        if known.stale != stale {
            let turned = BoardQuote { stale, last_loaded, ..BoardQuote::clone(known) };
            if known.foreign.is_some() { self.push_changed(turned) } else { self.change(turned) }
        } else if known.last_loaded == last_loaded {
            self.quotes.push(Arc::clone(known));
        } else {
            self.quotes.push(Arc::new(BoardQuote { last_loaded, ..BoardQuote::clone(known) }));
        }
    }

    fn change(&mut self, quote: BoardQuote) {
        *self.last_seq += 1;
        self.push_changed(BoardQuote { seq: *self.last_seq, ..quote });
    }

    /// A quote from elsewhere keeps the sequence number that it was published under; ours go on above it.
    fn adopt(&mut self, foreign: &ForeignQuote, known: Option<&Arc<BoardQuote>>, now: Timestamp) {
        let same = known.filter(|known| known.quote == foreign.quote);
        *self.last_seq = foreign.seq.max(*self.last_seq);
        let quote = BoardQuote {
            quote: Arc::clone(&foreign.quote),
            seq: foreign.seq,
            seen_at: same.map_or(now, |known| known.seen_at),
            unchanged_since: same.map_or(foreign.saved_at, |known| known.unchanged_since),
            stale: foreign.stale,
            last_loaded: Some(foreign.saved_at),
            foreign: Some(foreign.stale),
        };
        if same.is_some_and(|known| known.stale == quote.stale) {
            self.quotes.push(Arc::new(quote));
        } else {
            self.push_changed(quote);
        }
    }

    fn push_changed(&mut self, quote: BoardQuote) {
        let quote = Arc::new(quote);
        self.quotes.push(Arc::clone(&quote));
        self.changed.push(quote);
    }
}
