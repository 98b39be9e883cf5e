//! The clauses of the ledger's contract about rows that were made elsewhere.

use super::rows::*;
use thor_stack::ledger::*;
use thor_stack::value::{Outcome, Price};

pub(super) fn an_import_with_conflicts_reports_each_by_line_and_stores_nothing(ledger: &dyn Ledger) {
    captured(ledger, &capture("USA", "2025-11-28"));
    let missed = MissedCapture {
        market: "Japan".into(),
        session_date: date("2025-11-27"),
        reason: "no workbook".into(),
        recorded_at: at(NOW),
    };
    ledger.record_missed(&first(), &missed).unwrap();
    let same = row("USA", "2025-11-28", "YM");
    let mut other = row("USA", "2025-11-28", "ES");
    other.id.wndw = Outcome::Worked;
    let mut precise = row("USA", "2025-11-27", "GC");
    precise.book.last_price = Some(Price::from(1_234_567_890_123_456));
    let mut no_day = row("USA", "2025-11-27", "SI");
    no_day.id.date = 31;
    let rows = [
        row("USA", "2025-11-26", "YM"),
        same,
        other,
        row("Japan", "2025-11-27", "YM"),
        precise,
        no_day,
        row("USA", "2025-11-26", "ES"),
    ];
    let lines = (2..).zip(rows).map(|(line, row)| ImportRow { line, row }).collect::<Vec<_>>();
    let report = ledger.import(&first(), &lines).unwrap();
    assert_eq!((report.imported, report.unchanged), (0, 1));
    let reasons: Vec<_> = report.conflicts.iter().map(|it| (it.line, it.reason.as_str())).collect();
    let expected = [
        (4, "ES of USA 2025-11-28 is in the ledger already, with another"),
        (5, "the open of Japan 2025-11-27 was recorded as missed"),
        (6, "column last_price: 1234567890123456 has more than 15"),
        (7, "2025-11-31 is no date"),
    ];
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for ((line, reason), (expected_line, start)) in reasons.iter().zip(expected) {
        assert!(*line == expected_line && reason.starts_with(start), "{reasons:?}");
    }
    assert_eq!(all(ledger).len(), 12, "all or nothing");
    let good: Vec<ImportRow> = lines.into_iter().filter(|it| [2, 3, 8].contains(&it.line)).collect();
    let report = ledger.import(&first(), &good).unwrap();
    assert_eq!((report.imported, report.unchanged, report.conflicts), (2, 1, Vec::new()));
    assert_eq!(ledger.session(2).unwrap().len(), 2, "one number for the rows of one open");
    let again = ledger.import(&first(), &good).unwrap();
    assert_eq!((again.imported, again.unchanged), (0, 3));
}

pub(super) fn an_import_keeps_the_numbers_it_brings(ledger: &dyn Ledger) {
    let mut old = full_row("USA", "2024-11-27", "YM");
    (old.id.session_number, old.id.capture_group) = (Some(40), Some(95));
    let report = ledger.import(&first(), &[ImportRow { line: 2, row: old.clone() }]).unwrap();
    assert_eq!(report.imported, 1);
    assert_eq!(all(ledger), [old]);
    assert_eq!(captured(ledger, &capture("USA", "2025-11-28")), 96, "no number is given twice");
}
