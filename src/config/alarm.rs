//! `[alarm]`: who is told when something is wrong before an open.

/// `[alarm]`: who is told when something is wrong before an open, besides log, status and events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmConfig {
    /// A program and its arguments, run when an alarm begins and when it ends; empty: none.
    pub command: Vec<String>,
}
