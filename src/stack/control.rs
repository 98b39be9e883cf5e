//! A stack as the clients of its control channel see it.

mod quotes;

use super::{Respawns, StackHandle};
use crate::config::did_you_mean;
use crate::control::{Answer, Control, Refusal, RefusalCode, Updates};
use crate::supervise::{RestartError, ShutdownReport, State, SupervisorStatus};
use arc_swap::{ArcSwap, ArcSwapOption};
use crossbeam_channel::{Receiver, Sender, TryRecvError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Answers for a stack: give it to a [`Server`](crate::control::Server).
///
/// It stops nothing itself, because the control thread waits for nobody: when a client asks for a stop, the host gets
/// a message, calls [`StackHandle::shutdown`] with [`StackControl::deadline`], hands the report to
/// [`StackControl::stopped`] and then drops the server, which delivers it.
pub struct StackControl {
    stack: Arc<StackHandle>,
    respawns: ArcSwap<Respawns>,
    order: Sender<()>,
    ordered: AtomicBool,
    deadline: Mutex<Option<Duration>>,
    report: Arc<ArcSwapOption<ShutdownReport>>,
}

impl StackControl {
    /// Answers for `stack`; sends a message on `order` when a client asks to stop it.
    #[must_use]
    pub fn new(stack: Arc<StackHandle>, order: Sender<()>, respawns: Respawns) -> StackControl {
        StackControl {
            stack,
            respawns: ArcSwap::from_pointee(respawns),
            order,
            ordered: AtomicBool::new(false),
            deadline: Mutex::default(),
            report: Arc::default(),
        }
    }

    /// How long the client that asked to stop gives hung supervisors; `None`: it, or nobody, said.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        *self.deadline.lock()
    }

    /// The stack has stopped.
    pub fn stopped(&self, report: &ShutdownReport) {
        self.report.store(Some(Arc::new(report.clone())));
    }

    /// The parent that starts the process again is gone.
    pub fn parent_gone(&self) {
        self.respawns.rcu(|respawns| Respawns {
            parent: None,
            parent_gone: true,
            ..Respawns::clone(respawns)
        });
    }

    /// From the order on, which the host may see later.
    fn is_stopping(&self) -> bool {
        self.ordered.load(Ordering::Acquire) || self.stack.running.is_stopping()
    }

    fn check(&self, names: &[String], supervisors: &[SupervisorStatus]) -> Result<(), Refusal> {
        let known = || supervisors.iter().map(|supervisor| supervisor.name.as_str());
        match names.iter().find(|name| !known().any(|known| known == name.as_str())) {
            Some(name) => Err(unknown(name, &known().collect::<Vec<_>>())),
            None => Ok(()),
        }
    }

    fn begin_restart(&self, names: &[String]) -> Result<Vec<Pending>, Refusal> {
        let supervisors = self.stack.supervisors();
        self.check(names, &supervisors)?;
        let asked = |supervisor: &&SupervisorStatus| match names {
            [] => supervisor.state != State::Disabled,
            names => names.contains(&supervisor.name),
        };
        let asked: Vec<&SupervisorStatus> = supervisors.iter().filter(asked).collect();
        if let Some(disabled) = asked.iter().find(|supervisor| supervisor.state == State::Disabled) {
            let reason = disabled.detail["reason"].as_str().unwrap_or_default();
            let message = format!("{} is disabled: {reason}", disabled.name);
            return Err(Refusal::new(RefusalCode::Failed, message));
        }
        asked.into_iter().map(|supervisor| Pending::begin(&self.stack, &supervisor.name)).collect()
    }
}

fn unknown(name: &str, known: &[&str]) -> Refusal {
    let message = match did_you_mean(name, known.iter().copied()) {
        meant if meant.is_empty() => format!("no supervisor {name:?}; there are: {}", known.join(", ")),
        meant => format!("no supervisor {name:?}{meant}"),
    };
    Refusal::new(RefusalCode::UnknownName, message)
}

/// A restart under way.
struct Pending {
    name: String,
    answer: Receiver<u64>,
    generation: Option<u64>,
}

impl Pending {
    fn begin(stack: &StackHandle, name: &str) -> Result<Pending, Refusal> {
        let refused = |error: RestartError| match error {
            RestartError::Stopping => Refusal::new(RefusalCode::Stopping, error.to_string()),
            error => Refusal::new(RefusalCode::Failed, error.to_string()),
        };
        let answer = stack.restart(name).map_err(refused)?;
        Ok(Pending { name: name.to_owned(), answer, generation: None })
    }

    /// Whether the worker stands.
    fn look(&mut self) -> Result<bool, Refusal> {
        if self.generation.is_none() {
            match self.answer.try_recv() {
                Ok(generation) => self.generation = Some(generation),
                Err(TryRecvError::Empty) => return Ok(false),
                Err(TryRecvError::Disconnected) => {
                    let message = format!("the stack stopped before {} was restarted", self.name);
                    return Err(Refusal::new(RefusalCode::Stopping, message));
                }
            }
        }
        Ok(true)
    }
}

fn restarted(pending: &mut [Pending]) -> Option<Result<Value, Refusal>> {
    for one in pending.iter_mut() {
        match one.look() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(refusal) => return Some(Err(refusal)),
        }
    }
    let shown = |one: &Pending| json!({ "name": one.name, "generation": one.generation });
    let restarted: Vec<Value> = pending.iter().map(shown).collect();
    Some(Ok(json!({ "schema": 1, "restarted": restarted })))
}

fn shown(report: &ShutdownReport) -> Value {
    let unstopped = report.not_stopped.iter().map(|one| json!({ "name": one.name, "phase": one.phase }));
    json!({
        "schema": 1,
        "stopped": report.stopped,
        "not_stopped": unstopped.collect::<Vec<_>>(),
        "took_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
    })
}

impl Control for StackControl {
    fn ping(&self) -> Value {
        json!({
            "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
            // Who starts a stack must not count on one that is on its way out.
            "ready": self.stack.is_ready() && !self.is_stopping(),
            "stopping": self.is_stopping(),
            "parent": self.respawns.load().parent,
        })
    }

    fn status(&self, names: &[String]) -> Result<Value, Refusal> {
        let mut status = self.stack.status();
        self.check(names, &status.supervisors)?;
        status.supervisors.retain(|supervisor| names.is_empty() || names.contains(&supervisor.name));
        status.respawns = Respawns::clone(&self.respawns.load());
        let failed = |error: serde_json::Error| Refusal::new(RefusalCode::Failed, error.to_string());
        let mut value = serde_json::to_value(status).map_err(failed)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("schema".to_owned(), 1.into());
        }
        Ok(value)
    }

    fn quotes(&self, symbols: &[String]) -> Result<Value, Refusal> {
        quotes::latest(&self.stack, symbols)
    }

    fn follow(&self, symbols: &[String]) -> Result<Box<dyn Updates>, Refusal> {
        quotes::changes(&self.stack, symbols)
    }

    fn stop(&self, deadline: Option<Duration>) -> Answer {
        *self.deadline.lock() = deadline;
        self.ordered.store(true, Ordering::Release);
        // The host may have been told already, by another client or by a signal.
        self.order.try_send(()).ok();
        let report = Arc::clone(&self.report);
        Answer::Later(Box::new(move || report.load().as_deref().map(|report| Ok(shown(report)))))
    }

    fn restart(&self, names: &[String]) -> Answer {
        match self.begin_restart(names) {
            Ok(mut pending) => Answer::Later(Box::new(move || restarted(&mut pending))),
            Err(refusal) => Answer::Now(Err(refusal)),
        }
    }
}
