//! A control market: whose open is captured, and whose share counts in the global composite index.

use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

/// One of the markets of [`Market::all`]. Ordered as they are shown, east to west.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Market(u8);

struct Facts {
    name: &'static str,
    shown_as: &'static str,
    exchange: &'static str,
    zone: &'static str,
    weight_percent: i64,
}

/// The default markets and their shares (domain.md section 6). A line here and a file in `calendar/data` make a
/// market; the calendar's source of `Pre_USA` are the days of XNYS.
const FACTS: [Facts; 9] = [
    facts("Japan", "Tokyo", "XTKS", "Asia/Tokyo", 25),
    facts("China", "Shanghai", "XSHG", "Asia/Shanghai", 10),
    facts("India", "Bombay", "XBOM", "Asia/Kolkata", 5),
    facts("Germany", "Frankfurt", "XETR", "Europe/Berlin", 20),
    facts("United Kingdom", "London", "XLON", "Europe/London", 5),
    facts("Pre_USA", "Pre_USA", "Pre_USA", "America/New_York", 5),
    facts("USA", "USA", "XNYS", "America/New_York", 25),
    facts("Canada", "Toronto", "XTSE", "America/Toronto", 3),
    facts("Mexico", "Mexican", "XMEX", "America/Mexico_City", 2),
];

const COUNT: u8 = FACTS.len() as u8;

const fn facts(
    name: &'static str,
    shown_as: &'static str,
    exchange: &'static str,
    zone: &'static str,
    weight_percent: i64,
) -> Facts {
    Facts { name, shown_as, exchange, zone, weight_percent }
}

/// The default markets.
#[allow(missing_docs, reason = "the names say it")]
impl Market {
    pub const JAPAN: Market = Market(0);
    pub const CHINA: Market = Market(1);
    pub const INDIA: Market = Market(2);
    pub const GERMANY: Market = Market(3);
    pub const UNITED_KINGDOM: Market = Market(4);
    pub const PRE_USA: Market = Market(5);
    pub const USA: Market = Market(6);
    pub const CANADA: Market = Market(7);
    pub const MEXICO: Market = Market(8);
}

impl Market {
    /// Every market, east to west.
    pub fn all() -> impl ExactSizeIterator<Item = Market> + Clone {
        (0..COUNT).map(Market)
    }

    /// The market that `text` names: its name, the name it is shown under, or its exchange's code (`XTKS`), whatever
    /// the case, with spaces, `-` and `_` alike.
    ///
    /// # Errors
    /// [`UnknownMarket`], which suggests the nearest name.
    pub fn find(text: &str) -> Result<Market, UnknownMarket> {
        let wanted = fold(text);
        Market::all()
            .find(|market| market.spellings().into_iter().any(|spelling| fold(spelling) == wanted))
            .ok_or_else(|| UnknownMarket { typed: text.trim().to_string(), nearest: nearest(&wanted) })
    }

    /// The name in the ledger, in JSON and in config: `Japan`, `United Kingdom`, `Pre_USA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The name that people are shown: `Tokyo`, `London`, `Mexican`.
    #[must_use]
    pub fn shown_as(self) -> &'static str {
        self.facts().shown_as
    }

    /// The IANA name of the market's zone, in which its trading dates are counted.
    #[must_use]
    pub fn zone(self) -> &'static str {
        self.facts().zone
    }

    /// The market's share in the global composite index where config says nothing else: 0.25 for Japan.
    #[must_use]
    pub fn default_weight(self) -> Decimal {
        Decimal::new(self.facts().weight_percent, 2)
    }

    /// The place in the order of [`Market::all`], from 0.
    #[must_use]
    pub fn position(self) -> usize {
        usize::from(self.0)
    }

    fn spellings(self) -> [&'static str; 3] {
        let facts = self.facts();
        [facts.name, facts.shown_as, facts.exchange]
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self.position()]
    }
}

/// Text that names no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no market {typed:?}; {}", self.hint())]
pub struct UnknownMarket {
    typed: String,
    nearest: Option<Market>,
}

impl UnknownMarket {
    /// The market that was probably meant.
    #[must_use]
    pub fn nearest(&self) -> Option<Market> {
        self.nearest
    }

    fn hint(&self) -> String {
        match self.nearest {
            Some(market) => format!("did you mean {:?}?", market.name()),
            None => format!("known: {}", Market::all().map(Market::name).collect::<Vec<_>>().join(", ")),
        }
    }
}

fn fold(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '\t')).flat_map(char::to_lowercase).collect()
}

/// The market with a spelling at most two edits away.
fn nearest(wanted: &str) -> Option<Market> {
    let distance = |market: Market| {
        market
            .spellings()
            .into_iter()
            .map(|spelling| edits(wanted, &fold(spelling)))
            .min()
            .unwrap_or(usize::MAX)
    };
    Market::all().min_by_key(|market| distance(*market)).filter(|market| distance(*market) <= 2)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl FromStr for Market {
    type Err = UnknownMarket;

    fn from_str(text: &str) -> Result<Market, UnknownMarket> {
        Market::find(text)
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Market {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Market {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Market, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Market::find(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_market() {
        for (typed, market) in [
            ("Japan", Market::JAPAN),
            ("tokyo", Market::JAPAN),
            ("XTKS", Market::JAPAN),
            ("SHANGHAI", Market::CHINA),
            ("bombay", Market::INDIA),
            ("frankfurt", Market::GERMANY),
            ("united kingdom", Market::UNITED_KINGDOM),
            ("united-kingdom", Market::UNITED_KINGDOM),
            ("UnitedKingdom", Market::UNITED_KINGDOM),
            ("pre-usa", Market::PRE_USA),
            ("usa", Market::USA),
            ("xnys", Market::USA),
            ("Toronto", Market::CANADA),
            (" mexican ", Market::MEXICO),
        ] {
            assert_eq!(Market::find(typed), Ok(market), "{typed}");
        }
        assert!(Market::all().all(|market| Market::find(market.name()) == Ok(market)));
    }

    #[test]
    fn a_typing_error_is_answered_with_the_name_meant() {
        for (typed, meant) in
            [("Japn", Market::JAPAN), ("Frankfrut", Market::GERMANY), ("preusa1", Market::PRE_USA)]
        {
            assert_eq!(Market::find(typed).unwrap_err().nearest(), Some(meant), "{typed}");
        }
        let error = Market::find("Atlantis").unwrap_err().to_string();
        assert!(error.starts_with(r#"no market "Atlantis"; known: Japan, China"#), "{error}");
    }

    #[test]
    fn the_shares_are_of_one_whole() {
        assert_eq!(Market::all().map(Market::default_weight).sum::<Decimal>(), Decimal::ONE);
    }
}
