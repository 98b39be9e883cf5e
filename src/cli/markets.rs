//! `markets`: each market's state, its next event, and the global composite.

use super::table::Table;
use super::terminal::Paint;
use super::{Output, exit_code::ExitCode, named};
use jiff::Timestamp;
use std::fmt::Write as _;
use thor_stack::calendar::{Calendar, GlobalClock, global_clock};
use thor_stack::config::Config;
use thor_stack::rules::market_clock::{MarketEvent, MarketReading, MarketState};
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::{Market, bundled_zone};

/// Show each market: its state, its next event and the time to it.
///
/// The last line is the global composite index.
///
/// Days come from the exchanges' published calendars, with the hours and overrides of the
/// config and of calendar.toml in the home folder. A day that no exchange has published is
/// UNKNOWN, never guessed.
///
/// Examples:
///   thor-stack markets
///   thor-stack markets --at 2025-11-28T14:30:00Z
///   thor-stack markets --at '2025-11-28T09:30:00[America/New_York]' --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct MarketsArgs {
    /// The instant, with its zone [default: now]
    #[arg(long, value_name = "TIME", value_parser = named::instant)]
    at: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the clocks.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn run(args: &MarketsArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let now = SystemClock::new().now();
    let at = args.at.unwrap_or(now);
    let calendar = thor_stack::workers::calendar(config).at(now);
    let clock = global_clock(&calendar, watched(config), at);
    warn(&calendar, at);
    if args.json {
        out.line(&serde_json::to_string(&clock)?)?; // has its schema already
    } else {
        print(&clock, out)?;
    }
    Ok(ExitCode::Done)
}

/// The markets that are watched, with their shares.
fn watched(config: &Config) -> Vec<(Market, rust_decimal::Decimal)> {
    let share = |market: Market| {
        let settings = config.markets.iter().find(|one| one.name == market.name() && one.enabled)?;
        Some((market, settings.weight.decimal()))
    };
    Market::all().filter_map(share).collect()
}

fn warn(calendar: &Calendar, at: Timestamp) {
    for expiry in calendar.warnings(at) {
        log::warn!("{expiry}");
    }
    for market in Market::all() {
        let (date, first) = (calendar.date_at(market, at), calendar.valid_from(market));
        if date < first {
            log::warn!("the calendar of {market} begins on {first}: {date} is unknown");
        }
    }
}

fn print(clock: &GlobalClock, out: &mut Output) -> anyhow::Result<()> {
    let mut table = Table::new(&["MARKET", "CITY", "STATE", "NEXT", ">IN", "LOCAL", "UTC"]);
    for reading in &clock.markets {
        table.painted(cells(reading));
    }
    out.table(&table)?;
    let open: Vec<&str> = clock.composite.open.iter().map(|market| market.name()).collect();
    let open = if open.is_empty() { "none".into() } else { open.join(", ") };
    let (score, phase, at) = (clock.composite.score, clock.composite.phase, clock.at);
    out.line(&format!("\nglobal composite {score} of 100, {phase} hours; open: {open}"))?;
    out.line(&format!("at {}", at.strftime("%a %Y-%m-%d %H:%M:%S UTC")))
}

fn cells(reading: &MarketReading) -> [(String, Option<Paint>); 7] {
    let paint = match reading.state {
        MarketState::Open => Paint::Good,
        MarketState::Preopen | MarketState::Preclose => Paint::Soon,
        MarketState::Closed | MarketState::HolidayClosed => Paint::Faint,
        MarketState::Unknown => Paint::Bad,
    };
    let (event, at) = match reading.next_event {
        Some(MarketEvent::Open) => ("opens", reading.next_open_at),
        Some(MarketEvent::Close) => ("closes", reading.next_close_at),
        None => ("-", None),
    };
    let zone = bundled_zone(reading.market.zone());
    let local = at.zip(zone).map(|(at, zone)| at.to_zoned_datetime(zone).strftime("%a %H:%M %Z").to_string());
    let utc = at.map(|at| at.strftime("%a %m-%d %H:%M").to_string());
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    [
        (reading.market.name().into(), None),
        (reading.market.shown_as().into(), None),
        (reading.state.to_string(), Some(paint)),
        (event.into(), None),
        (dash(reading.seconds_to_next_event.map(countdown)), None),
        (dash(local), None),
        (dash(utc), None),
    ]
}

/// The time left at a glance: `4s`, `14m 04s`, `6h 30m`, `2d 17h`.
fn countdown(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let mut text = String::new();
    let written = match (days, hours, minutes) {
        (0, 0, 0) => write!(text, "{seconds}s"),
        (0, 0, minutes) => write!(text, "{minutes}m {:02}s", seconds % 60),
        (0, hours, minutes) => write!(text, "{hours}h {minutes:02}m"),
        (days, hours, _) => write!(text, "{days}d {hours:02}h"),
    };
    written.unwrap_or_default();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countdowns_are_short() {
        for (seconds, shown) in
            [(0, "0s"), (59, "59s"), (844, "14m 04s"), (23_400, "6h 30m"), (234_000, "2d 17h")]
        {
            assert_eq!(countdown(seconds), shown);
        }
    }
}
