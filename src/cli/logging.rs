//! Log lines to standard error and to the log file, through queues, so that no worker waits for either.

use super::log_sink::Sink;
use super::terminal::{Color, printable};
use anyhow::Context;
use log::{Level, Log, Metadata, Record};
use simplelog::{CombinedLogger, ConfigBuilder, LevelPadding, SharedLogger, WriteLogger};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;
use thor_stack::config::LogConfig;
use thor_stack::log_file::LogFile;

/// How long the program's end waits for its last lines to be written.
const LAST_LINES: Duration = Duration::from_millis(500);

/// The way to standard error, for errors and log lines alike.
pub(crate) struct Logging {
    stderr: Option<Sink>,
    file: std::sync::OnceLock<Sink>,
    color: bool,
}

impl Logging {
    /// The way to standard error; nothing is logged before [`Logging::install`].
    pub(crate) fn start(color: Color) -> Logging {
        // Without a thread (the system refuses) errors are written directly.
        let stderr = Sink::start("log-stderr", |line| io::stderr().write_all(line.as_bytes())).ok();
        let color = color.wanted(io::stderr().is_terminal());
        Logging { stderr, file: std::sync::OnceLock::new(), color }
    }

    /// Sends what the library and the program log where `config` says; to standard error too, unless `detached` with
    /// a file.
    ///
    /// # Errors
    /// The system refuses a thread, or a logger is installed already.
    pub(crate) fn install(&self, config: &LogConfig, detached: bool) -> anyhow::Result<()> {
        let mut loggers: Vec<Box<dyn SharedLogger>> = Vec::new();
        if let Some(stderr) = self.stderr.as_ref().filter(|_| !detached || config.file.is_none()) {
            loggers.push(lines_to(config, stderr, self.color));
        }
        if let Some(file) = self.open_file(config).context("starting the thread of the log file")? {
            loggers.push(lines_to(config, &file, false));
        }
        log::set_boxed_logger(Box::new(Printable(CombinedLogger::new(loggers))))
            .context("installing the logger")?;
        log::set_max_level(config.level);
        std::panic::set_hook(Box::new(log_panic));
        thor_stack::record_panics();
        Ok(())
    }

    /// A line on standard error that is no log line: why the program ends.
    pub(crate) fn say(&self, text: &str) {
        let lines = text.lines().map(|line| format!("{}\n", printable(line))).collect::<String>();
        match &self.stderr {
            Some(stderr) => stderr.line_within(lines, LAST_LINES),
            None => io::stderr().write_all(lines.as_bytes()).unwrap_or_default(),
        }
    }

    /// Waits until everything is written, within a bound: a reader that has stopped reading keeps nobody here.
    pub(crate) fn finish(&self) {
        // The file first: what goes wrong with it is said on standard error.
        for sink in self.file.get().into_iter().chain(&self.stderr) {
            sink.flush(LAST_LINES);
        }
    }

    fn open_file(&self, config: &LogConfig) -> io::Result<Option<Sink>> {
        let Some(path) = config.file.clone() else { return Ok(None) };
        let mut file = LogFile::new(path.clone(), config.rotate);
        let stderr = self.stderr.clone();
        let mut failing = false;
        let sink = Sink::start("log-file", move |line| {
            let written = file.write(line);
            if let (Err(error), Some(stderr), false) = (&written, &stderr, failing) {
                let path = path.display();
                stderr.line(format!(
                    "thor-stack: log file {path} cannot be written: {error}; lines are lost\n"
                ));
            }
            failing = written.is_err();
            written
        })?;
        Ok(Some(self.file.get_or_init(|| sink).clone()))
    }
}

/// Lines such as `2026-11-23T09:30:00.123456789Z [INFO ] ExcelPollerSupervisor: 12 quotes`, into a queue.
fn lines_to(config: &LogConfig, sink: &Sink, color: bool) -> Box<dyn SharedLogger> {
    let format = ConfigBuilder::new()
        .set_time_format_rfc3339()
        .set_thread_level(log::LevelFilter::Off) // the lines name the supervisor
        .set_target_level(log::LevelFilter::Off)
        .set_location_level(log::LevelFilter::Off)
        .set_level_padding(LevelPadding::Right)
        .build();
    WriteLogger::new(config.level, format, Queue { sink: sink.clone(), line: Vec::new(), color })
}

/// Collects what a logger writes piece by piece into lines.
struct Queue {
    sink: Sink,
    line: Vec<u8>,
    color: bool,
}

impl Write for Queue {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(piece);
        if self.line.ends_with(b"\n") {
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            self.sink.line(if self.color { painted(&line) } else { line });
        }
        Ok(piece.len())
    }

    /// For whoever ends the process at once.
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush(LAST_LINES);
        Ok(())
    }
}

/// `line` with its level in the level's colour.
fn painted(line: &str) -> String {
    const COLORS: [(Level, u8); 4] =
        [(Level::Error, 31), (Level::Warn, 33), (Level::Info, 32), (Level::Debug, 36)];
    for (level, color) in COLORS {
        let word = format!("[{level}");
        if let Some((before, after)) = line.split_once(&word).filter(|(before, _)| !before.contains('[')) {
            return format!("{before}[\u{1b}[{color}m{level}\u{1b}[0m{after}");
        }
    }
    line.to_string()
}

/// Makes every record one printable line, its key-value pairs at the end: a message may quote a workbook.
struct Printable(Box<CombinedLogger>);

impl Log for Printable {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_wanted(metadata) && self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !is_wanted(record.metadata()) {
            return;
        }
        // Before simplelog takes its lock: text that panics while it is formatted must not poison it.
        let mut text = record.args().to_string();
        record.key_values().visit(&mut Pairs(&mut text)).ok();
        let text = printable(&text);
        self.0.log(&record.to_builder().args(format_args!("{text}")).build());
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// Of others' crates only what is wrong: the folder watch traces every event, and where the log is written to the folder
/// that is watched, every line would bring the next.
fn is_wanted(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("thor_stack") || metadata.level() <= Level::Warn
}

/// Appends ` key=value`.
struct Pairs<'a>(&'a mut String);

impl<'kvs> log::kv::VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(
        &mut self,
        key: log::kv::Key<'kvs>,
        value: log::kv::Value<'kvs>,
    ) -> Result<(), log::kv::Error> {
        write!(self.0, " {key}={value}")?;
        Ok(())
    }
}

/// The default hook would write to standard error itself, and a panicking worker would wait for a full pipe.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref().map(String::as_str));
    let text = text.unwrap_or("a payload that is no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    log::error!("panic at {place}: {text}");
}

#[cfg(test)]
mod tests {
    use super::painted;

    #[test]
    fn paints_the_level_and_nothing_in_the_message() {
        assert_eq!(painted("09:30 [WARN ] (a) [INFO]\n"), "09:30 [\u{1b}[33mWARN\u{1b}[0m ] (a) [INFO]\n");
        assert_eq!(painted("09:30 [TRACE] (a) [INFO]\n"), "09:30 [TRACE] (a) [INFO]\n");
    }
}
