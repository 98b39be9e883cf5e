//! Today's rows from open to close: domain.md section 9, "Intraday".

use super::scene::{Scene, instant};
use crate::conformance::spoken::{price, quote};
use crate::ledger::rows::{capture_of, captured, date, row};
use crate::support::redis::eventually;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::ledger::{ExtremesState, ImportRow, SessionFilter};
use thor_stack::outlet::{Notices, OutletError};
use thor_stack::rules::extremes::Pair;
use thor_stack::supervise::{Generation, Next};
use thor_stack::value::{SessionRow, Sheet, TOTAL};
use thor_stack::workers::IntradayMetrics;

/// New York opened at 14:30 UTC on that Friday and closes at 18:00, Toronto at 21:00.
const CAPTURE: &str = "2025-11-28T14:30:01Z";
const CLOSE: &str = "2025-11-28T18:00:00Z";

const EVERY_10_S: Next = Next::After(Duration::from_secs(10));

/// A captured row of `future`, which opened at 200.
fn opened(market: &str, day: &str, future: &str) -> SessionRow {
    let mut row = row(market, day, future);
    row.book.last_price = Some(price("200"));
    row.market = thor_stack::rules::intraday::opened(row.book.last_price);
    row
}

fn capture(scene: &Scene, market: &str, day: &str, futures: &[&str]) {
    let rows = futures.iter().map(|future| opened(market, day, future)).collect();
    captured(scene.ledger(), &capture_of(market, day, rows));
}

/// New York's capture of that Friday, a second after the open.
fn captured_day(futures: &[&str]) -> (Scene, IntradayMetrics) {
    let scene = Scene::at(CAPTURE);
    capture(&scene, "USA", "2025-11-28", futures);
    let worker = IntradayMetrics::new(scene.floor.clone());
    (scene, worker)
}

fn find(scene: &Scene, market: &str, day: &str, future: &str) -> SessionRow {
    let on = Some(date(day));
    let filter = SessionFilter { market: Some(market.into()), from: on, to: on, ..SessionFilter::default() };
    let rows = scene.ledger().sessions(&filter, None, 100).unwrap();
    let mut rows = rows.into_iter().map(|stored| stored.row).filter(|row| row.id.future == future);
    rows.next().unwrap_or_else(|| panic!("no row of {market} {day} {future}"))
}

fn today(scene: &Scene, future: &str) -> SessionRow {
    find(scene, "USA", "2025-11-28", future)
}

/// Columns written as `high=210 low=190`; absent ones are not written.
fn spoken(row: &SessionRow) -> String {
    let market = &row.market;
    let prices = [
        ("open", market.market_open),
        ("high", market.market_high_open),
        ("low", market.market_low_open),
        ("close", market.market_close),
        ("range", market.market_range),
    ];
    let percents = [
        ("high_pct_open", market.market_high_pct_open),
        ("low_pct_open", market.market_low_pct_open),
        ("high_pct_close", market.market_high_pct_close),
        ("low_pct_close", market.market_low_pct_close),
        ("close_vs_open_pct", market.market_close_vs_open_pct),
        ("range_pct", market.market_range_pct),
    ];
    let prices = prices.iter().filter_map(|(name, price)| Some(format!("{name}={}", (*price)?)));
    let percents = percents.iter().filter_map(|(name, percent)| Some(format!("{name}={}", (*percent)?)));
    prices.chain(percents).collect::<Vec<_>>().join(" ")
}

fn gap(row: &SessionRow) -> &str {
    row.record.data_gap.as_deref().unwrap_or("-")
}

