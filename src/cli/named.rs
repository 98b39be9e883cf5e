//! What is named on the command line: markets, futures, outcomes, dates, numbers. A name that is none is answered with the
//! one that was probably meant.

use super::exit_code::BadUsage;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ZonedDateTime};
use thor_stack::config::{Config, did_you_mean};
use thor_stack::value::{Market, Outcome, Symbol, TOTAL};

/// The future that `typed` means, under whatever feed symbol; TOTAL is one.
///
/// # Errors
/// What to type instead.
pub(crate) fn future(typed: &str, config: &Config) -> Result<String, String> {
    let instruments = config.instruments();
    let symbol = Symbol::new(typed).map_err(|error| format!("{typed:?}: {error}"))?;
    if symbol.as_str() == TOTAL {
        return Ok(TOTAL.into());
    }
    match instruments.canonical(&symbol) {
        Some(future) => Ok(future.into()),
        None => {
            let known: Vec<&str> = instruments.futures().chain([TOTAL]).collect();
            let meant = did_you_mean(symbol.as_str(), known.iter().copied());
            let hint = if meant.is_empty() { format!("; known: {}", known.join(", ")) } else { meant };
            Err(format!("no future {typed:?}{hint}"))
        }
    }
}

/// The future of an option, as [`future`].
///
/// # Errors
/// [`BadUsage`].
pub(crate) fn optional_future(typed: Option<&str>, config: &Config) -> anyhow::Result<Option<String>> {
    typed.map(|typed| future(typed, config)).transpose().map_err(|error| BadUsage(error).into())
}

/// The market that `typed` names, for clap.
pub(crate) fn market(typed: &str) -> Result<Market, String> {
    Market::find(typed).map_err(|error| error.to_string())
}

/// The outcome that `typed` names, whatever its case and the blank in it, for clap.
pub(crate) fn outcome(typed: &str) -> Result<Outcome, String> {
    let word = typed.trim().to_uppercase().replace([' ', '-'], "_").replace('\'', "");
    word.parse().map_err(|_| {
        let known: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        let meant = did_you_mean(&word, known.iter().copied());
        format!("no outcome; known: {}{meant}", known.join(", "))
    })
}

/// The instant that `typed` is, for clap. Without a zone it would be a different one on every machine.
pub(crate) fn instant(typed: &str) -> Result<Timestamp, String> {
    let problem = match (typed.parse::<Timestamp>(), typed.parse::<ZonedDateTime>()) {
        (Ok(instant), _) => return Ok(instant),
        (_, Ok(zoned)) => return Ok(zoned.timestamp()),
        (_, Err(error)) if typed.contains('[') => return Err(error.to_string()),
        _ if typed.parse::<DateTime>().is_ok() => "no zone",
        _ => "no time",
    };
    Err(format!("{problem}; write 2025-11-28T14:30:00Z, or 2025-11-28T09:30:00[America/New_York]"))
}

/// The date that `typed` is, for clap.
pub(crate) fn date(typed: &str) -> Result<Date, String> {
    let is_date = typed.len() == 10; // jiff reads times too, and cuts them off
    let date = if is_date { typed.parse().ok() } else { None };
    date.ok_or_else(|| "no date; write it like 2025-11-28".into())
}

/// The number under which a session or a failure is shown, for clap.
pub(crate) fn number(typed: &str) -> Result<i64, String> {
    typed.parse().map_err(|_| "no number; write it like 17".into())
}

/// # Errors
/// [`BadUsage`] when the range ends before it begins.
pub(crate) fn in_order(from: Option<Date>, to: Option<Date>) -> anyhow::Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            Err(BadUsage(format!("--to {to} is before --from {from}; swap them")).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_needs_its_zone() {
        let expected: Timestamp = "2025-11-28T14:30:00Z".parse().unwrap();
        for typed in [
            "2025-11-28T14:30:00Z",
            "2025-11-28T09:30:00-05:00",
            "2025-11-28T09:30:00[America/New_York]",
            "2025-11-28T09:30[America/New_York]",
        ] {
            assert_eq!(instant(typed), Ok(expected), "{typed}");
        }
        assert!(instant("2025-11-28T14:30:00").unwrap_err().starts_with("no zone; write "));
        assert!(instant("2025-11-28").unwrap_err().starts_with("no zone; write "));
        assert!(instant("noon").unwrap_err().starts_with("no time; write "));
        assert!(instant("2025-11-28T09:30[America/New_Yrok]").unwrap_err().contains("America/New_Yrok"));
    }

    #[test]
    fn futures_are_found_by_every_spelling_and_answered_with_the_one_meant() {
        let config = Config::at_home("home".into());
        let named = |typed| future(typed, &config);
        for (typed, meant) in [("ym", "YM"), ("/ES", "ES"), ("$DXY", "DX"), ("total", "TOTAL")] {
            assert_eq!(named(typed).as_deref(), Ok(meant), "{typed}");
        }
        assert_eq!(named("RTT").unwrap_err(), "no future \"RTT\"; did you mean RTY?");
        assert!(named("AAPL").unwrap_err().starts_with("no future \"AAPL\"; known: YM, ES, "));
    }

    #[test]
    fn outcomes_and_dates_are_read_as_people_write_them() {
        assert_eq!(outcome("didnt-work"), Ok(Outcome::DidntWork));
        assert_eq!(outcome("worked"), Ok(Outcome::Worked));
        assert!(outcome("WORKD").unwrap_err().ends_with("; did you mean WORKED?"));
        assert!(date("2025-11-28").is_ok());
        for typed in ["2025-11-31", "28.11.2025", "2025-11-28T14:30", "yesterday"] {
            assert!(date(typed).is_err(), "{typed}");
        }
    }
}
