//! Configuration: from as typed to as meant.

mod aliases;
mod files;
mod markets;
mod problems;
mod reference;
mod set;
pub(crate) mod sources;
mod values;
