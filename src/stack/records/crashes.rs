//! Failures of workers on their way into the ledger.

use crate::ledger::{CRASHES_KEPT, Crash, CrashKind};
use crate::supervise::{Event, EventKind, Failure, FailureKind};
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};

/// How many events before a crash are kept with it.
const EVENTS: usize = 8;

/// How long a text gets, bytes: an error may quote what it read.
const LONGEST: usize = 4 * 1024;

/// Crashes that are not in the ledger yet, and what happened to each supervisor last.
#[derive(Default)]
pub(super) struct Crashes {
    waiting: Vec<Crash>,
    recent: HashMap<String, VecDeque<String>>,
    /// The stacks by supervisor and place: names are looked up once for each, because it takes long.
    resolved: HashMap<(String, String), String>,
}

impl Crashes {
    /// Takes in an event that came `now`; whether it is a crash.
    pub(super) fn take(&mut self, event: &Event, now: Timestamp) -> bool {
        if let Some(failure) = &event.failure {
            let crash = self.crash(event, failure);
            self.add(crash);
        }
        self.remember(event, now);
        event.failure.is_some()
    }

    /// Those that wait; the oldest first.
    pub(super) fn waiting(&self) -> &[Crash] {
        &self.waiting
    }

    /// They are in the ledger.
    pub(super) fn written(&mut self) {
        self.waiting.clear();
    }

    /// One more crash; beyond what the ledger keeps, the oldest goes.
    fn add(&mut self, crash: Crash) {
        if let Some(known) = self.waiting.iter_mut().find(|known| known.is_like(&crash)) {
            known.repeat(crash);
            return;
        }
        if self.waiting.len() == CRASHES_KEPT {
            self.waiting.remove(0);
        }
        self.waiting.push(crash);
    }

    fn crash(&mut self, event: &Event, failure: &Failure) -> Crash {
        Crash {
            supervisor: event.name.clone(),
            kind: kind(event, failure),
            message: cut(&failure.message),
            location: failure.trace.as_ref().map(|trace| trace.location.clone()),
            phase: failure.phase.as_deref().map(cut),
            generation: failure.generation,
            stack: self.stack(event, failure),
            events: self
                .recent
                .get(&event.name)
                .map(|lines| lines.iter().cloned().collect())
                .unwrap_or_default(),
            first_at: failure.at,
            last_at: failure.at,
            count: 1,
        }
    }

    /// Where a thread hangs, or the stack of a panic with its names, as this supervisor panicked there first: another
    /// message at the same place is another record, which needs it too.
    fn stack(&mut self, event: &Event, failure: &Failure) -> Option<String> {
        if let EventKind::Hung { stack, .. } = &event.kind {
            return Some(cut(stack));
        }
        let trace = failure.trace.as_ref()?;
        let place = (event.name.clone(), trace.location.clone());
        if self.resolved.len() == CRASHES_KEPT && !self.resolved.contains_key(&place) {
            self.resolved.clear();
        }
        let stack = self.resolved.entry(place).or_insert_with(|| trace.stack.to_string()); // bounded by itself
        Some(stack.clone()).filter(|stack| !stack.is_empty())
    }

    fn remember(&mut self, event: &Event, now: Timestamp) {
        if matches!(event.kind, EventKind::Heartbeat { .. }) {
            return;
        }
        let lines = self.recent.entry(event.name.clone()).or_default();
        if lines.len() == EVENTS {
            lines.pop_front();
        }
        let text = cut(&event.kind.to_string()).replace(['\n', '\r'], " ");
        lines.push_back(format!("{now:.3} {text}"));
    }
}

fn kind(event: &Event, failure: &Failure) -> CrashKind {
    match (&event.kind, failure.kind) {
        (EventKind::SpawnFailed { .. }, _) => CrashKind::Spawn,
        (_, FailureKind::Error) => CrashKind::Error,
        (_, FailureKind::Panic) => CrashKind::Panic,
        (_, FailureKind::Hang) => CrashKind::Hang,
    }
}

fn cut(text: &str) -> String {
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if end == text.len() { text.to_owned() } else { format!("{}…", &text[..end]) }
}
