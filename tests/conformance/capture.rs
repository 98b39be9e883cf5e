//! The rows of an open: domain.md sections 5 and 7.

use super::spoken::{at, maybe, percent, price, seen};
use jiff::civil::date;
use std::collections::HashMap;
use thor_stack::rules::backtest::statistics;
use thor_stack::rules::capture::{Opening, rows};
use thor_stack::rules::extremes::{DailyRange, Extremes, Sources};
use thor_stack::rules::signal::SignalSource;
use thor_stack::rules::{CaptureLimits, Observation, RuleBook};
use thor_stack::value::{Instruments, NoEntryReason, Outcome, SessionRow, Signal, TOTAL};

/// All eleven, as one save writes them; the dollar index without a book, the bond as decimals.
fn sheet() -> Vec<Observation> {
    [
        ("YM", "last=47476 bid=47475 ask=47477 close=47400 change=76 open=47410 high=47500 low=47380 volume=10999"),
        ("ES", "last=6812.25 bid=6812 ask=6812.25 close=6805.25 change=7"),
        ("NQ", "last=25434.75 bid=25413 ask=25455 close=25400 change=34.75"), // 42 points wide
        ("RTY", "last=2492.8 bid=2492.7 ask=2492.9 close=2480 change=12.8"),
        ("CL", "last=58.55 bid=58.54 ask=58.55 close=58.65 change=-0.1"),
        ("SI", "last=53.607 bid=53.6 ask=53.61 close=53.5 change=0.107"),
        ("HG", "last=5.2215 bid=5.221 ask=5.222 close=5.2 change=0.0215"),
        ("GC", "last=4212.3 bid=4212.2 ask=4212.4 close=4216 change=-3.7"),
        ("VX", "last=17.15 bid=17.1 ask=17.15 close=17.25 change=-0.1"),
        ("$DXY", "last=99.436 close=99.5 change=-0.064"),
        ("30YRBOND", "last=117.78125 bid=117.78125 ask=117.8125 close=117.75 change=0.03125"),
    ]
    .map(|(symbol, fields)| seen(symbol, "14:30:00", fields))
    .into()
}

fn capture(quotes: &[Observation], now: &str) -> Vec<SessionRow> {
    capture_with(quotes, now, SignalSource::Computed, &HashMap::new())
}

fn capture_with(
    quotes: &[Observation],
    now: &str,
    source: SignalSource,
    extremes: &HashMap<String, Extremes>,
) -> Vec<SessionRow> {
    let history = ["YM", TOTAL].map(|future| (future.into(), statistics([], at(now))));
    rows(&Opening {
        market: "USA",
        date: date(2025, 11, 28),
        opened_at: at("14:30:00"),
        now: at(now),
        quotes,
        instruments: &Instruments::default(),
        rules: &RuleBook::default(),
        limits: &CaptureLimits::default(),
        source,
        history: &history.into(),
        extremes,
    })
}

fn find<'a>(rows: &'a [SessionRow], future: &str) -> &'a SessionRow {
    rows.iter().find(|row| row.id.future == future).unwrap_or_else(|| panic!("no row of {future}"))
}

#[test]
fn one_row_an_instrument_in_their_order_and_total_at_the_end() {
    let mut quotes = sheet();
    quotes.reverse();
    let rows = capture(&quotes, "14:30:01");
    let futures: Vec<&str> = rows.iter().map(|row| row.id.future.as_str()).collect();
    assert_eq!(futures, ["YM", "ES", "NQ", "RTY", "CL", "SI", "HG", "GC", "VX", "DX", "ZB", "TOTAL"]);
    for row in &rows {
        let id = &row.id;
        assert_eq!((id.year, id.month, id.date, id.day.as_str()), (2025, 11, 28, "Fri"));
        assert_eq!((id.country.as_str(), id.captured_at, id.wndw), ("USA", at("14:30:01"), Outcome::Pending));
        assert_eq!((id.session_number, id.capture_group), (None, None), "the ledger's to assign");
        assert_eq!((id.country_future, id.country_future_wndw_total), (None, None));
        assert_eq!(row.record.capture_delay_ms, None);
    }
}

