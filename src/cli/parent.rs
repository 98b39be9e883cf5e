//! The small process that starts the stack again when it dies of what no `catch_unwind` catches.

use super::exit_code::{ExitCode, OVERRUN, UNSTARTED};
use super::stage::Stage;
use super::{lifeline, signals};
use anyhow::Context;
use crossbeam_channel::{Receiver, bounded, select};
use std::io;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::control::{Client, ClientError, Request};
use thor_stack::instance::{self, Attempt, HolderInfo, InstanceLock, Role};
use thor_stack::os::process;
use thor_stack::supervise::thread::spawn_named;
use thor_stack::supervise::{Clock, Mono, SystemClock};
use thor_stack::{LastExit, Respawns};

/// How long after its first death the stack is started again: well within the second in which it has to run again.
const FIRST: Duration = Duration::from_millis(100);

/// The longest wait between a death and the next start.
const CAP: Duration = Duration::from_secs(60);

/// A run of this length makes the next death a first one.
const STABLE: Duration = Duration::from_secs(60);

/// How soon a stack that does not listen is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// How long a stack that was asked is listened to.
const GLANCE: Duration = Duration::from_millis(20);

/// How long asking the stack to stop may take before it is signalled: longer than its own deadline.
const ASKING: Duration = Duration::from_secs(12);

/// Enough for waiting for a process.
const STACK_SIZE: usize = 128 * 1024;

/// Starts the stack of this command line, and again when it dies, until it ends of its own accord or a signal comes;
/// returns what it ended with.
///
/// # Errors
/// The home cannot be had, or the stack not be started.
pub(crate) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let stop = signals::install()?;
    let clock = SystemClock::new();
    let _lock =
        match InstanceLock::try_acquire_as(Role::Parent, &config.home, &HolderInfo::current(clock.now()))? {
            Attempt::Acquired(lock) => lock,
            Attempt::HeldBy(holder) => {
                anyhow::bail!("{holder} starts the stack of home {}", config.home.display())
            }
        };
    if let Some(holder) = instance::holder(&config.home)? {
        anyhow::bail!("home {} is held by {holder}", config.home.display());
    }
    Parent {
        config,
        clock,
        stop,
        respawns: Respawns { parent: Some(std::process::id()), ..Respawns::default() },
    }
    .run()
}

struct Parent<'a> {
    config: &'a Config,
    clock: SystemClock,
    stop: Receiver<()>,
    respawns: Respawns,
}

/// How a run of the stack ended.
enum End {
    /// It decided so itself, or was told to.
    Over(ExitCode),
    /// It died.
    Died(String),
    /// It never ran. The first time that is for whoever started it; later nobody is there to see it, and it may pass: a
    /// shortage of memory, a config that is being edited.
    Unstarted(ExitCode, String),
}

impl Parent<'_> {
    fn run(mut self) -> anyhow::Result<ExitCode> {
        let mut delay = FIRST;
        loop {
            let began = self.clock.mono();
            let reason = match self.run_once() {
                Ok(End::Over(code)) => return Ok(code),
                Ok(End::Unstarted(code, _)) if self.respawns.respawns == 0 => return Ok(code),
                Ok(End::Died(reason) | End::Unstarted(_, reason)) => reason,
                Err(error) if self.respawns.respawns == 0 => return Err(error),
                Err(error) => format!("could not be started: {error:#}"),
            };
            if self.clock.mono().since(began) >= STABLE {
                delay = FIRST;
            }
            log::error!("the stack died: {reason}; starting it again in {delay:?}");
            self.respawns.respawns += 1;
            self.respawns.last_exit = Some(LastExit { reason, at: self.clock.now() });
            if self.stopped_within(self.clock.mono().plus(delay)) {
                log::info!("told to stop while the stack was down");
                return Ok(ExitCode::Done);
            }
            delay = CAP.min(delay * 2);
        }
    }

    fn stopped_within(&self, until: Mono) -> bool {
        select! {
            recv(self.stop) -> _ => true,
            recv(self.clock.timer(until)) -> _ => false,
        }
    }

    /// Runs the stack once, to its end.
    fn run_once(&self) -> anyhow::Result<End> {
        let mut command = Stage::Child.command(self.config)?;
        command.stdin(Stdio::piped());
        let mut child = process::spawn(&mut command).context("starting the process of the stack")?;
        let pid = child.id();
        // Where it is gone already, waiting for it tells why.
        lifeline::tell(&mut child, &self.respawns).ok();
        let ended =
            ended(child).context("starting the thread that waits for the stack").inspect_err(|_| {
                process::terminate(pid).ok(); // nobody would see it end
            })?;
        select! {
            recv(ended) -> status => Ok(End::of(status.context("the thread that waits is gone")?)),
            recv(self.stop) -> _ => self.stop(pid, &ended),
        }
    }

    /// However it ends now, it was told to.
    fn stop(&self, pid: u32, ended: &Receiver<io::Result<ExitStatus>>) -> anyhow::Result<End> {
        match End::of(self.ask_until_it_ends(pid, ended)?) {
            End::Died(reason) => {
                log::warn!("the stack died while it was stopping: {reason}");
                Ok(End::Over(ExitCode::Failed))
            }
            End::Over(code) | End::Unstarted(code, _) => Ok(End::Over(code)),
        }
    }

    /// By word, not by signal: who told this process may have signalled the stack as well, and its second signal would
    /// end it at once.
    fn ask_until_it_ends(
        &self,
        pid: u32,
        ended: &Receiver<io::Result<ExitStatus>>,
    ) -> anyhow::Result<io::Result<ExitStatus>> {
        let deadline = self.clock.mono().plus(ASKING);
        let mut asked = false;
        loop {
            asked = asked || self.ask_to_stop();
            let left = deadline.since(self.clock.mono());
            match ended.recv_timeout(if asked { left } else { left.min(ASK_AGAIN) }) {
                Ok(status) => return Ok(status),
                Err(_) if left.is_zero() => break,
                Err(_) => {}
            }
        }
        // It has not even named who hangs.
        process::terminate(pid).ok();
        ended.recv().context("the thread that waits is gone")
    }

    /// Whether it has heard: while it starts, and when it has nearly stopped, it does not listen.
    fn ask_to_stop(&self) -> bool {
        let request = Request::Stop { deadline_ms: None };
        match Client::connect(&self.config.home).and_then(|mut client| client.request(&request, GLANCE)) {
            // Its end is the answer, which is waited for elsewhere.
            Ok(_) | Err(ClientError::TimedOut { .. }) => true,
            Err(error) => {
                log::debug!("{error}; asking again");
                false
            }
        }
    }
}

