//! The example site in a folder of its own, and the hosts that serve it.

use super::{SOON, config, python, root, until};
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant, SystemTime};

/// The example site, copied.
pub(super) struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub(super) fn new() -> Site {
        let site = Site { folder: tempfile::tempdir().unwrap() };
        copy(&root().join("examples/django"), &site.path("site"));
        config(site.folder.path());
        site
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Python in the site's folder, with these words.
    pub(super) fn python(&self, words: &[&str]) -> Command {
        let mut command = python();
        command.current_dir(self.path("site")).env("THOR_CONFIG", self.path("desk.toml")).args(words);
        command
    }

    /// Runs a command of the manager to its end; standard output and error in one text.
    pub(super) fn manage(&self, words: &[&str]) -> (Output, String) {
        let output = self.python(&["manage.py"]).args(words).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output, text)
    }

    /// Starts a host with a process group and a log of its own.
    pub(super) fn host(&self, words: &[&str]) -> Host {
        let log = self.path("host.log");
        let file = File::create(&log).unwrap();
        let mut command = self.python(words);
        command.stdout(file.try_clone().unwrap()).stderr(file).process_group(0);
        Host { child: command.spawn().unwrap(), log }
    }

    /// The process of each poller's thread that lives for this site.
    pub(super) fn pollers(&self) -> Vec<u32> {
        let mark = format!("THOR_CONFIG={}", self.path("desk.toml").display());
        let mut found = Vec::new();
        for pid in numbers(Path::new("/proc")) {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            if !environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
                continue;
            }
            for task in numbers(Path::new(&format!("/proc/{pid}/task"))) {
                let name = fs::read_to_string(format!("/proc/{pid}/task/{task}/comm")).unwrap_or_default();
                if name.trim_end() == "ExcelPollerSupe" {
                    found.push(pid);
                }
            }
        }
        found
    }

    /// Who holds the home, as the system's lock says.
    pub(super) fn holder(&self) -> Option<u32> {
        thor_stack::instance::holder(&self.path("home")).unwrap().and_then(|holder| holder.pid)
    }

    /// The one process of this site with a stack, once there is exactly one, in the process that has the lock.
    #[track_caller]
    pub(super) fn one_stack(&self, host: &Host) -> u32 {
        let mut last = Vec::new();
        until(
            "exactly one stack, in the process that holds the home",
            || {
                last = self.pollers();
                last.len() == 1 && self.holder() == last.first().copied()
            },
            || format!("pollers in {:?}, lock of {:?}\n{}", self.pollers(), self.holder(), host.log()),
        );
        last[0]
    }
}

/// Processes that serve the site; all are ended when this is dropped.
pub(super) struct Host {
    child: Child,
    log: PathBuf,
}

impl Host {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal to the first process alone.
    pub(super) fn signal(&self, signal: &str) {
        kill(signal, &self.pid().to_string());
    }

    /// Sends a signal to all, as a terminal does for Ctrl-C.
    pub(super) fn signal_all(&self, signal: &str) {
        kill(signal, &format!("-{}", self.pid()));
    }

    #[track_caller]
    pub(super) fn says(&self, text: &str) {
        until(&format!("the host says {text:?}"), || self.log().contains(text), || self.log());
    }

    /// Waits for the end of the first process.
    #[track_caller]
    pub(super) fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < SOON, "the host did not end:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The group outlives its first process as long as one of it lives; an empty one is an error of no interest.
        Command::new("kill").args(["-KILL", "--", &format!("-{}", self.pid())]).output().ok();
        self.child.wait().ok();
    }
}

pub(super) fn kill(signal: &str, whom: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), "--", whom]).status();
    assert!(sent.unwrap().success(), "sending {signal} to {whom}");
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// A file that is saved again and again: the autoreloader misses a change before its first look at the file.
pub(super) struct Edits {
    path: PathBuf,
    last: Instant,
}

impl Edits {
    pub(super) fn of(path: PathBuf) -> Edits {
        Edits { path, last: Instant::now() }
    }

    /// Saves every two seconds, which is twice the time between two looks.
    pub(super) fn save_now_and_then(&mut self) {
        if self.last.elapsed() > Duration::from_secs(2) {
            self.last = Instant::now();
            File::options().append(true).open(&self.path).unwrap().set_modified(SystemTime::now()).unwrap();
        }
    }
}

fn numbers(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