#[test]
fn a_row_is_followed_from_open_to_close() {
    let (scene, mut worker) = captured_day(&["YM", "ES", TOTAL]);
    assert_eq!(
        scene.play(&mut worker, "2025-11-28T14:30:05Z", &[("YM", "last=200"), ("ES", "last=200")]),
        EVERY_10_S
    );
    scene.play(&mut worker, "2025-11-28T14:30:15Z", &[("YM", "last=250"), ("ES", "last=200")]);
    scene.play(&mut worker, "2025-11-28T14:30:25Z", &[("YM", "last=160"), ("ES", "last=200")]);
    scene.play(&mut worker, "2025-11-28T14:30:35Z", &[("YM", "last=180"), ("ES", "last=200")]);
    let open = "open=200 high=250 low=160 high_pct_open=25 low_pct_open=12.5";
    assert_eq!(spoken(&today(&scene, "YM")), open);
    assert_eq!(spoken(&today(&scene, TOTAL)), open, "TOTAL is priced as YM");
    assert_eq!(spoken(&today(&scene, "ES")), "open=200 high=200 low=200 high_pct_open=0 low_pct_open=0");
    let near = scene.play(&mut worker, "2025-11-28T17:59:55Z", &[("YM", "last=240"), ("ES", "last=190")]);
    assert_eq!(near, Next::At(instant(CLOSE)));
    scene.until(CLOSE);
    scene.save(&[("YM", "last=999"), ("ES", "last=999")]);
    scene.cycle(&mut worker);
    let closed = "open=200 high=250 low=160 close=240 range=90 high_pct_open=25 low_pct_open=50 high_pct_close=4 \
                  low_pct_close=50 close_vs_open_pct=20 range_pct=45";
    for future in ["YM", TOTAL] {
        assert_eq!((spoken(&today(&scene, future)).as_str(), gap(&today(&scene, future))), (closed, "-"));
    }
    scene.play(&mut worker, "2025-11-28T18:00:10Z", &[("YM", "last=1"), ("ES", "last=1")]);
    assert_eq!(spoken(&today(&scene, "YM")), closed, "what is closed stays");
    assert_eq!(today(&scene, "ES").market.market_close, Some(price("190")));
}

/// Two looks are ten seconds apart, saves are not.
#[test]
fn a_high_between_two_looks_is_not_missed() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.cycle(&mut worker);
    for last in ["last=210", "last=300", "last=100", "last=205"] {
        scene.clock.advance(Duration::from_millis(500));
        scene.save(&[("YM", last)]);
    }
    scene.cycle(&mut worker);
    assert_eq!(spoken(&today(&scene, "YM")), "open=200 high=300 low=100 high_pct_open=50 low_pct_open=105");
}

/// Defect of the original: yesterday's rows were overwritten when today's were missing.
#[test]
fn yesterdays_rows_are_left_alone() {
    let scene = Scene::at("2025-11-28T14:40:00Z");
    capture(&scene, "USA", "2025-11-26", &["YM"]);
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.cycle(&mut worker);
    let before = find(&scene, "USA", "2025-11-26", "YM");
    assert_eq!(before.market.market_close, Some(price("200")), "its close was missed");
    scene.play(&mut worker, "2025-11-28T14:40:10Z", &[("YM", "last=500")]);
    scene.play(&mut worker, "2025-11-28T14:40:20Z", &[("YM", "last=50")]);
    assert_eq!(find(&scene, "USA", "2025-11-26", "YM"), before);
}

/// What was seen before the capture, or is of a save before the open, is not "since the open".
#[test]
fn only_what_is_seen_since_the_capture_counts() {
    let scene = Scene::at("2025-11-28T14:29:50Z");
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.cycle(&mut worker);
    scene.until("2025-11-28T14:30:00.5Z");
    scene.save(&[("YM", "last=900")]); // a moment before the capture at 14:30:01
    scene.until(CAPTURE);
    scene.save_as_of(instant("2025-11-28T14:29:59Z"), &[("YM", "last=901")]);
    capture(&scene, "USA", "2025-11-28", &["YM"]);
    scene.play(&mut worker, "2025-11-28T14:30:02Z", &[("YM", "last=210")]);
    assert_eq!(spoken(&today(&scene, "YM")), "open=200 high=210 low=200 high_pct_open=5 low_pct_open=5");
}

