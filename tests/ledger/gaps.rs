//! The clauses of the contract about outages and signs of life, and their schema's own rules.

use super::crashes::second;
use super::followed;
use super::rows::*;
use std::sync::Arc;
use thor_stack::ledger::*;
use thor_stack::supervise::Generation;
use thor_stack::value::OpenToClose;

#[test]
fn a_file_keeps_the_contract_about_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    keeps_the_contract(&mut || {
        files += 1;
        Arc::new(open(&folder.path().join(format!("{files}.db"))))
    });
}

#[test]
fn memory_keeps_the_contract_about_gaps() {
    keeps_the_contract(&mut || Arc::new(SqliteLedger::in_memory(clock()).unwrap()));
}

fn keeps_the_contract(empty: &mut dyn FnMut() -> Arc<dyn Ledger>) {
    for clause in [
        an_open_gap_gets_its_end_and_keeps_it,
        a_supervisor_has_one_open_gap_of_a_reason,
        gaps_are_listed_by_what_they_overlap_newest_first,
        a_note_is_told_once_and_gets_its_end,
        notes_and_metrics_do_not_undo_each_other,
        the_last_sign_of_life_stands,
        standing_quotes_come_back,
        a_revoked_generation_records_no_gap,
    ] {
        clause(&*empty());
    }
}

/// An outage of the poller by a panic, from `start` to `end` seconds after 14:30.
fn gap(start: i64, end: Option<i64>) -> Gap {
    Gap {
        supervisor: Some("ExcelPollerSupervisor".into()),
        reason: GapReason::Panic,
        started_at: second(start),
        ended_at: end.map(second),
        cycles_lost: end.map(|end| (end - start).unsigned_abs() / 3),
        detail: Some("index out of bounds".into()),
    }
}

fn every(ledger: &dyn Ledger) -> Vec<Gap> {
    ledger.gaps(&RecordFilter::default(), 100_000).unwrap()
}

fn an_open_gap_gets_its_end_and_keeps_it(ledger: &dyn Ledger) {
    ledger.record_gaps(&first(), &[gap(1, None)]).unwrap();
    assert_eq!(every(ledger), [gap(1, None)]);
    ledger.record_gaps(&first(), &[gap(1, Some(31))]).unwrap();
    assert_eq!(every(ledger), [gap(1, Some(31))]);
    ledger.record_gaps(&first(), &[gap(1, Some(99)), gap(1, None)]).unwrap();
    assert_eq!(every(ledger), [gap(1, Some(31))], "what has ended stays");
    let backwards = Gap { ended_at: Some(second(40)), ..gap(50, None) };
    ledger.record_gaps(&first(), &[backwards]).unwrap();
    assert_eq!(
        every(ledger)[0].ended_at,
        Some(second(50)),
        "a clock that was set back makes no end before the start"
    );
}

fn a_supervisor_has_one_open_gap_of_a_reason(ledger: &dyn Ledger) {
    ledger.record_gaps(&first(), &[gap(1, None)]).unwrap();
    let whole = Gap { supervisor: None, reason: GapReason::Suspend, ..gap(2, None) };
    ledger.record_gaps(&first(), &[whole.clone(), gap(1, Some(3))]).unwrap();
    ledger.record_gaps(&first(), &[gap(4, None)]).unwrap();
    assert_eq!(every(ledger), [gap(4, None), whole.clone(), gap(1, Some(3))]);
    ledger.record_gaps(&first(), &[gap(9, None)]).unwrap();
    let cut_short = Gap { ended_at: Some(second(9)), ..gap(4, None) };
    assert_eq!(every(ledger), [gap(9, None), cut_short, whole, gap(1, Some(3))], "the later one ends it");
}

fn gaps_are_listed_by_what_they_overlap_newest_first(ledger: &dyn Ledger) {
    ledger.record_gaps(&first(), &[gap(1, Some(5)), gap(10, Some(20)), gap(30, None)]).unwrap();
    let starts = |filter: RecordFilter, limit| -> Vec<_> {
        ledger.gaps(&filter, limit).unwrap().into_iter().map(|it| it.started_at).collect()
    };
    let any = RecordFilter::default;
    assert_eq!(starts(any(), 9), [second(30), second(10), second(1)]);
    assert_eq!(starts(any(), 1), [second(30)]);
    assert_eq!(starts(RecordFilter { from: Some(second(15)), ..any() }, 9), [second(30), second(10)]);
    assert_eq!(starts(RecordFilter { before: Some(second(30)), ..any() }, 9), [second(10), second(1)]);
    assert_eq!(starts(RecordFilter { supervisor: Some("Week52Supervisor".into()), ..any() }, 9), []);
}

fn data_gap(ledger: &dyn Ledger, place: usize) -> Option<String> {
    ledger.session(1).unwrap().remove(place).row.record.data_gap
}

