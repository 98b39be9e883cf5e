//! What the stack and its commands ask of a ledger with history; a command's question includes opening the file.

use super::history::{FIRST_DAY, History, futures, now};
use super::samples;
use jiff::ToSpan;
use std::time::Duration;
use thor_stack::ledger::{Ledger, SessionFilter};
use thor_stack::value::Outcome;

pub(crate) fn measure(years: usize, times: usize) {
    let history = History::of_years(years);
    let print = |name: &str, samples: &[Duration]| samples::print(&format!("{name}, {years} years"), samples);
    let names: Vec<&str> = futures().collect();
    let ledger = history.ledger();
    print("statistics before an open", &samples::of(times, || ledger.tallies("USA", &names, now()).unwrap()));
    print("rows that wait", &samples::of(times, || ledger.pending(None).unwrap()));
    let day = FIRST_DAY.checked_add((years as i64 * 200).days()).unwrap();
    let usa = SessionFilter { market: Some("USA".into()), ..SessionFilter::default() };
    let month = SessionFilter { from: Some(day), to: day.checked_add(30.days()).ok(), ..usa.clone() };
    let future = SessionFilter { future: Some("YM".into()), ..usa };
    let pending = SessionFilter { outcome: Some(Outcome::Pending), ..SessionFilter::default() };
    for (name, filter) in
        [("a market's month", month), ("a future's first 2,500 rows", future), ("what is pending", pending)]
    {
        let ask = || history.reader().sessions(&filter, None, 2_500).unwrap();
        print(&format!("sessions: {name}"), &samples::of(times.div_ceil(4), ask));
    }
    print("stats", &samples::of(times, || history.reader().stats(None, None).unwrap()));
    print("stats of a market", &samples::of(times, || history.reader().stats(Some("USA"), None).unwrap()));
}
