//! Telling a service manager how the stack is (`man sd_notify`): ready, stopping, and signs of life for its watchdog.

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::StackHandle;
use thor_stack::os::service;
use thor_stack::supervise::State;
use thor_stack::supervise::thread::spawn_named;

/// Enough for a datagram and a status.
const STACK_SIZE: usize = 256 * 1024;

/// How often readiness is looked at while the threads start.
const STEP: Duration = Duration::from_millis(5);

/// Tells the service manager, where there is one. Dropping it ends the signs of life.
pub(crate) struct Systemd(Option<Sender<Infallible>>);

impl Systemd {
    /// Says that `stack` is ready once all its threads have started, and from then on gives signs of life as often as
    /// the manager's watchdog wants them. Does nothing where no manager listens.
    ///
    /// # Errors
    /// The system refuses the thread.
    pub(crate) fn attend(stack: &Arc<StackHandle>) -> anyhow::Result<Systemd> {
        if !service::listens() {
            return Ok(Systemd(None));
        }
        let (order, orders) = crossbeam_channel::bounded(0);
        let stack = Arc::clone(stack);
        spawn_named("service-manager", STACK_SIZE, move || attend(&stack, &orders))
            .context("starting the thread that tells the service manager")?;
        Ok(Systemd(Some(order)))
    }

    /// Says that the stack is stopping.
    pub(crate) fn stopping(self) {
        if self.0.is_some() {
            tell("STOPPING=1");
        }
    }
}

fn attend(stack: &StackHandle, orders: &Receiver<Infallible>) {
    while !stack.is_ready() {
        if ordered_within(orders, STEP) {
            return;
        }
    }
    tell("READY=1");
    let Some(period) = watchdog() else { return };
    let mut progress = 0;
    while !ordered_within(orders, period / 2) {
        if is_alive(stack, &mut progress) {
            tell("WATCHDOG=1");
        }
    }
}

/// True: the stack is stopping.
fn ordered_within(orders: &Receiver<Infallible>, time: Duration) -> bool {
    orders.recv_timeout(time) == Err(crossbeam_channel::RecvTimeoutError::Disconnected)
}

/// Real progress: cycles were completed since the last look, or nobody is hung in one. One hung worker among others
/// that go on is the supervisors' affair, not a reason to end all of them.
fn is_alive(stack: &StackHandle, progress: &mut u64) -> bool {
    let supervisors = stack.supervisors();
    let cycles = supervisors.iter().map(|supervisor| supervisor.cycles).sum();
    let moved = std::mem::replace(progress, cycles) != cycles;
    moved || supervisors.iter().all(|supervisor| supervisor.state != State::Hung)
}

/// How long the manager waits for a sign of life, if it does and means this process.
fn watchdog() -> Option<Duration> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    number("WATCHDOG_USEC").filter(|micros| ours && *micros > 0).map(Duration::from_micros)
}

fn tell(state: &str) {
    if let Err(error) = service::tell(state) {
        log::warn!("the service manager cannot be told {state}: {error}");
    }
}
