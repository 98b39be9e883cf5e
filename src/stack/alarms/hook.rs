//! The command that the user wants run when an alarm begins or ends.

use super::{ALARMS, Alarm};
use crate::config::ALARM_VARIABLES;
use crate::os::process::without_window;
use crate::os::signals;
use crate::supervise::thread::spawn_named;
use crate::supervise::{Clock, Mono, SystemClock};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long one run may take; then it is killed.
const BOUND: Duration = Duration::from_secs(10);

/// How often to look whether it has ended, while it runs.
const LOOK: Duration = Duration::from_millis(50);

/// How many rounds of it may be under way: an alarm of all markets at once is one round.
const ROUNDS: u32 = 4;

/// Enough for starting a process and waiting for it.
const STACK_SIZE: usize = 256 * 1024;

/// Runs the command in a thread of its own, so that no worker waits for it; whatever becomes of it is logged.
pub(super) struct Hook {
    command: Arc<[String]>,
    rounds: Arc<AtomicU32>,
}

/// An alarm that began or ended.
pub(super) struct News {
    pub(super) alarm: Alarm,
    pub(super) has_ended: bool,
}

impl Hook {
    pub(super) fn new(command: &[String]) -> Hook {
        Hook { command: command.into(), rounds: Arc::default() }
    }

    /// Runs the command for each of `news`, one after the other.
    pub(super) fn run(&self, news: Vec<News>) {
        if self.command.is_empty() || news.is_empty() {
            return;
        }
        if self.rounds.fetch_add(1, Ordering::Relaxed) >= ROUNDS {
            self.rounds.fetch_sub(1, Ordering::Relaxed);
            log::error!("alarm.command is not run: {ROUNDS} rounds of it are under way");
            return;
        }
        let (command, round) = (Arc::clone(&self.command), Round(Arc::clone(&self.rounds)));
        let body = move || {
            let _round = round;
            for news in &news {
                if let Err(error) = run(&command, news, BOUND) {
                    log::error!("alarm.command {:?}: {error}", command[0]);
                }
            }
        };
        if let Err(error) = spawn_named(ALARMS, STACK_SIZE, body) {
            log::error!("alarm.command is not run: starting a thread: {error}");
        }
    }
}

/// A round under way; its end counts, however it comes.
struct Round(Arc<AtomicU32>);

impl Drop for Round {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs it once, to its end or to the bound.
fn run(command: &[String], news: &News, bound: Duration) -> Result<(), String> {
    let mut child = {
        let _through = signals::let_through();
        prepared(command, news).spawn().map_err(|error| error.to_string())?
    };
    // Real time: a process knows no other.
    let clock = SystemClock::new();
    let deadline = clock.mono().plus(bound);
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("ended with {status}")),
            Ok(None) if clock.mono() < deadline => wait(&clock, deadline),
            Ok(None) => return Err(kill(&mut child, bound)),
            Err(error) => return Err(format!("waiting for it: {error}")),
        }
    }
}

fn wait(clock: &dyn Clock, deadline: Mono) {
    // A timer of the system's clock always comes.
    clock.timer(clock.mono().plus(LOOK).min(deadline)).recv().ok();
}

fn kill(child: &mut Child, bound: Duration) -> String {
    let killed = child.kill().and_then(|()| child.wait());
    match killed {
        Ok(_) => format!("killed after {bound:?}"),
        Err(error) => format!("still running after {bound:?}, and cannot be killed: {error}"),
    }
}

/// No shell takes part unless the command names one; what it prints is nobody's, and it opens no window to do so.
fn prepared(command: &[String], News { alarm, has_ended }: &News) -> Command {
    let mut prepared = Command::new(&command[0]);
    let state = if *has_ended { "ended" } else { "began" };
    let market = alarm.market.as_deref().unwrap_or_default();
    let at = alarm.at.to_string();
    without_window(&mut prepared)
        .args(&command[1..])
        .arg(format!("{market} {} {state}: {}", alarm.kind, alarm.message).trim_start())
        .envs(ALARM_VARIABLES.into_iter().zip([&*at, market, alarm.kind.name(), state, &alarm.message]))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    prepared
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::stack::alarms::AlarmKind;

    fn news() -> News {
        let alarm = Alarm {
            at: jiff::Timestamp::UNIX_EPOCH,
            market: None,
            kind: AlarmKind::NotFed,
            message: String::new(),
        };
        News { alarm, has_ended: false }
    }

    fn words(command: &[&str]) -> Vec<String> {
        command.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_command_that_hangs_is_killed_at_the_bound() {
        let ended = run(&words(&["sh", "-c", "exec sleep 60"]), &news(), Duration::from_millis(200));
        assert_eq!(ended, Err("killed after 200ms".to_string()));
        assert_eq!(run(&words(&["true"]), &news(), BOUND), Ok(()));
    }

    #[test]
    fn no_more_rounds_are_under_way_than_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let (told, gate) = (folder.path().join("told"), folder.path().join("gate"));
        let script = format!(
            "echo . >> '{}'; while ! test -e '{}'; do sleep 0.05; done",
            told.display(),
            gate.display()
        );
        let hook = Hook::new(&words(&["sh", "-c", &script]));
        (0..=ROUNDS).for_each(|_| hook.run(vec![news()]));
        let rounds = || hook.rounds.load(Ordering::Relaxed);
        assert!(rounds() <= ROUNDS);
        std::fs::write(&gate, "").unwrap();
        while rounds() > 0 {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        assert_eq!(std::fs::read_to_string(&told).unwrap().lines().count(), ROUNDS as usize);
    }
}
