//! `calendar`: the sessions of a market.

use super::table::Table;
use super::{Output, exit_code::ExitCode, named};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use thor_stack::calendar::Calendar;
use thor_stack::config::Config;
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::{Market, TradingSession, bundled_zone};

/// So many days are shown where no range is asked for.
const DAYS: i32 = 14;

/// Show a market's sessions, as published and as corrected here.
///
/// Dates are the market's own; opens and closes are in UTC. Without --from and --to the
/// next 14 days are shown. What lies outside the published calendar is left out with a
/// warning, never guessed.
///
/// Examples:
///   thor-stack calendar USA
///   thor-stack calendar Tokyo --from 2025-12-22 --to 2026-01-09
///   thor-stack calendar "United Kingdom" --from 2025-01-01 --to 2025-12-31 --csv > london.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CalendarArgs {
    /// The market, its city, or its exchange's code
    #[arg(value_parser = named::market)]
    market: Market,
    /// The first date [default: today at the market, or 13 days before --to where that is past]
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    from: Option<Date>,
    /// The last date, included [default: 13 days after the first]
    #[arg(long, value_name = "DATE", value_parser = named::date)]
    to: Option<Date>,
    /// Print CSV: market,session_date,open_utc,close_utc
    #[arg(long)]
    csv: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
}

/// A session in CSV and JSON.
#[derive(Serialize)]
struct Line {
    market: Market,
    session_date: Date,
    open_utc: Timestamp,
    close_utc: Timestamp,
}

/// Prints the sessions.
///
/// # Errors
/// The range ends before it begins, or the output cannot be written.
pub(crate) fn run(args: &CalendarArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let now = SystemClock::new().now();
    let calendar = thor_stack::workers::calendar(config).at(now);
    let (from, to) = range(args, calendar.date_at(args.market, now))?;
    let sessions: Vec<TradingSession> = calendar.sessions(args.market, from, to).collect();
    warn(&calendar, args.market, from, to);
    if args.csv {
        csv(&sessions, out)?;
    } else if args.json {
        json(args.market, &calendar, &sessions, out)?;
    } else {
        print(args.market, from, to, &sessions, out)?;
    }
    Ok(ExitCode::Done)
}

fn range(args: &CalendarArgs, today: Date) -> anyhow::Result<(Date, Date)> {
    named::in_order(args.from, args.to)?;
    let before = |to: Date| to.saturating_sub((DAYS - 1).days());
    let from = args.from.unwrap_or_else(|| match args.to {
        Some(to) if to < today => before(to),
        _ => today,
    });
    Ok((from, args.to.unwrap_or_else(|| from.saturating_add((DAYS - 1).days()))))
}

fn warn(calendar: &Calendar, market: Market, from: Date, to: Date) {
    let (first, last) = (calendar.valid_from(market), calendar.valid_through(market));
    if from < first {
        log::warn!("the calendar of {market} begins on {first}: earlier sessions are unknown");
    }
    if to > last {
        log::warn!(
            "the calendar of {market} ends on {last}: later sessions are unknown; install a newer version, or add \
             [[calendar.override]] for the days you need"
        );
    }
}

fn line(session: &TradingSession) -> Line {
    let TradingSession { market, date, open, close } = *session;
    Line { market, session_date: date, open_utc: open, close_utc: close }
}

fn csv(sessions: &[TradingSession], out: &mut Output) -> anyhow::Result<()> {
    let mut lines = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    lines.write_record(["market", "session_date", "open_utc", "close_utc"])?;
    sessions.iter().try_for_each(|session| lines.serialize(line(session)))?;
    Ok(lines.flush()?)
}

fn json(
    market: Market,
    calendar: &Calendar,
    sessions: &[TradingSession],
    out: &mut Output,
) -> anyhow::Result<()> {
    let sessions: Vec<Line> = sessions.iter().map(line).collect();
    let (first, last) = (calendar.valid_from(market), calendar.valid_through(market));
    out.json(&serde_json::json!({
        "market": market, "valid_from": first, "valid_through": last, "sessions": sessions,
    }))
}

fn print(
    market: Market,
    from: Date,
    to: Date,
    sessions: &[TradingSession],
    out: &mut Output,
) -> anyhow::Result<()> {
    if sessions.is_empty() {
        return out.line(&format!("no session of {market} is known from {from} to {to}"));
    }
    let mut table = Table::new(&["MARKET", "SESSION_DATE", "DAY", "OPEN_UTC", "CLOSE_UTC", "LOCAL"]);
    for session in sessions {
        let [open, close] = [session.open, session.close].map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
        let day = session.date.strftime("%a").to_string();
        table.row([market.name(), &session.date.to_string(), &day, &open, &close, &local(session)]);
    }
    out.table(&table)
}

/// The hours as the market's own people read them.
fn local(session: &TradingSession) -> String {
    let Some(zone) = bundled_zone(session.market.zone()) else { return "-".into() };
    let [open, close] = [session.open, session.close].map(|at| at.to_zoned_datetime(zone.clone()));
    format!("{}-{}", open.strftime("%H:%M"), close.strftime("%H:%M %Z"))
}
