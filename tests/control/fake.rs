//! A stack that answers as its test wants.

use super::instance::{acquired, home};
use crossbeam_channel::{Receiver, Sender};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use thor_stack::control::{
    Answer, Client, Control, MAX_ANSWER, Refusal, RefusalCode, Request, Server, Updates,
};
use thor_stack::instance::InstanceLock;

/// Far more than any of these tests takes.
pub(super) const LONG: Duration = Duration::from_secs(10);

/// What a test holds of a fake stack.
pub(super) struct Fake {
    /// Whether what was begun (a restart, a stop) has happened.
    pub(super) done: AtomicBool,
    /// Whether a pending answer is still wanted by anybody.
    pub(super) pending: Arc<()>,
    updates: (Sender<Value>, Receiver<Value>),
    /// While this sender lives, `status hang` does not return.
    release: (Sender<()>, Receiver<()>),
}

impl Fake {
    pub(super) fn new() -> Arc<Fake> {
        Arc::new(Fake {
            done: AtomicBool::new(false),
            pending: Arc::new(()),
            updates: crossbeam_channel::unbounded(),
            release: crossbeam_channel::unbounded(),
        })
    }

    pub(super) fn update(&self, value: Value) {
        self.updates.0.send(value).unwrap();
    }

    pub(super) fn release(&self) {
        self.release.0.send(()).unwrap();
    }
}

/// The answer comes when the test says that it is done.
fn when_done(fake: &Fake, answer: Value) -> Answer {
    let pending = Arc::clone(&fake.pending);
    let done = Arc::new(fake.updates.1.clone());
    Answer::Later(Box::new(move || {
        let _pending = &pending;
        done.try_iter().any(|word| word == "done").then(|| Ok(answer.clone()))
    }))
}

impl Control for Fake {
    fn ping(&self) -> Value {
        json!({ "pid": std::process::id(), "version": env!("CARGO_PKG_VERSION"), "ready": true })
    }

    fn status(&self, names: &[String]) -> Result<Value, Refusal> {
        match names.first().map(String::as_str) {
            Some("panic") => panic!("the status of {names:?} is torn"),
            Some("huge") => Ok(json!("x".repeat(MAX_ANSWER))),
            Some("large") => Ok(json!("x".repeat(1000 * 1024))),
            Some("hang") => {
                self.release.1.recv().ok();
                Ok(json!("released"))
            }
            Some("Nobody") => Err(Refusal::new(RefusalCode::UnknownName, "no supervisor \"Nobody\"")),
            _ => Ok(json!({ "schema": 1, "state": "running", "names": names })),
        }
    }

    fn quotes(&self, symbols: &[String]) -> Result<Value, Refusal> {
        Ok(json!({ "schema": 1, "quotes": symbols }))
    }

    fn follow(&self, _symbols: &[String]) -> Result<Box<dyn Updates>, Refusal> {
        Ok(Box::new(Source(self.updates.1.clone())))
    }

    fn stop(&self, deadline: Option<Duration>) -> Answer {
        self.done.store(true, Ordering::Release);
        when_done(self, json!({ "deadline": deadline.map(|deadline| deadline.as_millis() as u64) }))
    }

    fn restart(&self, names: &[String]) -> Answer {
        self.done.store(true, Ordering::Release);
        when_done(self, json!(names))
    }
}

struct Source(Receiver<Value>);

impl Updates for Source {
    fn next(&mut self) -> Option<Value> {
        self.0.try_recv().ok()
    }
}

/// A served home. The server is dropped before the lock, and the folder last.
pub(super) struct Served {
    pub(super) server: Server,
    pub(super) fake: Arc<Fake>,
    _lock: InstanceLock,
    home: TempDir,
    below: std::path::PathBuf,
}

impl Served {
    pub(super) fn new() -> Served {
        Served::at("")
    }

    /// In a home at `below` a temporary folder.
    pub(super) fn at(below: &str) -> Served {
        let home = home();
        let below = home.path().join(below);
        let lock = acquired(&below);
        let fake = Fake::new();
        let server = Server::start(&lock, Arc::clone(&fake) as Arc<dyn Control>).unwrap();
        Served { server, fake, _lock: lock, home, below }
    }

    pub(super) fn home(&self) -> &Path {
        assert!(self.home.path().exists());
        &self.below
    }

    pub(super) fn client(&self) -> Client {
        Client::connect(self.home()).unwrap()
    }

    pub(super) fn ask(&self, request: &Request) -> Value {
        self.client().request(request, LONG).unwrap()
    }

    /// A socket without the client's manners.
    pub(super) fn raw(&self) -> std::os::unix::net::UnixStream {
        let stream = std::os::unix::net::UnixStream::connect(self.home().join("control.sock")).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        stream
    }
}

pub(super) fn status(names: &[&str]) -> Request {
    Request::Status { names: names.iter().map(|name| (*name).to_owned()).collect() }
}

/// Waits for real, where passing time is what is tested.
pub(super) fn pass(duration: Duration) {
    crossbeam_channel::after(duration).recv().unwrap();
}
