//! The lines of the control channel.
//!
//! A request is `{"v":1,"op":"status","names":[]}`; its answer `{"v":1,"ok":…}` or
//! `{"v":1,"error":{"code":"unknown_op","message":"…"}}`; `follow` is answered by any number of `{"v":1,"update":…}`.
//! Keys may be added, never renamed, and each side ignores those that it does not know; what cannot be understood
//! without knowing a key is a new version.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version that this program speaks.
pub const VERSION: u64 = 1;

/// The longest request line, in bytes.
pub const MAX_REQUEST: usize = 64 * 1024;

/// The longest answer line, in bytes.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// The operations of this version.
pub const OPS: [&str; 6] = ["ping", "status", "quotes", "follow", "stop", "restart"];

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Who is there, and whether it is ready.
    Ping,
    /// The status of the stack, with the named supervisors or all.
    Status {
        /// Supervisors; empty: all.
        #[serde(default)]
        names: Vec<String>,
    },
    /// The latest quotes.
    Quotes {
        /// Symbols; empty: all.
        #[serde(default)]
        symbols: Vec<String>,
    },
    /// Quotes as they change, until the client hangs up.
    Follow {
        /// Symbols; empty: all.
        #[serde(default)]
        symbols: Vec<String>,
    },
    /// Stop the stack; answered when it has stopped.
    Stop {
        /// How long hung supervisors are waited for, in milliseconds; absent: the stack's own deadline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline_ms: Option<u64>,
    },
    /// Build workers anew; answered when they stand.
    Restart {
        /// Supervisors; empty: all.
        #[serde(default)]
        names: Vec<String>,
    },
}

/// Why a request was not fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The kind, for programs.
    pub code: RefusalCode,
    /// The reason and the next step, for people.
    pub message: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalCode {
    /// The line is no request.
    BadRequest,
    /// The request or its answer is longer than its bound.
    TooLarge,
    /// The request did not arrive in time.
    TooSlow,
    /// The client speaks another version.
    UnsupportedVersion,
    /// There is no such operation.
    UnknownOp,
    /// There is no such supervisor or symbol.
    UnknownName,
    /// The stack is stopping.
    Stopping,
    /// It was tried and failed.
    Failed,
    /// A kind that this client does not know yet.
    #[serde(other)]
    Other,
}

impl Refusal {
    /// A refusal of kind `code` with `message`.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into() }
    }
}

/// A line of the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    Ok(Value),
    Error(Refusal),
    Update(Value),
}

/// The line of a request, newline included.
pub(super) fn encode_request(request: &Request) -> serde_json::Result<Vec<u8>> {
    let mut object = serde_json::to_value(request)?;
    if let Some(object) = object.as_object_mut() {
        object.insert("v".to_owned(), VERSION.into());
    }
    encode(&object)
}

/// The line of a reply, newline included; a refusal when it is longer than [`MAX_ANSWER`].
pub(super) fn encode_reply(reply: &Reply) -> Vec<u8> {
    let bounded = encode(&wire(reply)).ok().filter(|line| line.len() <= MAX_ANSWER);
    bounded.unwrap_or_else(|| {
        let message = format!("the answer is longer than {MAX_ANSWER} bytes: ask for fewer names");
        encode(&wire(&Reply::Error(Refusal::new(RefusalCode::TooLarge, message)))).unwrap_or_default()
    })
}

fn wire(reply: &Reply) -> Value {
    match reply {
        Reply::Ok(value) => json!({ "v": VERSION, "ok": value }),
        Reply::Error(refusal) => json!({ "v": VERSION, "error": refusal }),
        Reply::Update(value) => json!({ "v": VERSION, "update": value }),
    }
}

fn encode(value: &Value) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// What a line asks.
pub(super) fn decode_request(line: &[u8]) -> Result<Request, Refusal> {
    let bad = |what: &str| Refusal::new(RefusalCode::BadRequest, format!("no request: {what}"));
    let object: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| bad(&format!("not a JSON object ({error})")))?;
    match object.get("v").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(other) => return Err(other_version(other)),
        None => return Err(bad("\"v\", the version of the protocol, is missing")),
    }
    match object.get("op").and_then(Value::as_str) {
        Some(op) if !OPS.contains(&op) => Err(unknown_op(op)),
        Some(_) => serde_json::from_value(Value::Object(object)).map_err(|error| bad(&error.to_string())),
        None => Err(bad("\"op\" is missing")),
    }
}

fn other_version(version: u64) -> Refusal {
    let own = env!("CARGO_PKG_VERSION");
    let message = format!(
        "this stack speaks version {VERSION} of the control protocol, not {version}: use the thor-stack {own} program"
    );
    Refusal::new(RefusalCode::UnsupportedVersion, message)
}

fn unknown_op(op: &str) -> Refusal {
    let own = env!("CARGO_PKG_VERSION");
    // Cut, lest a client's 64 KiB come back in every log.
    let op: String = op.chars().take(40).collect();
    let message = format!("thor-stack {own} has no operation {op:?}; it has {}", OPS.join(", "));
    Refusal::new(RefusalCode::UnknownOp, message)
}

/// What the server said in a line. Keys besides the answer are ignored.
pub(super) fn decode_reply(line: &[u8]) -> Option<Reply> {
    let object: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let reply = object.into_iter().find(|(key, _)| matches!(key.as_str(), "ok" | "error" | "update"))?;
    serde_json::from_value(Value::Object(Map::from_iter([reply]))).ok()
}
