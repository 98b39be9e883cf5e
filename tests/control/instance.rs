//! One stack a home, whatever becomes of the process that holds it.

use super::process::Process;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thor_stack::instance::{self, Attempt, HolderInfo, InstanceLock, LockError, Role, wait_for};
use thor_stack::supervise::{ManualClock, SystemClock};

#[test]
fn a_second_stack_of_this_process_is_refused_until_the_first_lets_go() {
    let home = home();
    let lock = acquired(home.path());
    let Attempt::HeldBy(holder) = attempt(home.path()) else { panic!("two stacks in one home") };
    assert_eq!(holder.pid, Some(std::process::id()));
    assert_eq!(instance::holder(home.path()).unwrap().unwrap().pid, Some(std::process::id()));
    drop(lock);
    assert_eq!(instance::holder(home.path()).unwrap(), None);
    acquired(home.path());
}

#[test]
fn looking_at_the_holder_does_not_give_the_lock_back() {
    let home = home();
    let _lock = acquired(home.path());
    instance::holder(home.path()).unwrap();
    attempt(home.path());
    assert!(Process::spawn(home.path()).ask("take").starts_with("held by process"));
}

#[test]
fn two_stacks_with_different_homes_are_fine_and_every_path_to_a_home_is_the_same() {
    let (one, two) = (home(), home());
    let _one = acquired(one.path());
    let _two = acquired(two.path());
    let link = two.path().join("link");
    std::os::unix::fs::symlink(one.path(), &link).unwrap();
    assert!(matches!(attempt(&link), Attempt::HeldBy(_)));
}

#[test]
fn a_parent_has_a_lock_of_its_own() {
    let home = home();
    let parent = || InstanceLock::try_acquire_as(Role::Parent, home.path(), &info()).unwrap();
    let Attempt::Acquired(_parent) = parent() else { panic!("nobody held it") };
    assert_eq!(instance::holder(home.path()).unwrap(), None, "a parent is no stack");
    let stack = || InstanceLock::try_acquire_as(Role::Stack, home.path(), &info()).unwrap();
    let Attempt::Acquired(_stack) = stack() else { panic!("its child may have it") };
    assert!(matches!(parent(), Attempt::HeldBy(_)));
    assert!(instance::holder_as(Role::Parent, home.path()).unwrap().is_some());
}

/// A host that stood by took the home over in the moment before the parent's next child, which ended the parent.
#[test]
fn a_home_that_a_parent_is_about_to_start_a_stack_in_is_not_free_for_others() {
    let home = home();
    let Attempt::Acquired(parent) = InstanceLock::try_acquire_as(Role::Parent, home.path(), &info()).unwrap()
    else {
        panic!("nobody held it")
    };
    let Attempt::HeldBy(holder) = attempt(home.path()) else { panic!("taken from under the parent") };
    assert_eq!(holder.pid, Some(std::process::id()));
    let expected = format!("held by process {} ", std::process::id());
    assert!(Process::spawn(home.path()).ask("take").starts_with(&expected));
    drop(parent);
    acquired(home.path());
}

#[test]
fn another_process_is_told_who_holds_the_home() {
    let home = home();
    let _lock = acquired(home.path());
    let expected = format!(
        "held by process {} (thor-stack {}, started 2025-11-28T14:29:59Z)",
        std::process::id(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(Process::spawn(home.path()).ask("take"), expected);
}

#[test]
fn a_killed_holder_frees_the_home_at_once_and_leaves_nothing_to_clean_up() {
    let home = home();
    let mut holder = Process::spawn(home.path());
    assert_eq!(holder.ask("take"), "held");
    assert_eq!(instance::holder(home.path()).unwrap().unwrap().pid, Some(holder.pid()));
    holder.kill();
    assert!(home.path().join("instance.json").exists(), "the description of the dead stays");
    assert_eq!(instance::holder(home.path()).unwrap(), None);
    acquired(home.path());
}

#[test]
fn forked_children_that_live_on_do_not_keep_the_home() {
    let home = home();
    let mut holder = Process::spawn(home.path());
    assert_eq!(holder.ask("take"), "held");
    let child: u32 = holder.ask("fork").parse().unwrap();
    holder.kill();
    let lock = acquired(home.path());
    let answer = holder.ask("child take"); // it lives
    assert!(answer.starts_with(&format!("held by process {}", std::process::id())), "{child}: {answer}");
    drop(lock);
    holder.end();
}

#[test]
fn a_forked_child_may_take_the_home_after_its_parent_and_keeps_it_when_it_drops_the_inherited_lock() {
    let home = home();
    let mut holder = Process::spawn(home.path());
    assert_eq!(holder.ask("take"), "held");
    let child: u32 = holder.ask("fork").parse().unwrap();
    assert!(holder.ask("child take").starts_with(&format!("held by process {}", holder.pid())));
    holder.kill();
    assert_eq!(holder.ask("child take"), "held");
    assert_eq!(holder.ask("child drop inherited"), "dropped");
    let Attempt::HeldBy(by) = attempt(home.path()) else { panic!("the child has lost the home") };
    assert_eq!(by.pid, Some(child));
    holder.end();
    assert_eq!(instance::holder(home.path()).unwrap(), None);
}

#[test]
fn of_a_hundred_processes_exactly_one_gets_the_home() {
    let home = home();
    let mut all: Vec<Process> = (0..100).map(|_| Process::spawn(home.path())).collect();
    all.iter_mut().for_each(|process| process.tell("take"));
    let answers: Vec<String> = all.iter_mut().map(Process::hear).collect();
    let held = answers.iter().filter(|answer| *answer == "held").count();
    assert_eq!(held, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.starts_with("held")), "{answers:?}");
}

#[test]
fn of_a_hundred_threads_exactly_one_gets_the_home_while_others_look_at_it() {
    let home = home();
    let locks: Vec<InstanceLock> = thread::scope(|scope| {
        let tries: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    instance::holder(home.path()).unwrap();
                    match attempt(home.path()) {
                        Attempt::Acquired(lock) => Some(lock),
                        Attempt::HeldBy(_) => None,
                    }
                })
            })
            .collect();
        tries.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(locks.len(), 1);
    assert!(Process::spawn(home.path()).ask("take").starts_with("held by"), "no look gave it back");
}

