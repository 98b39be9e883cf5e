//! What a control server answers by: the stack, as its clients see it.

use super::Refusal;
use serde_json::Value;
use std::time::Duration;

/// A stack that can be asked. Called by the server's one thread, which serves everybody: each call returns at once,
/// from what is known, and what takes longer is an [`Answer::Later`]. A panic is answered as a failure.
pub trait Control: Send + Sync {
    /// Process id, version, `ready`: whether every thread has started and none is to stop, and `stopping`.
    fn ping(&self) -> Value;

    /// The status as `status --json` prints it, with the named supervisors or all.
    ///
    /// # Errors
    /// A [`Refusal`] that names a supervisor that is not there, and those that are.
    fn status(&self, names: &[String]) -> Result<Value, Refusal>;

    /// The latest quotes as `quotes --json` prints them, of the named symbols or all.
    ///
    /// # Errors
    /// A [`Refusal`] that names a symbol that is not there.
    fn quotes(&self, symbols: &[String]) -> Result<Value, Refusal>;

    /// A source of changed quotes, of the named symbols or all.
    ///
    /// # Errors
    /// A [`Refusal`] that names a symbol that is not there.
    fn follow(&self, symbols: &[String]) -> Result<Box<dyn Updates>, Refusal>;

    /// Begins to stop the stack, waiting for hung supervisors until `deadline` (`None`: the stack's own); the answer
    /// is the report. The server answers when it is shut down, at the latest.
    fn stop(&self, deadline: Option<Duration>) -> Answer;

    /// Builds the named workers (none: all) anew; the answer has a line for each.
    fn restart(&self, names: &[String]) -> Answer;
}

/// An answer that may not be known yet.
pub enum Answer {
    /// It is.
    Now(Result<Value, Refusal>),
    /// It will be: asked again every few milliseconds until it is.
    Later(Box<dyn FnMut() -> Option<Result<Value, Refusal>> + Send>),
}

/// Changes that one follower has not seen yet.
pub trait Updates: Send {
    /// What is new, in one value; `None`: nothing. Asked only when the follower has read all before, so that one who
    /// reads slowly sees fewer and newer updates.
    fn next(&mut self) -> Option<Value>;
}
