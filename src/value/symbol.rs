//! A feed symbol: the name under which board and Redis keep a quote.

use std::fmt;
use std::sync::Arc;

/// The sheet's symbol: trimmed, without a leading `/`, upper-case. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

/// Why a text is not a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolError {
    /// Nothing is left after trimming.
    #[error("empty symbol")]
    Empty,
    /// More than 64 bytes: no exchange's symbol, and it would be part of channel names.
    #[error("symbol longer than 64 bytes")]
    TooLong,
    /// Control characters, which would break channel names, logs and terminals, or invisible ones, which would make of
    /// one symbol two that look the same.
    #[error("symbol with a control or invisible character")]
    Control,
}

impl Symbol {
    /// The symbol that `text` means.
    ///
    /// # Errors
    /// [`SymbolError`], by what is wrong with it.
    pub fn new(text: &str) -> Result<Symbol, SymbolError> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text).trim_start();
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        if text.len() > 64 {
            return Err(SymbolError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(SymbolError::Control);
        }
        Ok(Symbol(text.to_uppercase().into()))
    }

    /// The symbol's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Soft hyphen, zero-width characters, marks of direction, byte order mark (of Unicode's category Cf, what is pasted).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl std::borrow::Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl serde::Serialize for Symbol {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Symbol {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Symbol, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Symbol::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_sheets_write() {
        for (typed, symbol) in
            [("ym", "YM"), (" /ES ", "ES"), ("$dxy", "$DXY"), ("30yr t-bond", "30YR T-BOND")]
        {
            assert_eq!(Symbol::new(typed).unwrap().as_str(), symbol);
        }
        assert_eq!(Symbol::new(" / "), Err(SymbolError::Empty));
        assert_eq!(Symbol::new("A\nB"), Err(SymbolError::Control));
        assert_eq!(Symbol::new("YM\u{200B}"), Err(SymbolError::Control), "a second YM that looks the same");
        assert_eq!(Symbol::new(&"A".repeat(65)), Err(SymbolError::TooLong));
    }
}