#[test]
fn each_future_by_its_own_signal() {
    use NoEntryReason::{Hold, SpreadExceedsStop};
    let rows = capture(&sheet(), "14:30:01");
    for (future, signal, weight, entry, high, low, reason) in [
        ("YM", Signal::StrongBuy, 2, "47477", "47497", "47457", None),
        ("ES", Signal::StrongBuy, 2, "6812.25", "6814.25", "6810.25", None),
        ("NQ", Signal::StrongBuy, 2, "-", "-", "-", Some(SpreadExceedsStop)),
        ("RTY", Signal::Buy, 1, "2492.9", "2494.9", "2490.9", None),
        ("CL", Signal::Sell, -1, "58.54", "58.64", "58.44", None),
        ("SI", Signal::StrongBuy, 2, "53.61", "53.63", "53.59", None),
        ("HG", Signal::StrongBuy, 2, "5.222", "5.226", "5.218", None),
        ("GC", Signal::StrongSell, 2, "4212.2", "4213.2", "4211.2", None),
        ("VX", Signal::StrongSell, 2, "17.1", "17.2", "17", None),
        ("DX", Signal::Hold, 0, "-", "-", "-", Some(Hold)),
        ("ZB", Signal::Hold, 0, "-", "-", "-", Some(Hold)),
    ] {
        let row = find(&rows, future);
        assert_eq!((row.id.bhs, row.id.weight), (Some(signal), Some(weight)), "{future}");
        assert_eq!(row.trade.entry_price, maybe(entry), "{future}");
        assert_eq!(row.trade.target_high, maybe(high), "{future}");
        assert_eq!(row.trade.target_low, maybe(low), "{future}");
        assert_eq!(row.trade.no_entry_reason, reason, "{future}");
        assert_eq!(
            (row.composite.weighted_average, row.composite.instrument_count),
            (None, None),
            "TOTAL only"
        );
    }
}

/// "TOTAL trades YM: TOTAL's signal with YM's quote and YM's rules."
#[test]
fn total_trades_ym_by_its_own_signal() {
    let rows = capture(&sheet(), "14:30:01");
    let total = find(&rows, TOTAL);
    assert_eq!((total.id.weight, total.id.bhs), (Some(14), Some(Signal::StrongBuy)));
    assert_eq!(total.composite.instrument_count, Some(11));
    // 60 + 6 + 15 + 2.5 - 0.05 + 0.06 + 0.012 - 3 - 0.05 + 0 + 0 = 80.472, by 11
    assert_eq!(total.composite.weighted_average, maybe("7.315636"));
    assert_eq!(total.trade.entry_price, maybe("47477"));
    assert_eq!((total.trade.target_high, total.trade.target_low), (maybe("47497"), maybe("47457")));
    assert_eq!(total.book, find(&rows, "YM").book, "its prices are YM's");
}

/// A selling composite sells YM although YM's own signal is a buy.
#[test]
fn total_may_trade_against_ym() {
    let quotes: Vec<Observation> = ["YM", "ES", "NQ", "RTY", "CL", "SI", "HG", "ZB"]
        .map(|symbol| {
            let signal = if symbol == "YM" { "BUY" } else { "STRONG_SELL" };
            seen(symbol, "14:30:00", &format!("bid=47475 ask=47477 signal={signal}"))
        })
        .into();
    let rows = capture_with(&quotes, "14:30:01", SignalSource::Sheet, &HashMap::new());
    let total = find(&rows, TOTAL);
    assert_eq!((total.id.weight, total.id.bhs), (Some(1 - 12 + 2), Some(Signal::Sell)));
    assert_eq!(total.trade.entry_price, maybe("47475"));
    assert_eq!(find(&rows, "YM").trade.entry_price, maybe("47477"));
}

#[test]
fn total_does_not_trade_without_signals_or_without_ym() {
    let seven: Vec<Observation> = sheet().into_iter().take(7).collect();
    let total = capture(&seven, "14:30:01").pop().unwrap();
    assert_eq!((total.id.bhs, total.id.weight), (None, Some(10)), "7 of the 8 that it takes");
    assert_eq!(total.trade.no_entry_reason, Some(NoEntryReason::TooFewSignals));
    assert_eq!(total.composite.instrument_count, Some(7));

    let without_ym: Vec<Observation> = sheet().into_iter().skip(1).collect();
    let total = capture(&without_ym, "14:30:01").pop().unwrap();
    assert_eq!(total.id.bhs, Some(Signal::StrongBuy));
    assert_eq!(total.trade.no_entry_reason, Some(NoEntryReason::NoBook));
    assert_eq!(total.book.last_price, None);
}

#[test]
fn a_late_capture_records_rows_without_trades() {
    for row in capture(&sheet(), "14:35:00.001") {
        assert_eq!(row.trade.entry_price, None, "{}", row.id.future);
        assert!(row.trade.no_entry_reason.is_some(), "{}", row.id.future);
    }
    let mut fresh = sheet();
    fresh.iter_mut().for_each(|it| it.unchanged_since = at("14:34:59"));
    let rows = capture(&fresh, "14:35:00.001");
    assert_eq!(find(&rows, "YM").trade.no_entry_reason, Some(NoEntryReason::Late));
    assert_eq!(find(&rows, TOTAL).trade.no_entry_reason, Some(NoEntryReason::Late));
}

