//! The calendars inside the program, as `scripts/generate_calendars` writes them.

use super::DayOverride;
use super::market_days::MarketDays;
use crate::value::{LocalHours, Market, bundled_zone};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// One file for each market, in the order of [`Market::all`].
const FILES: [(Market, &str); 9] = [
    (Market::JAPAN, include_str!("data/Japan.txt")),
    (Market::CHINA, include_str!("data/China.txt")),
    (Market::INDIA, include_str!("data/India.txt")),
    (Market::GERMANY, include_str!("data/Germany.txt")),
    (Market::UNITED_KINGDOM, include_str!("data/United_Kingdom.txt")),
    (Market::PRE_USA, include_str!("data/Pre_USA.txt")),
    (Market::USA, include_str!("data/USA.txt")),
    (Market::CANADA, include_str!("data/Canada.txt")),
    (Market::MEXICO, include_str!("data/Mexico.txt")),
];

/// The days of `market`. Data that cannot be read would be a market of which nothing is known: unknown, not guessed.
pub(super) fn market_days(market: Market) -> MarketDays {
    let text = FILES.iter().find(|(of, _)| *of == market).map_or("", |(_, text)| *text);
    parse(market, text).unwrap_or_else(|problem| {
        log::error!("the embedded calendar of {market} cannot be read: {problem}");
        empty(market)
    })
}

fn empty(market: Market) -> MarketDays {
    MarketDays {
        market,
        zone: bundled_zone(market.zone()).unwrap_or(TimeZone::UTC),
        valid_from: Date::MAX,
        valid_through: Date::MIN,
        regular: Vec::new(),
        exceptions: Vec::new(),
        custom: None,
        overrides: BTreeMap::new(),
        inherited: BTreeMap::new(),
    }
}

fn parse(market: Market, text: &str) -> Result<MarketDays, String> {
    let mut days = empty(market);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        parse_line(&mut days, line).ok_or_else(|| format!("line {line:?}"))?;
    }
    if days.valid_through < days.valid_from || days.regular.is_empty() {
        return Err("no line of kind valid or hours".to_string());
    }
    days.exceptions.sort_by_key(|(date, _)| *date);
    days.regular.sort_by_key(|(date, _)| *date);
    Ok(days)
}

/// `valid FROM THROUGH`, `hours SINCE OPEN CLOSE [ZONE]`, `closed YEAR MMDD…`, `session DATE OPEN CLOSE [ZONE]`.
fn parse_line(days: &mut MarketDays, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["valid", from, through] => {
            days.valid_from = from.parse().ok()?;
            days.valid_through = through.parse().ok()?;
        }
        ["hours", since, hours @ ..] => days.regular.push((since.parse().ok()?, parse_hours(hours)?)),
        ["closed", year, dates @ ..] => {
            for date in dates {
                days.exceptions.push((parse_month_day(year, date)?, DayOverride::Closed));
            }
        }
        ["session", date, hours @ ..] => {
            days.exceptions.push((date.parse().ok()?, DayOverride::Session(parse_hours(hours)?)));
        }
        _ => return None,
    }
    Some(())
}

fn parse_hours(words: &[&str]) -> Option<LocalHours> {
    match words {
        [open, close] => LocalHours::new(open, close).ok(),
        [open, close, zone] => LocalHours::new(open, &format!("{close} {zone}")).ok(),
        _ => None,
    }
}

fn parse_month_day(year: &str, date: &str) -> Option<Date> {
    let (month, day) = date.split_at_checked(2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_calendar_can_be_read() {
        for (market, (of, text)) in Market::all().zip(FILES) {
            assert_eq!(of, market);
            parse(market, text).unwrap();
        }
        assert_eq!(Market::all().len(), FILES.len());
    }

    /// Files like these are never shipped; if one were, its market would be unknown.
    #[test]
    fn damaged_data_is_refused_as_a_whole() {
        for text in [
            "",
            "valid 2010-01-01 2027-12-31",
            "hours 2010-01-01 09:00 15:00",
            "valid 2010-01-01 2027-12-31\nhours 2010-01-01 09:00 15:00\nclosed 2010 0231",
            "valid 2010-01-01 2027-12-31\nhours 2010-01-01 09:00 15:00\nopened 2010-01-02",
        ] {
            assert!(parse(Market::JAPAN, text).is_err(), "{text:?}");
        }
    }
}
