//! The server's address, taken apart; its secrets stay in here.

use super::failure::Failure;
use crate::config::redact;
use crate::outlet::OutletError;
use ::redis::{ConnectionAddr, IntoConnectionInfo};

/// Where the server is and how to introduce oneself.
pub(super) struct Address {
    /// Redacted.
    pub(super) shown: String,
    pub(super) target: ConnectionAddr,
    pub(super) db: i64,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    secrets: Vec<String>, // as typed and decoded, the longest first
}

impl Address {
    /// # Errors
    /// [`OutletError::Failed`] when `url` is no address of a Redis server, or needs a feature that is not built in.
    pub(super) fn parse(url: &str) -> Result<Address, OutletError> {
        let shown = redact(url);
        if !cfg!(feature = "tls") && ["rediss://", "valkeys://"].iter().any(|tls| url.starts_with(tls)) {
            let text = format!("{shown}: this build has no TLS; build with --features tls, or use redis://");
            return Err(OutletError::Failed(text));
        }
        // The client's own error text may quote parts of the address, so it is not repeated.
        let info = url.into_connection_info().map_err(|_| {
            OutletError::Failed(format!(
                "bus.url {shown} is no Redis address; write redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss://… or \
                 redis+unix:///PATH[?db=DB&user=USER&pass=PASSWORD], special characters percent-encoded"
            ))
        })?;
        let redis = info.redis_settings();
        let password = redis.password().map(String::from);
        Ok(Address {
            secrets: secrets(url, password.as_deref()),
            shown,
            target: info.addr().clone(),
            db: redis.db(),
            user: redis.username().map(String::from),
            password,
        })
    }

    /// `failure` in words that may be shown.
    pub(super) fn error(&self, failure: &Failure) -> OutletError {
        OutletError::Failed(format!("{}: {}", self.shown, self.scrub(&failure.text())))
    }

    /// `text` without this address's secrets, whoever quoted them.
    fn scrub(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_string(), |text, secret| text.replace(secret, "***"))
    }
}

fn secrets(url: &str, password: Option<&str>) -> Vec<String> {
    let typed = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
    let typed = typed.map(|user| user.split_once(':').map_or(user, |(_, password)| password));
    let mut secrets: Vec<String> = typed.into_iter().chain(password).map(String::from).collect();
    secrets.push(url.to_string());
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}
