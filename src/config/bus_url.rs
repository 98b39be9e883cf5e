//! The address of the bus, which may hold a password and is therefore shown redacted only.

use std::fmt;

/// Which outlet.
#[derive(Clone, PartialEq, Eq)]
pub enum BusUrl {
    /// None: the board in this process is all.
    Local,
    /// A Redis address (`redis://`, `rediss://`, `redis+unix://`), password and all.
    Redis(String),
}

impl BusUrl {
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
