//! The hours of a trading session as its exchange states them: local times of one day.

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Error, Timestamp};
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// From when to when, on one day: in the market's zone, or in the one named (Mexico's exchange follows New York).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalHours {
    open: Time,
    close: Time,
    zone: Option<TimeZone>,
}

/// Why a text is not hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalHoursError {
    /// Not of the form `09:30-16:00`, maybe with a zone after it.
    #[error("hours {0:?} are not of the form \"09:30-16:00\" or \"09:30-16:00 America/New_York\"")]
    Form(String),
    /// Not a time of the day.
    #[error("{0:?} is not a time of the form \"09:30\"")]
    Time(String),
    /// Not the IANA name of a zone.
    #[error("no time zone {0:?}; give an IANA name such as America/New_York")]
    Zone(String),
    /// The open names one zone and the close another.
    #[error("open and close are in two time zones ({0:?} and {1:?}); give both in one")]
    TwoZones(String, String),
    /// The close is not after the open.
    #[error(
        "hours {0} to {1} cross midnight or are empty; a session must close later on the day of its open"
    )]
    CrossMidnight(String, String),
}

impl LocalHours {
    /// The hours from `open` to `close`, each `09:30` or `09:30 America/New_York`.
    ///
    /// # Errors
    /// [`LocalHoursError`], by what is wrong with them.
    pub fn new(open: &str, close: &str) -> Result<LocalHours, LocalHoursError> {
        let (open_text, open_zone) = split_zone(open);
        let (close_text, close_zone) = split_zone(close);
        if let (Some(a), Some(b)) = (open_zone, close_zone)
            && a != b
        {
            return Err(LocalHoursError::TwoZones(a.into(), b.into()));
        }
        let (open, close) = (parse_time(open_text)?, parse_time(close_text)?);
        if close <= open {
            return Err(LocalHoursError::CrossMidnight(open_text.into(), close_text.into()));
        }
        let zone = open_zone
            .or(close_zone)
            .map(|name| bundled_zone(name).ok_or_else(|| LocalHoursError::Zone(name.to_string())));
        Ok(LocalHours { open, close, zone: zone.transpose()? })
    }

    /// When a session of these hours opens and closes on `date`, in `market_zone` where the hours name none.
    ///
    /// # Errors
    /// When the instants are outside the years that can be counted.
    pub fn on(&self, date: Date, market_zone: &TimeZone) -> Result<(Timestamp, Timestamp), Error> {
        let zone = self.zone.as_ref().unwrap_or(market_zone);
        Ok((
            zone.to_timestamp(date.to_datetime(self.open))?,
            zone.to_timestamp(date.to_datetime(self.close))?,
        ))
    }

    /// Open and close as [`LocalHours::new`] reads them.
    #[must_use]
    pub fn spelled(&self) -> (String, String) {
        let zone = self.zone.as_ref().and_then(TimeZone::iana_name);
        let spelled = |time: Time| {
            let time = time.strftime("%H:%M").to_string();
            zone.map_or(time.clone(), |zone| format!("{time} {zone}"))
        };
        (spelled(self.open), spelled(self.close))
    }
}

/// Reads `09:30-16:00`, or `09:30-16:00 America/New_York`.
impl FromStr for LocalHours {
    type Err = LocalHoursError;

    fn from_str(text: &str) -> Result<LocalHours, LocalHoursError> {
        let (hours, zone) = split_zone(text);
        let (open, close) = hours.split_once('-').ok_or_else(|| LocalHoursError::Form(text.to_string()))?;
        match zone {
            Some(zone) => LocalHours::new(open, &format!("{} {zone}", close.trim())),
            None => LocalHours::new(open, close),
        }
    }
}

impl fmt::Display for LocalHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.open.strftime("%H:%M"), self.close.strftime("%H:%M"))?;
        match self.zone.as_ref().and_then(TimeZone::iana_name) {
            Some(zone) => write!(f, " {zone}"),
            None => Ok(()),
        }
    }
}

/// The zone of that IANA name from the data inside the program, not the system's: the answer is the same on every
/// machine, costs no file, and is of the age of the calendars beside it.
#[must_use]
pub fn bundled_zone(name: &str) -> Option<TimeZone> {
    static ZONES: OnceLock<TimeZoneDatabase> = OnceLock::new();
    ZONES.get_or_init(TimeZoneDatabase::bundled).get(name).ok()
}

/// The time and the zone of `09:30 America/New_York`. A zone starts with a letter, so `09:30 - 16:00` has none.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    match text.rsplit_once(' ') {
        Some((time, zone)) if zone.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (time.trim_end(), Some(zone))
        }
        _ => (text, None),
    }
}

/// `09:30` or `09:30:00`; what jiff also reads (`0930`, `T09`) is more likely a typing error.
fn parse_time(text: &str) -> Result<Time, LocalHoursError> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let is_clock = matches!(bytes.len(), 5 | 8) && bytes[2] == b':';
    let time = if is_clock { text.parse().ok() } else { None };
    time.ok_or_else(|| LocalHoursError::Time(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_config_and_corrections_write() {
        for (typed, printed) in [
            ("09:00-15:30", "09:00-15:30"),
            (" 09:00 - 15:30 ", "09:00-15:30"),
            ("09:30-16:00 America/New_York", "09:30-16:00 America/New_York"),
            ("09:30 - 16:00 America/New_York", "09:30-16:00 America/New_York"),
        ] {
            assert_eq!(typed.parse::<LocalHours>().unwrap().to_string(), printed);
        }
        let spelled = LocalHours::new("09:30 America/New_York", "16:00 America/New_York").unwrap();
        assert_eq!(spelled.to_string(), "09:30-16:00 America/New_York");
    }

    #[test]
    fn says_what_is_wrong() {
        for (typed, message) in [
            ("nine to five", "hours \"nine to five\" are not of the form"),
            ("9:00-15:30", "\"9:00\" is not a time"),
            ("09:00-24:00", "\"24:00\" is not a time"),
            ("22:00-02:00", "hours 22:00 to 02:00 cross midnight"),
            ("09:00-09:00", "hours 09:00 to 09:00 cross midnight or are empty"),
            ("09:00-15:00 Asia/Tokio", "no time zone \"Asia/Tokio\""),
        ] {
            let error = typed.parse::<LocalHours>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{typed}: {error}");
        }
    }
}
