//! What one edition sends: its messages, with what is still owed from before.

use super::failure::Failure;
use super::request::Arguments;
use crate::board::{BoardQuote, BoardSnapshot};
use crate::outlet::quote_bytes::QuoteBytes;
use crate::outlet::{Edition, Published, PublishedQuote};
use crate::value::Symbol;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// What has to go out beyond the edition at hand, because it failed to before or because an earlier publisher left
/// it behind.
#[derive(Default)]
pub(super) struct Owed {
    /// Every quote of the board.
    pub(super) everything: bool,
    /// Symbols that left the sheet.
    pub(super) departed: BTreeSet<Symbol>,
    /// What the hash holds of ours; compared with the board once it knows a save.
    pub(super) found: Vec<PublishedQuote>,
    /// Symbols that it was left to hold because their rows wait for prices, and that the board has never known.
    pub(super) awaited: BTreeSet<Symbol>,
}

impl Owed {
    /// Everything went out with `snapshot`. Before the board knows a save, what was found stays to be compared; after that,
    /// what waits for prices may still leave the sheet.
    pub(super) fn settle(&mut self, snapshot: &BoardSnapshot) {
        self.everything = false;
        self.departed.clear();
        if snapshot.saved_at.is_none() {
            return;
        }
        self.awaited.extend(self.found.drain(..).map(|left| left.symbol));
        let waiting = waiting(snapshot, self);
        self.awaited.retain(|symbol| waiting.contains(symbol) && snapshot.get(symbol).is_none());
    }

    /// The quotes of the board that go out with `edition`.
    pub(super) fn quotes<'a>(&self, edition: &Edition<'a>) -> &'a [Arc<BoardQuote>] {
        if edition.everything || self.everything { edition.snapshot.quotes() } else { edition.changed }
    }
}

/// The messages of one edition: symbol and JSON of each quote, then of each departure.
pub(super) struct Messages {
    pub(super) arguments: Arguments,
    pub(super) count: Published,
    /// The last sequence number given.
    pub(super) last_seq: u64,
    scratch: Vec<u8>,
    quotes: QuoteBytes,
    now: Timestamp,
}

/// What the messages of one edition leave to those of the next: the room that they took.
#[derive(Default)]
pub(super) struct Room {
    arguments: Arguments,
    scratch: Vec<u8>,
}

impl Messages {
    /// The messages of `edition` and of what is `owed`, numbered from above `last_seq`. Symbol and JSON of each quote are
    /// told to `tell` as they go over the wire, as soon as they are written.
    pub(super) fn of(
        edition: &Edition<'_>,
        owed: &Owed,
        last_seq: u64,
        room: &mut Room,
        tell: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<Messages, Failure> {
        let Room { mut arguments, scratch } = std::mem::take(room);
        arguments.clear();
        let mut messages = Messages {
            arguments,
            count: Published::default(),
            last_seq,
            scratch,
            quotes: QuoteBytes::default(),
            now: edition.now,
        };
        let snapshot = edition.snapshot;
        for quote in owed.quotes(edition) {
            let before = messages.arguments.bytes().len();
            messages.add_quote(snapshot, quote);
            tell(&messages.arguments.bytes()[before..])?;
        }
        let waiting = waiting(snapshot, owed);
        for left in owed
            .found
            .iter()
            .filter(|left| waiting.contains(&left.symbol) && snapshot.get(&left.symbol).is_none())
        {
            messages.add(PublishedQuote { stale: true, ..left.clone() })?;
        }
        messages.count.quotes = messages.arguments.len() / 2;
        for symbol in departures(snapshot, owed, &waiting) {
            messages.add(PublishedQuote::departure(symbol, snapshot.saved_at, 0, edition.now))?;
        }
        messages.count.gone = messages.arguments.len() / 2 - messages.count.quotes;
        Ok(messages)
    }

    /// The room that these took, for the next.
    pub(super) fn into_room(self) -> Room {
        Room { arguments: self.arguments, scratch: self.scratch }
    }

    fn add_quote(&mut self, snapshot: &BoardSnapshot, quote: &Arc<BoardQuote>) {
        let seq = self.next_seq(quote.seq);
        self.scratch.clear();
        self.quotes.write(&mut self.scratch, snapshot, quote, seq, self.now);
        self.arguments.push(quote.quote.symbol.as_str());
        self.arguments.push(&self.scratch);
    }

    /// Every message gets a number of its own, above every earlier one and at least the board's.
    fn next_seq(&mut self, board: u64) -> u64 {
        self.last_seq = board.max(self.last_seq.saturating_add(1));
        self.last_seq
    }

    fn add(&mut self, mut quote: PublishedQuote) -> Result<(), Failure> {
        quote.seq = self.next_seq(quote.seq);
        quote.published_at = Some(self.now);
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, &quote)
            .map_err(|error| Failure::Reply(format!("writing the JSON of {}: {error}", quote.symbol)))?;
        self.arguments.push(quote.symbol.as_str());
        self.arguments.push(&self.scratch);
        Ok(())
    }
}

/// The rows that stand on the sheet without prices, where that matters: what an earlier publisher left of them stays, as
/// stale.
fn waiting<'a>(snapshot: &'a BoardSnapshot, owed: &Owed) -> HashSet<&'a Symbol> {
    if owed.found.is_empty() && owed.awaited.is_empty() {
        HashSet::new()
    } else {
        snapshot.not_loaded.iter().collect()
    }
}

/// What left the sheet, and what an earlier publisher left that is not on it. Before the first save nobody knows what
/// is on the sheet.
fn departures(snapshot: &BoardSnapshot, owed: &Owed, waiting: &HashSet<&Symbol>) -> BTreeSet<Symbol> {
    let known = snapshot.saved_at.is_some();
    let found = owed.found.iter().filter(|_| known).map(|left| &left.symbol);
    let found = found.chain(&owed.awaited).filter(|symbol| !waiting.contains(symbol));
    let departed = owed.departed.iter().chain(found);
    departed.filter(|symbol| snapshot.get(symbol).is_none()).cloned().collect()
}