/// Says how `child` ends, when it does. The pipe to it closes then.
fn ended(mut child: Child) -> io::Result<Receiver<io::Result<ExitStatus>>> {
    let (end, ended) = bounded(1);
    let pipe = child.stdin.take();
    spawn_named("stack-wait", STACK_SIZE, move || {
        end.send(child.wait()).ok();
        drop(pipe);
    })?;
    Ok(ended)
}

impl End {
    /// An end with a code of ours was decided; anything else is a death.
    fn of(status: io::Result<ExitStatus>) -> End {
        match status {
            Ok(status) => match status.code().and_then(ExitCode::of_child) {
                Some(code @ ExitCode::Usage) => {
                    End::Unstarted(code, "its config cannot be used; the log says why".into())
                }
                Some(code) => End::Over(code),
                None if status.code() == Some(OVERRUN.into()) => {
                    End::Died(format!("{status}: more workers hung than supervisors.max_zombies"))
                }
                None if status.code() == Some(UNSTARTED.into()) => {
                    let reason = format!("{status}: it could not be started; the log says why");
                    End::Unstarted(ExitCode::Failed, reason)
                }
                None => End::Died(status.to_string()),
            },
            Err(error) => End::Died(format!("it cannot be waited for: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use std::os::unix::process::ExitStatusExt;
    #[cfg(windows)]
    use std::os::windows::process::ExitStatusExt;

    #[cfg(unix)]
    const ENDS: [(i32, &str); 9] = [
        (0, "0"),
        (1 << 8, "1"),
        (2 << 8, "2 its config cannot be used; the log says why"),
        (130 << 8, "130"),
        (9, "signal: 9 (SIGKILL)"),
        (6, "signal: 6 (SIGABRT)"),
        (101 << 8, "exit status: 101"), // a panic of the main thread
        (75 << 8, "exit status: 75: more workers hung than supervisors.max_zombies"),
        (71 << 8, "1 exit status: 71: it could not be started; the log says why"),
    ];

    /// Whoever terminates a process chooses its code, most often 1 or 0.
    #[cfg(windows)]
    const ENDS: [(u32, &str); 9] = [
        (64, "0"),
        (65, "1"),
        (66, "2 its config cannot be used; the log says why"),
        (194, "130"),
        (0, "exit code: 0"),
        (1, "exit code: 1"),
        (0xC000_0005, "exit code: 0xc0000005"), // an access violation
        (75, "exit code: 75: more workers hung than supervisors.max_zombies"),
        (71, "1 exit code: 71: it could not be started; the log says why"),
    ];

    #[test]
    fn deaths_are_told_from_ends() {
        let end = |raw| match End::of(Ok(ExitStatus::from_raw(raw))) {
            End::Over(code) => code.number().to_string(),
            End::Died(reason) => reason,
            End::Unstarted(code, reason) => format!("{} {reason}", code.number()),
        };
        for (raw, meant) in ENDS {
            assert_eq!(end(raw), meant);
        }
    }
}
