//! Row metrics: domain.md section 5.

use super::spoken::{maybe, percent, quote};
use thor_stack::rules::metrics::{book, day24, weeks52};

/// "open − close(prev), and as % of close; high − low, and as % of close".
#[test]
fn the_24_hours() {
    for (fields, diff, diff_pct, range, range_pct) in [
        ("open=47400 close=47200 high=47600 low=47100", "200", "0.4237", "500", "1.0593"),
        ("open=99 close=100 high=101 low=98.5", "-1", "-1", "2.5", "2.5"),
        ("open=117.78125 close=117.5625 high=118 low=117.5", "0.21875", "0.1861", "0.5", "0.4253"),
        ("open=47400 high=47600 low=47100", "-", "-", "500", "-"), // an absent term
        ("close=47200 high=47600", "-", "-", "-", "-"),
        ("", "-", "-", "-", "-"),
    ] {
        let day = day24(&quote("YM", fields));
        assert_eq!(day.open_prev_diff_24h, maybe(diff), "{fields}");
        assert_eq!(day.open_prev_pct_24h, percent(diff_pct), "{fields}");
        assert_eq!(day.range_diff_24h, maybe(range), "{fields}");
        assert_eq!(day.range_pct_24h, percent(range_pct), "{fields}");
    }
}

/// A sheet's price of 0 is absent, but a computed divisor may be 0.
#[test]
fn a_divisor_of_zero_makes_the_percentage_absent() {
    let day = day24(&quote("CL", "open=1 close=0 high=2 low=1"));
    assert_eq!((day.open_prev_diff_24h, day.open_prev_pct_24h), (maybe("1"), None));
    assert_eq!(day.range_pct_24h, None);
}

/// "spread = ask − bid".
#[test]
fn the_spread() {
    for (fields, spread) in [
        ("bid=47475 ask=47477", "2"),
        ("bid=117.75 ask=117.78125", "0.03125"),
        ("bid=5 ask=5", "0"),
        ("bid=5 ask=4", "-1"),
        ("bid=5", "-"),
        ("ask=5", "-"),
    ] {
        assert_eq!(book(&quote("YM", fields)).spread, maybe(spread), "{fields}");
    }
}

#[test]
fn the_book_is_the_quotes() {
    let book = book(&quote("YM", "bid=47475 bid_size=2 last=47476 ask=47477 ask_size=1 volume=10999"));
    assert_eq!((book.bid_price, book.bid_size), (maybe("47475"), Some(2)));
    assert_eq!((book.ask_price, book.ask_size), (maybe("47477"), Some(1)));
    assert_eq!((book.last_price, book.volume), (maybe("47476"), Some(10_999)));
}

/// "low_pct = (last − low52)/last, high_pct = (high52 − last)/last, range = high52 − low52, range_pct = range/last".
#[test]
fn the_52_weeks() {
    for (last, low, high, low_pct, high_pct, range, range_pct) in [
        ("200", "150", "220", "25", "10", "70", "35"),
        ("47476", "36611", "48528", "22.8852", "2.2159", "11917", "25.1011"),
        ("200", "-", "220", "-", "10", "-", "-"),
        ("-", "150", "220", "-", "-", "70", "-"),
    ] {
        let weeks = weeks52(maybe(last), maybe(low), maybe(high));
        assert_eq!((weeks.low_52w, weeks.high_52w), (maybe(low), maybe(high)));
        assert_eq!(weeks.low_pct_52w, percent(low_pct), "{last} {low}");
        assert_eq!(weeks.high_pct_52w, percent(high_pct), "{last} {high}");
        assert_eq!(weeks.range_52w, maybe(range), "{low} {high}");
        assert_eq!(weeks.range_pct_52w, percent(range_pct), "{low} {high} {last}");
    }
}
