//! A real redis-server of a test's own, on a loopback port and a Unix socket, ended with the test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use thor_stack::config::{BusConfig, BusUrl, PublishMode};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct RedisServer {
    folder: tempfile::TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    pub fn start() -> RedisServer {
        RedisServer::with(&[])
    }

    /// `options` as redis-server's command line takes them (`--requirepass`, `secret`).
    pub fn with(options: &[&str]) -> RedisServer {
        let options = options.iter().map(|option| (*option).to_string()).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut server = RedisServer { folder, port: 0, options, process: None };
        server.start_again();
        server
    }

    /// Starts the server (anew, empty), on the port that it had.
    pub fn start_again(&mut self) {
        for _ in 0..20 {
            if self.port == 0 {
                self.port = free_port();
            }
            self.process = Some(self.command().spawn().expect("redis-server is installed"));
            if self.answers() {
                return;
            }
            self.stop(); // the port was taken in between
            self.port = 0;
        }
        panic!("redis-server did not start: {}", self.log());
    }

    fn command(&self) -> Command {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(["--appendonly", "no", "--unixsocketperm", "700"]);
        command.arg("--unixsocket").arg(self.socket()).arg("--dir").arg(self.folder.path());
        command.arg("--logfile").arg(self.folder.path().join("log"));
        command.args(&self.options).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn answers(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if self.process.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            if ping(self.port) && self.socket().exists() {
                return true;
            }
            pause(Duration::from_millis(5));
        }
        false
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    pub fn unix_url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    pub fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn bus(&self) -> BusConfig {
        bus(&self.unix_url())
    }

    /// What redis-cli prints for `arguments`, without the last line's end.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.arg("-s").arg(self.socket()).args(arguments);
        if let Some(at) = self.options.iter().position(|option| option == "--requirepass") {
            command.env("REDISCLI_AUTH", &self.options[at + 1]);
        }
        let output = command.output().expect("redis-cli is installed");
        let mut text = String::from_utf8(output.stdout).unwrap();
        if text.ends_with('\n') {
            text.pop();
        }
        text
    }

    /// Stops answering while its sockets stay open, as a server on a stalled machine does.
    pub fn suspend(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success(), "kill {signal}");
    }

    /// Ends the server at once, as a crash does.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok(); // it may have ended by itself; SIGKILL ends a suspended process too
            process.wait().ok();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.resume();
        }
        self.stop();
    }
}

/// A config of `url` whose bounds are wide enough for a busy machine.
pub fn bus(url: &str) -> BusConfig {
    BusConfig {
        url: BusUrl::Redis(url.into()),
        stream: false,
        publish: PublishMode::Changes,
        refresh: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
    }
}

/// Waits until `done`, and fails naming `what` when that takes too long.
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "still not: {what}");
        pause(Duration::from_millis(5));
    }
}

fn pause(duration: Duration) {
    crossbeam_channel::never::<()>().recv_timeout(duration).unwrap_err();
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn ping(port: u16) -> bool {
    let mut answer = [0; 1];
    TcpStream::connect(("127.0.0.1", port))
        .and_then(|mut stream| {
            stream.write_all(b"PING\r\n")?;
            stream.read_exact(&mut answer)
        })
        .is_ok()
}
