//! Receives what a publisher elsewhere sends, for the board of a process in which no poller runs.

use super::deadline::Deadline;
use super::failure::Failure;
use super::heartbeat::Heartbeat;
use super::keys;
use super::link::Link;
use super::reader::{Reader, read_quote};
use super::request::Arguments;
use super::script::text;
use super::socket::Socket;
use crate::board::{ForeignQuote, ForeignSave};
use crate::config::BusConfig;
use crate::fault::edge;
use crate::outlet::{OutletError, PublishedQuote};
use crate::supervise::{Clock, Mono, SystemClock};
use crate::value::Symbol;
use ::redis::Value;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// After a message, how long the next one of the same edition may take; the messages of an edition come in one burst.
const BURST_GAP: Duration = Duration::from_millis(2);
/// The most messages handed over at once, so that a flood cannot keep the receiver from stopping.
const BURST_LIMIT: usize = 20_000;

/// How often the publisher's sign of life is looked at, unless the owner asks for more.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

/// A subscription to every quote, with a re-reading of the hash every `bus.refresh`, which heals what was lost:
/// Redis keeps no message for a subscriber that is away or too slow.
///
/// A quote that does not change is not sent again, so the publisher's heartbeat says up to which save it holds. It is
/// believed once every message that was sent before it has arrived.
///
/// One thread owns it and calls [`Subscriber::receive`]. There are two ways to end a wait: a budget, or a [`Closer`]
/// in another thread, which needs no periodic wake-up.
pub struct Subscriber {
    config: BusConfig,
    link: Link,
    clock: SystemClock,
    heartbeats: Reader,
    heartbeat_every: Duration,
    subscribed: bool,
    next_reading: Mono,
    next_look: Mono,
    asked_at: Option<Mono>,
    said: Option<Heartbeat>, // true once the pong is there
    confirmed: Option<Timestamp>,
    seqs: HashMap<Symbol, u64>,
    live: HashMap<Symbol, bool>, // whether it is a workbook's
    ignored: u64,
    last_ignored: Option<String>,
    closer: Closer,
}

/// What came in.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// New quotes, for [`Board::merge`](crate::board::Board::merge).
    pub quotes: Vec<ForeignQuote>,
    /// Symbols that left.
    pub gone: Vec<Symbol>,
    /// A later save of the publisher's, to be confirmed once the quotes are on the board:
    /// [`Board::confirm_foreign`](crate::board::Board::confirm_foreign).
    pub save: Option<ForeignSave>,
    /// Whether the hash was read, not only messages.
    pub reread: bool,
    /// Whether the server was heard at all, be it by an answer with nothing for the board in it.
    pub heard: bool,
}

impl Received {
    /// Whether there is nothing for the board in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.quotes.is_empty() && self.gone.is_empty() && self.save.is_none()
    }
}

/// Ends a [`Subscriber`]'s waiting from another thread, at once and for good. With TLS there is no such way: the wait
/// ends with its budget.
#[derive(Clone, Default)]
pub struct Closer(Arc<Mutex<Closing>>);

#[derive(Default)]
struct Closing {
    closed: bool,
    socket: Option<Socket>,
}

impl Closer {
    /// Ends the wait under way and every later one.
    pub fn close(&self) {
        let mut closing = self.0.lock();
        closing.closed = true;
        if let Some(socket) = closing.socket.take() {
            socket.shut_down();
        }
    }

    fn is_closed(&self) -> bool {
        self.0.lock().closed
    }

    fn hold(&self, socket: Option<Socket>) {
        let mut closing = self.0.lock();
        if closing.closed
            && let Some(socket) = &socket
        {
            socket.shut_down();
        }
        closing.socket = socket;
    }
}

impl Subscriber {
    /// A subscriber to `config.url`. Does not connect.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
    pub fn new(config: &BusConfig) -> Result<Subscriber, OutletError> {
        Ok(Subscriber {
            link: Link::new(config)?,
            config: config.clone(),
            clock: SystemClock::new(),
            heartbeats: Reader::new(config)?,
            heartbeat_every: HEARTBEAT_EVERY,
            subscribed: false,
            next_reading: Mono::default(),
            next_look: Mono::default(),
            asked_at: None,
            said: None,
            confirmed: None,
            seqs: HashMap::new(),
            live: HashMap::new(),
            ignored: 0,
            last_ignored: None,
            closer: Closer::default(),
        })
    }

