//! Every session as the generator's source has it, in UTC: written by `scripts/generate_calendars` straight from
//! exchange_calendars and the corrections, not by way of the files that the program embeds.

use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::OnceLock;
use thor_stack::value::{Market, TradingSession};

/// The sessions of `market`, in order.
pub(super) fn sessions(market: Market) -> &'static [TradingSession] {
    static SESSIONS: OnceLock<Vec<Vec<TradingSession>>> = OnceLock::new();
    let all = SESSIONS.get_or_init(|| {
        let mut markets = vec![Vec::new(); Market::all().len()];
        for line in include_str!("../fixtures/calendars/truth.csv").lines() {
            read_line(line, &mut markets);
        }
        markets.iter_mut().for_each(|sessions| sessions.sort());
        markets
    });
    &all[market.position()]
}

/// `market,year,open,close,MMDD MMDD…`, times in UTC.
fn read_line(line: &str, markets: &mut [Vec<TradingSession>]) {
    let fields: Vec<&str> = line.split(',').collect();
    let [market, year, open, close, days] = fields[..] else { panic!("{line}") };
    let market: Market = market.parse().unwrap();
    for day in days.split(' ') {
        let (month, day) = day.split_at(2);
        let at = |time: &str| format!("{year}-{month}-{day}T{time}:00Z").parse::<Timestamp>().unwrap();
        let date: Date = format!("{year}-{month}-{day}").parse().unwrap();
        markets[market.position()].push(TradingSession { market, date, open: at(open), close: at(close) });
    }
}
