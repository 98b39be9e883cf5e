//! The contract of a ledger, kept by every implementation.

use super::rows::*;
use super::{counts, followed, imports};
use std::sync::Arc;
use thor_stack::ledger::*;
use thor_stack::rules::extremes::{DailyRange, Pair};
use thor_stack::rules::grading::{Decision, Waiting};
use thor_stack::supervise::Generation;
use thor_stack::value::{ColumnValue, OpenToClose, Outcome, Price, Signal};

#[test]
fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    keeps_the_contract(&mut || {
        files += 1;
        Arc::new(open(&folder.path().join(format!("{files}.db"))))
    });
}

#[test]
fn memory_keeps_the_contract() {
    keeps_the_contract(&mut || Arc::new(SqliteLedger::in_memory(clock()).unwrap()));
}

/// The contract test suite: each clause on a ledger of its own, made by `empty`.
fn keeps_the_contract(empty: &mut dyn FnMut() -> Arc<dyn Ledger>) {
    for clause in [
        every_column_comes_back_as_it_went_in,
        a_capture_is_numbered_over_all_markets,
        a_market_is_captured_once_a_date,
        a_capture_is_stored_whole_or_not_at_all,
        a_row_knows_its_place_among_those_of_its_country_and_future,
        a_price_that_sql_cannot_hold_is_refused_by_name,
        a_date_is_captured_or_missed_never_both,
        a_row_is_graded_once,
        a_row_that_comes_to_wait_is_a_new_revision,
        the_rows_that_came_last_can_be_asked_for_alone,
        nothing_is_graded_to_be_pending,
        a_revoked_generation_writes_nothing,
        statistics_count_only_what_was_captured_before,
        counts::statistics_are_the_count_of_the_rows,
        filters_and_pages_cover_every_row_once,
        followed::open_to_close_changes_and_nothing_else,
        followed::the_last_record_of_a_minute_stands,
        followed::minutes_come_with_the_one_before_them,
        followed::the_latest_note_says_until_when_rows_were_followed,
        followed::days_grow_and_states_are_replaced,
        followed::seeds_come_back,
        imports::an_import_with_conflicts_reports_each_by_line_and_stores_nothing,
        imports::an_import_keeps_the_numbers_it_brings,
        nothing_to_write_is_no_error,
        an_empty_ledger_answers_empty,
    ] {
        clause(&*empty());
    }
}

fn every_column_comes_back_as_it_went_in(ledger: &dyn Ledger) {
    let sent = full_row("USA", "2025-11-28", "YM");
    let number = captured(ledger, &capture_of("USA", "2025-11-28", vec![sent.clone()]));
    let stored = ledger.session(number).unwrap().pop().unwrap().row;
    let mut expected = sent;
    for (column, value) in
        [("session_number", 1), ("capture_group", 1), ("country_future", 1), ("country_future_wndw_total", 1)]
    {
        expected.set(column, ColumnValue::Integer(value)).unwrap();
    }
    expected.record.capture_delay_ms = Some(1250);
    assert_eq!(stored, expected);
}

fn a_capture_is_numbered_over_all_markets(ledger: &dyn Ledger) {
    for (number, market) in (1..).zip(["Japan", "USA", "Canada"]) {
        let outcome = ledger.capture(&first(), &capture(market, "2025-11-28")).unwrap();
        assert_eq!(outcome, CaptureOutcome::Captured { session_number: number, capture_delay_ms: 1250 });
        let rows = ledger.session(number).unwrap();
        assert_eq!(rows.len(), 12);
        assert!(rows.iter().all(|it| it.row.id.country == market && it.row.id.capture_group == Some(number)));
        assert_eq!(rows[11].row.id.future, "TOTAL", "rows keep the order they were captured in");
    }
}

fn a_market_is_captured_once_a_date(ledger: &dyn Ledger) {
    let number = captured(ledger, &capture("USA", "2025-11-28"));
    let before = all(ledger);
    let again = capture_of("USA", "2025-11-28", vec![row("USA", "2025-11-28", "PL")]);
    let outcome = ledger.capture(&first(), &again).unwrap();
    assert_eq!(outcome, CaptureOutcome::AlreadyCaptured { session_number: number });
    assert_eq!(all(ledger), before);
    assert_eq!(ledger.captured("USA", date("2025-11-28")).unwrap(), Some(number));
    assert_eq!(ledger.captured("USA", date("2025-12-01")).unwrap(), None);
    assert_eq!(ledger.captured("Canada", date("2025-11-28")).unwrap(), None);
}

