//! Backtest statistics: domain.md section 9.

use super::spoken::{at, percent};
use thor_stack::rules::backtest::{PastRow, statistics};
use thor_stack::value::{Outcome, Signal};

/// Rows written as `STRONG_BUY WORKED 3`: signal (or `-`), outcome, how many.
fn rows(written: &[&str]) -> Vec<PastRow> {
    let row = |line: &&str| {
        let [signal, outcome, count] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let past = PastRow {
            captured_at: at("14:30:00"),
            signal: (signal != "-").then(|| signal.parse().unwrap()),
            outcome: outcome.parse().unwrap(),
        };
        vec![past; count.parse().unwrap()]
    };
    written.iter().flat_map(row).collect()
}

/// "the count worked, the count that did not, and each as a percentage of the two (0 when none)".
#[test]
fn counts_and_percentages() {
    for (written, worked, worked_pct, didnt, didnt_pct) in [
        (&[][..], 0, "0", 0, "0"),
        (&["BUY WORKED 1"], 1, "100", 0, "0"),
        (&["BUY DIDNT_WORK 2"], 0, "0", 2, "100"),
        (&["BUY WORKED 1", "BUY DIDNT_WORK 2"], 1, "33.3333", 2, "66.6667"),
        (&["BUY WORKED 1", "BUY NEUTRAL 5", "BUY PENDING 3"], 1, "100", 0, "0"),
        (&["SELL WORKED 1", "STRONG_BUY WORKED 1", "- WORKED 1"], 0, "0", 0, "0"),
    ] {
        let history = statistics(rows(written), at("15:00:00"));
        assert_eq!((history.buy_worked, history.buy_didnt_work), (Some(worked), Some(didnt)), "{written:?}");
        assert_eq!(history.buy_worked_percentage, percent(worked_pct), "{written:?}");
        assert_eq!(history.buy_didnt_work_percentage, percent(didnt_pct), "{written:?}");
    }
}

#[test]
fn every_signal_has_its_own_counts() {
    let history = statistics(
        rows(&[
            "STRONG_BUY WORKED 3",
            "STRONG_BUY DIDNT_WORK 1",
            "BUY WORKED 1",
            "SELL DIDNT_WORK 1",
            "STRONG_SELL WORKED 1",
            "STRONG_SELL DIDNT_WORK 7",
            "HOLD NEUTRAL 4",
        ]),
        at("15:00:00"),
    );
    assert_eq!(history.strong_buy_worked, Some(3));
    assert_eq!(history.strong_buy_worked_percentage, percent("75"));
    assert_eq!(history.strong_buy_didnt_work_percentage, percent("25"));
    assert_eq!(history.buy_worked_percentage, percent("100"));
    assert_eq!((history.sell_worked, history.sell_didnt_work), (Some(0), Some(1)));
    assert_eq!(history.sell_worked_percentage, percent("0"));
    assert_eq!(history.strong_sell_worked_percentage, percent("12.5"));
    assert_eq!(history.strong_sell_didnt_work_percentage, percent("87.5"));
    assert_eq!(history.hold, Some(4));
}

/// "over rows captured before it".
#[test]
fn only_rows_captured_before_count() {
    let row = |time| PastRow { captured_at: at(time), signal: Some(Signal::Buy), outcome: Outcome::Worked };
    let history = statistics(["14:29:59.999", "14:30:00", "14:30:01"].map(row), at("14:30:00"));
    assert_eq!(history.buy_worked, Some(1));
}
