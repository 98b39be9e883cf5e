//! The table of keys: parsing, `config`, unknown keys and the reference all come from it.

use super::key::Key;
use super::kind::{
    Kind, boolean, bus_url, duration, level, limit, list, path, publish, range, rotation, text,
};
use super::{Config, InstrumentConfig, SUPERVISORS, SupervisorConfig};
use crate::value::Symbol;
use std::sync::LazyLock;
use std::time::Duration;

/// Every key, in the order in which they are shown.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    [top(), workbook(), bus(), supervisors(), instruments(), log()].into_iter().flatten().collect()
});

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn top() -> Vec<Key> {
    let doc = "Folder of lock, control socket, ledger and logs; the platform's data folder by default. Not in the \
               home folder's own config.toml";
    vec![Key::new("home", doc, path(), |config, _| &mut config.home)]
}

fn workbook() -> Vec<Key> {
    vec![
        Key::new(
            "workbook.path",
            "The workbook; without one the poller is disabled",
            path().optional(),
            |config, _| &mut config.workbook.path,
        ),
        Key::new("workbook.sheet", "The sheet's name", text(), |config, _| &mut config.workbook.sheet),
        Key::new("workbook.range", "The block to read, header row first", range(), |config, _| {
            &mut config.workbook.range
        }),
        Key::new(
            "workbook.interval",
            "How often to look",
            duration(100 * MILLISECOND..=HOUR),
            |config, _| &mut config.workbook.interval,
        ),
        Key::new(
            "workbook.watch",
            "Look at once when the folder reports a change",
            boolean(),
            |config, _| &mut config.workbook.watch,
        ),
        Key::new(
            "workbook.stat_interval",
            "How often to stat the file between polls, for folders that send no events",
            duration(50 * MILLISECOND..=HOUR).or_off(),
            |config, _| &mut config.workbook.stat_interval,
        ),
        Key::new(
            "workbook.stale_after",
            "From this age of the save on quotes are stale",
            duration(SECOND..=DAY),
            { |config, _| &mut config.workbook.stale_after },
        ),
    ]
}

fn bus() -> Vec<Key> {
    vec![
        Key::new("bus.url", "Where quotes leave the process; `local`: nowhere", bus_url(), |config, _| {
            &mut config.bus.url
        }),
        Key::new(
            "bus.stream",
            "Add every quote to the stream `quotes:stream:unified`",
            boolean(),
            |config, _| &mut config.bus.stream,
        ),
        Key::new("bus.publish", "What each save publishes", publish(), |config, _| &mut config.bus.publish),
        Key::new(
            "bus.refresh",
            "How often everything is published, changed or not",
            duration(SECOND..=DAY),
            { |config, _| &mut config.bus.refresh },
        ),
        Key::new(
            "bus.connect_timeout",
            "The bound of connecting",
            duration(10 * MILLISECOND..=30 * SECOND),
            { |config, _| &mut config.bus.connect_timeout },
        ),
        Key::new("bus.timeout", "The bound of one publish", duration(10 * MILLISECOND..=10 * SECOND), {
            |config, _| &mut config.bus.timeout
        }),
    ]
}

fn supervisors() -> Vec<Key> {
    vec![
        Key::new("supervisors.*.enabled", "Start this worker", boolean(), |config, name| {
            &mut supervisor(config, name).enabled
        }),
        Key::new("supervisors.*.backoff.first", "Wait after the first crash; doubled after each", delay(), {
            |config, name| &mut supervisor(config, name).backoff.first
        }),
        Key::new("supervisors.*.backoff.cap", "The longest wait after a crash", delay(), |config, name| {
            &mut supervisor(config, name).backoff.cap
        }),
        Key::new("supervisors.*.backoff.reset_after", "A run as long as this starts over", delay(), {
            |config, name| &mut supervisor(config, name).backoff.reset_after
        }),
        Key::new("supervisors.*.limit", "Give up after so many failures in a window", limit().or_off(), {
            |config, name| &mut supervisor(config, name).limit
        }),
        Key::new(
            "supervisors.*.deadline",
            "A cycle longer than this is hung",
            duration(100 * MILLISECOND..=HOUR).or_off(),
            |config, name| &mut supervisor(config, name).deadline,
        ),
    ]
}

fn delay() -> Kind<Duration> {
    duration(MILLISECOND..=HOUR)
}

fn supervisor<'a>(config: &'a mut Config, name: &str) -> &'a mut SupervisorConfig {
    let default = || SupervisorConfig::default_of(name);
    config.supervisors.entry(name.to_string()).or_insert_with(default)
}

fn instruments() -> Vec<Key> {
    let symbols = list("list of feed symbols", |text| symbol(text), String::clone);
    vec![Key::new("instruments.*.aliases", "Feed symbols that mean this future", symbols, |config, name| {
        &mut instrument(config, name).aliases
    })]
}

/// The feed symbol that `text` means.
pub(super) fn symbol(text: &str) -> Result<String, String> {
    Symbol::new(text).map(|symbol| symbol.as_str().to_string()).map_err(|error| format!("{text:?}: {error}"))
}

fn instrument<'a>(config: &'a mut Config, name: &str) -> &'a mut InstrumentConfig {
    let known = config.instruments.iter().position(|one| one.name == name);
    let at = known.unwrap_or_else(|| {
        config.instruments.push(InstrumentConfig::default_of(name));
        config.instruments.len() - 1
    });
    &mut config.instruments[at]
}

fn log() -> Vec<Key> {
    vec![
        Key::new("log.level", "The least important level that is written", level(), |config, _| {
            &mut config.log.level
        }),
        Key::new("log.file", "A file that gets every log line too", path().optional(), |config, _| {
            &mut config.log.file
        }),
        Key::new("log.rotate", "When a full log file is moved aside", rotation().or_off(), |config, _| {
            &mut config.log.rotate
        }),
    ]
}

/// The names that `*` stands for in keys of this section, in their order.
pub(super) fn names(section: &str, config: &Config) -> Vec<String> {
    match section {
        "supervisors" => SUPERVISORS.map(String::from).to_vec(),
        "instruments" => config.instruments.iter().map(|one| one.name.clone()).collect(),
        _ => vec![String::new()],
    }
}

/// The name as the section keeps it.
///
/// # Errors
/// What is wrong with a name that the section does not take.
pub(super) fn name(section: &str, typed: &str) -> Result<String, String> {
    match section {
        "supervisors" if !SUPERVISORS.contains(&typed) => {
            let meant = super::suggest::did_you_mean(typed, SUPERVISORS);
            Err(format!("no such supervisor{meant}"))
        }
        "instruments" => symbol(typed),
        _ => Ok(typed.to_string()),
    }
}
