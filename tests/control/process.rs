//! Other processes that try to hold a home: this test binary again, as a child that is told what to do by its input.

#![allow(clippy::print_stdout)] // its answers go to the test that started it

use super::fake::Fake;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use thor_stack::control::Server;
use thor_stack::instance::{Attempt, HolderInfo, InstanceLock};

const HOME: &str = "THOR_STACK_TEST_HOME";

/// The test whose body the other processes play.
const NAME: &str = "control::process::a_home_that_another_process_takes_is_seen_to_be_held";

/// A child process that does one thing a line: `take`, `serve`, `fork`, `child take`.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(super) fn spawn(home: &Path) -> Process {
        Process::of(&mut Process::command(home))
    }

    pub(super) fn command(home: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([NAME, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(HOME, home).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        command
    }

    pub(super) fn of(command: &mut Command) -> Process {
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Process { child, input, output }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn tell(&mut self, line: &str) {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
    }

    /// The next answer.
    pub(super) fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the child process ended");
            if let Some((_, answer)) = line.split_once("> ") {
                return answer.trim_end().to_owned();
            }
        }
    }

    pub(super) fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.hear()
    }

    /// `kill -9`, and its end is known.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Closes the input, which ends the process and its forked child, and waits for both.
    pub(super) fn end(mut self) {
        drop(self.input.take());
        self.output.read_to_end(&mut Vec::new()).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_home_that_another_process_takes_is_seen_to_be_held() {
    if let Some(home) = std::env::var_os(HOME) {
        return obey(home.as_ref());
    }
    let home = super::instance::home();
    let mut holder = Process::spawn(home.path());
    assert_eq!(holder.ask("take"), "held");
    let held_by = format!("held by process {}", holder.pid());
    assert!(Process::spawn(home.path()).ask("take").starts_with(&held_by));
    holder.end();
    assert_eq!(Process::spawn(home.path()).ask("take"), "held");
}

/// Does what the lines of its input say, until they end.
fn obey(home: &Path) {
    let mut held = Vec::new();
    let mut server: Option<Server> = None;
    while let Some(line) = line() {
        match line.as_str() {
            "take" => take(home, &mut held),
            "fork" => fork(home, &mut held),
            "be a C host" => be_a_c_host(),
            "shut down" => {
                let server = server.as_ref().expect("serving");
                println!("\n> {} {}", server.shutdown(), server.shutdown());
            }
            "serve" => {
                server = Some(Server::start(&held[0], Fake::new()).unwrap());
                println!("\n> serving");
            }
            other => panic!("{other}"),
        }
    }
    drop(server);
}

fn take(home: &Path, held: &mut Vec<InstanceLock>) {
    let now = "2025-11-28T14:29:59Z".parse().unwrap();
    println!(
        "\n> {}",
        match InstanceLock::try_acquire(home, &HolderInfo::current(now)) {
            Ok(Attempt::Acquired(lock)) => {
                held.push(lock);
                "held".to_owned()
            }
            Ok(Attempt::HeldBy(holder)) => format!("held by {holder}"),
            Err(error) => format!("error: {error}"),
        }
    );
}

/// Rust's start-up ignores SIGPIPE; a host in C may not, and then a write to a closed socket or pipe ends it.
#[allow(unsafe_code, reason = "the disposition of a signal belongs to the process, which is ours alone")]
fn be_a_c_host() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }.unwrap();
    println!("\n> SIGPIPE is deadly");
}

/// A byte at a time: what is buffered before a fork would be read by both sides.
fn line() -> Option<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        match nix::unistd::read(std::io::stdin(), &mut byte) {
            Ok(1) if byte == *b"\n" => return String::from_utf8(line).ok(),
            Ok(1) => line.extend(byte),
            _ => return None,
        }
    }
}

/// From here on parent and forked child read the same input; the parent waits for its end only.
#[allow(unsafe_code, reason = "the fork is what is tested")]
fn fork(home: &Path, held: &mut Vec<InstanceLock>) {
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Parent { child } => {
            println!("\n> {child}");
            nix::sys::wait::waitpid(child, None).ok();
        }
        nix::unistd::ForkResult::Child => {
            while let Some(line) = line() {
                match line.as_str() {
                    "child take" => take(home, held),
                    "child drop inherited" => {
                        drop(held.remove(0));
                        println!("\n> dropped");
                    }
                    other => panic!("{other}"),
                }
            }
            // Not the ways of a test process, which would end the parent's test too.
            unsafe { nix::libc::_exit(0) };
        }
    }
}
