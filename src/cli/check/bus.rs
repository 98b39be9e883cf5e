//! The bus: whether it answers, who publishes, and whether the publisher lives.

use super::Check;
use crate::cli::quote_line::short;
use jiff::Timestamp;
use std::time::Duration;
use thor_stack::config::{BusUrl, Config};
use thor_stack::lease::Leader;
use thor_stack::outlet::OutletError;
use thor_stack::outlet::redis::{Heartbeat, LockHolder, Reader};

pub(super) fn look(config: &Config, now: Timestamp) -> Vec<Check> {
    let url = config.bus.url.redacted();
    if config.bus.url == BusUrl::Local {
        return vec![Check::ok("bus", "bus.url is local: quotes stay in the process that polls")];
    }
    let asked = || -> Result<Vec<Check>, OutletError> {
        let mut reader = Reader::connect(&config.bus)?;
        let (heartbeat, holder) = (reader.heartbeat()?, reader.lock_holder()?);
        let answers = Check::ok("bus", format!("{url} answers"));
        let leader = if config.lease.enabled { Some(lease(reader.leader()?)) } else { None };
        Ok([answers, publisher(heartbeat, now), lock(holder)].into_iter().chain(leader).collect())
    };
    asked().unwrap_or_else(|error| {
        let to_do = "see the bus; where one machine is enough, leave lease.enabled off";
        let idle =
            || Check::problem("lease", "without its Redis nobody leads, and nothing is captured", to_do);
        let bus = Check::failed("bus", &error.to_string());
        std::iter::once(bus).chain(config.lease.enabled.then(idle)).collect()
    })
}

fn lease(leader: Option<Leader>) -> Check {
    match leader {
        Some(leader) => Check::ok("lease", format!("{leader} leads")),
        None => Check::ok("lease", "nobody leads; the next host that starts does"),
    }
}

fn publisher(heartbeat: Option<Heartbeat>, now: Timestamp) -> Check {
    let Some(beat) = heartbeat else {
        let to_do = "start one with `thor-stack run`, or see why it does not publish";
        return Check::warning("bus", "no publisher gives a sign of life", to_do);
    };
    let age = short(Duration::try_from(now.duration_since(beat.at)).unwrap_or_default());
    let text = format!("{} quotes from process {} on {}, {age} ago", beat.quotes, beat.pid, beat.host);
    if beat.stale {
        Check::warning("bus", format!("{text}; they are stale"), "see whether Excel still saves its workbook")
    } else {
        Check::ok("bus", text)
    }
}

fn lock(holder: Option<LockHolder>) -> Check {
    match holder {
        None => Check::ok("bus", "nobody holds the publisher's lock"),
        Some(LockHolder { name, dead: true }) => Check::ok(
            "bus",
            format!("{name} held the publisher's lock and has ended; the next publisher takes it"),
        ),
        Some(LockHolder { name, dead: false }) => {
            Check::ok("bus", format!("{name} holds the publisher's lock"))
        }
    }
}
