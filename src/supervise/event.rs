//! What happens to supervisors, as typed events that print themselves.

use super::{Failure, FailureKind};
use log::Level;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The target of every log line about supervisors.
pub(super) const LOG_TARGET: &str = "thor_stack::supervise";

/// Something that happened to the supervisor called `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The supervisor's name.
    pub name: String,
    /// What happened.
    pub kind: EventKind,
    /// The failure that it tells of, whole, if it tells of one.
    pub failure: Option<Arc<Failure>>,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// Its worker was built for the first time.
    Started,
    /// Building the worker or a cycle failed; it is built again after `retry_in`.
    Failed {
        /// Error or panic.
        kind: FailureKind,
        /// Its text.
        message: String,
        /// What the cycle said it was doing, last.
        phase: Option<String>,
        /// The back-off.
        retry_in: Duration,
    },
    /// A cycle, a build or a drop passed its deadline: its generation is revoked and another thread takes its place.
    Hung {
        /// What it said it was doing, last.
        phase: Option<String>,
        /// Where its thread is, as far as the system tells.
        stack: String,
        /// For how long it has been at it.
        lasted: Duration,
        /// The back-off; `None`: it is not replaced, because it failed too often or too many hang already.
        retry_in: Option<Duration>,
    },
    /// The process stood still (suspend, SIGSTOP, no processor), or the wall clock was set: deadlines count anew.
    StoodStill {
        /// How late a timer came: for so long nobody could run.
        late: Duration,
        /// How much more than that the wall clock moved: it was set, or the machine slept.
        jumped: Duration,
    },
    /// A condition that somebody should see to holds from now on.
    Alarm {
        /// What it is about (a market); `None`: everything.
        subject: Option<String>,
        /// Which condition.
        kind: &'static str,
        /// The condition in words.
        message: String,
    },
    /// The condition of an alarm has ended.
    AlarmEnded {
        /// As in [`EventKind::Alarm`].
        subject: Option<String>,
        /// As in [`EventKind::Alarm`].
        kind: &'static str,
    },
    /// The system refused a thread; it is asked again after `retry_in`.
    SpawnFailed {
        /// What the system said.
        message: String,
        /// The back-off.
        retry_in: Duration,
    },
    /// It failed too often and stays down until a restart by command.
    GaveUp {
        /// Why, with the last failure.
        reason: String,
    },
    /// The worker returned normally and is built again after `again_in`.
    Returned {
        /// The policy's interval.
        again_in: Duration,
    },
    /// The worker was built again.
    Restarted {
        /// Which incarnation it is.
        generation: u64,
        /// What for.
        reason: RestartReason,
    },
    /// The first cycle after failures succeeded.
    Recovered {
        /// How many failures there were since the last success.
        failures: u32,
    },
    /// The worker panicked while it was dropped; what it should have given back may be held still.
    DropPanicked {
        /// The panic's text.
        message: String,
    },
    /// A sign of life, once a minute, after a cycle; sent only where debug lines are logged.
    Heartbeat {
        /// How many cycles succeeded so far.
        cycles: u64,
    },
    /// Its thread has ended as told.
    Stopped,
    /// Its thread had not ended when the shutdown's time was up.
    DidNotStop {
        /// What the cycle said it was doing, last.
        phase: Option<String>,
    },
}

/// Why a worker was built again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RestartReason {
    /// It had failed.
    Failure,
    /// Somebody asked for it.
    Command,
    /// It had returned normally.
    Returned,
}

impl Event {
    /// The level at which the event is logged.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.kind {
            EventKind::GaveUp { .. }
            | EventKind::DidNotStop { .. }
            | EventKind::Hung { .. }
            | EventKind::Alarm { .. } => Level::Error,
            EventKind::StoodStill { .. }
            | EventKind::Failed { .. }
            | EventKind::SpawnFailed { .. }
            | EventKind::DropPanicked { .. } => Level::Warn,
            EventKind::Restarted { reason: RestartReason::Returned, .. }
            | EventKind::Returned { .. }
            | EventKind::Heartbeat { .. } => Level::Debug,
            EventKind::Started
            | EventKind::Restarted { .. }
            | EventKind::Recovered { .. }
            | EventKind::AlarmEnded { .. }
            | EventKind::Stopped => Level::Info,
        }
    }
}

impl EventKind {
    /// Whether it belongs to the regular life of a supervisor.
    pub(super) fn is_routine(&self) -> bool {
        matches!(
            self,
            EventKind::Started
                | EventKind::Returned { .. }
                | EventKind::Restarted { .. }
                | EventKind::Heartbeat { .. }
                | EventKind::Stopped
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.kind)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventKind::Started => write!(f, "started"),
            EventKind::Failed { kind, message, phase, retry_in } => {
                write!(f, "{kind}: {message}{}; restart in {retry_in:.1?}", While(phase.as_deref()))
            }
            EventKind::Hung { phase, stack, lasted, retry_in } => {
                let then = match retry_in {
                    Some(retry_in) => format!("replaced in {retry_in:.1?}"),
                    None => "not replaced".to_owned(),
                };
                write!(f, "hung for {lasted:.1?}{}; {then}; {stack}", While(phase.as_deref()))
            }
            EventKind::StoodStill { late, jumped } => {
                let by = late.max(jumped);
                write!(f, "the process stood still, or the clock was set, by {by:.1?}")
            }
            EventKind::Alarm { subject, kind, message } => {
                write!(f, "ALARM {kind}{}: {message}", About(subject.as_deref()))
            }
            EventKind::AlarmEnded { subject, kind } => {
                write!(f, "alarm {kind}{} has ended", About(subject.as_deref()))
            }
            EventKind::SpawnFailed { message, retry_in } => {
                write!(f, "no thread: {message}; next try in {retry_in:.1?}")
            }
            EventKind::GaveUp { reason } => write!(f, "gave up: {reason}; restart it by command"),
            EventKind::Returned { again_in } => write!(f, "returned; again in {again_in:.1?}"),
            EventKind::Restarted { generation, reason } => {
                write!(f, "restarted {reason} (generation {generation})")
            }
            EventKind::Recovered { failures } => write!(f, "recovered; failures in a row: {failures}"),
            EventKind::DropPanicked { message } => write!(f, "panic while its worker was dropped: {message}"),
            EventKind::Heartbeat { cycles } => write!(f, "alive, {cycles} cycles"),
            EventKind::Stopped => write!(f, "stopped"),
            EventKind::DidNotStop { phase } => write!(f, "did not stop in time{}", While(phase.as_deref())),
        }
    }
}

impl fmt::Display for RestartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RestartReason::Failure => "after a failure",
            RestartReason::Command => "by command",
            RestartReason::Returned => "after its interval",
        })
    }
}

/// What an alarm is about.
struct About<'a>(Option<&'a str>);

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |subject| write!(f, " of {subject}"))
    }
}

/// The phase as the tail of a sentence, if there is one.
struct While<'a>(Option<&'a str>);

impl fmt::Display for While<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |phase| write!(f, " (while {phase})"))
    }
}
