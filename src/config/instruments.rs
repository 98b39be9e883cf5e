//! `[instruments.SYM]`: the futures, in the order in which they are shown.

use crate::value::{CANONICAL_FUTURES, DEFAULT_ALIASES, Instruments};

/// `[instruments.SYM]`: one future.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentConfig {
    /// The canonical name, upper-case.
    pub name: String,
    /// Feed symbols that mean it under another name, upper-case.
    pub aliases: Vec<String>,
}

impl InstrumentConfig {
    /// The defaults of the future of this name (domain.md section 4).
    #[must_use]
    pub fn default_of(name: &str) -> InstrumentConfig {
        let aliases = DEFAULT_ALIASES.iter().filter(|(_, to)| *to == name);
        InstrumentConfig {
            name: name.to_string(),
            aliases: aliases.map(|(from, _)| (*from).to_string()).collect(),
        }
    }

    /// The eleven futures of the default stack.
    #[must_use]
    pub fn defaults() -> Vec<InstrumentConfig> {
        CANONICAL_FUTURES.iter().map(|name| InstrumentConfig::default_of(name)).collect()
    }
}

/// The alias table that every reader uses.
pub(super) fn table(instruments: &[InstrumentConfig]) -> Instruments {
    let aliases = instruments
        .iter()
        .flat_map(|one| one.aliases.iter().map(|alias| (alias.clone(), one.name.clone())))
        .collect::<Vec<_>>();
    Instruments::new(instruments.iter().map(|one| one.name.clone()), aliases)
}
