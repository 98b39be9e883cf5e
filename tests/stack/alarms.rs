//! What is said a minute before an open for which the stack is not ready.

use super::until;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::config::{Config, MARKET_OPEN_CAPTURE, SupervisorConfig};
use thor_stack::ledger::SqliteLedger;
use thor_stack::supervise::{Clock, Event, EventKind, Generation, ManualClock, State};
use thor_stack::value::{Quote, Sheet, Symbol};
use thor_stack::{Alarm, AlarmKind, Stack, StackHandle};

/// A second before New York opens: from the open on, the next one is Monday's.
const NEW_YORK_OPENS_SOON: &str = "2025-11-28T14:29:59Z";

/// How long each second of the clock lasts, so that a thread that has to wait for a processor sees them.
const A_SECOND: Duration = Duration::from_millis(15);

/// A stack that captures New York's opens, under a manual clock.
struct Desk {
    clock: ManualClock,
    stack: StackHandle,
    events: crossbeam_channel::Receiver<Event>,
}

impl Desk {
    fn at(now: &str) -> Desk {
        Desk::with(now, |_| {})
    }

    fn with(now: &str, set: impl FnOnce(&mut Config)) -> Desk {
        let clock = ManualClock::starting_at(now.parse().unwrap());
        let ledger = Arc::new(SqliteLedger::in_memory(Arc::new(clock.clone())).unwrap());
        let mut config = Config::at_home("no such folder".into());
        config.markets.retain(|market| market.name == "USA");
        // A clock that leaps finds whoever is in a cycle past its deadline.
        let capture = SupervisorConfig { deadline: None, ..config.supervisor(MARKET_OPEN_CAPTURE) };
        config.supervisors.insert(MARKET_OPEN_CAPTURE.into(), capture);
        set(&mut config);
        let builder = Stack::builder(config).clock(Arc::new(clock.clone())).ledger(ledger);
        let stack = builder.only([MARKET_OPEN_CAPTURE]).start().unwrap();
        let events = stack.events();
        let desk = Desk { clock, stack, events };
        until("the capture waits", || {
            desk.stack.supervisors().iter().any(|one| one.state == State::Waiting && one.cycles > 0)
        });
        desk
    }

    fn alarms(&self) -> Vec<Alarm> {
        self.stack.status().alarms
    }

    /// Lets time go on, second by second, until `found`; never beyond `end`.
    #[track_caller]
    fn goes_on_until(&self, end: &str, what: &str, mut found: impl FnMut() -> bool) {
        let end: jiff::Timestamp = end.parse().unwrap();
        until(what, || {
            let done = found();
            if !done && self.clock.now() < end {
                self.clock.advance(Duration::from_secs(1));
                std::thread::park_timeout(A_SECOND);
            }
            done
        });
    }

    fn save(&self) {
        let quote = Arc::new(Quote::absent(Symbol::new("/ES").unwrap()));
        let now = self.clock.now();
        let sheet =
            Sheet { saved_at: now, quotes: vec![quote], not_loaded: Vec::new(), rejected: Vec::new() };
        self.stack.board().apply(&Generation::new(1), &sheet, now).unwrap();
    }

    fn told(&self) -> Vec<String> {
        let is_alarm =
            |event: &Event| matches!(event.kind, EventKind::Alarm { .. } | EventKind::AlarmEnded { .. });
        self.events.try_iter().filter(is_alarm).map(|event| event.to_string()).collect()
    }
}

#[test]
fn an_open_without_fresh_quotes_is_alarmed_a_minute_before_it_and_the_end_is_said_once() {
    let desk = Desk::at("2025-11-28T14:27:00Z");
    assert_eq!(desk.alarms(), []);
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "an alarm", || !desk.alarms().is_empty());
    let alarm = desk.alarms().remove(0);
    assert_eq!((alarm.market.as_deref(), alarm.kind), (Some("USA"), AlarmKind::NotFed));
    assert!(alarm.at >= "2025-11-28T14:29:00Z".parse().unwrap(), "{alarm:?}");
    assert_eq!(alarm.message, "0 quotes are younger than 30s and 1 are needed; none was read yet");
    let json = serde_json::to_value(desk.stack.status()).unwrap();
    assert_eq!(json["alarms"][0]["kind"], "not_fed");
    assert_eq!(json["state"], "running", "an alarm is no trouble of a supervisor");
    assert!(json["supervisors"].as_array().unwrap().iter().all(|one| one["name"] != "Alarms"));
    desk.save();
    desk.goes_on_until("2025-11-28T14:31:00Z", "its end", || desk.alarms().is_empty());
    let told = desk.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("Alarms: ALARM not_fed of USA: 0 quotes are younger"), "{told:?}");
    assert_eq!(told[1], "Alarms: alarm not_fed of USA has ended");
}

#[test]
fn closed_is_quiet() {
    let desk = Desk::at("2025-11-27T14:27:00Z"); // Thanksgiving
    for _ in 0..300 {
        desk.clock.advance(Duration::from_secs(1));
        assert_eq!(desk.alarms(), []);
    }
    assert!(desk.told().is_empty());
}