/// Prices that nobody saw may have been the high, the low or the first touch: the row must not pass for a whole one.
#[test]
fn a_restart_in_mid_session_goes_on_and_says_what_it_did_not_see() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.play(&mut worker, "2025-11-28T14:30:05Z", &[("YM", "last=250")]);
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.play(&mut worker, "2025-11-28T15:30:00Z", &[("YM", "last=160")]);
    assert_eq!(spoken(&today(&scene, "YM")), "open=200 high=250 low=160 high_pct_open=25 low_pct_open=0");
    scene.until("2025-11-28T17:59:58Z");
    scene.save(&[("YM", "last=240")]);
    scene.until(CLOSE);
    scene.cycle(&mut worker);
    assert_eq!(
        (today(&scene, "YM").market.market_close, gap(&today(&scene, "YM"))),
        (Some(price("240")), "prices from 2025-11-28T14:30:05Z to 2025-11-28T15:30:00Z were not seen")
    );
}

/// The worker was ended between two looks, ten seconds apart: what it had seen by then was nowhere but in memory.
#[test]
fn a_high_between_two_looks_survives_a_crash() {
    let (scene, _) = captured_day(&["YM"]);
    scene.save(&[("YM", "last=200")]);
    let _running = scene.supervised(IntradayMetrics::new);
    eventually("the first look", || scene.ledger().followed_until().unwrap().is_some());
    scene.save(&[("YM", "last=250")]);
    let high = || today(&scene, "YM").market.market_high_open;
    eventually("the high in the ledger, by a clock that stands still", || high() == Some(price("250")));
}

/// Regression: the look that the ledger refused had taken the prices from the board, and nobody had them any more.
#[test]
fn a_high_that_the_ledger_refuses_is_brought_again() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.play(&mut worker, "2025-11-28T14:30:05Z", &[("YM", "last=200 volume=1")]);
    let other = rusqlite::Connection::open(scene.floor.config.ledger_path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let again = scene.play(&mut worker, "2025-11-28T14:30:15Z", &[("YM", "last=250 volume=2")]);
    assert_eq!(again, Next::After(Duration::from_secs(1)));
    other.execute_batch("ROLLBACK").unwrap();
    scene.play(&mut worker, "2025-11-28T14:31:16Z", &[("YM", "last=210 volume=3")]);
    let row = today(&scene, "YM");
    assert_eq!((row.market.market_high_open, gap(&row)), (Some(price("250")), "-"));
    let minutes =
        scene.ledger().minutes("YM", instant("2025-11-28T14:30:00Z"), instant("2025-11-28T14:32:00Z"));
    assert_eq!(minutes.unwrap().iter().map(|it| it.volume).collect::<Vec<_>>(), [2, 3]);
}

/// A look takes milliseconds, in which a save may come; its high was in memory alone until the next look.
#[test]
fn a_save_during_a_look_is_looked_at_at_once() {
    /// Saves the workbook while it is published to.
    struct Saving(Arc<Board>);
    impl Notices for Saving {
        fn put(&self, writer: &Generation, _: &str, _: Duration, _: &Value) -> Result<(), OutletError> {
            let (saved_at, quotes) =
                (instant("2025-11-28T14:31:00Z"), vec![Arc::new(quote("YM", "last=300 volume=30"))]);
            let sheet = Sheet { saved_at, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
            self.0.apply(writer, &sheet, saved_at)?;
            Ok(())
        }
    }
    let (mut scene, _) = captured_day(&["YM"]);
    scene.floor.notices = Arc::new(Saving(Arc::clone(&scene.floor.board)));
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.play(&mut worker, "2025-11-28T14:30:05Z", &[("YM", "last=200 volume=10")]);
    let next = scene.play(&mut worker, "2025-11-28T14:31:00Z", &[("YM", "last=210 volume=20")]);
    assert_eq!(next, Next::At(instant("2025-11-28T14:31:00Z")));
    scene.cycle(&mut worker);
    assert_eq!(today(&scene, "YM").market.market_high_open, Some(price("300")));
}

#[test]
fn quotes_that_are_stale_at_the_close_close_a_row_with_a_flag() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.cycle(&mut worker);
    scene.play(&mut worker, "2025-11-28T17:00:00Z", &[("YM", "last=240")]);
    scene.until("2025-11-28T17:01:00Z");
    assert_eq!(scene.cycle(&mut worker), Next::At(instant(CLOSE)), "nothing else to do");
    scene.until(CLOSE);
    scene.cycle(&mut worker);
    let row = today(&scene, "YM");
    assert_eq!(row.market.market_close, Some(price("240")));
    assert_eq!(gap(&row), "close missed, taken from the last quote before it at 2025-11-28T17:00:00Z");
}

