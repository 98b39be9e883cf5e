//! Keys of the program itself: home, workbook, bus, supervisors, guard, log.

use super::{DAY, HOUR, MILLISECOND, SECOND, each, key};
use crate::config::decimal::count;
use crate::config::key::Key;
use crate::config::kind::{
    Kind, boolean, bus_url, command, duration, level, limit, list, path, publish, range, rotation, run_main,
    text,
};
use crate::config::{Config, SupervisorConfig};
use std::time::Duration;

pub(super) fn home() -> Vec<Key> {
    let doc = "Folder of lock, control socket, ledger and logs; the platform's data folder by default. Not in the \
               home folder's own config.toml";
    vec![Key::new("home", doc, path(), |config, _| &mut config.home)]
}

pub(super) fn workbook() -> Vec<Key> {
    let stat = duration(50 * MILLISECOND..=HOUR).or_off();
    vec![
        key!(workbook.path, path().optional(), "The workbook; without one the poller is disabled"),
        key!(workbook.sheet, text(), "The sheet's name"),
        key!(workbook.range, range(), "The block to read, header row first"),
        key!(workbook.interval, duration(100 * MILLISECOND..=HOUR), "How often to look"),
        key!(workbook.watch, boolean(), "Look at once when the folder reports a change"),
        key!(
            workbook.stat_interval,
            stat,
            "How often to stat the file between polls, for folders without events"
        ),
        key!(workbook.stale_after, duration(SECOND..=DAY), "From this age of the save on quotes are stale"),
    ]
}

pub(super) fn bus() -> Vec<Key> {
    let connect_timeout = duration(10 * MILLISECOND..=30 * SECOND);
    vec![
        key!(bus.url, bus_url(), "Where quotes leave the process; `local`: nowhere"),
        key!(bus.stream, boolean(), "Add every quote to the stream `quotes:stream:unified`"),
        key!(bus.publish, publish(), "What each save publishes"),
        key!(bus.refresh, duration(SECOND..=DAY), "How often everything is published, changed or not"),
        key!(bus.connect_timeout, connect_timeout, "The bound of connecting"),
        key!(bus.timeout, duration(10 * MILLISECOND..=10 * SECOND), "The bound of one publish"),
    ]
}

pub(super) fn supervisors() -> Vec<Key> {
    let deadline = duration(100 * MILLISECOND..=HOUR).or_off();
    vec![
        each!(supervisors(supervisor).enabled, boolean(), "Start this worker"),
        each!(
            supervisors(supervisor).backoff.first,
            delay(),
            "Wait after the first crash; doubled after each"
        ),
        each!(supervisors(supervisor).backoff.cap, delay(), "The longest wait after a crash"),
        each!(supervisors(supervisor).backoff.reset_after, delay(), "A run as long as this starts over"),
        each!(supervisors(supervisor).limit, limit().or_off(), "Give up after so many failures in a window"),
        each!(
            supervisors(supervisor).deadline,
            deadline,
            "A cycle longer than this is hung: its worker is fenced and another thread takes its place"
        ),
        Key::new(
            "supervisors.max_zombies",
            "How many threads may hang in replaced workers; with one more the program starts anew",
            count(0..=64),
            |config, _| &mut config.max_zombies,
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

pub(super) fn lease() -> Vec<Key> {
    let ttl = duration(SECOND..=300 * SECOND);
    vec![
        key!(lease.enabled, boolean(), "Work only while this host holds the lease in Redis; others stand by"),
        key!(lease.ttl, ttl, "How long the lease lasts unrenewed: a take-over comes within it"),
    ]
}

pub(super) fn alarm() -> Vec<Key> {
    let word = |word: &str| Ok(word.to_string());
    let words = list("list: program and arguments", word, String::clone);
    vec![key!(alarm.command, words, "Run when an alarm begins or ends; its text is one more argument")]
}

pub(super) fn guard() -> Vec<Key> {
    let commands = list("list of commands", command, String::clone);
    vec![
        key!(guard.auto_start, boolean(), "Start inside a host; `THOR_STACK_AUTO_START` overrides it"),
        key!(guard.server_commands, commands, "Commands of Django's manager that serve, besides runserver"),
        key!(guard.require_run_main, run_main(), "Whether `RUN_MAIN` must be `true`; auto: under a reloader"),
    ]
}

pub(super) fn log() -> Vec<Key> {
    vec![
        key!(log.level, level(), "The least important level that is written"),
        key!(log.file, path().optional(), "A file that gets every log line too"),
        key!(log.rotate, rotation().or_off(), "When a full log file is moved aside"),
    ]
}
