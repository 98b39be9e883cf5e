//! Who holds the publisher's lock: the token that names host, process and start time.

use crate::supervise::Generation;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The value of the lock. Two tokens are equal only if the same publisher wrote them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Token {
    /// The host's name.
    pub host: String,
    /// Linux: this boot of the host, so that process numbers of two boots, or of two hosts of one name, are not
    /// compared.
    pub boot: Option<String>,
    /// Linux: the process number space, so that those of two containers are not compared.
    pub pid_space: Option<String>,
    /// The process number.
    pub pid: u32,
    /// When the process started: on Linux in clock ticks since boot, elsewhere when it first made a token.
    pub started: String,
    /// Which publisher of its process.
    pub instance: u64,
    /// Whether it publishes only while its host holds the lease.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leased: bool,
}

/// The publishers of this process that have not been dropped, each with the incarnation of the worker that it last
/// published for.
static LIVING: Mutex<BTreeMap<u64, Option<Generation>>> = Mutex::new(BTreeMap::new());
static NEXT_INSTANCE: AtomicU64 = AtomicU64::new(1);

/// One publisher's own token. While it lives, its publisher does.
pub(super) struct OwnToken {
    pub(super) token: Token,
    serves: Option<u64>,
}

impl OwnToken {
    pub(super) fn new() -> OwnToken {
        let instance = NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed);
        LIVING.lock().insert(instance, None);
        OwnToken { token: Token { instance, ..this_process().clone() }, serves: None }
    }

    /// Its publisher publishes for this incarnation: once that is replaced, the publisher counts as dead.
    pub(super) fn serve(&mut self, generation: &Generation) {
        if self.serves != Some(generation.number()) {
            LIVING.lock().insert(self.token.instance, Some(generation.clone()));
            self.serves = Some(generation.number());
        }
    }
}

impl Drop for OwnToken {
    fn drop(&mut self) {
        LIVING.lock().remove(&self.token.instance);
    }
}

impl Token {
    /// The token in `text`; `None` when another program wrote it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Token> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self)
            .unwrap_or_else(|_| format!("{}:{}:{}", self.host, self.pid, self.instance))
    }

    /// Whether the holder is known to have ended: it ran on this boot of this host, in this process number space,
    /// and its process is gone, or another now has its number, or it was a publisher of this process that has been
    /// dropped, or whose worker was replaced. In doubt it lives, and its lock runs out by itself.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        let own = this_process();
        if self.host != own.host || self.boot != own.boot || self.pid_space != own.pid_space {
            return false;
        }
        if self.pid == own.pid && self.started == own.started {
            let served = LIVING.lock().get(&self.instance).cloned();
            return served.is_none_or(|generation| generation.is_some_and(|it| it.is_revoked()));
        }
        // Comparable only where the system tells boots and number spaces apart, and shows all processes.
        self.boot.is_some()
            && self.pid_space.is_some()
            && start_time(1).is_some()
            && start_time(self.pid).is_none_or(|started| started != self.started)
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}

/// The holder that `text` names, as it may be shown: another program's token shortened, control characters escaped.
pub(super) fn describe(text: &str) -> String {
    match Token::parse(text) {
        Some(token) => token.to_string(),
        None => format!("another program (\"{}\")", text.chars().take(64).collect::<String>().escape_debug()),
    }
}

pub(super) fn this_process() -> &'static Token {
    static THIS: OnceLock<Token> = OnceLock::new();
    THIS.get_or_init(|| {
        let pid = std::process::id();
        Token {
            host: host_name(),
            boot: line_of("/proc/sys/kernel/random/boot_id"),
            pid_space: fs::read_link("/proc/self/ns/pid")
                .ok()
                .map(|link| link.to_string_lossy().into_owned()),
            pid,
            started: start_time(pid).unwrap_or_else(first_token_time),
            instance: 0,
            leased: false,
        }
    })
}

fn first_token_time() -> String {
    use crate::supervise::Clock;
    crate::supervise::SystemClock::new().now().to_string()
}

/// Linux: field 22 of `/proc/PID/stat` (proc(5)), in clock ticks since boot; `None` when there is no such process,
/// or only the remains of one (a zombie).
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?; // the name before may hold spaces and parentheses
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X"))) {
        return None;
    }
    fields.get(19).map(|ticks| (*ticks).to_string())
}

fn host_name() -> String {
    line_of("/proc/sys/kernel/hostname")
        .or_else(|| ["COMPUTERNAME", "HOSTNAME"].into_iter().find_map(|name| std::env::var(name).ok()))
        .unwrap_or_else(|| "unknown host".into())
}

fn line_of(path: &str) -> Option<String> {
    let line = fs::read_to_string(path).ok()?.trim().to_string();
    (!line.is_empty()).then_some(line)
}
