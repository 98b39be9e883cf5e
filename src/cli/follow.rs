//! Prints the quotes that change on a board until a signal comes.

use super::Output;
use super::quote_line::{Aged, quote_line};
use super::terminal::Color;
use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, select, tick};
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

/// A printer at work in a thread of its own: a reader that has stopped reading blocks it, and keeps no signal from
/// ending the program.
struct Printing {
    order: Sender<Infallible>, // its drop is the order to end
    ended: Receiver<anyhow::Result<()>>,
}

impl Printing {
    /// Ends the printing; waits for the line that is being written, and leaves it behind if that lasts.
    fn finish(self) -> anyhow::Result<()> {
        drop(self.order);
        self.ended.recv_timeout(LAST_LINE).unwrap_or(Ok(()))
    }
}

impl Printer {
    fn start(self) -> anyhow::Result<Printing> {
        let (order, orders) = crossbeam_channel::bounded(0);
        let (end, ended) = crossbeam_channel::bounded(1);
        let body = move || {
            end.try_send(self.until_ordered(&orders)).ok(); // the program may have ended its wait
        };
        spawn_named("thor-quotes", STACK, body).context("starting the thread that prints quotes")?;
        Ok(Printing { order, ended })
    }

    fn until_ordered(&self, order: &Receiver<Infallible>) -> anyhow::Result<()> {
        let mut out = Output::stdout(Color::Never);
        // In this order nothing is missed; what comes twice is left out.
        let (updates, first) = (self.board.subscribe(None), self.board.snapshot());
        if let Some(at) = first.seen_at {
            let (changed, snapshot) = (first.quotes().to_vec(), Arc::clone(&first));
            self.print(&Update { at, changed, gone: Vec::new(), snapshot }, &mut out)?;
        }
        while !out.is_closed() {
            select! {
                recv(order) -> _ => return Ok(()),
                recv(updates.updates()) -> update => {
                    let mut update = Update::clone(&*update.context("the board is gone")?);
                    update.changed.retain(|it| !is_printed(first.get(&it.quote.symbol), it));
                    self.print(&update, &mut out)?;
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