fn a_capture_is_stored_whole_or_not_at_all(ledger: &dyn Ledger) {
    let good = capture("USA", "2025-11-28");
    let mut twice = good.clone();
    twice.rows.push(row("USA", "2025-11-28", "ES"));
    assert!(matches!(ledger.capture(&first(), &twice), Err(LedgerError::Refused { .. })));
    let mut foreign = good.clone();
    foreign.rows.push(row("Canada", "2025-11-28", "ES"));
    assert!(matches!(ledger.capture(&first(), &foreign), Err(LedgerError::Row(_))));
    let none = capture_of("USA", "2025-11-28", Vec::new());
    assert!(matches!(ledger.capture(&first(), &none), Err(LedgerError::Row(_))));
    assert_eq!(all(ledger), []);
    assert_eq!(captured(ledger, &good), 1, "a failed capture uses no number");
}

fn a_row_knows_its_place_among_those_of_its_country_and_future(ledger: &dyn Ledger) {
    for day in ["2025-11-26", "2025-11-28"] {
        captured(ledger, &capture("USA", day));
    }
    captured(ledger, &capture("Canada", "2025-11-28"));
    let places: Vec<_> = all(ledger)
        .iter()
        .filter(|row| row.id.future == "ZB")
        .map(|row| (row.id.country.clone(), row.id.country_future, row.id.country_future_wndw_total))
        .collect();
    let place = |market: &str, n| (market.to_string(), Some(n), Some(n));
    assert_eq!(places, [place("USA", 1), place("USA", 2), place("Canada", 1)]);
}

fn a_price_that_sql_cannot_hold_is_refused_by_name(ledger: &dyn Ledger) {
    let mut capture = capture("USA", "2025-11-28");
    capture.rows[5].day24.high_24h = Some(Price::from(1_234_567_890_123_456));
    let error = ledger.capture(&first(), &capture).unwrap_err();
    assert!(matches!(&error, LedgerError::TooPrecise { column, .. } if column == "high_24h"), "{error}");
    assert_eq!(all(ledger), []);
}

fn a_date_is_captured_or_missed_never_both(ledger: &dyn Ledger) {
    let missed = |market: &str, reason: &str| MissedCapture {
        market: market.into(),
        session_date: date("2025-11-28"),
        reason: reason.into(),
        recorded_at: at("2025-11-28T21:00:00.5Z"),
    };
    assert_eq!(
        ledger.record_missed(&first(), &missed("USA", "no workbook")).unwrap(),
        MissedOutcome::Recorded
    );
    let again = ledger.record_missed(&first(), &missed("USA", "another reason")).unwrap();
    assert_eq!(again, MissedOutcome::AlreadyRecorded);
    let late = ledger.capture(&first(), &capture("USA", "2025-11-28")).unwrap();
    assert_eq!(late, CaptureOutcome::RecordedAsMissed);
    let session_number = captured(ledger, &capture("Canada", "2025-11-28"));
    let outcome = ledger.record_missed(&first(), &missed("Canada", "too late")).unwrap();
    assert_eq!(outcome, MissedOutcome::WasCaptured { session_number });

    assert_eq!(ledger.missed(&SessionFilter::default()).unwrap(), [missed("USA", "no workbook")]);
    let later = SessionFilter { from: Some(date("2025-11-29")), ..SessionFilter::default() };
    assert_eq!(ledger.missed(&later).unwrap(), []);
    let other = SessionFilter { market: Some("Canada".into()), ..SessionFilter::default() };
    assert_eq!(ledger.missed(&other).unwrap(), []);
}

fn a_row_is_graded_once(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    captured(ledger, &capture("Canada", "2025-11-28"));
    let pending_of = |market| -> Vec<_> {
        ledger.pending(None).unwrap().into_iter().filter(|it| &*it.market == market).collect()
    };
    let pending = pending_of("USA");
    assert_eq!((pending.len(), pending_of("Canada").len()), (12, 12));
    let zb = pending.iter().find(|it| &*it.future == "ZB").unwrap();
    assert_eq!((&*zb.market, zb.session_date), ("USA", date("2025-11-28")));
    assert_eq!(zb.waiting, Waiting::of(&row("USA", "2025-11-28", "ZB")));

    assert_eq!(ledger.decide(&first(), &[worked(zb.id), neutral(pending[0].id)]).unwrap(), 2);
    assert_eq!(ledger.decide(&first(), &[neutral(zb.id), neutral(pending[1].id)]).unwrap(), 1);
    assert_eq!(pending_of("USA").len(), 9);
    let rows = ledger.session(1).unwrap();
    let row = &rows.iter().find(|it| it.id == zb.id).unwrap().row;
    assert_eq!(row.id.wndw, Outcome::Worked);
    assert_eq!(row.trade.target_hit_at, Some(at("2025-11-28T14:31:00Z")));
    assert_eq!(row.trade.target_hit_price, Some(price("117.875")));
}

