//! The stack's log lines in a host that has no `log` logger: to the log file.
//!
//! The C library brings a `log` facade of its own, which nobody else can fill. The file is `log.file`, else
//! `thor-stack.log` in the home; a file that cannot be written loses lines and stops nothing.

use crate::config::Config;
use crate::instance;
use crate::log_file::LogFile;
use crate::supervise::{Clock, SystemClock};
use log::{LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;

/// Sends log lines to the config's file from now on; the first config of a process decides.
pub(super) fn install(config: &Config) {
    let path = config.log.file.clone().unwrap_or_else(|| config.home.join("thor-stack.log"));
    let lines = LogLines {
        level: config.log.level,
        clock: SystemClock::new(),
        file: Mutex::new(LogFile::new(path, config.log.rotate)),
    };
    // The home is made for this user alone, which a log file that comes first would not do. Its problem, if it has one,
    // is the start's to tell.
    instance::prepare(&config.home).ok();
    // Where Rust code in this library's own host has a logger already, that one keeps the lines.
    if log::set_boxed_logger(Box::new(lines)).is_ok() {
        log::set_max_level(config.log.level);
    }
}

struct LogLines {
    level: LevelFilter,
    clock: SystemClock,
    file: Mutex<LogFile>,
}

impl Log for LogLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // A message may quote a workbook: each record stays one line.
            let text = record.args().to_string().replace(char::is_control, " ");
            let line = format!("{} [{:<5}] {text}\n", self.clock.now(), record.level());
            self.file.lock().write(&line).ok();
        }
    }

    fn flush(&self) {}
}
