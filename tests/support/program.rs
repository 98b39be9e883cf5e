//! The real program in a world of its own: no variable and no file of the machine reaches it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a test waits for something that should come at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A folder of its own, in which the program is run with an empty environment.
pub(crate) struct World {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    /// An empty folder, which is also the user's home and the current folder.
    pub(crate) fn new() -> World {
        World { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// This world with one more variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> World {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A path below the folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file below the folder, and returns its path.
    pub(crate) fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The stack's home where nothing names another.
    pub(crate) fn home(&self) -> PathBuf {
        self.path(if cfg!(target_os = "macos") {
            "Library/Application Support/thor-stack"
        } else if cfg!(windows) {
            "thor-stack"
        } else {
            ".local/share/thor-stack"
        })
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("thor-stack"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("PATH", path);
        // Windows programs need its own folder, macOS ones where temporary files go.
        for name in ["SystemRoot", "TMPDIR", "TEMP"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", self.folder.path()).env("LOCALAPPDATA", self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = output(&mut self.command(arguments)).unwrap();
        Ran { command: shown(arguments), folder: self.folder.path().into(), output }
    }

    /// Starts the program; it is ended when the guard is dropped.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments), arguments)
    }

    /// The same as the leader of a group, which alone can be interrupted by a console of Windows.
    #[cfg(windows)]
    pub(crate) fn start_group(&self, arguments: &[&str]) -> Running {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        let mut command = self.command(arguments);
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NEW_PROCESS_GROUP);
        Running::of(command, arguments)
    }
}

/// Wine now and then makes no process and calls it an internal error (1359); the next attempt does.
fn output(command: &mut Command) -> std::io::Result<Output> {
    match command.output() {
        Err(error) if cfg!(windows) && error.raw_os_error() == Some(1359) => command.output(),
        answer => answer,
    }
}

fn shown(arguments: &[&str]) -> String {
    format!("thor-stack {}", arguments.join(" "))
}

/// A run that has ended. Each assertion prints command, folder, output and errors when it fails.
pub(crate) struct Ran {
    command: String,
    folder: PathBuf,
    output: Output,
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Ran {
        assert_eq!(self.output.status.code(), Some(code), "exit code of {self}");
        self
    }

    /// Asserts that standard error holds this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Ran {
        assert!(self.stderr().contains(text), "no {text:?} in standard error of {self}");
        self
    }

    /// Asserts that standard output holds this text.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Ran {
        assert!(self.stdout().contains(text), "no {text:?} in standard output of {self}");
        self
    }

    /// Asserts that this text is nowhere in what was printed.
    #[track_caller]
    pub(crate) fn never_shows(&self, text: &str) -> &Ran {
        assert!(!self.stdout().contains(text) && !self.stderr().contains(text), "{text:?} shown by {self}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout()).unwrap_or_else(|error| panic!("{error}: no JSON from {self}"))
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (status, folder) = (self.output.status, self.folder.display());
        write!(f, "\n  command: {}\n  folder:  {folder}\n  status:  {status}\n", self.command)?;
        write!(f, "--- stdout\n{}--- stderr\n{}---", self.stdout(), self.stderr())
    }
}

/// A program that runs until it is told to end.
pub(crate) struct Running {
    command: String,
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    seen: String,
}

impl Running {
    fn of(mut command: Command, arguments: &[&str]) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Running { command: shown(arguments), child, stdout, stderr, seen: String::new() }
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of standard output that holds `text`, and returns it.
    #[track_caller]
    pub(crate) fn prints(&mut self, text: &str) -> String {
        await_line(&self.stdout, &mut self.seen, text, &self.command)
    }

    /// Waits for a line of standard error that holds `text`, and returns it.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) -> String {
        await_line(&self.stderr, &mut self.seen, text, &self.command)
    }

    /// Everything that standard error held and no [`Running::says`] waited for; to the end, so ask after [`Running::end`].
    pub(crate) fn rest(&mut self) -> String {
        self.seen.extend(self.stderr.iter().map(|line| line + "\n"));
        std::mem::take(&mut self.seen)
    }

    /// Sends a Unix signal (`INT`, `TERM`, `STOP`, `CONT`) to this process alone.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        self::signal(self.pid(), signal);
    }

    /// Waits for the end, and returns the exit code (`None`: ended by a signal).
    #[track_caller]
    pub(crate) fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            // Waits for output, whose end is the program's end, instead of sleeping.
            match self.stderr.recv_timeout(Duration::from_millis(5)) {
                Ok(line) => self.seen.push_str(&format!("{line}\n")),
                Err(_) => std::thread::yield_now(),
            }
            assert!(Instant::now() < deadline, "{} did not end; seen:\n{}", self.command, self.seen);
        }
    }
}

/// Ends the program by its id, so that no test leaves one behind.
impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    let read = move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("test-lines".into()).spawn(read).unwrap();
    lines
}

#[track_caller]
fn await_line(lines: &Receiver<String>, seen: &mut String, text: &str, command: &str) -> String {
    let deadline = Instant::now() + SOON;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) if line.contains(text) => return line,
            Ok(line) => seen.push_str(&format!("{line}\n")),
            Err(RecvTimeoutError::Timeout) => panic!("no {text:?} from {command}; seen:\n{seen}"),
            Err(RecvTimeoutError::Disconnected) => panic!("{command} ended without {text:?}; seen:\n{seen}"),
        }
    }
}

/// Waits for the end of `child`, and returns its status; ends it where it takes too long.
pub(crate) fn ends(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + SOON;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

/// A pipe that takes no more: whoever writes to it waits until the reader is read or dropped.
#[cfg(unix)]
pub(crate) fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use std::io::Write;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filling = writer.try_clone().unwrap();
    let (progress, full) = channel();
    // Its thread ends when the reader goes away.
    let fill = move || while filling.write_all(&[b'.'; 4096]).is_ok() && progress.send(()).is_ok() {};
    std::thread::Builder::new().name("test-fill".into()).spawn(fill).unwrap();
    // No more progress for a while: the writer waits for room.
    while full.recv_timeout(Duration::from_millis(200)).is_ok() {}
    (reader, writer)
}

/// Sends a Unix signal (`INT`, `TERM`, `STOP`, `CONT`) to the process `pid` alone.
#[cfg(unix)]
pub(crate) fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
    assert!(sent.unwrap().success(), "sending {signal}");
}

/// The names of everything below `folder`.
pub(crate) fn names_below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