fn a_row_that_comes_to_wait_is_a_new_revision(ledger: &dyn Ledger) {
    let mut last = ledger.revision().unwrap();
    let mut is_new = || {
        let before = std::mem::replace(&mut last, ledger.revision().unwrap());
        before != last
    };
    assert!(!is_new());
    captured(ledger, &capture("USA", "2025-11-28"));
    assert!(is_new());
    ledger.import(&first(), &[ImportRow { line: 2, row: row("USA", "2025-11-26", "YM") }]).unwrap();
    assert!(is_new());
    let minutes = [followed::minute("YM", NOW, "1", 1)];
    let look = MarketLook { until: Some(at(NOW)), ..followed::minutes_of(&minutes) };
    ledger.record_look(&first(), &look).unwrap();
    assert!(!is_new(), "what is written every ten seconds makes nobody read the rows anew");
}

fn the_rows_that_came_last_can_be_asked_for_alone(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let usa = ledger.pending(None).unwrap();
    let latest = usa.iter().map(|it| it.id).max();
    assert_eq!(ledger.pending(latest).unwrap(), []);
    captured(ledger, &capture("Canada", "2025-11-28"));
    let canada: Vec<_> =
        ledger.pending(None).unwrap().into_iter().filter(|it| &*it.market == "Canada").collect();
    assert_eq!(canada.len(), 12);
    assert_eq!(ledger.pending(latest).unwrap(), canada);
    ledger.decide(&first(), &[neutral(canada[0].id), neutral(usa[0].id)]).unwrap();
    assert_eq!(ledger.pending(latest).unwrap(), canada[1..]);
}

fn nothing_is_graded_to_be_pending(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let pending = ledger.pending(None).unwrap();
    let wrong = |outcome, hit| (pending[1].id, Decision { outcome, hit });
    let touch = worked(pending[1].id).1.hit;
    let back = wrong(Outcome::Pending, None);
    assert!(ledger.decide(&first(), &[worked(pending[0].id), back]).is_err());
    let hitless = wrong(Outcome::DidntWork, None);
    assert!(ledger.decide(&first(), &[worked(pending[0].id), hitless]).is_err());
    let hit = wrong(Outcome::Neutral, touch);
    assert!(ledger.decide(&first(), &[worked(pending[0].id), hit]).is_err());
    assert_eq!(ledger.pending(None).unwrap(), pending);
}

fn a_revoked_generation_writes_nothing(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let before = all(ledger);
    let id = ledger.pending(None).unwrap()[0].id;
    let zombie = Generation::new(7);
    zombie.revoke();
    let range = DailyRange { date: date("2025-11-28"), high: price("2"), low: price("1") };
    let day = DayRange { future: "YM".into(), range };
    let minute = followed::minute("YM", NOW, "1", 1);
    let update = MarketUpdate { id, market: OpenToClose::default(), data_gap: None };
    let seed = Seed { future: "YM".into(), pair: Pair::default() };
    let missed = MissedCapture {
        market: "Japan".into(),
        session_date: date("2025-11-28"),
        reason: "hung".into(),
        recorded_at: at(NOW),
    };
    let line = ImportRow { line: 2, row: row("India", "2025-11-28", "YM") };
    for refused in [
        ledger.capture(&zombie, &capture("Japan", "2025-11-28")).map(drop),
        ledger.record_missed(&zombie, &missed).map(drop),
        ledger.decide(&zombie, &[neutral(id)]).map(drop),
        ledger.record_look(&zombie, &followed::rows(&[update])).map(drop),
        ledger.record_look(&zombie, &followed::minutes_of(&[minute])).map(drop),
        ledger.prune_minutes(&zombie, at(NOW)).map(drop),
        ledger.record_look(&zombie, &followed::until(at(NOW))).map(drop),
        ledger.record_extremes(&zombie, &[day], &[]),
        ledger.seed_extremes(&zombie, &[seed]),
        ledger.import(&zombie, &[line]).map(drop),
    ] {
        assert!(matches!(refused, Err(LedgerError::Revoked(_))), "{refused:?}");
    }
    assert_eq!(all(ledger), before);
    assert_eq!(ledger.missed(&SessionFilter::default()).unwrap(), []);
    assert_eq!(ledger.days("YM", date("2000-01-01")).unwrap(), []);
    assert_eq!(ledger.seeds().unwrap(), []);
}

