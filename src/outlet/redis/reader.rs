//! Reads what a publisher wrote: latest quotes, heartbeat, lock holder. For `quotes` and `check`.

use super::deadline::Deadline;
use super::failure::Failure;
use super::heartbeat::Heartbeat;
use super::keys;
use super::link::Link;
use super::request::Arguments;
use super::script::text;
use super::token::{Token, describe};
use super::wire::Wire;
use crate::board::ForeignSave;
use crate::config::BusConfig;
use crate::lease::Leader;
use crate::outlet::{OutletError, PublishedQuote};
use ::redis::Value;
use std::time::Duration;

/// A connection for reading, one exchange a question. After a failure the next question connects anew.
pub struct Reader {
    link: Link,
    bound: Duration,
}

/// The content of `live_data:latest:quotes` at one moment.
#[derive(Debug, Clone, Default)]
pub struct LatestQuotes {
    /// The quotes, by symbol.
    pub quotes: Vec<PublishedQuote>,
    /// The fields that hold no quote of their symbol, as another program may have written them: name and reason.
    pub unreadable: Vec<(String, String)>,
}

/// Who holds the publisher's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// Host and process, or another program's token.
    pub name: String,
    /// Whether the holder is known to have ended: the next publisher takes the lock at once.
    pub dead: bool,
}

impl Reader {
    /// Connects to the server at `config.url`.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or nobody answers within `config.connect_timeout`.
    pub fn connect(config: &BusConfig) -> Result<Reader, OutletError> {
        let mut reader = Reader::new(config)?;
        reader.link.connected(&reader.link.connect_deadline())?;
        Ok(reader)
    }

    /// A reader that connects with its first question.
    pub(super) fn new(config: &BusConfig) -> Result<Reader, OutletError> {
        Ok(Reader { link: Link::new(config)?.patient(), bound: config.connect_timeout.max(config.timeout) })
    }

    /// The latest quotes, all of one moment.
    ///
    /// # Errors
    /// [`OutletError::Failed`]; each question is bounded by `bus.connect_timeout`, since nobody's cadence hangs on
    /// it.
    pub fn latest(&mut self) -> Result<LatestQuotes, OutletError> {
        self.ask(latest)
    }

    /// The latest quotes with the save that the publisher's sign of life tells of, if it gives any: rows that do not change
    /// go out anew but once a minute, and are as fresh as that save all the same.
    ///
    /// # Errors
    /// As [`Reader::latest`]. A sign of life that cannot be read confirms nothing.
    pub fn latest_with_save(&mut self) -> Result<(LatestQuotes, Option<ForeignSave>), OutletError> {
        // In this order: what the sign of life says of a save holds for rows that are read after it.
        let heartbeat = self.heartbeat().unwrap_or_else(|error| {
            log::warn!("{error}");
            None
        });
        let latest = self.latest()?;
        let ours = latest.quotes.iter().filter(|quote| quote.is_ours()).map(|quote| &quote.symbol);
        let save = heartbeat.and_then(|heartbeat| heartbeat.save(ours));
        Ok((latest, save))
    }

    /// The publisher's sign of life; `None` when none has been given for its term.
    ///
    /// # Errors
    /// As [`Reader::latest`]; also when another program wrote the key.
    pub fn heartbeat(&mut self) -> Result<Option<Heartbeat>, OutletError> {
        self.ask(|wire, deadline| {
            let Some(text) = string(wire, keys::HEARTBEAT, deadline)? else { return Ok(None) };
            let heartbeat = serde_json::from_str(&text);
            heartbeat.map(Some).map_err(|error| Failure::Reply(format!("{}: {error}", keys::HEARTBEAT)))
        })
    }

    /// Who may publish now; `None` when nobody holds the lock.
    ///
    /// # Errors
    /// As [`Reader::latest`].
    pub fn lock_holder(&mut self) -> Result<Option<LockHolder>, OutletError> {
        let token = self.ask(|wire, deadline| string(wire, keys::PUBLISHER_LOCK, deadline))?;
        Ok(token.map(|text| LockHolder {
            name: describe(&text),
            dead: Token::parse(&text).is_some_and(|token| token.is_dead()),
        }))
    }

    /// Who leads, where hosts share a stack; `None` when nobody holds the lease.
    ///
    /// # Errors
    /// As [`Reader::latest`]; also when another program wrote the key.
    pub fn leader(&mut self) -> Result<Option<Leader>, OutletError> {
        self.ask(|wire, deadline| {
            let Some(text) = string(wire, keys::LEASE, deadline)? else { return Ok(None) };
            let leader = serde_json::from_str(&text);
            leader.map(Some).map_err(|error| Failure::Reply(format!("{}: {error}", keys::LEASE)))
        })
    }

    fn ask<A>(
        &mut self,
        question: impl FnOnce(&mut Wire, &Deadline) -> Result<A, Failure>,
    ) -> Result<A, OutletError> {
        let deadline = Deadline::after(self.bound);
        match question(self.link.connected(&deadline)?, &deadline) {
            Ok(answer) => {
                self.link.worked();
                Ok(answer)
            }
            Err(failure) => Err(self.link.broke(&failure)),
        }
    }
}

/// The string at `key`.
pub(super) fn string(wire: &mut Wire, key: &str, deadline: &Deadline) -> Result<Option<String>, Failure> {
    let answer = wire.call(&Arguments::new(["GET", key]), deadline).map_err(|failure| failure.about(key))?;
    Ok(text(&answer))
}

/// The whole hash in one exchange: several would see several saves.
pub(super) fn latest(wire: &mut Wire, deadline: &Deadline) -> Result<LatestQuotes, Failure> {
    let answer = wire.call(&Arguments::new(["HGETALL", keys::LATEST_QUOTES]), deadline);
    let Value::Array(fields) = answer.map_err(|failure| failure.about(keys::LATEST_QUOTES))? else {
        return Err(Failure::Reply("no list from HGETALL".into()));
    };
    let mut latest = LatestQuotes::default();
    for field in fields.chunks_exact(2) {
        let (name, json) = (text(&field[0]).unwrap_or_default(), text(&field[1]).unwrap_or_default());
        match read_quote(&name, &json) {
            Ok(quote) => latest.quotes.push(quote),
            Err(reason) => latest.unreadable.push((name, reason)),
        }
    }
    latest.quotes.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    Ok(latest)
}

/// The quote in `json`, which stands under `name` (a hash field or the end of a channel's name).
pub(super) fn read_quote(name: &str, json: &str) -> Result<PublishedQuote, String> {
    let quote: PublishedQuote = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if quote.symbol.as_str() != name {
        return Err(format!("it says that it is {}", quote.symbol));
    }
    if quote.seq > keys::HIGHEST_SEQ {
        return Err(format!("its sequence number {} is none of ours", quote.seq));
    }
    Ok(quote)
}
