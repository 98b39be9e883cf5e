//! The ledger: its contract, its schema's own rules, and what happens when machine or disk fail.

mod contract;
mod rows;
