//! The lease as a key of Redis, changed by scripts only.

mod record;

use self::record::{Holder, Record};
use super::deadline::Deadline;
use super::failure::Failure;
use super::keys;
use super::link::Link;
use super::reader::string;
use super::request::Arguments;
use super::script::{Stored, release, words};
use super::wire::Wire;
use crate::config::Config;
use crate::lease::{Acquired, Ask, Claimed, LeaseServer, Noted, Other, Renewed};
use crate::outlet::OutletError;
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::LazyLock;
use std::time::Duration;

static ACQUIRE: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("lease/acquire.lua")));
static RENEW: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("lease/renew.lua")));
static CLAIM: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("lease/claim.lua")));
static CAPTURED: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("lease/captured.lua")));

/// The way to the lease at one Redis server. Connects when it is asked.
pub struct RedisLease {
    link: Link,
    timeout: Duration,
    me: Holder,
}

impl RedisLease {
    /// The way to the lease at `config.bus.url`, for the stack of `config.home`.
    ///
    /// # Errors
    /// [`OutletError::Failed`] when the address is none, or needs a feature that is not built in.
    pub fn new(config: &Config) -> Result<RedisLease, OutletError> {
        Ok(RedisLease {
            link: Link::new(&config.bus)?,
            timeout: config.bus.timeout,
            me: Holder::here(&config.home),
        })
    }

    /// One exchange; the connection is made anew where there is none.
    fn exchange<A>(
        &mut self,
        exchange: impl FnOnce(&mut Wire, &Deadline) -> Result<A, Failure>,
    ) -> Result<A, String> {
        let connecting = self.link.connect_deadline();
        self.link.connected(&connecting).map_err(|error| error.to_string())?;
        let deadline = Deadline::after(self.timeout);
        match self.link.wire().and_then(|wire| exchange(wire, &deadline)) {
            Ok(answer) => {
                self.link.worked();
                Ok(answer)
            }
            Err(failure) => Err(self.link.broke(&failure).to_string()),
        }
    }

    fn run(&mut self, script: &Stored, arguments: &Arguments) -> Result<Vec<String>, String> {
        self.exchange(|wire, deadline| {
            script.run(wire, arguments, &Arguments::default(), deadline).and_then(|answer| words(&answer))
        })
    }

    /// The lease, where this very holder took it by a wish whose answer was lost.
    fn taken_before(&mut self, token: &str, ask: &Ask) -> Result<Option<Acquired>, String> {
        let is_mine = |holder: &Holder| holder.nonce == self.me.nonce && holder.fence > ask.above;
        let Some(holder) = Holder::parse(token).filter(is_mine) else { return Ok(None) };
        let taken = Acquired::Ours { fence: holder.fence, token: token.to_string(), leader: holder.leader() };
        Ok((self.renew(token, ask.ttl)? == Renewed::Ours).then_some(taken))
    }

    fn other(&self, token: &str, left: &str) -> Other {
        let holder = Holder::parse(token);
        Other {
            is_this_home: holder.as_ref().is_some_and(|holder| holder.home == self.me.home),
            leader: holder.map(|holder| holder.leader()),
            token: token.to_string(),
            left: left.parse().ok().map(Duration::from_millis), // -1: without an end
        }
    }

    fn record(&self, state: &'static str, fence: u64, at: Timestamp) -> String {
        Record::of(&self.me, state, fence, at).text()
    }
}

impl LeaseServer for RedisLease {
    fn acquire(&mut self, ask: &Ask) -> Result<Acquired, String> {
        let arguments = Arguments::new([
            "2",
            keys::LEASE,
            keys::LEASE_FENCE,
            &self.me.tail(),
            &milliseconds(ask.ttl),
            &ask.above.to_string(),
            if ask.anew { "1" } else { "0" },
        ]);
        match &self.run(&ACQUIRE, &arguments)?[..] {
            [word, token] if word == "ours" => {
                let holder = Holder::parse(token).ok_or("the server gave a lease without a number")?;
                Ok(Acquired::Ours { fence: holder.fence, token: token.clone(), leader: holder.leader() })
            }
            [word, token, left] if word == "held" => match self.taken_before(token, ask)? {
                Some(taken) => Ok(taken),
                None => Ok(Acquired::Held(self.other(token, left))),
            },
            [word] if word == "lost" => Ok(Acquired::Lost),
            _ => Err(unknown()),
        }
    }

    fn renew(&mut self, token: &str, ttl: Duration) -> Result<Renewed, String> {
        let arguments = Arguments::new(["1", keys::LEASE, token, &milliseconds(ttl)]);
        match &self.run(&RENEW, &arguments)?[..] {
            [word] if word == "ours" => Ok(Renewed::Ours),
            [word] if word == "gone" => Ok(Renewed::Gone),
            [word, token, left] if word == "held" => Ok(Renewed::Held(self.other(token, left))),
            _ => Err(unknown()),
        }
    }

    fn release(&mut self, token: &str, bound: Duration) -> Result<(), String> {
        let deadline = Deadline::after(self.timeout.min(bound));
        let released = self.link.wire().and_then(|wire| release(wire, keys::LEASE, token, &deadline));
        released.map_err(|failure| self.link.broke(&failure).to_string())
    }

    fn claim(&mut self, token: &str, market: &str, date: Date, at: Timestamp) -> Result<Claimed, String> {
        let fence = Holder::parse(token).map_or(0, |holder| holder.fence);
        let arguments = Arguments::new([
            "2",
            keys::LEASE,
            &keys::claim(market, date),
            token,
            &self.record("claimed", fence, at),
            &milliseconds(keys::CLAIM_TERM),
        ]);
        match &self.run(&CLAIM, &arguments)?[..] {
            [word] if word == "granted" => Ok(Claimed::Granted),
            [word] if word == "fenced" => Ok(Claimed::Fenced),
            [word, by] if word == "captured" => Ok(Claimed::Captured(record::describe(by))),
            _ => Err(unknown()),
        }
    }

    fn captured(&mut self, fence: u64, market: &str, date: Date, at: Timestamp) -> Result<Noted, String> {
        let arguments = Arguments::new([
            "1",
            &keys::claim(market, date),
            &self.record("captured", fence, at),
            &self.me.home_field(),
            &milliseconds(keys::CLAIM_TERM),
        ]);
        match &self.run(&CAPTURED, &arguments)?[..] {
            [word] if word == "noted" => Ok(Noted::Noted),
            [word, by] if word == "twice" => Ok(Noted::Twice(record::describe(by))),
            _ => Err(unknown()),
        }
    }

    fn captured_elsewhere(&mut self, market: &str, date: Date) -> Result<Option<String>, String> {
        let key = keys::claim(market, date);
        let found = self.exchange(|wire, deadline| string(wire, &key, deadline))?;
        let foreign =
            |text: &String| Record::parse(text).is_some_and(|it| it.is_captured_apart_from(&self.me));
        Ok(found.filter(foreign).map(|text| record::describe(&text)))
    }

    fn retry_after(&self) -> Duration {
        self.link.retry_after()
    }
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}

fn unknown() -> String {
    "unexpected answer from a script of the lease; is this a Redis server?".into()
}
