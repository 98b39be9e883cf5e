//! Which future a feed symbol means: the one alias table that every reader uses.

use super::Symbol;
use std::collections::BTreeMap;

/// The futures of the default stack, in the order in which they are shown (domain.md section 4).
pub const CANONICAL_FUTURES: [&str; 11] = ["YM", "ES", "NQ", "RTY", "CL", "SI", "HG", "GC", "VX", "DX", "ZB"];

/// Feed symbols that mean a canonical future under another name (domain.md section 4).
pub const DEFAULT_ALIASES: [(&str, &str); 7] = [
    ("RT", "RTY"),
    ("30YRBOND", "ZB"),
    ("30YR T-BOND", "ZB"),
    ("T-BOND", "ZB"),
    ("$DXY", "DX"),
    ("DXY", "DX"),
    ("USDX", "DX"),
];

/// The instruments in their order, and the alias table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruments {
    futures: Vec<String>,
    aliases: BTreeMap<String, String>,
}

impl Instruments {
    /// A table of `futures` in the order given, and `aliases` (feed symbol → future).
    pub fn new<F, A>(futures: F, aliases: A) -> Instruments
    where
        F: IntoIterator<Item = String>,
        A: IntoIterator<Item = (String, String)>,
    {
        Instruments { futures: futures.into_iter().collect(), aliases: aliases.into_iter().collect() }
    }

    /// The canonical future that `symbol` means, if it means one.
    #[must_use]
    pub fn canonical(&self, symbol: &Symbol) -> Option<&str> {
        let name = self.aliases.get(symbol.as_str()).map_or(symbol.as_str(), String::as_str);
        self.futures.iter().map(String::as_str).find(|future| *future == name)
    }

    /// The future that `symbol` means; a symbol of no known future is its own.
    #[must_use]
    pub fn future_of<'a>(&'a self, symbol: &'a Symbol) -> &'a str {
        self.canonical(symbol).unwrap_or(symbol.as_str())
    }

    /// Where `symbol`'s future stands in the order shown; symbols of no known future come last.
    #[must_use]
    pub fn rank(&self, symbol: &Symbol) -> usize {
        self.canonical(symbol)
            .and_then(|name| self.futures.iter().position(|future| future == name))
            .unwrap_or(self.futures.len())
    }

    /// Every feed symbol that means the same future as `symbol`, `symbol` itself first. For look-ups by what a
    /// user typed: `DX` finds `$DXY`.
    #[must_use]
    pub fn spellings(&self, symbol: &Symbol) -> Vec<Symbol> {
        let mut spellings = vec![symbol.clone()];
        if let Some(future) = self.canonical(symbol) {
            let others = std::iter::once(future).chain(
                self.aliases.iter().filter(|(_, to)| to.as_str() == future).map(|(from, _)| from.as_str()),
            );
            spellings
                .extend(others.filter_map(|name| Symbol::new(name).ok()).filter(|other| other != symbol));
        }
        spellings
    }

    /// The futures, in order.
    pub fn futures(&self) -> impl Iterator<Item = &str> {
        self.futures.iter().map(String::as_str)
    }
}

impl Default for Instruments {
    fn default() -> Instruments {
        Instruments::new(
            CANONICAL_FUTURES.map(String::from),
            DEFAULT_ALIASES.map(|(from, to)| (from.to_string(), to.to_string())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(symbol: &str) -> Option<String> {
        Instruments::default().canonical(&Symbol::new(symbol).unwrap()).map(String::from)
    }

    /// Defect of the original: three tables disagreed, so RTY, ZB and DX went missing in some.
    #[test]
    fn every_alias_means_its_future() {
        for (from, to) in DEFAULT_ALIASES {
            assert_eq!(canonical(from).as_deref(), Some(to), "{from}");
        }
        for future in CANONICAL_FUTURES {
            assert_eq!(canonical(future).as_deref(), Some(future));
            assert_eq!(canonical(&format!("/{}", future.to_lowercase())).as_deref(), Some(future));
        }
        assert_eq!(canonical("AAPL"), None);
    }

    #[test]
    fn what_a_user_types_finds_what_the_sheet_writes() {
        let spellings = Instruments::default().spellings(&Symbol::new("dx").unwrap());
        let spellings: Vec<&str> = spellings.iter().map(Symbol::as_str).collect();
        assert_eq!(spellings, ["DX", "$DXY", "DXY", "USDX"]);
    }
}
