//! One stack for several machines: real programs with homes of their own, one real Redis between them.

mod by_hand;
mod claims;
mod config;
mod hosts;
mod outages;

use crate::support::program::{Ran, Running, World};
use crate::support::redis::RedisServer;
use crate::support::workbooks::{Cell, WorkbookWriter};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use std::time::{Duration, Instant};
use thor_stack::ledger::{Ledger, SessionFilter, SqliteLedger};
use thor_stack::supervise::SystemClock;

/// The term of the lease in these tests, seconds.
const TTL: u64 = 4;

/// A machine: a home, a workbook and a ledger of its own.
struct Host {
    world: World,
}

impl Host {
    /// A host at this Redis, at which USA opened a minute ago and is open for two hours, whatever the hour is: its
    /// hours are told in the zone in which it is noon now. No other market is watched.
    fn at(redis: &RedisServer) -> Host {
        let world = World::new();
        let east = 12 - TimeZone::UTC.to_datetime(Timestamp::now()).hour();
        let there = Offset::constant(east).to_datetime(Timestamp::now());
        let (open, close) = (there.checked_sub(1.minute()).unwrap(), there.checked_add(2.hours()).unwrap());
        let zone = format!("Etc/GMT{:+}", -east); // these names count hours west
        let others = ["Japan", "China", "India", "Germany", "United_Kingdom", "Pre_USA", "Canada", "Mexico"];
        let others: String =
            others.iter().map(|name| format!("[markets.{name}]\nenabled = false\n")).collect();
        world.file(
            "config.toml",
            &format!(
                "workbook.path = 'live.xlsx'\nworkbook.interval = '250ms'\n[bus]\nurl = '{}'\n[lease]\nenabled = true\n\
                 ttl = '{TTL}s'\n[[calendar.override]]\nmarket = 'USA'\ndate = {}\nopen = '{} {zone}'\n\
                 close = '{} {zone}'\n{}",
                redis.unix_url(),
                there.date(),
                open.strftime("%H:%M"),
                close.strftime("%H:%M"),
                others.replace("United_Kingdom", "'United Kingdom'"),
            ),
        );
        Host { world }
    }

    fn save(&self) {
        let ym: [Cell; 11] =
            [47_400, 47_410, 76, 47_500, 47_300, 10_999, 47_475, 47_476, 47_477, 2, 1].map(Cell::from);
        let names = ["Futures", "YM", "E-mini Dow"].map(Cell::from);
        WorkbookWriter::with_headers()
            .cells(names.into_iter().chain(ym).collect())
            .save(&self.world.path("live.xlsx"));
    }

    fn start(&self) -> Running {
        self.world.start(&["--config", "config.toml", "run"])
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let all: Vec<&str> = ["--config", "config.toml"].iter().chain(arguments).copied().collect();
        self.world.run(&all)
    }

    fn status(&self) -> Value {
        serde_json::from_str(&self.run(&["status", "--json"]).stdout()).unwrap_or_default()
    }

    /// Waits for a state, and returns the status that showed it.
    #[track_caller]
    fn is(&self, state: &str) -> Value {
        self.shows(state, |status| status["state"] == state)
    }

    #[track_caller]
    fn shows(&self, what: &str, mut as_wanted: impl FnMut(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let status = self.status();
            if as_wanted(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "not {what}: {status:#}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// How often USA was captured into this host's ledger: its rows of YM.
    fn captures(&self) -> usize {
        let path = self.world.home().join("ledger.db");
        if !path.exists() {
            return 0;
        }
        let ledger = SqliteLedger::open(&path, std::sync::Arc::new(SystemClock::new())).unwrap();
        let filter = SessionFilter { future: Some("YM".into()), ..SessionFilter::default() };
        ledger.sessions(&filter, None, 100).unwrap().len()
    }

    #[track_caller]
    fn has_captured(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.captures() == 0 {
            assert!(Instant::now() < deadline, "nothing captured: {:#}", self.status());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

/// Who published last, by the sign of life in Redis; `None`: it has run out.
fn publisher(redis: &RedisServer) -> Option<u64> {
    let heartbeat: Value = serde_json::from_str(&redis.cli(&["GET", "thor:heartbeat"])).ok()?;
    heartbeat["pid"].as_u64()
}
