//! The background stack of a Rust host. Once a process: this is the one test of this binary that starts it.

use std::collections::BTreeMap;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::guard::{Host, Reason};
use thor_stack::instance::{self, Attempt, HolderInfo, InstanceLock};
use thor_stack::{BackgroundError, StackState, StartOptions, StartOutcome};
use thor_stack::{background_stack, start_background_stack, stop_background_stack};

const TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn it_is_declined_or_refused_and_tried_again_then_stands_by_takes_over_and_stops_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    assert!(stop_background_stack(TIMEOUT).unwrap().is_clean(), "nothing runs");

    let migrate = Host {
        program: "manage.py".into(),
        arguments: vec!["migrate".into()],
        environment: BTreeMap::new(),
        pid: 0,
        started_in: None,
    };
    let options = StartOptions { host: Some(migrate), ..StartOptions::default() };
    let declined = start_background_stack(Config::at_home(home.clone()), options).unwrap();
    assert!(matches!(declined, StartOutcome::Skipped(Reason::NotAServerCommand { .. })), "{declined:?}");
    assert!(!home.exists() && background_stack().is_none());

    std::fs::write(folder.path().join("file"), "").unwrap();
    let config = Config::at_home(folder.path().join("file"));
    let refused = start_background_stack(config, StartOptions::default());
    assert!(matches!(refused, Err(BackgroundError::Home(_))), "{refused:?}");

    let now = "2025-11-28T14:29:59Z".parse().unwrap();
    let Attempt::Acquired(other) = InstanceLock::try_acquire(&home, &HolderInfo::current(now)).unwrap()
    else {
        panic!("the home is free")
    };
    let options = StartOptions { retry: Duration::from_millis(20), ..StartOptions::default() };
    let second = start_background_stack(Config::at_home(home.clone()), options.clone()).unwrap();
    assert!(matches!(second, StartOutcome::StandingBy), "{second:?}");
    assert!(background_stack().is_none());

    drop(other);
    super::until("the take-over", || background_stack().is_some(), String::new);
    let stack = background_stack().unwrap();
    assert_eq!(stack.config().home, home);
    assert_eq!(instance::holder(&home).unwrap().unwrap().pid, Some(std::process::id()));

    assert!(stop_background_stack(TIMEOUT).unwrap().is_clean());
    assert_eq!(instance::holder(&home).unwrap(), None);
    assert_eq!(stack.status().state, StackState::Stopping, "the handle stays good");
    let forced = StartOptions { force: true, ..options };
    let again = start_background_stack(Config::at_home(home), forced).unwrap();
    assert!(matches!(again, StartOutcome::Skipped(Reason::AlreadyStarted { .. })), "{again:?}");
}