/// A frozen feed: Excel goes on saving, but nothing has changed for 10 minutes.
#[test]
fn a_frozen_feed_does_not_trade() {
    let mut quotes = sheet();
    quotes.iter_mut().for_each(|it| it.unchanged_since = at("14:20:01"));
    let rows = capture(&quotes, "14:30:01");
    assert_eq!(find(&rows, "YM").trade.no_entry_reason, Some(NoEntryReason::QuoteUnchanged));
    assert_eq!(find(&rows, TOTAL).trade.no_entry_reason, Some(NoEntryReason::QuoteUnchanged));
    assert_eq!(find(&rows, "NQ").trade.no_entry_reason, Some(NoEntryReason::SpreadExceedsStop));
}

#[test]
fn a_row_holds_the_metrics_of_its_quote() {
    let row = find(&capture(&sheet(), "14:30:01"), "YM").clone();
    assert_eq!((row.book.spread, row.book.volume), (maybe("2"), Some(10_999)));
    assert_eq!(row.market.market_open, maybe("47476"), "last at capture");
    assert_eq!(row.market.market_high_open, maybe("47476"));
    assert_eq!(row.day24.open_prev_diff_24h, maybe("10"));
    assert_eq!(row.day24.range_pct_24h, percent("0.2532")); // 120 / 47400
    assert_eq!(row.history.strong_buy_worked, Some(0));
    assert_eq!(row.weeks52.high_52w, None);
}

/// The ledger's 52 weeks where they are whole, else the sheet's columns; a partial range is no 52-week value.
#[test]
fn the_52_week_columns_come_from_the_ledger_or_the_sheet() {
    let today = date(2025, 11, 28);
    let high = price("48528");
    let known = |on| {
        let days = [DailyRange { date: on, high, low: price("36611") }];
        HashMap::from([(
            "YM".to_string(),
            Extremes::of(&Sources { days: &days, ..Sources::default() }, today),
        )])
    };
    let plain = "last=47476 bid=47475 ask=47477";
    let sheets = "last=47476 bid=47475 ask=47477 high_52w=48000 low_52w=40000";
    for (fields, extremes, low, high) in [
        (plain, known(date(2024, 11, 29)), "36611", "48528"),
        (sheets, known(date(2024, 11, 29)), "36611", "48528"),
        (plain, known(today), "-", "-"),
        (sheets, known(today), "40000", "48000"),
        (sheets, HashMap::new(), "40000", "48000"),
    ] {
        let quotes = [seen("YM", "14:30:00", fields)];
        let rows = capture_with(&quotes, "14:30:01", SignalSource::Computed, &extremes);
        for row in rows {
            assert_eq!((row.weeks52.low_52w, row.weeks52.high_52w), (maybe(low), maybe(high)), "{fields}");
        }
    }
}

/// Uniqueness is (country, date, future): two spellings of one future must not cost the whole capture.
#[test]
fn two_spellings_of_a_future_make_one_row() {
    for order in [["$DXY", "DX", "USDX"], ["USDX", "$DXY", "DX"]] {
        let quotes = order.map(|symbol| {
            seen(symbol, "14:30:00", if symbol == "DX" { "last=99 change=0" } else { "last=98 change=0" })
        });
        let rows = capture(&quotes, "14:30:01");
        assert_eq!(rows.len(), 2, "{order:?}");
        assert_eq!(find(&rows, "DX").book.last_price, maybe("99"), "its own name comes first");
    }
    let aliases = ["USDX", "$DXY"].map(|symbol| seen(symbol, "14:30:00", "last=98 change=0"));
    assert_eq!(capture(&aliases, "14:30:01").len(), 2);
}

#[test]
fn a_symbol_without_rules_is_recorded_without_a_signal() {
    let rows = capture(&[seen("AAPL", "14:30:00", "last=270 bid=269 ask=271 change=3")], "14:30:01");
    let row = find(&rows, "AAPL");
    assert_eq!((row.id.bhs, row.id.weight), (None, None));
    assert_eq!(row.trade.no_entry_reason, Some(NoEntryReason::NoSignal));
    let quotes = [seen("AAPL", "14:30:00", "last=270 bid=269 ask=271 signal=BUY")];
    let rows = capture_with(&quotes, "14:30:01", SignalSource::Sheet, &HashMap::new());
    assert_eq!(find(&rows, "AAPL").trade.no_entry_reason, Some(NoEntryReason::NoTargets));
}

#[test]
fn no_symbol_takes_the_composites_name() {
    let quotes = [seen("TOTAL", "14:30:00", "last=1"), seen("YM", "14:30:00", "last=1")];
    let rows = capture(&quotes, "14:30:01");
    assert_eq!(rows.iter().filter(|row| row.id.future == TOTAL).count(), 1);
    assert_eq!(find(&rows, TOTAL).composite.instrument_count, Some(1));
}