fn a_note_is_told_once_and_gets_its_end(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let id = ledger.session(1).unwrap()[0].id;
    let note = |note: String| ledger.note_gaps(&first(), &[(id, note)]).unwrap();
    assert_eq!(note(gap(1, None).note()), 1);
    assert_eq!(note(gap(1, None).note()), 0, "no news");
    let open = "ExcelPollerSupervisor down (panic) from 2025-11-28T14:30:01Z on";
    assert_eq!(data_gap(ledger, 0).as_deref(), Some(open));
    let suspend = Gap { supervisor: None, reason: GapReason::Suspend, ..gap(2, Some(5)) };
    assert_eq!(note(suspend.note()), 1);
    assert_eq!(note(gap(1, Some(31)).note()), 1);
    assert_eq!(note(gap(1, None).note()), 0, "what has ended does not go on");
    let both = "ExcelPollerSupervisor down (panic) from 2025-11-28T14:30:01Z to 2025-11-28T14:30:31Z; \
                suspended from 2025-11-28T14:30:02Z to 2025-11-28T14:30:05Z";
    assert_eq!(data_gap(ledger, 0).as_deref(), Some(both));
    assert_eq!(ledger.note_gaps(&first(), &[(RowId(4711), "x".into())]).unwrap(), 0);
    assert_eq!(data_gap(ledger, 1), None);
}

/// Who follows a row holds a copy of it: neither takes away what the other wrote meanwhile.
fn notes_and_metrics_do_not_undo_each_other(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let id = ledger.session(1).unwrap()[0].id;
    let update = |gap: &str| {
        let update = MarketUpdate { id, market: OpenToClose::default(), data_gap: Some(gap.into()) };
        ledger.record_look(&first(), &followed::rows(&[update])).unwrap();
    };
    update("close missed");
    ledger.note_gaps(&first(), &[(id, gap(1, Some(3)).note())]).unwrap();
    update("close missed");
    update("close missed; prices from A to B were not seen");
    let whole = format!("close missed; {}; prices from A to B were not seen", gap(1, Some(3)).note());
    assert_eq!(data_gap(ledger, 0), Some(whole));
}

fn the_last_sign_of_life_stands(ledger: &dyn Ledger) {
    assert_eq!(ledger.alive().unwrap(), None);
    for (n, stopped) in [(1, false), (61, false), (65, true), (64, false)] {
        let alive = Alive { at: second(n), stopped };
        ledger.mark_alive(&first(), &alive, &[]).unwrap();
        assert_eq!(ledger.alive().unwrap(), Some(alive));
    }
}

fn standing_quotes_come_back(ledger: &dyn Ledger) {
    assert_eq!(ledger.standing().unwrap(), []);
    let row =
        |symbol: &str, said: &str, n| Standing { symbol: symbol.into(), said: said.into(), since: second(n) };
    let alive = Alive { at: second(9), stopped: false };
    for rows in [&[row("YM", "a", 1), row("ES", "b", 1)][..], &[row("YM", "c", 5)], &[]] {
        ledger.mark_alive(&first(), &alive, rows).unwrap();
    }
    assert_eq!(ledger.standing().unwrap(), [row("ES", "b", 1), row("YM", "c", 5)]);
}

fn a_revoked_generation_records_no_gap(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let id = ledger.session(1).unwrap()[0].id;
    let zombie = Generation::new(7);
    zombie.revoke();
    let standing = Standing { symbol: "YM".into(), said: "a".into(), since: second(1) };
    for refused in [
        ledger.record_gaps(&zombie, &[gap(1, None)]),
        ledger.note_gaps(&zombie, &[(id, "x".into())]).map(drop),
        ledger.mark_alive(&zombie, &Alive { at: second(1), stopped: false }, &[standing]),
    ] {
        assert!(matches!(refused, Err(LedgerError::Revoked(_))), "{refused:?}");
    }
    assert_eq!(every(ledger), []);
    assert_eq!((ledger.alive().unwrap(), data_gap(ledger, 0)), (None, None));
}

/// The rules are the schema's, whoever speaks SQL to it.
#[test]
fn plain_sql_cannot_break_the_rules_of_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    open(&path).record_gaps(&first(), &[gap(1, Some(2)), gap(5, None)]).unwrap();
    let sql = rusqlite::Connection::open(&path).unwrap();
    for (statement, rule) in [
        ("UPDATE gaps SET ended_at = NULL", "a gap that has ended does not change"),
        ("UPDATE gaps SET ended_at = '2020' WHERE ended_at IS NULL", "CHECK constraint failed: ended_at"),
        (
            "INSERT INTO gaps (supervisor, reason, started_at) VALUES ('ExcelPollerSupervisor', 'panic', '2026')",
            "UNIQUE constraint failed",
        ),
        ("INSERT INTO gaps (reason, started_at) VALUES ('lunch', '2026')", "CHECK constraint failed: reason"),
        ("INSERT INTO alive VALUES (2, '2026', 0)", "CHECK constraint failed: id"),
    ] {
        let error = sql.execute_batch(statement).unwrap_err().to_string();
        assert!(error.contains(rule), "{statement}\n{error}");
    }
    let many = "INSERT INTO gaps (reason, started_at, ended_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
        SELECT 'suspend', printf('2026-%05d', i), '2027' FROM n";
    sql.execute_batch(&format!("BEGIN; {many}; COMMIT")).unwrap();
    let kept: i64 = sql.query_row("SELECT count(*) FROM gaps", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, GAPS_KEPT as i64);
}
