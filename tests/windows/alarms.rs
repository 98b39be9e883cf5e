//! The command that an alarm runs.

use crate::life::until;
use crate::support::program::World;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::Stack;
use thor_stack::config::{Config, MARKET_OPEN_CAPTURE};
use thor_stack::ledger::SqliteLedger;
use thor_stack::supervise::{Clock, ManualClock};

/// A second before New York opens: from the open on, the next one is Monday's.
const NEW_YORK_OPENS_SOON: &str = "2025-11-28T14:29:59Z";

/// How long each second of the clock lasts, so that a thread that has to wait for a processor sees them.
const A_SECOND: Duration = Duration::from_millis(15);

/// Regression: a console program opened a window over Excel. Without one it runs, and is told as ever.
#[test]
fn a_console_program_is_told_what_began() {
    let world = World::new();
    let echo = "@echo %THOR_STACK_ALARM_STATE% %THOR_STACK_ALARM_MARKET%>>\"%~dp0told\"\r\n";
    let script = world.file("alarm.cmd", echo);
    let (clock, end) = (
        ManualClock::starting_at("2025-11-28T14:27:00Z".parse().unwrap()),
        NEW_YORK_OPENS_SOON.parse::<jiff::Timestamp>().unwrap(),
    );
    let ledger = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
    let mut config = Config::at_home(world.path("home"));
    config.markets.retain(|market| market.name == "USA");
    config.alarm.command = ["cmd", "/c", script.to_str().unwrap()].map(str::to_owned).to_vec();
    let builder = Stack::builder(config).clock(Arc::new(clock.clone())).ledger(ledger);
    let _stack = builder.only([MARKET_OPEN_CAPTURE]).start().unwrap();
    until("the command has run", || {
        if clock.now() < end {
            clock.advance(Duration::from_secs(1));
            std::thread::park_timeout(A_SECOND);
        }
        std::fs::read_to_string(world.path("told")).is_ok_and(|told| told.starts_with("began USA"))
    });
}
