//! Workers that end at any point: never a second capture, never half of one, never a lost grade.

use super::{Desk, at, only};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::ledger::SqliteLedger;
use thor_stack::supervise::{Clock, Context, ManualClock, Next, Worker};
use thor_stack::value::{Outcome, SessionRow};

fn desk_in(folder: &Path, now: Timestamp) -> Desk {
    let clock = ManualClock::starting_at(now);
    let ledger = SqliteLedger::open(&folder.join("ledger.db"), Arc::new(clock.clone())).unwrap();
    Desk::on(clock, Arc::new(ledger), |config| config.capture.interval = Duration::from_secs(3600))
}

/// The rows of a day whose workers are built anew wherever `ends` says so; with them board, ledger and clock.
fn day(mut ends: impl FnMut() -> bool) -> Vec<SessionRow> {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path(), at("2025-12-02T23:55:00Z"));
    let (mut capture, mut grader) = (desk.capture(), desk.grader());
    let mut step = 0;
    while desk.clock.now() < at("2025-12-03T22:00:00Z") {
        step += 1;
        let drift = (step % 7) * 6; // YM walks up and falls back
        let trade = |desk: &mut Desk| {
            desk.quoted("YM", &(47475 + drift).to_string(), &(47477 + drift).to_string());
            desk.quotes.iter_mut().for_each(|quote| quote.volume = Some(step)); // no feed is frozen
            desk.save();
        };
        trade(&mut desk);
        let next = desk.run(&mut capture);
        if ends() {
            desk = desk_in(folder.path(), desk.clock.now());
            (capture, grader) = (desk.capture(), desk.grader());
            trade(&mut desk);
        }
        desk.run(&mut grader);
        let Next::At(instant) = next else { panic!("{next:?}") };
        let soon = desk.clock.now() + Duration::from_secs(600);
        desk.until_instant(instant.clamp(desk.clock.now(), soon));
    }
    desk.save();
    desk.run(&mut grader);
    assert_eq!(desk.missed(), []);
    desk.rows()
}

#[test]
fn a_day_of_restarts_leaves_the_ledger_of_an_undisturbed_day() {
    let differences = |rows: &[SessionRow], others: &[SessionRow]| {
        let differs = |(row, other): &(&SessionRow, &SessionRow)| row != other;
        let name = |(row, other): (&SessionRow, &SessionRow)| {
            format!("{} {}: {:?}, {:?}", row.id.country, row.id.future, row.trade, other.trade)
        };
        assert_eq!(rows.len(), others.len());
        rows.iter().zip(others).filter(differs).map(name).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    let undisturbed = day(|| false);
    assert_eq!(undisturbed.len(), 9 * 12);
    assert!(undisturbed.iter().all(|row| row.id.wndw.is_final()));
    assert!(undisturbed.iter().any(|row| row.id.wndw == Outcome::Worked));
    assert_eq!(differences(&day(|| true), &undisturbed), none);
    let mut seed = 7_u32;
    let sometimes = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 30 == 0
    };
    assert_eq!(differences(&day(sometimes), &undisturbed), none);
}

#[test]
fn a_worker_that_was_replaced_writes_nothing() {
    let desk = Desk::with("2025-11-28T14:30:00Z", only(&["USA"]));
    desk.save();
    let mut hung = desk.capture();
    desk.ctx.generation().revoke();
    assert!(desk.try_run(&mut hung).unwrap_err().to_string().contains("was replaced"));
    assert_eq!(desk.rows().len(), 0);
    let fresh = Context::detached(Arc::new(desk.clock.clone()));
    desk.capture().cycle(&fresh).unwrap();
    assert_eq!(desk.rows().len(), 12);
    assert!(hung.cycle(&desk.ctx).is_ok(), "there is nothing left for it to write");
    assert_eq!(desk.rows().len(), 12);
    assert!(desk.grader().cycle(&desk.ctx).is_err());
    assert_eq!(desk.outcome("DX"), Outcome::Pending);
}

/// Another process holds the ledger for longer than a call waits.
#[test]
fn a_grade_that_the_ledger_could_not_take_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path(), at("2025-11-28T14:29:59Z"));
    desk.save();
    desk.until("2025-11-28T14:30:00Z");
    desk.run(&mut desk.capture());
    let mut grader = desk.grader();
    desk.run(&mut grader);
    desk.quoted("YM", "47498", "47499");
    desk.clock.advance(Duration::from_secs(3));
    desk.save();
    let other = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(desk.run(&mut grader), Next::After(Duration::from_millis(500)));
    assert_eq!(desk.outcome("YM"), Outcome::Pending);
    other.execute_batch("ROLLBACK").unwrap();
    desk.quoted("YM", "47476", "47477"); // the price that decided is gone
    desk.clock.advance(Duration::from_secs(3));
    desk.save();
    desk.run(&mut grader);
    assert_eq!(desk.outcome("YM"), Outcome::Worked);
    assert_eq!(desk.row("USA", "YM").trade.target_hit_at, Some(at("2025-11-28T14:30:03Z")));
}

#[test]
fn a_capture_that_the_ledger_could_not_take_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk_in(folder.path(), at("2025-11-28T14:29:59Z"));
    let mut capture = desk.capture();
    desk.save();
    desk.run(&mut capture);
    desk.until("2025-11-28T14:30:00Z");
    let other = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(
        desk.run(&mut capture),
        Next::After(Duration::from_millis(250)),
        "not a crash with its back-off"
    );
    other.execute_batch("ROLLBACK").unwrap();
    desk.clock.advance(Duration::from_secs(5));
    desk.run(&mut capture);
    assert_eq!(desk.row("USA", "YM").record.capture_delay_ms, Some(5000));
    assert_eq!(desk.ledger.captured("USA", "2025-11-28".parse().unwrap()).unwrap(), Some(4));
}