/// Regression: a clock that was ahead of the close for a moment closed the rows for ever, and the real close was lost.
#[test]
fn a_clock_set_wrong_for_a_moment_closes_no_row() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.cycle(&mut worker);
    scene.play(&mut worker, "2025-11-28T14:40:00Z", &[("YM", "last=240 volume=5")]);
    scene.clock.step_wall_clock(instant("2025-12-15T22:00:00Z"));
    assert_eq!(scene.cycle(&mut worker), EVERY_10_S, "neither at once nor only with the next save");
    scene.clock.advance(Duration::from_secs(5));
    scene.cycle(&mut worker);
    scene.clock.step_wall_clock(instant("2025-11-28T14:40:10Z"));
    scene.cycle(&mut worker);
    let row = today(&scene, "YM");
    assert_eq!((row.market.market_close, row.record.data_gap), (None, None));
    let (from, to) = (instant("2025-11-28T14:00:00Z"), instant("2025-11-28T15:00:00Z"));
    assert_eq!(scene.ledger().minutes("YM", from, to).unwrap().len(), 1, "none was too old");
    scene.play(&mut worker, "2025-11-28T17:59:59Z", &[("YM", "last=230 volume=9")]);
    scene.until(CLOSE);
    scene.cycle(&mut worker);
    let row = today(&scene, "YM");
    assert_eq!((row.market.market_close, row.record.data_gap), (Some(price("230")), None));
}

#[test]
fn a_close_that_a_stepped_clock_shows_is_made_once_the_clock_has_proved_right() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.cycle(&mut worker);
    scene.play(&mut worker, "2025-11-28T14:40:00Z", &[("YM", "last=240 volume=5")]);
    scene.clock.step_wall_clock(instant("2025-11-28T22:00:00Z"));
    for _ in 0..=6 {
        assert_eq!(today(&scene, "YM").market.market_close, None);
        scene.cycle(&mut worker);
        scene.clock.advance(Duration::from_secs(10));
    }
    assert_eq!(today(&scene, "YM").market.market_close, Some(price("240")));
    assert_eq!(
        gap(&today(&scene, "YM")),
        "close missed, taken from the last quote before it at 2025-11-28T14:40:00Z"
    );
}

