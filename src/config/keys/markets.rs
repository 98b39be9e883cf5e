//! Keys of the markets issue: capture, grading, signals, monitors, markets, calendar, storage.

use super::{DAY, HOUR, MILLISECOND, SECOND, each, key};
use crate::config::calendar::{hours, overrides};
use crate::config::decimal::{count, share};
use crate::config::key::Key;
use crate::config::kind::{Kind, boolean, duration, ledger_url, one_of, window};
use crate::config::{Config, MarketConfig};
use crate::rules::signal::SignalSource;
use std::time::Duration;

pub(super) fn ledger() -> Vec<Key> {
    let doc = "Where sessions and extremes are kept; a relative path is relative to the home folder";
    vec![key!(ledger.url, ledger_url(), doc)]
}

pub(super) fn capture() -> Vec<Key> {
    vec![
        key!(capture.interval, duration(SECOND..=HOUR), "How often a market to be captured is looked for"),
        key!(capture.max_quote_age, bound(), "A quote older than this is not fresh"),
        key!(capture.wait_for_all, duration(Duration::ZERO..=HOUR), "Wait so long for all to be fresh"),
        key!(capture.min_quotes, count(1..=1000), "With fewer fresh quotes nothing is captured"),
        key!(capture.total_min_signals, count(1..=1000), "With fewer signals TOTAL has none"),
        key!(capture.max_unchanged, bound(), "A row unchanged for so long has no entry"),
        key!(capture.max_delay, bound(), "A capture later than this after the open has no entry"),
    ]
}

fn bound() -> Kind<Duration> {
    duration(SECOND..=DAY)
}

pub(super) fn grader() -> Vec<Key> {
    let each = "How often pending rows are looked at, apart from every new quote";
    vec![
        key!(grader.interval, duration(50 * MILLISECOND..=HOUR), each),
        key!(grader.evaluation_window, window(), "From when on a pending row is neutral"),
    ]
}

pub(super) fn signals() -> Vec<Key> {
    let source = one_of(&[("computed", SignalSource::Computed), ("sheet", SignalSource::Sheet)]);
    vec![key!(signals.source, source, "Where signals come from; computed where the sheet has none")]
}

/// Minimums of domain.md section 1: 0.25 s for the 52-week monitor, 5 s for the pre-open check.
pub(super) fn monitors() -> Vec<Key> {
    vec![
        key!(week52.enabled, boolean(), "Run the monitor of 52-week extremes"),
        key!(week52.interval, duration(250 * MILLISECOND..=HOUR), "How often it looks at quotes"),
        key!(week52.check_interval, duration(SECOND..=HOUR), "How often it looks for an open market"),
        key!(preopen.enabled, boolean(), "Run the backtest before each open"),
        key!(preopen.interval, duration(5 * SECOND..=HOUR), "How often it looks for a near open"),
        key!(intraday.enabled, boolean(), "Run the intraday metrics and VWAP minutes"),
        key!(intraday.interval, duration(SECOND..=HOUR), "How often they look at quotes"),
        key!(intraday.vwap_window, duration(60 * SECOND..=DAY), "How far back the rolling VWAP reaches"),
    ]
}

pub(super) fn markets() -> Vec<Key> {
    let hours = hours().or_word("calendar");
    vec![
        each!(markets(market).enabled, boolean(), "Watch this market"),
        each!(markets(market).enable_futures_capture, boolean(), "Record anything of this market"),
        each!(markets(market).enable_open_capture, boolean(), "Capture its open"),
        each!(markets(market).enable_close_capture, boolean(), "Record its close metrics"),
        each!(markets(market).hours, hours, "Local hours in place of the calendar's"),
        each!(markets(market).weight, share(), "Its share in the global composite"),
    ]
}

fn market<'a>(config: &'a mut Config, name: &str) -> &'a mut MarketConfig {
    // `name` is one of the defaults: the table of keys takes no other.
    let at = config.markets.iter().position(|market| market.name == name).unwrap_or_default();
    &mut config.markets[at]
}

pub(super) fn calendar() -> Vec<Key> {
    let doc = "Closures and hours announced after the calendar was made";
    vec![Key::new("calendar.override", doc, overrides(), |config, _| &mut config.calendar_overrides)]
}

pub(super) fn journal() -> Vec<Key> {
    vec![
        key!(journal.enabled, boolean(), "Write every save's changes, for replay"),
        key!(journal.keep, duration(DAY..=3_660 * DAY), "For how long its files are kept"),
    ]
}
