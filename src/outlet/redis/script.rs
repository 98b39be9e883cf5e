//! The scripts that run inside the server, and what they answer.

use super::deadline::Deadline;
use super::failure::Failure;
use super::request::Arguments;
use super::wire::Wire;
use ::redis::{Script, Value};
use std::sync::LazyLock;

/// What the publishing script answered.
pub(super) enum Verdict {
    /// The edition is out, and lock and heartbeat are renewed.
    Done,
    /// Nothing was sent: another token holds the lock, or the last sequence number is not the one expected (the data
    /// was lost, or another published).
    Moved,
    /// Nothing was sent: another host holds the lease.
    Fenced,
}

static PUBLISH: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("publish.lua")));
static RELEASE: LazyLock<Stored> = LazyLock::new(|| Stored::new(include_str!("release.lua")));

/// Runs the publishing script; `arguments` start with the number of keys, `messages` follow them.
pub(super) fn publish(
    wire: &mut Wire,
    arguments: &Arguments,
    messages: &Arguments,
    deadline: &Deadline,
) -> Result<Verdict, Failure> {
    let words = words(&PUBLISH.run(wire, arguments, messages, deadline)?)?;
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["done"] => Ok(Verdict::Done),
        ["moved"] => Ok(Verdict::Moved),
        ["fenced"] => Ok(Verdict::Fenced),
        _ => Err(Failure::Reply("an unknown word from the publishing script".into())),
    }
}

/// Gives the lock at `key` back if `token` still holds it.
pub(super) fn release(wire: &mut Wire, key: &str, token: &str, deadline: &Deadline) -> Result<(), Failure> {
    RELEASE.run(wire, &Arguments::new(["1", key, token]), &Arguments::default(), deadline).map(drop)
}

/// What a script answers: a list of words.
pub(super) fn words(answer: &Value) -> Result<Vec<String>, Failure> {
    match answer {
        Value::Array(words) => Ok(words.iter().filter_map(text).collect()),
        _ => Err(Failure::Reply("no list from a script".into())),
    }
}

/// The text of a bulk or simple string.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

/// A script with the name (its SHA-1) under which the server keeps it once it has seen it.
pub(super) struct Stored {
    code: &'static str,
    name: String,
}

impl Stored {
    pub(super) fn new(code: &'static str) -> Stored {
        Stored { code, name: Script::new(code).get_hash().to_string() }
    }

    /// One round trip; two where the server does not know the script yet or has forgotten it.
    pub(super) fn run(
        &self,
        wire: &mut Wire,
        arguments: &Arguments,
        messages: &Arguments,
        deadline: &Deadline,
    ) -> Result<Value, Failure> {
        let mut call = |how: &str, script: &str| {
            let mut command = Arguments::new([how, script]);
            command.append(arguments);
            wire.call_with(&command, messages, deadline)
        };
        match call("EVALSHA", &self.name) {
            Err(failure) if failure.is("NOSCRIPT") => call("EVAL", self.code),
            answer => answer,
        }
    }
}
