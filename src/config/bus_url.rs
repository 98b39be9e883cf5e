//! The address of the bus, which may hold a password and is therefore shown redacted only.

use crate::os;
use std::fmt;

/// Which outlet.
#[derive(Clone, PartialEq, Eq)]
pub enum BusUrl {
    /// None: the board in this process is all.
    Local,
    /// A Redis address (`redis://`, `rediss://`, `redis+unix://`), password and all.
    Redis(String),
}

/// Why a text is no address of the bus. Never holds the address: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BusUrlError {
    /// None of the schemes.
    #[error("not an address; write \"local\", or one that starts with redis://, rediss:// or redis+unix://")]
    Scheme,
    /// `rediss://` in a build without TLS.
    #[error("this build has no TLS, which rediss:// needs; build it with --features tls")]
    NoTls,
    /// `redis+unix://` on a platform without such sockets.
    #[error("redis+unix:// needs Unix sockets, which this platform has not")]
    NoUnixSockets,
    /// A host that cannot be connected to, a port or a database that is none, or a damaged escape.
    #[error(
        "not an address of the form redis://user:password@host:port/db; special characters in the password are \
         written as %XX"
    )]
    Shape,
}

impl BusUrl {
    /// The address that `text` says.
    ///
    /// # Errors
    /// [`BusUrlError`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<BusUrl, BusUrlError> {
        let text = text.trim();
        if text == "local" {
            return Ok(BusUrl::Local);
        }
        match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("redis") => {}
            Some("rediss") if cfg!(feature = "tls") => {}
            Some("rediss") => return Err(BusUrlError::NoTls),
            Some("redis+unix") if os::HAS_UNIX_SOCKETS => {}
            Some("redis+unix") => return Err(BusUrlError::NoUnixSockets),
            _ => return Err(BusUrlError::Scheme),
        }
        // The client reads it the same way when it connects, so what passes here is never refused there.
        redis::IntoConnectionInfo::into_connection_info(text).map_err(|_| BusUrlError::Shape)?;
        Ok(BusUrl::Redis(text.to_string()))
    }

    /// The address as it may be shown: passwords are replaced by `***`.
    #[must_use]
    pub fn redacted(&self) -> String {
        match self {
            BusUrl::Local => "local".into(),
            BusUrl::Redis(url) => redact(url),
        }
    }
}

impl fmt::Debug for BusUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

/// `url` without its password. Errs towards hiding: everything between the user's name and the last `@`, and the
/// value of every query parameter but `db` and `protocol`.
#[must_use]
pub fn redact(url: &str) -> String {
    let (head, query) = url.split_once('?').unwrap_or((url, ""));
    let mut shown = match (head.find("://"), head.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => {
            let user = &head[scheme + 3..at];
            let user = user.split_once(':').map_or("", |(user, _)| user);
            format!("{}://{user}:***@{}", &head[..scheme], &head[at + 1..])
        }
        (None, Some(at)) => format!("***@{}", &head[at + 1..]),
        _ => head.to_string(),
    };
    if query.contains('@') && !head.contains('@') {
        // An unescaped `?` inside a password: nothing of it can be shown.
        return format!("{}://***", url.split("://").next().unwrap_or_default());
    }
    for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        shown.push(if at == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((key @ ("db" | "protocol"), value)) => shown.push_str(&format!("{key}={value}")),
            Some((key, _)) => shown.push_str(&format!("{key}=***")),
            None => shown.push_str("***"),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn no_password_is_ever_shown() {
        for (typed, shown) in [
            ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
            ("redis://:s3cret@host:6379", "redis://:***@host:6379"),
            ("rediss://ana:s3cret@host/1", "rediss://ana:***@host/1"),
            ("redis://ana:s3@c/ret@host/1", "redis://ana:***@host/1"),
            ("redis://s3cret@host", "redis://:***@host"),
            ("redis+unix:///run/r.sock?db=1&pass=s3cret", "redis+unix:///run/r.sock?db=1&pass=***"),
            ("redis://ana:s3?cret@host", "redis://***"),
            ("s3cret@host", "***@host"),
        ] {
            assert_eq!(redact(typed), shown, "{typed}");
            assert!(!redact(typed).contains("s3"), "{typed}");
        }
    }
}