/// "A close missed while down is finalised at the next start from the last quote known before it, and flagged."
#[test]
fn a_close_missed_while_down_is_made_up_for_at_the_next_start() {
    let (scene, mut worker) = captured_day(&["YM", "DX", "ES", TOTAL]);
    for (now, last) in [("14:30:05", 210), ("17:41:50", 240), ("17:42:10", 230)] {
        let (ym, dx) = (format!("last={last} volume={last}"), format!("last={last}"));
        scene.play(&mut worker, &format!("2025-11-28T{now}Z"), &[("YM", &ym), ("$DXY", &dx)]);
    }
    let checked = Some((price("235"), instant("2025-11-28T17:42:00Z")));
    let state = ExtremesState {
        future: "DX".into(),
        weeks52: Pair::default(),
        all_time: Pair::default(),
        last: checked,
    };
    scene.ledger().record_extremes(&Generation::new(1), &[], &[state]).unwrap();
    drop(worker);
    scene.until("2025-12-01T09:00:00Z"); // Monday; New York is closed, Frankfurt open
    scene.save(&[("YM", "last=900 volume=3"), ("$DXY", "last=901")]);
    scene.cycle(&mut IntradayMetrics::new(scene.floor.clone()));
    for (future, close, seen_at) in [
        ("YM", "230", "2025-11-28T17:42:00Z"), // the last minute that was recorded
        (TOTAL, "230", "2025-11-28T17:42:00Z"), // as YM
        ("DX", "235", "2025-11-28T17:42:00Z"), // an index has no volume and so no minutes: the price last checked
        ("ES", "200", CAPTURE),                // never seen again after its capture
    ] {
        let row = today(&scene, future);
        assert_eq!(row.market.market_close, Some(price(close)), "{future}");
        assert_eq!(
            gap(&row),
            format!("close missed, taken from the last quote before it at {seen_at}"),
            "{future}"
        );
    }
    let closed = "open=200 high=240 low=200 close=230 range=40 high_pct_open=20 low_pct_open=15 high_pct_close=4.1667 \
                  low_pct_close=15 close_vs_open_pct=15 range_pct=20";
    assert_eq!(spoken(&today(&scene, "YM")), closed);
}

/// A price that was checked after the close says nothing of the close.
#[test]
fn only_what_was_known_before_the_close_makes_up_for_it() {
    let (scene, _) = captured_day(&["DX"]);
    let checked = Some((price("235"), instant(CLOSE)));
    let state = ExtremesState {
        future: "DX".into(),
        weeks52: Pair::default(),
        all_time: Pair::default(),
        last: checked,
    };
    scene.ledger().record_extremes(&Generation::new(1), &[], &[state]).unwrap();
    scene.until("2025-11-28T18:05:00Z");
    scene.cycle(&mut IntradayMetrics::new(scene.floor.clone()));
    assert_eq!(today(&scene, "DX").market.market_close, Some(price("200")));
}

#[test]
fn a_session_that_goes_on_is_not_closed_at_the_start() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.until("2025-11-28T17:59:59Z");
    scene.cycle(&mut worker);
    assert_eq!(today(&scene, "YM").market.market_close, None);
}

/// The original's history has rows without a close; nothing is known of theirs.
#[test]
fn imported_rows_stay_as_they_are() {
    let scene = Scene::at("2025-11-28T14:40:00Z");
    let mut rows = ["2025-11-26", "2025-11-28"].map(|day| opened("USA", day, "YM"));
    for (number, row) in (7..).zip(&mut rows) {
        (row.id.session_number, row.id.capture_group) = (Some(number), Some(number + 100));
    }
    let imported = rows.map(|row| ImportRow { line: 2, row });
    scene.ledger().import(&Generation::new(1), &imported).unwrap();
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.play(&mut worker, "2025-11-28T14:40:10Z", &[("YM", "last=500")]);
    scene.until(CLOSE);
    scene.cycle(&mut worker);
    for day in ["2025-11-26", "2025-11-28"] {
        assert_eq!(find(&scene, "USA", day, "YM").market, opened("USA", day, "YM").market, "{day}");
    }
}

#[test]
fn what_is_switched_off_is_not_recorded() {
    for (futures, close, followed) in [(false, true, false), (true, false, true)] {
        let change = |config: &mut Config| {
            for market in config.markets.iter_mut().filter(|market| market.name == "USA") {
                (market.enable_futures_capture, market.enable_close_capture) = (futures, close);
            }
        };
        let scene = Scene::with(CAPTURE, change);
        capture(&scene, "USA", "2025-11-26", &["YM"]);
        capture(&scene, "USA", "2025-11-28", &["YM"]);
        let mut worker = IntradayMetrics::new(scene.floor.clone());
        scene.play(&mut worker, "2025-11-28T17:59:55Z", &[("YM", "last=250")]);
        scene.until(CLOSE);
        scene.cycle(&mut worker);
        let market = today(&scene, "YM").market;
        assert_eq!(market.market_high_open == Some(price("250")), followed);
        assert_eq!((market.market_close, market.market_range), (None, None), "no close metrics");
        assert_eq!(find(&scene, "USA", "2025-11-26", "YM").market.market_close, None);
    }
}