#[test]
fn a_supervisor_that_backs_off_before_an_open_is_alarmed_with_its_reason() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("ledger.db"), "a shopping list").unwrap();
    let clock = ManualClock::starting_at("2025-11-28T14:27:00Z".parse().unwrap());
    let mut config = Config::at_home(home.path().into());
    config.markets.retain(|market| market.name == "USA");
    let stack =
        Stack::builder(config).clock(Arc::new(clock.clone())).only([MARKET_OPEN_CAPTURE]).start().unwrap();
    let desk = Desk { events: stack.events(), clock, stack };
    until("it backs off", || desk.stack.supervisors().iter().any(|one| one.state == State::BackingOff));
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "an alarm", || {
        desk.save();
        !desk.alarms().is_empty()
    });
    let alarm = desk.alarms().remove(0);
    assert_eq!(alarm.kind, AlarmKind::NotRunning);
    assert!(alarm.message.starts_with("MarketOpenCaptureSupervisor backs off: "), "{alarm:?}");
    assert!(alarm.message.contains("ledger.db"), "{alarm:?}");
}

#[test]
fn a_suspend_that_ends_before_an_open_does_not_miss_the_alarm() {
    let desk = Desk::at("2025-11-28T04:00:00Z");
    // Ten hours at once on the wall clock, none on the monotonic one.
    desk.clock.step_wall_clock("2025-11-28T14:29:10Z".parse().unwrap());
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "an alarm", || {
        desk.alarms().iter().any(|alarm| alarm.kind == AlarmKind::NotFed)
    });
}

/// Regression: the program refused the variables that its own alarm sets, so that no command could restart a worker by it.
#[test]
#[cfg(unix)] // a shell, because the test names one
fn the_command_is_told_what_began_and_what_ended() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script = format!(
        "'{}' --home '{}' status; printf '%s|%s|%s|%s\\n' $? \"$THOR_STACK_ALARM_STATE\" \"$THOR_STACK_ALARM_MARKET\" \"$0\" >> {}",
        env!("CARGO_BIN_EXE_thor-stack"),
        folder.path().display(),
        told.display()
    );
    let command = ["sh", "-c", &script].map(str::to_owned).to_vec();
    let desk = Desk::with("2025-11-28T14:27:00Z", |config| config.alarm.command = command);
    let lines = |path: &Path| std::fs::read_to_string(path).unwrap_or_default().lines().count();
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "the first run", || lines(&told) == 1);
    desk.save();
    desk.goes_on_until("2025-11-28T14:30:30Z", "the second run", || lines(&told) == 2);
    let text = std::fs::read_to_string(&told).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("3|began|USA|USA not_fed began: 0 quotes"), "{text}");
    assert!(lines.next().unwrap().starts_with("3|ended|USA|USA not_fed ended: "), "{text}");
}

/// Regression: it inherited the mask of our threads, so that neither SIGTERM nor its own alarm clock reached it.
#[cfg(target_os = "linux")]
#[test]
fn no_signal_is_kept_from_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    // A shell would let them through by itself.
    let script = format!(
        "open({told:?}, 'w').writelines(line for line in open('/proc/self/status') if line.startswith('SigBlk'))"
    );
    let command = ["python3", "-c", &script].map(str::to_owned).to_vec();
    let desk = Desk::with("2025-11-28T14:27:00Z", |config| config.alarm.command = command);
    let text = || std::fs::read_to_string(&told).unwrap_or_default();
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "it has run", || text().ends_with('\n'));
    assert_eq!(text(), "SigBlk:\t0000000000000000\n");
}

#[test]
fn a_command_that_cannot_be_run_costs_a_log_line_and_no_alarm() {
    let command = vec!["no such program".to_owned()];
    let desk = Desk::with("2025-11-28T14:27:00Z", |config| config.alarm.command = command);
    desk.goes_on_until(NEW_YORK_OPENS_SOON, "an alarm", || !desk.alarms().is_empty());
    assert!(desk.stack.shutdown(Duration::from_secs(5)).is_clean());
}

#[test]
fn a_stale_workbook_stands_among_the_alarms_and_is_no_degradation() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book.xlsx");
    std::fs::copy("tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx", &book).unwrap();
    let mut config = Config::at_home(folder.path().into());
    config.workbook.path = Some(book);
    let clock = ManualClock::starting_at("2035-01-06T12:00:00Z".parse().unwrap()); // a Saturday, years later
    let stack =
        Stack::builder(config).clock(Arc::new(clock)).only(["ExcelPollerSupervisor"]).start().unwrap();
    until("it reads", || stack.board().snapshot().quotes().len() == 11);
    let status = stack.status();
    let kinds: Vec<AlarmKind> = status.alarms.iter().map(|alarm| alarm.kind).collect();
    assert_eq!((kinds, status.workbook.stale), (vec![AlarmKind::StaleWorkbook], true));
    assert_eq!(status.state, thor_stack::StackState::Running);
}

/// Regression: the watch slept until a minute before the open that it knew of.
#[test]
fn an_open_that_an_override_brings_nearer_is_alarmed_too() {
    let home = tempfile::tempdir().unwrap();
    let desk = Desk::with("2025-11-29T15:00:00Z", |config| config.home = home.path().into()); // Saturday
    desk.clock.advance(Duration::from_secs(5));
    let session =
        "[[calendar.override]]\nmarket = \"USA\"\ndate = 2025-11-29\nopen = \"10:02\"\nclose = \"16:00\"\n";
    std::fs::write(home.path().join("calendar.toml"), session).unwrap();
    desk.goes_on_until("2025-11-29T15:01:59Z", "an alarm", || !desk.alarms().is_empty());
    assert_eq!(desk.alarms()[0].kind, AlarmKind::NotFed);
}
