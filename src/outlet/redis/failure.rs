//! Why an exchange with the server failed, in words that name the next step.

use std::io;

/// One failed exchange.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server could not be reached, went away, or did not answer in time.
    Io(io::Error),
    /// The server answered with an error: its code, and the rest of its text.
    Server { code: String, detail: String },
    /// The server answered something that this program does not understand.
    Reply(String),
}

impl Failure {
    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Failure::Server { code, .. } if code == wanted)
    }

    /// An error of the server's that was about `key`, and does not say so itself.
    pub(super) fn about(self, key: &str) -> Failure {
        match self {
            Failure::Server { code, detail } => Failure::Server { code, detail: format!("{key}: {detail}") },
            other => other,
        }
    }

    /// What happened and what to do about it. May quote the server, so it must be scrubbed.
    pub(super) fn text(&self) -> String {
        match self {
            Failure::Io(error) => io_text(error),
            Failure::Server { code, detail } => match advice(code) {
                Some(advice) => format!("{advice} ({code} {detail})"),
                None if needs_password(detail) => format!("{PASSWORD_REFUSED} ({code} {detail})"),
                None => format!("the server answered {code} {detail}"),
            },
            Failure::Reply(what) => format!("unexpected answer: {what}; is this a Redis server?"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

const PASSWORD_REFUSED: &str = "the server refused the user or password in bus.url";

fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            "the server did not answer in time (bus.timeout, bus.connect_timeout)".into()
        }
        io::ErrorKind::UnexpectedEof => "the server closed the connection".into(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            format!("no server there ({error}); start it or correct bus.url")
        }
        _ => error.to_string(),
    }
}

/// Redis's error codes (the first word of an error reply) that a user can do something about.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "NOAUTH" => "the server asks for a password; put it into bus.url",
        "WRONGPASS" => PASSWORD_REFUSED,
        "NOPERM" => "the server's access list does not allow the user of bus.url what publishing needs",
        "WRONGTYPE" => "a key of the Redis contract holds a value of another kind; rename or delete it",
        "OOM" => "the server is out of memory; raise its maxmemory or free some",
        "LOADING" => "the server is still loading its data",
        "MASTERDOWN" => "the server is a replica that lost its master",
        "READONLY" => "the server is a read-only replica; let bus.url name the master",
        "MISCONF" => "the server cannot save to disk and refuses writes; see its log",
        "NOREPLICAS" => "the server has too few replicas and refuses writes",
        "BUSY" => "the server is busy with another client's script",
        "CROSSSLOT" | "MOVED" | "CLUSTERDOWN" => {
            "the server is a cluster node; bus.url must name a single server"
        }
        "NOPROTO" => "the server is too old; Redis 5 or later is needed",
        _ => return None,
    })
}

/// Servers before 6 answer a plain ERR to a wrong password, or to one where none is set.
fn needs_password(detail: &str) -> bool {
    detail.contains("invalid password") || detail.contains("AUTH")
}
