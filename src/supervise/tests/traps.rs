//! Traps of supervision (supervision.md) that no other room's tests name: each was seen to happen somewhere.

use super::thread::{Door, Slot, spawn_named, system_door};
use super::*;
use std::process::Command;
use std::sync::OnceLock;

/// Trap 1: a host may have made the default stack small by environment; an overflow cannot be caught.
#[test]
fn a_worker_thread_has_an_explicit_stack_size() {
    let (sizes, size) = crossbeam_channel::unbounded();
    let door: Door = Arc::new(move |name, stack_size, body| {
        sizes.send((name.to_owned(), stack_size)).unwrap();
        spawn_named(name, stack_size, body)
    });
    let House { clock, supervisors } = House::new();
    let policy = Policy { stack_size: 3 << 20, ..Policy::default() };
    let house = House { clock, supervisors: supervisors.with_door(door) }
        .with("Poller", policy, |_| play(|_| Ok(Next::OnWake)))
        .with("Grader", Policy::default(), |_| play(|_| Ok(Next::OnWake)))
        .start();
    house.in_state("Poller", State::Waiting);
    house.in_state("Grader", State::Waiting);
    let sizes: std::collections::HashMap<String, usize> = size.try_iter().collect();
    assert_eq!((sizes["Poller"], sizes["Grader"]), (3 << 20, 2 << 20));
    assert!(sizes.values().all(|size| *size >= 128 * 1024), "{sizes:?}");
}

/// Trap 2: with `panic = "abort"` nothing would be caught, so such a build must not exist.
#[test]
#[cfg_attr(windows, ignore = "built on another system, where the compiler is")]
fn a_build_in_which_panics_abort_is_refused() {
    let source = include_str!("../mod.rs");
    let guard = &source[source.find("#[cfg(panic").expect("the guard of mod.rs")..];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guard.rs");
    std::fs::write(&file, format!("#![crate_type = \"lib\"]\n{guard}")).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = |strategy: &str| {
        let mut command = Command::new(&compiler);
        command.args(["-C", strategy, "--emit=metadata", "--out-dir"]).arg(folder.path()).arg(&file);
        command.output().unwrap()
    };
    assert!(compiled("panic=unwind").status.success());
    let refused = compiled("panic=abort");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("restarts workers that panic"), "{said}");
}

/// Trap 5.
#[test]
fn a_worker_is_built_anew_from_its_factory_and_nothing_it_held_survives_a_panic() {
    let (held, seen) = crossbeam_channel::unbounded();
    let factory = move |ctx: &Context| {
        let (held, first, mut rows) = (held.clone(), ctx.generation().number() == 1, Vec::new());
        play(move |_| {
            rows.push(812);
            held.send(rows.len()).unwrap();
            assert!(!first || rows.len() < 2, "torn");
            Ok(if first { Next::After(secs(0)) } else { Next::OnWake })
        })
    };
    let house = House::new().with("Poller", Policy::default(), factory).start();
    house.clock.advance(house.failed().2);
    house.restarted();
    let rows: Vec<usize> = (0..3).map(|_| seen.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(rows, [1, 2, 1]);
}

/// Trap 6: user code that asks its own supervisors everything would wait for itself under a lock of theirs.
#[test]
fn no_user_code_runs_under_a_lock_of_the_supervisors() {
    struct Curious(Arc<OnceLock<Running>>);
    impl Curious {
        fn ask(&self) {
            if let Some(running) = self.0.get() {
                assert_eq!(running.status().len(), 1);
                running.restart("Poller").ok();
                drop(running.events());
            }
        }
    }
    impl Worker for Curious {
        fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
            self.ask();
            ctx.phase("asking");
            if ctx.generation().number() < 20 { Err(WorkerError::new("again")) } else { Ok(Next::OnWake) }
        }
    }
    impl Drop for Curious {
        fn drop(&mut self) {
            self.ask();
        }
    }
    let running: Arc<OnceLock<Running>> = Arc::default();
    let asked = Arc::clone(&running);
    let mut supervisors = House::new().supervisors;
    let policy = Policy { first: secs(0), deadline: Some(secs(10)), ..Policy::default() };
    let factory = move |_: &Context| -> Built {
        let worker = Curious(Arc::clone(&asked));
        worker.ask();
        Ok(Box::new(worker))
    };
    supervisors.add("Poller", policy, factory).unwrap();
    running.set(supervisors.start().unwrap()).ok();
    let deadline = Instant::now() + PATIENCE;
    while running.get().unwrap().status()[0].generation < 20 {
        assert!(Instant::now() < deadline, "{:?}", running.get().unwrap().status());
        a_moment();
    }
    assert!(running.get().unwrap().shutdown(PATIENCE).is_clean());
}

/// Trap 7: by the end of the thread or by the deadline, not by looking again and again.
#[test]
fn a_timed_join_ends_with_the_thread_or_at_its_deadline() {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let slot = Slot::default();
    assert!(slot.join_until(&clock, Mono(secs(1))), "no thread has ended");
    let (release, held) = crossbeam_channel::bounded::<()>(0);
    let body = Box::new(move || {
        held.recv().ok();
    });
    slot.spawn(&system_door(), "joined", 128 * 1024, body).unwrap();
    assert!(!slot.join_until(&clock, Mono(secs(0))), "the deadline is past, and the thread is there");
    drop(release);
    assert!(slot.join_until(&clock, Mono(secs(1))), "no time passes on this clock: the end itself was seen");
}

/// Trap 8: a select picks at random among what is ready.
#[test]
fn the_order_to_stop_wins_over_whatever_else_is_ready() {
    for _ in 0..50 {
        let (entered, is_in) = crossbeam_channel::bounded(1);
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        let factory = move |_: &Context| {
            let (entered, held) = (entered.clone(), held.clone());
            play(move |ctx| {
                entered.try_send(()).ok();
                held.recv().ok();
                ctx.waker().wake();
                Ok(Next::After(secs(0)))
            })
        };
        let house = House::new().with("Poller", Policy::default(), factory).start();
        is_in.recv_timeout(PATIENCE).unwrap();
        let answer = house.running.restart("Poller").unwrap();
        // Stop, restart, wake-up and deadline are all there when the cycle ends.
        std::thread::scope(|scope| {
            let stopped = scope.spawn(|| house.running.shutdown(PATIENCE));
            while !house.running.is_stopping() {
                a_moment();
            }
            drop(release);
            assert!(stopped.join().unwrap().is_clean());
        });
        assert!(answer.try_recv().is_err_and(|error| error.is_disconnected()));
        assert_eq!((house.status("Poller").cycles, house.status("Poller").generation), (1, 1));
    }
}

/// Trap 17, and 8: a run that took too long makes none after it "skipped".
#[test]
fn a_cycle_longer_than_its_interval_is_followed_at_once_and_none_is_dropped() {
    let (cycles, seen) = crossbeam_channel::unbounded();
    let house = House::new();
    let clock = house.clock.clone();
    let factory = move |_: &Context| {
        let (cycles, clock, mut n) = (cycles.clone(), clock.clone(), 0);
        play(move |ctx| {
            n += 1;
            cycles.send(ctx.clock().mono().0).unwrap();
            if n == 1 {
                clock.advance(secs(10));
            }
            Ok(Next::After(secs(3)))
        })
    };
    let house = house.with("Capture", Policy::default(), factory).start();
    assert_eq!(seen.recv_timeout(PATIENCE), Ok(secs(0)));
    assert_eq!(seen.recv_timeout(PATIENCE), Ok(secs(10)), "late, and at once");
    assert!(house.running.shutdown(PATIENCE).is_clean());
}