    /// Looks at the publisher's sign of life this often, at least every 5 s: what has not changed is known to be as of
    /// its latest save that much later.
    #[must_use]
    pub fn looking_every(self, every: Duration) -> Subscriber {
        Subscriber { heartbeat_every: every.min(HEARTBEAT_EVERY), ..self }
    }

    /// A handle that ends the waiting.
    #[must_use]
    pub fn closer(&self) -> Closer {
        self.closer.clone()
    }

    /// How many messages and fields were ignored because they are no quotes, and what was wrong with the last.
    #[must_use]
    pub fn ignored(&self) -> (u64, Option<&str>) {
        (self.ignored, self.last_ignored.as_deref())
    }

    /// How long [`Subscriber::receive`] goes on failing at once after a failure.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        self.link.retry_after()
    }

    /// Waits up to `budget` for quotes and returns what came, which may be nothing. The first call subscribes and then
    /// reads the hash, in this order, so that nothing is missed between the two; connecting and reading have the
    /// bounds of the config besides the budget. Once closed it returns nothing, at once.
    ///
    /// # Errors
    /// [`OutletError::Failed`]; call again after [`Subscriber::retry_after`].
    pub fn receive(&mut self, budget: Duration) -> Result<Received, OutletError> {
        if self.closer.is_closed() {
            return Ok(Received::default());
        }
        let received = self.step(budget);
        if received.is_err() {
            self.lose();
            if self.closer.is_closed() {
                return Ok(Received::default());
            }
        }
        received
    }

    /// There is no subscription any more.
    fn lose(&mut self) {
        self.subscribed = false;
        self.said = None;
        self.closer.hold(None);
    }

    fn step(&mut self, budget: Duration) -> Result<Received, OutletError> {
        edge!("bus.receive.before", |fault| self.link.broke(&fault.into()));
        if !self.subscribed {
            edge!("bus.subscribe.before", |fault| self.link.broke(&fault.into()));
            self.subscribe()?;
            edge!("bus.subscribe.after", |fault| self.link.broke(&fault.into()));
            return self.reread();
        }
        if self.next_look.since(self.clock.mono()).is_zero() {
            self.said = self.heartbeat();
            self.ask_for_life().map_err(|failure| self.link.broke(&failure))?;
            if self.next_reading.since(self.clock.mono()) < self.look_every() / 2 {
                return self.reread();
            }
            self.next_look = self.clock.mono().plus(self.look_every());
        }
        let until_look = self.next_look.since(self.clock.mono());
        self.burst(budget.min(until_look)).map_err(|failure| self.link.broke(&failure))
    }

    /// Between two looks; a reading of the hash is one too.
    fn look_every(&self) -> Duration {
        self.heartbeat_every.min(self.config.refresh)
    }

    /// What the publisher says of itself. Where that cannot be read nothing is confirmed, and quotes age.
    fn heartbeat(&mut self) -> Option<Heartbeat> {
        let heartbeat = self.heartbeats.heartbeat();
        heartbeat.unwrap_or_else(|error| {
            self.ignore(format!("heartbeat: {error}"));
            None
        })
    }

    /// The save that `heartbeat` tells of, if it is a later one.
    fn save(&mut self, heartbeat: &Heartbeat) -> Option<ForeignSave> {
        // A save later than the sign of life is of a clock that was set back since.
        let confirmed = self.confirmed.filter(|saved_at| *saved_at <= heartbeat.at);
        if heartbeat.saved_at <= confirmed {
            return None;
        }
        self.confirmed = heartbeat.saved_at;
        heartbeat.save(self.live.iter().filter(|(_, workbooks)| **workbooks).map(|(symbol, _)| symbol))
    }

    fn subscribe(&mut self) -> Result<(), OutletError> {
        let deadline = self.link.connect_deadline();
        self.link.connected(&deadline)?;
        let pattern = format!("{}*", keys::QUOTE_CHANNEL);
        let wire = self.link.wire();
        let held = wire.and_then(|wire| {
            wire.call(&Arguments::new(["PSUBSCRIBE", &pattern]), &deadline)?;
            Ok(wire.hold())
        });
        self.closer.hold(held.map_err(|failure| self.link.broke(&failure))?);
        self.subscribed = true;
        self.asked_at = None;
        Ok(())
    }

    /// A connection whose other end vanished without a word brings no message and no error: it must answer by the look that
    /// comes `bus.timeout` after the question. Its answer also comes after every message sent before.
    fn ask_for_life(&mut self) -> Result<(), Failure> {
        if let Some(asked_at) = self.asked_at {
            let waited = self.clock.mono().since(asked_at);
            return if waited < self.config.timeout {
                Ok(())
            } else {
                Err(io::Error::from(io::ErrorKind::TimedOut).into())
            };
        }
        self.asked_at = Some(self.clock.mono());
        let deadline = Deadline::after(self.config.timeout);
        self.link.wire()?.send(&Arguments::new(["PING"]), &Arguments::default(), &deadline)
    }

    /// Reads the hash over a connection of its own, which a subscribed one cannot do. The heartbeat comes first: what
    /// it tells of is in the hash then.
    fn reread(&mut self) -> Result<Received, OutletError> {
        let said = self.heartbeat();
        let latest = Reader::connect(&self.config)?.latest()?;
        self.link.worked();
        self.next_reading = self.clock.mono().plus(self.config.refresh);
        self.next_look = self.clock.mono().plus(self.look_every());
        for (name, reason) in latest.unreadable {
            self.ignore(format!("field {name} of {}: {reason}", keys::LATEST_QUOTES));
        }
        let mut received = Received { reread: true, heard: true, ..Received::default() };
        let there: HashSet<&Symbol> = latest.quotes.iter().map(|quote| &quote.symbol).collect();
        received.gone = self.live.keys().filter(|symbol| !there.contains(symbol)).cloned().collect();
        self.live.retain(|symbol, _| there.contains(symbol));
        latest.quotes.iter().for_each(|quote| self.take(quote, &mut received));
        (self.said, self.confirmed) = (None, None); // what came back to the hash is confirmed too
        received.save = said.and_then(|heartbeat| self.save(&heartbeat));
        Ok(received)
    }

    fn burst(&mut self, budget: Duration) -> Result<Received, Failure> {
        let mut received = Received::default();
        let mut wait = budget;
        for _ in 0..BURST_LIMIT {
            match self.link.wire()?.receive(&Deadline::after(wait)) {
                Ok(value) => self.take_value(&value, &mut received),
                Err(Failure::Io(error)) if is_timeout(&error) => break,
                Err(failure) if received.is_empty() => return Err(failure),
                Err(failure) => {
                    // What came before it counts: in the hash that is read next it passes for known.
                    log::debug!("{}", self.link.broke(&failure));
                    self.lose();
                    break;
                }
            }
            wait = BURST_GAP;
        }
        Ok(received)
    }

    fn take_value(&mut self, value: &Value, received: &mut Received) {
        received.heard = true;
        let words: Vec<String> = match value {
            Value::Array(words) => words.iter().filter_map(text).collect(),
            _ => Vec::new(),
        };
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["pmessage", _, channel, json] => {
                let name = channel.strip_prefix(keys::QUOTE_CHANNEL).unwrap_or(channel);
                match read_quote(name, json) {
                    Ok(quote) => self.take(&quote, received),
                    Err(reason) => self.ignore(format!("message on {channel}: {reason}")),
                }
            }
            ["pong", ..] => {
                self.asked_at = None;
                let save = self.said.take().and_then(|heartbeat| self.save(&heartbeat));
                received.save = save.or(received.save.take());
            }
            _ => self.ignore("an answer that is no message".into()),
        }
    }

    /// Takes `quote` if it is later than what is known: messages may be older than the hash that was read after them.
    fn take(&mut self, quote: &PublishedQuote, received: &mut Received) {
        if self.seqs.get(&quote.symbol).is_some_and(|known| quote.seq <= *known) {
            return;
        }
        if quote.is_departure() {
            self.live.remove(&quote.symbol);
            received.quotes.retain(|earlier| earlier.quote.symbol != quote.symbol);
            received.gone.push(quote.symbol.clone());
        } else if let Some(foreign) = quote.for_board() {
            self.live.insert(quote.symbol.clone(), quote.is_ours());
            received.gone.retain(|earlier| *earlier != quote.symbol);
            received.quotes.push(foreign);
        } else {
            return self.ignore(format!("quote of {}: it names no save (timestamp)", quote.symbol));
        }
        self.seqs.insert(quote.symbol.clone(), quote.seq);
    }

    fn ignore(&mut self, reason: String) {
        self.ignored += 1;
        self.last_ignored = Some(reason);
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}
