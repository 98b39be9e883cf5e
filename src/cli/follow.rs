//! Prints the quotes that change until a signal comes: those of a board, and in the same way those of another source.

use super::Output;
use super::quote_line::{Aged, quote_line};
use super::terminal::Color;
use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, after, select, tick};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::{Board, BoardQuote, Update};
use thor_stack::outlet::{PublishedQuote, quote_json};
use thor_stack::supervise::thread::spawn_named;
use thor_stack::supervise::{Event, EventKind};
use thor_stack::value::{Instruments, Symbol};

/// How often to look whether there is another reason to end than a signal.
const LOOK: Duration = Duration::from_secs(30);

/// How long the end waits for a line that is being written.
const LAST_LINE: Duration = Duration::from_millis(500);

/// Enough for formatting a line.
const STACK: usize = 256 * 1024;

/// Waits until `stop` has a message or until `over` says so, which is asked at once when `events` tell of a supervisor that
/// gave up, while `printer` prints; returns what `over` said. The
/// reader's end is the end too.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn until_stopped(
    stop: &Receiver<()>,
    printer: Option<Printer>,
    events: &Receiver<Event>,
    over: impl Fn() -> bool,
) -> anyhow::Result<bool> {
    let printing = printer.map(Printer::start).transpose()?;
    let never = crossbeam_channel::never();
    let ended = printing.as_ref().map_or(&never, |printing| &printing.ended);
    let look = tick(LOOK);
    loop {
        select! {
            recv(stop) -> _ => break,
            recv(ended) -> outcome => return outcome.unwrap_or(Ok(())).map(|()| false),
            recv(events) -> event => match event {
                Ok(Event { kind: EventKind::GaveUp { .. }, .. }) if over() => return Ok(true),
                Ok(_) => {}
                Err(_) => break, // the stack has ended
            },
            recv(look) -> _ => if over() { return Ok(true) },
        }
    }
    printing.map_or(Ok(false), |printing| printing.finish().map(|()| false))
}

/// What is printed, and how.
pub(crate) struct Printer {
    /// The board whose updates are printed, after what it holds already.
    pub(crate) board: Arc<Board>,
    /// A line of JSON for each quote instead of one for people.
    pub(crate) json: bool,
    /// The instruments by which people know the symbols.
    pub(crate) instruments: Instruments,
    /// Which symbols are printed.
    pub(crate) wanted: Box<dyn Fn(&Symbol) -> bool + Send>,
}

/// Printing in a thread of its own: a reader that has stopped reading blocks it, and keeps neither a signal from ending
/// the program nor whoever hands over updates from seeing the end of their source. A printer that finds its updates
/// by itself is handed none (`Infallible`).
pub(crate) struct Printing<T> {
    updates: Sender<T>, // its drop is the order to end
    ended: Receiver<anyhow::Result<()>>,
}

impl<T: Send + 'static> Printing<T> {
    /// Starts `body`, which prints what is handed over until nobody is left to do so. At most `waiting` updates wait for it.
    ///
    /// # Errors
    /// The system refuses the thread.
    pub(crate) fn start(
        waiting: usize,
        body: impl FnOnce(&Receiver<T>, &mut Output) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<Printing<T>> {
        let (updates, handed) = crossbeam_channel::bounded(waiting);
        let (end, ended) = crossbeam_channel::bounded(1);
        let body = move || {
            let outcome = body(&handed, &mut Output::stdout(Color::Never));
            end.try_send(outcome).ok(); // the program may have ended its wait
        };
        spawn_named("thor-quotes", STACK, body).context("starting the thread that prints quotes")?;
        Ok(Printing { updates, ended })
    }

    /// Hands over an update, and waits for nobody.
    ///
    /// # Errors
    /// As many wait as may.
    pub(crate) fn hand_over(&self, update: T) -> anyhow::Result<()> {
        match self.updates.try_send(update) {
            Err(TrySendError::Full(_)) => anyhow::bail!(
                "{} updates wait for the reader of standard output, which takes none or too few; let it read, then follow \
                 again",
                self.updates.len()
            ),
            // Where the printing has ended, its outcome says why.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// How the printing ended, if it did by itself: its reader is gone, or the output cannot be written.
    pub(crate) fn outcome(&self) -> Option<anyhow::Result<()>> {
        match self.ended.try_recv() {
            Err(TryRecvError::Empty) => None,
            outcome => Some(outcome.unwrap_or(Ok(()))),
        }
    }

    /// Ends the printing; waits for the line that is being written, and leaves it behind if that lasts.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        self.print_rest(&after(LAST_LINE))
    }

    /// Ends the printing when all that was handed over is printed, or left behind because `stop` has a message.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(crate) fn print_rest<M>(self, stop: &Receiver<M>) -> anyhow::Result<()> {
        let Printing { updates, ended } = self;
        drop(updates);
        select! {
            recv(ended) -> outcome => outcome.unwrap_or(Ok(())),
            recv(stop) -> _ => Ok(()),
        }
    }
}

impl Printer {
    fn start(self) -> anyhow::Result<Printing<Infallible>> {
        Printing::start(0, move |order, out| self.until_ordered(order, out))
    }

    fn until_ordered(&self, order: &Receiver<Infallible>, out: &mut Output) -> anyhow::Result<()> {
        // In this order nothing is missed; what comes twice is left out.
        let (updates, first) = (self.board.subscribe(None), self.board.snapshot());
        if let Some(at) = first.seen_at {
            let (changed, snapshot) = (first.quotes().to_vec(), Arc::clone(&first));
            self.print(&Update { at, changed, gone: Vec::new(), snapshot }, out)?;
        }
        while !out.is_closed() {
            select! {
                recv(order) -> _ => return Ok(()),
                recv(updates.updates()) -> update => {
                    let mut update = Update::clone(&*update.context("the board is gone")?);
                    update.changed.retain(|it| !is_printed(first.get(&it.quote.symbol), it));
                    self.print(&update, out)?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, update: &Update, out: &mut Output) -> anyhow::Result<()> {
        for quote in update.changed.iter().filter(|quote| (self.wanted)(&quote.quote.symbol)) {
            let quote = quote_json(&update.snapshot, quote, update.at);
            if self.json {
                // When it was published is not known here, and not invented.
                out.json(&Aged::at(&PublishedQuote { published_at: None, ..quote }, update.at))?;
            } else {
                out.line(&quote_line(&quote, &self.instruments, update.at))?;
            }
        }
        for symbol in update.gone.iter().filter(|symbol| (self.wanted)(symbol)) {
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

/// Whether `quote` was on the board already when that was printed. A quote from elsewhere that turns stale and back keeps
/// its number, so the number alone does not tell.
fn is_printed(known: Option<&Arc<BoardQuote>>, quote: &Arc<BoardQuote>) -> bool {
    known.is_some_and(|known| Arc::ptr_eq(known, quote) || quote.seq < known.seq)
}
