//! A world with a ledger in its home.

use crate::ledger::rows::{capture, captured, clock, first, open, worked};
use crate::support::program::World;
use thor_stack::ledger::{Ledger, MissedCapture, MissedOutcome, SessionFilter, SqliteLedger};

/// The ledger of the stack at home in `world`; created if there is none.
pub(crate) fn ledger(world: &World) -> SqliteLedger {
    open(&world.home().join("ledger.db"))
}

/// Two sessions (USA as 1, Japan as 2, of 28 November 2025), the first row of the first worked, and a missed open.
pub(crate) fn two_sessions() -> World {
    let world = World::new();
    let ledger = ledger(&world);
    captured(&ledger, &capture("USA", "2025-11-28"));
    captured(&ledger, &capture("Japan", "2025-11-28"));
    let row = &ledger.session(1).unwrap()[0];
    assert_eq!(ledger.decide(&first(), &[worked(row.id)]).unwrap(), 1);
    let missed = MissedCapture {
        market: "Germany".into(),
        session_date: "2025-11-28".parse().unwrap(),
        reason: "no fresh quotes".into(),
        recorded_at: thor_stack::supervise::Clock::now(&*clock()),
    };
    assert_eq!(ledger.record_missed(&first(), &missed).unwrap(), MissedOutcome::Recorded);
    world
}

/// How many rows there are.
pub(crate) fn count(world: &World) -> usize {
    ledger(world).sessions(&SessionFilter::default(), None, 1_000_000).unwrap().len()
}