#[test]
fn a_stand_by_takes_over_within_its_retry_interval() {
    let home = home();
    let mut holder = Process::spawn(home.path());
    assert_eq!(holder.ask("take"), "held");
    let clock = ManualClock::starting_at(now());
    let (_stop, stopped) = crossbeam_channel::bounded::<()>(0);
    let retry = Duration::from_secs(1);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| wait_for(home.path(), retry, &clock, &stopped).unwrap());
        until(|| clock.next_deadline().is_some());
        holder.kill();
        clock.advance(retry);
        assert!(waiting.join().unwrap().is_some());
    });
}

#[test]
fn a_stand_by_ends_at_once_when_it_is_told_to_stop() {
    let home = home();
    let _lock = acquired(home.path());
    let (stop, stopped) = crossbeam_channel::bounded::<()>(0);
    thread::scope(|scope| {
        let (hour, clock) = (Duration::from_secs(3600), SystemClock::new());
        let waiting =
            scope.spawn(move || wait_for(home.path(), hour, &clock, &stopped).map(|lock| lock.is_none()));
        let began = Instant::now();
        drop(stop);
        assert!(waiting.join().unwrap().unwrap());
        assert!(began.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn a_lock_that_the_host_gave_back_unaware_is_repaired_or_reported() {
    let home = home();
    let lock = acquired(home.path());
    drop(File::open(home.path().join("instance.lock")).unwrap()); // what a host's backup may do
    lock.confirm().unwrap();
    let mut other = Process::spawn(home.path());
    assert!(other.ask("take").starts_with("held by"));
    drop(File::open(home.path().join("instance.lock")).unwrap());
    assert_eq!(other.ask("take"), "held");
    assert!(matches!(lock.confirm(), Err(LockError::Lost { .. })));
}

#[test]
fn a_home_that_is_replaced_is_lost() {
    let parent = home();
    let home = parent.path().join("home");
    let lock = acquired(&home);
    fs::rename(&home, parent.path().join("old")).unwrap();
    assert!(matches!(lock.confirm(), Err(LockError::Lost { .. })));
}

#[test]
fn the_home_is_made_for_this_user_alone_with_spaces_and_non_ascii_letters() {
    let parent = home();
    let home = parent.path().join("Börse und 市場 'x'");
    let _lock = acquired(&home);
    assert_eq!(fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(home.join("instance.lock")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Process::spawn(&home).ask("take").starts_with("held by"));
}

#[test]
fn a_home_that_is_a_file_says_so() {
    let parent = home();
    let home = parent.path().join("home");
    fs::write(&home, "").unwrap();
    let expected =
        format!("home {} is not a folder: remove what is there, or choose another home", home.display());
    assert_eq!(error(&home), expected);
    assert!(error(&home.join("below")).contains("is not a folder"));
}

#[test]
fn a_home_with_too_long_a_path_says_so() {
    let parent = home();
    let part: PathBuf = parent.path().join("x".repeat(300));
    assert!(error(&part).contains("has a path too long"), "{}", error(&part));
}

#[test]
fn a_read_only_home_says_so() {
    let home = home();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut other = Process::of(&mut as_nobody(Process::command(home.path())));
    let answer = other.ask("take");
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let expected = format!(
        "error: home {} cannot be written: make it writable for this user, or choose another home",
        home.path().display()
    );
    assert_eq!(answer, expected);
}

/// Root writes everywhere; another user does not.
fn as_nobody(mut command: std::process::Command) -> std::process::Command {
    if nix::unistd::geteuid().is_root() {
        std::os::unix::process::CommandExt::uid(&mut command, 65_534);
    }
    command
}

pub(super) fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn now() -> jiff::Timestamp {
    "2025-11-28T14:29:59Z".parse().unwrap()
}

fn info() -> HolderInfo {
    HolderInfo::current(now())
}

fn attempt(home: &Path) -> Attempt {
    InstanceLock::try_acquire(home, &info()).unwrap()
}

pub(super) fn acquired(home: &Path) -> InstanceLock {
    match attempt(home) {
        Attempt::Acquired(lock) => lock,
        Attempt::HeldBy(holder) => panic!("held by {holder}"),
    }
}

fn error(home: &Path) -> String {
    InstanceLock::try_acquire(home, &info()).unwrap_err().to_string()
}

/// Polls, for ten seconds at most.
pub(super) fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 10 s");
        super::fake::pass(Duration::from_millis(1));
    }
}
