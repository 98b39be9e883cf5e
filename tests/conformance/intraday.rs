//! From open to close: domain.md section 9.

use super::spoken::{at, maybe, percent, price, row};
use thor_stack::rules::intraday::{close_late, closed, note_gap, observed, opened, swung};
use thor_stack::value::OpenToClose;

fn after(lasts: &[&str]) -> OpenToClose {
    let (first, rest) = lasts.split_first().unwrap();
    rest.iter().fold(opened(maybe(first)), |market, last| observed(&market, price(last)))
}

/// "market_open = last at capture; high and low since the open, market_high_pct_open = (high − open)/open,
/// market_low_pct_open = (last − low)/low as a run-up from the low".
#[test]
fn while_the_market_is_open() {
    for (lasts, open, high, high_pct, low, low_pct) in [
        (&["200"][..], "200", "200", "0", "200", "0"),
        (&["200", "210"], "200", "210", "5", "200", "5"),
        (&["200", "160"], "200", "200", "0", "160", "0"),
        (&["200", "210", "160", "180"], "200", "210", "5", "160", "12.5"),
        (&["-", "200", "210"], "-", "210", "-", "200", "5"), // no last price at capture: the open stays absent
        (&["-"], "-", "-", "-", "-", "-"),
    ] {
        let market = after(lasts);
        assert_eq!(market.market_open, maybe(open), "{lasts:?}");
        assert_eq!(market.market_high_open, maybe(high), "{lasts:?}");
        assert_eq!(market.market_high_pct_open, percent(high_pct), "{lasts:?}");
        assert_eq!(market.market_low_open, maybe(low), "{lasts:?}");
        assert_eq!(market.market_low_pct_open, percent(low_pct), "{lasts:?}");
        assert_eq!(market.market_close, None, "nothing of the close is known yet");
        assert_eq!(market.market_range, None);
    }
}

/// "market_high_pct_close = (high − close)/high, market_low_pct_close = (close − low)/low (both not below 0),
/// market_close_vs_open_pct = (close − open)/open, range = high − low and as % of open".
#[test]
fn at_the_close() {
    for (lasts, close, high_pct, low_pct, vs_open, range, range_pct) in [
        (&["200", "250", "160"][..], "240", "4", "50", "20", "90", "45"),
        (&["200", "250", "160"], "250", "0", "56.25", "25", "90", "45"),
        (&["200", "250", "160"], "300", "0", "87.5", "50", "140", "70"), // the close is the high then
        (&["200", "250", "160"], "125", "50", "0", "-37.5", "125", "62.5"), // the close is the low then
        (&["200"], "200", "0", "0", "0", "0", "0"),
        (&["-", "250", "160"], "200", "20", "25", "-", "90", "-"),
        (&["-10", "-5", "-20"], "-10", "0", "0", "0", "15", "-150"), // below zero the shares turn over: not below 0
    ] {
        let market = closed(&after(lasts), price(close));
        assert_eq!(market.market_close, maybe(close));
        assert_eq!(market.market_high_pct_close, percent(high_pct), "{lasts:?} {close}");
        assert_eq!(market.market_low_pct_close, percent(low_pct), "{lasts:?} {close}");
        assert_eq!(market.market_close_vs_open_pct, percent(vs_open), "{lasts:?} {close}");
        assert_eq!(market.market_range, maybe(range), "{lasts:?} {close}");
        assert_eq!(market.market_range_pct, percent(range_pct), "{lasts:?} {close}");
    }
}

/// "A close missed while down is finalised at the next start from the last quote known before it, and flagged."
#[test]
fn a_missed_close_is_flagged() {
    let mut late = row("YM", "14:30:01", "");
    late.market = after(&["200", "250", "160"]);
    close_late(&mut late, price("240"), at("20:58:03"));
    assert_eq!(late.market, closed(&after(&["200", "250", "160"]), price("240")));
    let flag = "close missed, taken from the last quote before it at 2025-11-28T20:58:03Z";
    assert_eq!(late.record.data_gap.as_deref(), Some(flag));
}

#[test]
fn gaps_add_up_and_are_told_once() {
    let mut row = row("YM", "14:30:01", "");
    for gap in ["a", "b", "a"] {
        note_gap(&mut row, gap);
    }
    assert_eq!(row.record.data_gap.as_deref(), Some("a; b"));
}

/// What is computed once for several prices is what each of them by itself would have come to.
#[test]
fn several_prices_at_once_are_as_one_after_the_other() {
    for (before, seen) in [
        (["47476", "47480", "47470"].as_slice(), ["47490", "47460", "47475"]),
        (&["47476"], ["47476", "47476", "47476"]),
        (&["47476", "47500"], ["47499", "47477", "47477"]),
        (&["47476", "47400"], ["47600", "47300", "47600"]),
    ] {
        let before =
            before[1..].iter().fold(opened(maybe(before[0])), |market, last| observed(&market, price(last)));
        let each = seen.iter().fold(before.clone(), |market, last| observed(&market, price(last)));
        let prices = seen.map(price);
        let (high, low) = (*prices.iter().max().unwrap(), *prices.iter().min().unwrap());
        assert_eq!(swung(&before, high, low, prices[2]), each);
    }
}