fn statistics_count_only_what_was_captured_before(ledger: &dyn Ledger) {
    for (day, decision) in [
        ("2025-11-25", Some(worked as fn(RowId) -> (RowId, Decision))),
        ("2025-11-26", Some(neutral as fn(RowId) -> (RowId, Decision))),
        ("2025-11-28", Some(worked as fn(RowId) -> (RowId, Decision))),
        ("2025-12-01", None),
    ] {
        let mut rows = vec![row("USA", day, "YM"), row("USA", day, "ES")];
        rows[1].id.bhs = None;
        captured(ledger, &capture_of("USA", day, rows));
        for pending in ledger.pending(None).unwrap() {
            ledger
                .decide(&first(), &decision.map(|of| of(pending.id)).into_iter().collect::<Vec<_>>())
                .unwrap();
        }
    }
    captured(ledger, &capture("Canada", "2025-11-25"));
    let open = at("2025-11-28T14:30:01Z"); // the third capture's own instant is not before it
    let tallies = ledger.tallies("USA", &["YM", "CL", "ES"], open).unwrap();
    let [ym, cl, es] = &tallies[..] else { panic!("{tallies:?}") };
    let buy = Some(Signal::Buy);
    assert_eq!((ym.count(buy, Outcome::Worked), ym.count(buy, Outcome::Neutral), ym.total(buy)), (1, 1, 2));
    assert_eq!((es.count(None, Outcome::Worked), es.total(buy)), (1, 0));
    assert_eq!(*cl, Tally::default());
    assert_eq!(ledger.stats(Some("USA"), Some("YM")).unwrap().count(buy, Outcome::Worked), 2);
    assert_eq!(ledger.stats(Some("USA"), None).unwrap().count(None, Outcome::Worked), 2);
    assert_eq!(ledger.stats(None, Some("YM")).unwrap().total(buy), 5);
    assert_eq!(ledger.stats(None, None).unwrap().total(buy), 4 + 12);
}

fn filters_and_pages_cover_every_row_once(ledger: &dyn Ledger) {
    for (market, day) in
        [("USA", "2025-12-01"), ("Japan", "2025-11-28"), ("USA", "2025-11-28"), ("Canada", "2024-12-31")]
    {
        captured(ledger, &capture(market, day));
    }
    let es = |filter: SessionFilter| -> Vec<i64> {
        let filter = SessionFilter { future: Some("ES".into()), ..filter };
        let rows = ledger.sessions(&filter, None, 100).unwrap();
        rows.iter().map(|it| it.row.id.session_number.unwrap()).collect()
    };
    let any = SessionFilter::default;
    assert_eq!(es(any()), [4, 2, 3, 1], "by date, then by number");
    assert_eq!(es(SessionFilter { market: Some("USA".into()), ..any() }), [3, 1]);
    assert_eq!(es(SessionFilter { from: Some(date("2025-11-28")), ..any() }), [2, 3, 1]);
    assert_eq!(es(SessionFilter { to: Some(date("2025-11-28")), ..any() }), [4, 2, 3]);
    let day = Some(date("2025-11-28"));
    assert_eq!(es(SessionFilter { market: Some("USA".into()), from: day, to: day, ..any() }), [3]);
    assert_eq!(es(SessionFilter { outcome: Some(Outcome::Worked), ..any() }), Vec::<i64>::new());
    assert_eq!(es(SessionFilter { outcome: Some(Outcome::Pending), ..any() }).len(), 4);

    let whole = ledger.sessions(&any(), None, 1000).unwrap();
    let mut paged: Vec<StoredSession> = Vec::new();
    loop {
        let page = ledger.sessions(&any(), paged.last().map(StoredSession::cursor).as_ref(), 7).unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 7);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    assert_eq!(whole.len(), 48);
    assert_eq!(ledger.session(2).unwrap(), whole[12..24]);
}

fn nothing_to_write_is_no_error(ledger: &dyn Ledger) {
    assert_eq!(ledger.decide(&first(), &[]).unwrap(), 0);
    assert_eq!(ledger.record_look(&first(), &MarketLook::default()).unwrap(), 0);
    ledger.record_extremes(&first(), &[], &[]).unwrap();
    ledger.seed_extremes(&first(), &[]).unwrap();
    assert_eq!(ledger.import(&first(), &[]).unwrap(), ImportReport::default());
}

fn an_empty_ledger_answers_empty(ledger: &dyn Ledger) {
    ledger.verify().unwrap();
    assert_eq!(all(ledger), []);
    assert_eq!(ledger.pending(None).unwrap(), []);
    assert_eq!(ledger.session(1).unwrap(), []);
    assert_eq!(ledger.stats(None, None).unwrap(), Tally::default());
    assert_eq!(ledger.tallies("USA", &["YM"], at(NOW)).unwrap(), [Tally::default()]);
    assert_eq!(ledger.coverage().unwrap(), []);
    assert_eq!(ledger.extremes().unwrap(), []);
}
