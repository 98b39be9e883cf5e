//! The clause of the contract that statistics are what counting the rows gives, whatever was done to them.

use super::rows::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use thor_stack::ledger::{ImportRow, Ledger, SessionFilter, Tally};
use thor_stack::value::{Outcome, SessionRow, Signal};

const MARKETS: [&str; 2] = ["Japan", "USA"];
const FUTURES: [&str; 3] = ["YM", "ES", "TOTAL"];

#[derive(Debug, Clone)]
enum Step {
    Capture(&'static str, u32, Vec<(&'static str, Option<Signal>)>),
    Import(&'static str, u32, Vec<(&'static str, Option<Signal>, Outcome)>),
    Decide(Vec<(Index, bool)>),
}

fn step() -> impl Strategy<Value = Step> {
    let open = || (select(&MARKETS[..]), 1..29_u32);
    let signal = || option::of(select(&Signal::ALL[..]));
    let row = (select(&FUTURES[..]), signal());
    let made = (select(&FUTURES[..]), signal(), select(Outcome::ALL));
    prop_oneof![
        (open(), vec(row, 1..4)).prop_map(|((market, day), rows)| Step::Capture(market, day, rows)),
        (open(), vec(made, 1..6)).prop_map(|((market, day), rows)| Step::Import(market, day, rows)),
        vec((any::<Index>(), any::<bool>()), 1..6).prop_map(Step::Decide),
    ]
}

/// Captures of one future twice are refused as a whole, imports by line: both must leave the counts as they were.
fn take(ledger: &dyn Ledger, step: &Step) {
    let made = |market: &str, day: &u32, future: &str, signal| {
        let mut made = row(market, &format!("2025-11-{day:02}"), future);
        made.id.bhs = signal;
        made
    };
    match step {
        Step::Capture(market, day, rows) => {
            let rows = rows.iter().map(|(future, signal)| made(market, day, future, *signal)).collect();
            ledger.capture(&first(), &capture_of(market, &format!("2025-11-{day:02}"), rows)).ok();
        }
        Step::Import(market, day, rows) => {
            let rows = rows.iter().map(|(future, signal, outcome)| {
                let mut made = made(market, day, future, *signal);
                made.id.wndw = *outcome;
                ImportRow { line: 1, row: made }
            });
            ledger.import(&first(), &rows.collect::<Vec<_>>()).unwrap();
        }
        Step::Decide(which) => {
            let pending = ledger.pending(None).unwrap();
            let decisions = which.iter().filter(|_| !pending.is_empty()).map(|(at, is_worked)| {
                let id = at.get(&pending).id;
                if *is_worked { worked(id) } else { neutral(id) }
            });
            ledger.decide(&first(), &decisions.collect::<Vec<_>>()).unwrap();
        }
    }
}

fn counted(rows: &[SessionRow]) -> Tally {
    let mut tally = Tally::default();
    rows.iter().for_each(|row| tally.add(row.id.bhs, row.id.wndw, 1));
    tally
}

pub(crate) fn statistics_are_the_count_of_the_rows(ledger: &dyn Ledger) {
    proptest!(ProptestConfig::with_cases(40), |(steps in vec(step(), 1..5))| {
        steps.iter().for_each(|step| take(ledger, step));
        for market in [None].into_iter().chain(MARKETS.map(Some)) {
            for future in [None].into_iter().chain(FUTURES.map(Some)) {
                let filter = SessionFilter {
                    market: market.map(String::from),
                    future: future.map(String::from),
                    ..SessionFilter::default()
                };
                let page = ledger.sessions(&filter, None, 100_000).unwrap();
                let rows: Vec<SessionRow> = page.into_iter().map(|stored| stored.row).collect();
                prop_assert_eq!(ledger.stats(market, future).unwrap(), counted(&rows), "{:?} {:?}", market, future);
                let (Some(market), Some(future)) = (market, future) else { continue };
                for before in ["2025-11-01T00:00:00Z", "2025-11-14T20:00:00Z", "2025-12-01T00:00:00Z"].map(at) {
                    let earlier: Vec<SessionRow> =
                        rows.iter().filter(|row| row.id.captured_at < before).cloned().collect();
                    prop_assert_eq!(&ledger.tallies(market, &[future], before).unwrap(), &[counted(&earlier)]);
                }
            }
        }
    });
}