#[test]
fn markets_are_followed_side_by_side() {
    let (scene, mut worker) = captured_day(&["YM"]);
    capture(&scene, "Canada", "2025-11-28", &["YM"]);
    scene.play(&mut worker, "2025-11-28T17:59:55Z", &[("YM", "last=240")]);
    scene.until(CLOSE);
    scene.cycle(&mut worker);
    scene.play(&mut worker, "2025-11-28T20:59:55Z", &[("YM", "last=300")]);
    scene.until("2025-11-28T21:00:00Z");
    scene.cycle(&mut worker);
    let close = |market| find(&scene, market, "2025-11-28", "YM").market.market_close;
    assert_eq!((close("USA"), close("Canada")), (Some(price("240")), Some(price("300"))));
}
/// The user's file closes New York at 17:00 while the session runs.
#[test]
fn an_override_during_the_session_moves_the_close() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.play(&mut worker, "2025-11-28T16:59:55Z", &[("YM", "last=240")]);
    let file =
        "[[calendar.override]]\nmarket = \"USA\"\ndate = 2025-11-28\nopen = \"09:30\"\nclose = \"12:00\"\n";
    std::fs::write(scene.floor.calendar.path(), file).unwrap();
    scene.until("2025-11-28T17:00:00Z");
    scene.cycle(&mut worker);
    assert_eq!(today(&scene, "YM").market.market_close, Some(price("240")));
}

/// Regression: a save after the capture and before its commit was looked at when the ledger had no rows yet.
#[test]
fn a_save_between_a_capture_and_its_commit_counts() {
    let scene = Scene::at("2025-11-28T14:30:00.900Z");
    capture(&scene, "Canada", "2025-11-28", &["YM"]);
    let mut worker = IntradayMetrics::new(scene.floor.clone());
    scene.cycle(&mut worker);
    scene.play(&mut worker, "2025-11-28T14:30:01.500Z", &[("YM", "last=300")]);
    scene.until("2025-11-28T14:30:01.600Z");
    capture(&scene, "USA", "2025-11-28", &["YM"]);
    scene.cycle(&mut worker);
    assert_eq!(today(&scene, "YM").market.market_high_open, Some(price("300")));
}

/// Regression: while the clock was not proved, the session of the day before was kept, and what its successor's rows had
/// missed meanwhile was not said.
#[test]
fn rows_captured_before_the_clock_was_proved_say_what_they_missed() {
    let (scene, mut worker) = captured_day(&["YM"]);
    scene.play(&mut worker, "2025-11-28T14:30:05Z", &[("YM", "last=200")]);
    scene.clock.step_wall_clock(instant("2025-12-01T14:29:50Z"));
    scene.cycle(&mut worker);
    scene.until("2025-12-01T14:30:01Z");
    capture(&scene, "USA", "2025-12-01", &["YM"]);
    scene.play(&mut worker, "2025-12-01T14:30:11Z", &[("YM", "last=300")]);
    scene.play(&mut worker, "2025-12-01T14:30:55Z", &[("YM", "last=210")]);
    scene.play(&mut worker, "2025-12-01T14:31:05Z", &[("YM", "last=210")]);
    let row = find(&scene, "USA", "2025-12-01", "YM");
    assert_ne!(gap(&row), "-");
    assert_eq!(row.market.market_high_open, Some(price("210")), "nothing is invented");
}
