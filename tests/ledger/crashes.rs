//! The clauses of the contract about failures of workers, and their schema's own rules.

use super::rows::*;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use thor_stack::ledger::*;
use thor_stack::supervise::Generation;

#[test]
fn a_file_keeps_the_contract_about_crashes() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    keeps_the_contract(&mut || {
        files += 1;
        Arc::new(open(&folder.path().join(format!("{files}.db"))))
    });
}

#[test]
fn memory_keeps_the_contract_about_crashes() {
    keeps_the_contract(&mut || Arc::new(SqliteLedger::in_memory(clock()).unwrap()));
}

fn keeps_the_contract(empty: &mut dyn FnMut() -> Arc<dyn Ledger>) {
    for clause in [
        a_crash_comes_back_as_it_went_in,
        a_crash_loop_is_one_record_that_counts,
        what_tells_crashes_apart_is_supervisor_kind_text_and_location,
        the_newest_five_hundred_are_kept,
        crashes_are_listed_by_supervisor_and_time_newest_first,
        a_revoked_generation_records_no_crash,
    ] {
        clause(&*empty());
    }
}

/// A panic of the poller, the `n`-th second after 14:30.
pub(crate) fn crash(message: &str, n: i64) -> Crash {
    let then = second(n);
    Crash {
        supervisor: "ExcelPollerSupervisor".into(),
        kind: CrashKind::Panic,
        message: message.into(),
        location: Some("src/feed/cell.rs:17:5".into()),
        phase: Some("reading row 812".into()),
        generation: 3,
        stack: Some("thor_stack::feed::cell::price\nthor_stack::feed::rows::row".into()),
        events: vec!["started".into(), "restarted after a failure (generation 2)".into()],
        first_at: then,
        last_at: then,
        count: 1,
    }
}

pub(crate) fn second(n: i64) -> Timestamp {
    at("2025-11-28T14:30:00Z").checked_add(SignedDuration::from_secs(n)).unwrap()
}

fn every(ledger: &dyn Ledger) -> Vec<StoredCrash> {
    ledger.crashes(&RecordFilter::default(), 10_000).unwrap()
}

fn a_crash_comes_back_as_it_went_in(ledger: &dyn Ledger) {
    let panic = crash("index out of bounds", 1);
    let error = Crash {
        kind: CrashKind::Error,
        location: None,
        phase: None,
        stack: None,
        events: Vec::new(),
        generation: 0,
        ..crash("a text\nof two lines", 2)
    };
    ledger.record_crashes(&first(), &[panic.clone(), error.clone()]).unwrap();
    let stored = every(ledger);
    assert_eq!(stored.iter().map(|it| &it.crash).collect::<Vec<_>>(), [&error, &panic]);
    assert_eq!(ledger.crash(stored[1].number).unwrap().as_ref(), Some(&stored[1]));
    assert_eq!(ledger.crash(4711).unwrap(), None);
}

fn a_crash_loop_is_one_record_that_counts(ledger: &dyn Ledger) {
    ledger.record_crashes(&first(), &[crash("boom", 1)]).unwrap();
    let number = every(ledger)[0].number;
    let later = Crash { generation: 9, phase: None, stack: None, ..crash("boom", 60) };
    ledger.record_crashes(&first(), &[later.clone(), crash("boom", 2)]).unwrap();
    let thrice = Crash { first_at: second(60), count: 3, ..later };
    ledger.record_crashes(&first(), &[thrice]).unwrap();
    let [stored] = &every(ledger)[..] else { panic!("{:?}", every(ledger)) };
    assert_eq!((stored.number, stored.crash.count), (number, 6));
    assert_eq!((stored.crash.first_at, stored.crash.last_at), (second(1), second(60)));
    assert_eq!((stored.crash.generation, &stored.crash.phase), (9, &None), "the details of the last time");
    assert!(stored.crash.stack.is_some(), "a stack is kept where the later record brings none");
}

