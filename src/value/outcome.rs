//! What became of a session row: its outcome, the target that decided it, or why it was never a trade.

use std::fmt;
use std::str::FromStr;

/// A closed set of words, kept as text in JSON, CSV and the ledger.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every one, in the order of the specification.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word used in JSON, CSV and the ledger.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        /// Reads the exact word.
        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<$name, UnknownWord> {
                let known = [$($word),+];
                $name::ALL
                    .iter()
                    .copied()
                    .find(|it| it.as_str() == text)
                    .ok_or_else(|| UnknownWord { word: text.into(), known: known.join(", ") })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

/// A word that is not in its closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not one of {known}")]
pub struct UnknownWord {
    word: Box<str>,
    known: String,
}

words! {
    /// What the grader says of a row (the column `wndw`). All but `PENDING` are final.
    Outcome {
        /// Not decided yet.
        Pending = "PENDING",
        /// The target was touched first.
        Worked = "WORKED",
        /// The stop was touched first.
        DidntWork = "DIDNT_WORK",
        /// No entry, or neither was touched while the window was open.
        Neutral = "NEUTRAL",
    }
}

words! {
    /// Which of the two exits was touched first.
    HitType {
        /// The one with the profit.
        Target = "TARGET",
        /// The one with the loss.
        Stop = "STOP",
    }
}

words! {
    /// Why a row has no entry (domain.md section 7).
    NoEntryReason {
        /// The signal is HOLD: there is nothing to trade.
        Hold = "hold",
        /// The instrument has no signal.
        NoSignal = "no_signal",
        /// The side to enter at, or the one to exit at, is absent.
        NoBook = "no_book",
        /// The spread is at least the distance to the stop: the trade would lose at once.
        SpreadExceedsStop = "spread_exceeds_stop",
        /// No field of the row changed for `capture.max_unchanged`: the feed is frozen, or the exchange is closed.
        QuoteUnchanged = "quote_unchanged",
        /// Captured more than `capture.max_delay` after the open.
        Late = "late",
        /// No targets are configured for the instrument, or they are disabled.
        NoTargets = "no_targets",
        /// TOTAL only: fewer than `capture.total_min_signals` instruments have a signal.
        TooFewSignals = "too_few_signals",
    }
}

impl Outcome {
    /// Whether nothing changes it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        self != Outcome::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_no_other_does() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.to_string().parse(), Ok(*outcome));
        }
        for reason in NoEntryReason::ALL {
            assert_eq!(reason.to_string().parse(), Ok(*reason));
        }
        let error = "TIE".parse::<HitType>().unwrap_err();
        assert_eq!(error.to_string(), r#""TIE" is not one of TARGET, STOP"#);
    }
}
