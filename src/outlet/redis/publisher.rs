//! The publisher: sends editions to Redis while it holds the publisher's lock.

use super::deadline::Deadline;
use super::edition::{Messages, Owed, Room};
use super::failure::Failure;
use super::heartbeat::Heartbeat;
use super::keys;
use super::link::Link;
use super::reader::{self, LatestQuotes};
use super::request::Arguments;
use super::script::{self, Verdict};
use super::token::{OwnToken, Token, describe};
use super::transaction::{self, Ground, Outcome, Signs, Transaction};
use crate::config::BusConfig;
use crate::fault::edge;
use crate::lease::{Lease, Tenure};
use crate::outlet::{BusWatch, Edition, Outlet, OutletError, Published, PublisherTerms};
use crate::supervise::{Generation, Revoked};
use std::sync::Arc;
use std::time::Duration;

/// Publishes to one Redis server; see [`Outlet`] for what it promises.
///
/// Everything happens in the calls of its owner: there is no thread behind it. It connects at the first edition.
pub struct RedisOutlet {
    link: Link,
    timeout: Duration,
    stream: bool,
    terms: PublisherTerms,
    watch: BusWatch,
    token: OwnToken,
    token_text: String,
    footing: Option<Footing>,
    last_seq: u64,
    owed: Owed,
    room: Room,
    quick: Quick,
    may_hold: bool,
    lease: Option<Arc<Lease>>,
}

/// What the server is known to hold; found out anew after every failure.
struct Footing {
    /// The text of [`keys::LAST_SEQ`].
    last_seq: String,
    /// The token of a dead holder, or nothing.
    replaces: String,
}

/// How the [`transaction`]s fare, which are for one host without a stream.
#[derive(Default)]
struct Quick {
    /// The server watches what the next one rests on.
    armed: bool,
    /// How many in a row it refused because somebody had touched that.
    tripped: u32,
    /// This user may not, or somebody touches it all the time.
    given_up: bool,
    room: Vec<u8>,
}

/// After so many refused ones in a row another program writes there all the time, and each costs a round trip for nothing.
const MOST_TRIPPED: u32 = 3;

/// Why an edition did not go out, before it is put into words.
enum Trouble {
    Failure(Failure),
    Held(String),
    Revoked(Revoked),
    /// Another host leads.
    Fenced,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failure(failure)
    }
}

impl RedisOutlet {
    /// A publisher to `config.url` that reports to `watch`. Does not connect.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
    pub fn new(
        config: &BusConfig,
        terms: PublisherTerms,
        watch: &BusWatch,
    ) -> Result<RedisOutlet, OutletError> {
        let token = OwnToken::new();
        Ok(RedisOutlet {
            link: Link::new(config)?,
            timeout: config.timeout,
            stream: config.stream,
            terms,
            watch: watch.clone(),
            token_text: token.token.text(),
            token,
            footing: None,
            last_seq: 0,
            owed: Owed::default(),
            room: Room::default(),
            quick: Quick::default(),
            may_hold: false,
            lease: None,
        })
    }

    /// The same publisher, which publishes only while its host holds `lease`: the server itself looks at it. The lock
    /// of another such publisher is then of no account, for it has lost the lease.
    #[must_use]
    pub fn under(mut self, lease: Arc<Lease>) -> RedisOutlet {
        self.token.token.leased = true;
        self.token_text = self.token.token.text();
        self.lease = Some(lease);
        self
    }