fn what_tells_crashes_apart_is_supervisor_kind_text_and_location(ledger: &dyn Ledger) {
    let boom = crash("boom", 1);
    let others = [
        Crash { supervisor: "MarketOpenGraderSupervisor".into(), ..boom.clone() },
        Crash { kind: CrashKind::Hang, ..boom.clone() },
        Crash { message: "bang".into(), ..boom.clone() },
        Crash { location: None, ..boom.clone() },
    ];
    assert!(others.iter().all(|other| !other.is_like(&boom)));
    ledger.record_crashes(&first(), &[&others[..], &[boom]].concat()).unwrap();
    assert_eq!(every(ledger).len(), 5);
}

fn the_newest_five_hundred_are_kept(ledger: &dyn Ledger) {
    let crashes: Vec<Crash> = (0..CRASHES_KEPT as i64 + 40).map(|n| crash(&format!("row {n}"), n)).collect();
    for part in crashes.chunks(100) {
        ledger.record_crashes(&first(), part).unwrap();
    }
    let stored = every(ledger);
    assert_eq!(stored.len(), CRASHES_KEPT);
    assert_eq!((&*stored[0].crash.message, &*stored[CRASHES_KEPT - 1].crash.message), ("row 539", "row 40"));
}

fn crashes_are_listed_by_supervisor_and_time_newest_first(ledger: &dyn Ledger) {
    let grader = Crash { supervisor: "MarketOpenGraderSupervisor".into(), ..crash("b", 20) };
    let long = Crash { last_at: second(100), ..crash("c", 5) };
    ledger.record_crashes(&first(), &[crash("a", 10), grader, long]).unwrap();
    let listed = |filter: RecordFilter, limit| -> Vec<String> {
        ledger.crashes(&filter, limit).unwrap().into_iter().map(|it| it.crash.message).collect()
    };
    let any = RecordFilter::default;
    assert_eq!(listed(any(), 10), ["c", "b", "a"]);
    assert_eq!(listed(any(), 2), ["c", "b"]);
    assert_eq!(
        listed(RecordFilter { supervisor: Some("ExcelPollerSupervisor".into()), ..any() }, 9),
        ["c", "a"]
    );
    assert_eq!(listed(RecordFilter { from: Some(second(11)), ..any() }, 9), ["c", "b"]);
    assert_eq!(listed(RecordFilter { before: Some(second(20)), ..any() }, 9), ["c", "a"]);
}

fn a_revoked_generation_records_no_crash(ledger: &dyn Ledger) {
    let zombie = Generation::new(7);
    zombie.revoke();
    let refused = ledger.record_crashes(&zombie, &[crash("boom", 1)]);
    assert!(matches!(refused, Err(LedgerError::Revoked(_))), "{refused:?}");
    assert_eq!(every(ledger), []);
}

/// The bound and the uniqueness are the schema's, whoever speaks SQL to it.
#[test]
fn plain_sql_cannot_break_the_rules_of_crashes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    open(&path).record_crashes(&first(), &[crash("boom", 1)]).unwrap();
    let sql = rusqlite::Connection::open(&path).unwrap();
    let copy = "INSERT INTO crashes (supervisor, kind, message, location, generation, events, first_at, last_at, counted)
        SELECT supervisor, kind, message, location, generation, events, first_at, last_at, counted FROM crashes";
    let error = sql.execute_batch(copy).unwrap_err().to_string();
    assert!(error.contains("UNIQUE constraint failed"), "{error}");
    let many =
        "INSERT INTO crashes (supervisor, kind, message, generation, events, first_at, last_at, counted)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
        SELECT 'S', 'error', i, 1, '', '2026', printf('2026-%04d', i), 1 FROM n";
    sql.execute_batch(many).unwrap();
    let kept: i64 = sql.query_row("SELECT count(*) FROM crashes", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 500);
}
