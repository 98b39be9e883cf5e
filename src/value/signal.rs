//! The five signals.

use std::fmt;
use std::str::FromStr;

/// What the net change of an instrument says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // the names are the field's own
pub enum Signal {
    StrongSell,
    Sell,
    Hold,
    Buy,
    StrongBuy,
}

/// A word that is none of the five signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of STRONG_BUY, BUY, HOLD, SELL, STRONG_SELL")]
pub struct UnknownSignal;

impl Signal {
    /// All five, the strongest buy first.
    pub const ALL: [Signal; 5] =
        [Signal::StrongBuy, Signal::Buy, Signal::Hold, Signal::Sell, Signal::StrongSell];

    /// The word used in JSON, in the ledger and on screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::StrongBuy => "STRONG_BUY",
            Signal::Buy => "BUY",
            Signal::Hold => "HOLD",
            Signal::Sell => "SELL",
            Signal::StrongSell => "STRONG_SELL",
        }
    }
}

/// Reads the word in any case, its two parts joined by `_`, `-` or white space.
impl FromStr for Signal {
    type Err = UnknownSignal;

    fn from_str(text: &str) -> Result<Signal, UnknownSignal> {
        let folded: Vec<String> = text
            .split(|c: char| c == '_' || c == '-' || c.is_whitespace())
            .filter(|part| !part.is_empty())
            .map(str::to_ascii_uppercase)
            .collect();
        let word = folded.join("_");
        Signal::ALL.into_iter().find(|signal| signal.as_str() == word).ok_or(UnknownSignal)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_five_words_and_no_sixth() {
        for signal in Signal::ALL {
            assert_eq!(signal.to_string().parse(), Ok(signal));
            assert_eq!(signal.to_string().to_lowercase().replace('_', " ").parse(), Ok(signal));
        }
        for word in ["", "STRONG", "STRONGBUY", "NEUTRAL", "BUY!"] {
            assert_eq!(word.parse::<Signal>(), Err(UnknownSignal), "{word:?}");
        }
    }
}