    /// The token by which this publisher holds the lock.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.token.token
    }

    fn send(&mut self, generation: &Generation, edition: &Edition<'_>) -> Result<Published, OutletError> {
        self.connect()?;
        let deadline = Deadline::after(self.timeout);
        match self.deliver(generation, edition, &deadline) {
            Ok(published) => {
                self.link.worked();
                self.watch.succeeded(edition.now, deadline.elapsed());
                Ok(published)
            }
            Err(trouble) => Err(self.fell(trouble)),
        }
    }

    /// Connects if need be. What a new connection finds is part of connecting: reading a large hash takes longer than
    /// one edition may, and would fail at each attempt.
    fn connect(&mut self) -> Result<(), OutletError> {
        if self.link.is_connected() {
            return Ok(());
        }
        let deadline = self.link.connect_deadline();
        self.link.connected(&deadline)?;
        self.survey(&deadline).map_err(|trouble| self.fell(trouble))
    }

    /// Sends the edition from the known footing; where that has moved, or the lock has, once more from a new one.
    fn deliver(
        &mut self,
        generation: &Generation,
        edition: &Edition<'_>,
        deadline: &Deadline,
    ) -> Result<Published, Trouble> {
        if std::mem::take(&mut self.quick.armed)
            && let Some(published) = self.transact(generation, edition, deadline)?
        {
            return Ok(published);
        }
        for _ in 0..2 {
            if self.footing.is_none() {
                self.survey(deadline)?;
            }
            let messages = Messages::of(edition, &self.owed, self.last_seq, &mut self.room, &mut |_| Ok(()))?;
            generation.check().map_err(Trouble::Revoked)?;
            let tenure = self.tenure(generation)?;
            let verdict = self.run(edition, &messages, tenure.as_ref(), deadline)?;
            let published = matches!(verdict, Verdict::Done).then(|| self.settle(edition, &messages));
            self.room = messages.into_room();
            if let Some(published) = published {
                self.arm(deadline)?;
                return Ok(published);
            }
            if let (Verdict::Fenced, Some(lease), Some(tenure)) = (verdict, &self.lease, tenure) {
                lease.fenced(tenure.fence);
                return Err(Trouble::Fenced);
            }
            self.footing = None;
        }
        Err(Failure::Reply("the lock or the last sequence number keeps changing".into()).into())
    }

    /// Sends the edition as a transaction; `None`: somebody had touched what it rests on, and nothing is done.
    fn transact(
        &mut self,
        generation: &Generation,
        edition: &Edition<'_>,
        deadline: &Deadline,
    ) -> Result<Option<Published>, Trouble> {
        let quotes = self.owed.quotes(edition).len();
        edge!("bus.publish.before", Failure::from);
        let mut transaction =
            Transaction::begin(self.link.wire()?, deadline, std::mem::take(&mut self.quick.room), quotes);
        let tell = &mut |quote: &[u8]| transaction.tell(quote);
        let messages = Messages::of(edition, &self.owed, self.last_seq, &mut self.room, tell)?;
        if let Err(revoked) = generation.check() {
            self.link.hang_up(); // in the middle of a command
            return Err(Trouble::Revoked(revoked));
        }
        let heartbeat = heartbeat(edition, &self.terms)?;
        let signs = Signs {
            token: &self.token_text,
            lock_term: milliseconds(keys::lock_term(self.terms.interval)),
            heartbeat,
            heartbeat_term: milliseconds(keys::heartbeat_term(self.terms.interval)),
            last_seq: messages.last_seq.to_string(),
        };
        // From here on the numbers may have been seen, whatever becomes of the answer.
        self.last_seq = messages.last_seq;
        let done = transaction.end(&messages, &signs);
        // Rights that are missing are not asked for again: the script needs others, and says which.
        self.quick.given_up |= done.as_ref().is_err_and(|failure| failure.is("NOPERM"));
        let (outcome, room) = done?;
        edge!("bus.publish.after", Failure::from);
        self.quick.room = room;
        let published = match outcome {
            Outcome::Done { armed } => {
                (self.quick.armed, self.quick.tripped) = (armed, 0);
                Some(self.settle(edition, &messages))
            }
            Outcome::Tripped => {
                self.quick.tripped += 1;
                self.quick.given_up |= self.quick.tripped >= MOST_TRIPPED;
                None
            }
        };
        self.room = messages.into_room();
        Ok(published)
    }

    /// Prepares the next edition to go out as a transaction, where those are for.
    fn arm(&mut self, deadline: &Deadline) -> Result<(), Trouble> {
        let Some(footing) = &self.footing else { return Ok(()) };
        if self.quick.given_up || self.stream || self.lease.is_some() || !self.owed.found.is_empty() {
            return Ok(());
        }
        let ground = Ground { token: &self.token_text, last_seq: &footing.last_seq };
        self.quick.armed = transaction::arm(self.link.wire()?, &ground, deadline)?;
        Ok(())
    }

    /// By what the server knows that this host leads; `None` where hosts share nothing.
    fn tenure(&self, generation: &Generation) -> Result<Option<Tenure>, Trouble> {
        let Some(lease) = &self.lease else { return Ok(None) };
        let tenure = lease.tenure().ok_or(Trouble::Revoked(Revoked(generation.number())))?;
        Ok(Some(tenure))
    }

    /// Finds out who holds the lock, which sequence number was the last, and which of our quotes the hash holds.
    fn survey(&mut self, deadline: &Deadline) -> Result<(), Trouble> {
        let wire = self.link.wire()?;
        let holder = reader::string(wire, keys::PUBLISHER_LOCK, deadline)?.unwrap_or_default();
        let ours = holder.is_empty() || holder == self.token_text;
        let leased = self.lease.is_some();
        let ended = |token: Token| token.is_dead() || (leased && token.leased);
        if !ours && !Token::parse(&holder).is_some_and(ended) {
            return Err(Trouble::Held(holder));
        }
        let last_seq = reader::string(wire, keys::LAST_SEQ, deadline)?.unwrap_or_default();
        let LatestQuotes { quotes, .. } = reader::latest(wire, deadline)?;
        self.owed.found = quotes.into_iter().filter(|quote| quote.is_ours()).collect();
        self.owed.awaited.clear(); // among them
        self.owed.everything = true;
        let highest = self.owed.found.iter().map(|quote| quote.seq).max().unwrap_or(0);
        let published = last_seq.parse().ok().filter(|seq| *seq <= keys::HIGHEST_SEQ);
        self.last_seq = self.last_seq.max(highest).max(published.unwrap_or(0));
        self.footing = Some(Footing { last_seq, replaces: if ours { String::new() } else { holder } });
        Ok(())
    }

    fn run(
        &mut self,
        edition: &Edition<'_>,
        messages: &Messages,
        tenure: Option<&Tenure>,
        deadline: &Deadline,
    ) -> Result<Verdict, Trouble> {
        let arguments = self.arguments(edition, messages, tenure)?;
        // From here on the numbers may have been seen, whatever becomes of the answer.
        self.last_seq = messages.last_seq;
        self.may_hold = true;
        edge!("bus.publish.before", Failure::from);
        let verdict = script::publish(self.link.wire()?, &arguments, &messages.arguments, deadline)?;
        edge!("bus.publish.after", Failure::from);
        Ok(verdict)
    }

    /// The arguments of `publish.lua` before the messages, in its order.
    fn arguments(
        &self,
        edition: &Edition<'_>,
        messages: &Messages,
        tenure: Option<&Tenure>,
    ) -> Result<Arguments, Failure> {
        let heartbeat = heartbeat(edition, &self.terms)?;
        let (expected, replaces) =
            self.footing.as_ref().map_or(("", ""), |footing| (&footing.last_seq, &footing.replaces));
        let (count, lease) = if tenure.is_some() { ("6", Some(keys::LEASE)) } else { ("5", None) };
        let contract = [
            count,
            keys::LATEST_QUOTES,
            keys::PUBLISHER_LOCK,
            keys::HEARTBEAT,
            keys::LAST_SEQ,
            keys::QUOTE_STREAM,
        ];
        let mut arguments = Arguments::new(contract.into_iter().chain(lease));
        arguments.append(&Arguments::new([
            self.token_text.as_str(),
            replaces,
            &milliseconds(keys::lock_term(self.terms.interval)),
            expected,
            &messages.last_seq.to_string(),
            &heartbeat,
            &milliseconds(keys::heartbeat_term(self.terms.interval)),
            keys::QUOTE_CHANNEL,
            &if self.stream { keys::STREAM_ENTRIES } else { 0 }.to_string(),
            &messages.count.quotes.to_string(),
            tenure.map_or("", |tenure| &tenure.token),
        ]));
        Ok(arguments)
    }

    /// Everything owed went out.
    fn settle(&mut self, edition: &Edition<'_>, messages: &Messages) -> Published {
        self.footing = Some(Footing { last_seq: messages.last_seq.to_string(), replaces: String::new() });
        self.owed.settle(edition.snapshot);
        messages.count
    }

    fn fell(&mut self, trouble: Trouble) -> OutletError {
        self.footing = None;
        self.quick.armed = false;
        match trouble {
            Trouble::Failure(failure) => self.link.broke(&failure),
            Trouble::Held(holder) => {
                self.link.worked();
                OutletError::Held { holder: describe(&holder), url: self.link.url().to_string() }
            }
            Trouble::Revoked(revoked) => OutletError::Revoked(revoked),
            Trouble::Fenced => {
                self.link.worked();
                OutletError::Failed(format!("{}: another host leads now (lease)", self.link.url()))
            }
        }
    }

    fn release(&mut self) -> Result<(), OutletError> {
        let deadline = self.link.connect_deadline();
        self.link.connected(&deadline)?;
        let deadline = Deadline::after(self.timeout);
        let released = self
            .link
            .wire()
            .and_then(|wire| script::release(wire, keys::PUBLISHER_LOCK, &self.token_text, &deadline));
        released.map_err(|failure| self.link.broke(&failure))
    }
}

fn heartbeat(edition: &Edition<'_>, terms: &PublisherTerms) -> Result<String, Failure> {
    serde_json::to_string(&Heartbeat::of(edition.snapshot, terms, edition.now))
        .map_err(|error| Failure::Reply(format!("writing the heartbeat: {error}")))
}

fn milliseconds(term: Duration) -> String {
    term.as_millis().to_string()
}

impl Outlet for RedisOutlet {
    fn publish(&mut self, generation: &Generation, edition: &Edition<'_>) -> Result<Published, OutletError> {
        generation.check()?;
        self.token.serve(generation);
        self.owed.departed.extend(edition.gone.iter().cloned());
        let published = self.send(generation, edition);
        if let Err(error) = &published {
            self.owed.everything = true;
            self.watch.failed(&error.to_string(), self.link.is_connected());
        }
        published
    }
}

impl Drop for RedisOutlet {
    fn drop(&mut self) {
        if self.may_hold
            && let Err(error) = self.release()
        {
            log::warn!("the publisher's lock runs out by itself: {error}");
        }
    }
}
