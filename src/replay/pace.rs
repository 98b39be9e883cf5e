//! How fast a replayed day goes by.

use jiff::{SignedDuration, Timestamp};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// How many seconds of the day pass in a real second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// As fast as it goes.
    Max,
    /// At most so many.
    Times(u32),
}

/// `max`, or a whole number from 1.
impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Speed, String> {
        match text.strip_suffix('x').unwrap_or(text).parse() {
            _ if text == "max" => Ok(Speed::Max),
            Ok(times) if times > 0 => Ok(Speed::Times(times)),
            _ => Err("neither `max` nor a whole number of seconds a second, such as 60".to_string()),
        }
    }
}

/// Says how long to wait before an instant of the day may come. The waiting is the caller's, who has a signal to end it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    speed: Speed,
    began: Instant,
    first: Timestamp,
}

impl Pace {
    /// A pace from the instant `first` of the day, which is now.
    #[must_use]
    pub fn starting_at(first: Timestamp, speed: Speed, began: Instant) -> Pace {
        Pace { speed, began, first }
    }

    /// How long to wait, `now`, until the instant `at` of the day may come; zero when it may.
    #[must_use]
    pub fn wait(&self, at: Timestamp, now: Instant) -> Duration {
        let Speed::Times(times) = self.speed else { return Duration::ZERO };
        let since = at.duration_since(self.first).max(SignedDuration::ZERO).unsigned_abs();
        (since / times).saturating_sub(now.saturating_duration_since(self.began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_max_or_a_number_from_one() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("600".parse(), Ok(Speed::Times(600)));
        assert_eq!("60x".parse(), Ok(Speed::Times(60)));
        for text in ["0", "-1", "fast", "", "1.5", "maxx"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_at_six_hundred_takes_six_seconds() {
        let (first, began) = (Timestamp::UNIX_EPOCH, Instant::now());
        let hour = first.checked_add(SignedDuration::from_hours(1)).unwrap();
        let pace = Pace::starting_at(first, Speed::Times(600), began);
        assert_eq!(pace.wait(hour, began), Duration::from_secs(6));
        assert_eq!(pace.wait(hour, began + Duration::from_secs(5)), Duration::from_secs(1));
        assert_eq!(pace.wait(hour, began + Duration::from_secs(7)), Duration::ZERO);
        assert_eq!(Pace::starting_at(first, Speed::Max, began).wait(hour, began), Duration::ZERO);
    }
}
