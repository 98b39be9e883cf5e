//! A worker's way to leave notices: a failure is counted and shown, and delays nothing else.

use crate::outlet::{Notices, OutletError};
use crate::supervise::{Context, WorkerError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The notices of one worker, and what became of them.
pub(super) struct Bulletin {
    notices: Arc<dyn Notices>,
    put: u64,
    failures: u64,
    last_error: Option<String>,
    failing: bool,
}

impl Bulletin {
    pub(super) fn new(notices: Arc<dyn Notices>) -> Bulletin {
        Bulletin { notices, put: 0, failures: 0, last_error: None, failing: false }
    }

    /// Puts `value` under `key` for `ttl`. A server that is down costs the caller the bound at most, and is said once.
    ///
    /// # Errors
    /// Only when the worker was replaced.
    pub(super) fn put(
        &mut self,
        ctx: &Context,
        key: &str,
        ttl: Duration,
        value: &Value,
    ) -> Result<(), WorkerError> {
        match self.notices.put(ctx.generation(), key, ttl, value) {
            Ok(()) => self.succeeded(ctx.name()),
            Err(OutletError::Revoked(error)) => return Err(WorkerError::from_error(&error)),
            Err(error) => self.failed(ctx.name(), key, error.to_string()),
        }
        Ok(())
    }

    fn succeeded(&mut self, name: &str) {
        self.put += 1;
        if std::mem::take(&mut self.failing) {
            log::info!("{name}: publishing again");
        }
    }

    fn failed(&mut self, name: &str, key: &str, message: String) {
        if !self.failing || self.last_error.as_ref() != Some(&message) {
            log::warn!("{name}: {key} is not published: {message}");
        }
        self.failing = true;
        self.failures += 1;
        self.last_error = Some(message);
    }

    /// For the worker's status detail; `last_error` stays after recovery.
    pub(super) fn detail(&self) -> Value {
        json!({
            "published": self.put,
            "failures": self.failures,
            "failing": self.failing,
            "last_error": self.last_error,
        })
    }
}
