//! Prints the quotes that change on a board until a signal comes.

use super::Output;
use super::quote_line::{Aged, quote_line};
use anyhow::Context;
use crossbeam_channel::{Receiver, select, tick};
use std::time::Duration;
use thor_stack::board::{Subscription, Update};
use thor_stack::outlet::{PublishedQuote, quote_json};
use thor_stack::value::{Instruments, Symbol};

/// How often to look whether there is another reason to end than a signal.
const LOOK: Duration = Duration::from_secs(30);

/// What is followed, and how it is printed.
pub(crate) struct Follow {
    /// Gets a message at the first signal.
    pub(crate) stop: Receiver<()>,
    /// The board's updates; `None`: nothing is printed, only the signal waited for.
    pub(crate) updates: Option<Subscription>,
    /// A line of JSON for each quote instead of one for people.
    pub(crate) json: bool,
}

impl Follow {
    /// Prints the changes of the symbols that `wanted` names, until the signal, the reader's end or until `over` says
    /// so; returns what `over` said.
    pub(crate) fn until_stopped(
        &self,
        out: &mut Output,
        instruments: &Instruments,
        wanted: impl Fn(&Symbol) -> bool,
        over: impl Fn() -> bool,
    ) -> anyhow::Result<bool> {
        let never = crossbeam_channel::never();
        let updates = self.updates.as_ref().map_or(&never, Subscription::updates);
        let look = tick(LOOK);
        while !out.is_closed() {
            select! {
                recv(self.stop) -> _ => return Ok(false),
                recv(updates) -> update => {
                    self.print(&*update.context("the board is gone")?, out, instruments, &wanted)?;
                }
                recv(look) -> _ => if over() { return Ok(true) },
            }
        }
        Ok(false)
    }

    fn print(
        &self,
        update: &Update,
        out: &mut Output,
        instruments: &Instruments,
        wanted: &impl Fn(&Symbol) -> bool,
    ) -> anyhow::Result<()> {
        for quote in update.changed.iter().filter(|quote| wanted(&quote.quote.symbol)) {
            let quote = quote_json(&update.snapshot, quote, update.at);
            if self.json {
                // When it was published is not known here, and not invented.
                out.json(&Aged::at(&PublishedQuote { published_at: None, ..quote }, update.at))?;
            } else {
                out.line(&quote_line(&quote, instruments, update.at))?;
            }
        }
        for symbol in update.gone.iter().filter(|symbol| wanted(symbol)) {
            if self.json {
                let quote = PublishedQuote::departure(symbol.clone(), update.snapshot.saved_at, 0, update.at);
                out.json(&Aged::at(&PublishedQuote { published_at: None, ..quote }, update.at))?;
            } else {
                out.line(&format!("{symbol:<8} left the sheet"))?;
            }
        }
        out.flush()
    }
}
