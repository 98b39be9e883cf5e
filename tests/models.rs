//! The supervisors' hand-overs under schedules that try many orders: shutdown while spawning and while backing off,
//! restart during stop, fence during publish, and the verdict on a hung worker against its end and against shutdown.
//!
//! The code under test is the code that ships: the files of `src/supervise` are compiled here once more, on top of the
//! threads, locks, atomics and channels of `tests/models/sync.rs` in the place of those of `src/sync.rs`. Every schedule
//! follows from a fixed seed. What fails prints its schedule; `MODEL_REPLAY='SCHEDULE' cargo run --example models NAME`
//! runs that one again. `MODEL_SCHEDULES=N` tries N of each kind for each model, `MODEL_SEED=N` others.

#![allow(clippy::unused_unit, clippy::let_underscore_must_use)] // the models' select
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "models/sync.rs"]
mod sync;

/// In the place of `src/fault.rs`: nothing fails at an edge here, whatever features the build has.
mod fault {
    macro_rules! edge {
        ($name:expr, $into:expr) => {};
    }
    pub(crate) use edge;

    #[cfg(feature = "failpoints")]
    pub(crate) fn shifted(now: jiff::Timestamp) -> jiff::Timestamp {
        now
    }
}

#[path = "../src/supervise/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, missing_docs)] // a model needs a part of the room
mod supervise;

#[path = "models/scenes.rs"]
mod scenes;

#[path = "../src/os/unix/sleep.rs"]
mod sleep;

#[path = "../src/os/evidence_elsewhere.rs"]
mod evidence;

mod os {
    pub(crate) use crate::{evidence, sleep};

    /// The models' threads are none of the system's.
    pub(crate) mod signals {
        pub(crate) struct Held;

        pub(crate) fn hold() -> Held {
            Held
        }
    }
}

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use std::time::Instant;

/// Schedules of each kind for each model, unless `MODEL_SCHEDULES` says otherwise.
const SCHEDULES: usize = 200;

/// How many surprises the adversarial schedules hold.
const SURPRISES: usize = 3;

/// Enough for a worker's formatting and a panic's unwinding.
const STACK_SIZE: usize = 256 * 1024;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|it| name.contains(it.as_str()));
    for (name, scene) in scenes::ALL.into_iter().filter(|(name, _)| wanted(name)) {
        match std::env::var("MODEL_REPLAY") {
            Ok(schedule) => shuttle::replay(scene, &schedule),
            Err(_) => run(name, scene),
        }
    }
}

fn run(name: &str, scene: fn()) {
    let (schedules, seed) =
        (number("MODEL_SCHEDULES").unwrap_or(SCHEDULES), number("MODEL_SEED").unwrap_or(1));
    let began = Instant::now();
    let random = tried(RandomScheduler::new_from_seed(seed as u64, schedules), scene);
    let hostile = tried(PctScheduler::new_from_seed(seed as u64, SURPRISES, schedules), scene);
    println!("model {name}: {random} random and {hostile} adversarial schedules in {:.1?}", began.elapsed());
}

fn tried(scheduler: impl Scheduler + 'static, scene: fn()) -> usize {
    let mut config = shuttle::Config::new();
    config.stack_size = STACK_SIZE;
    config.silence_warnings = true;
    shuttle::Runner::new(scheduler, config).run(scene)
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}
