//! A host with a worker of its own that hangs or fails, asked by the real program.

use super::{Life, until};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thor_stack::config::Config;
use thor_stack::control::{Control, Server};
use thor_stack::instance::{Attempt, HolderInfo, InstanceLock, wait_for};
use thor_stack::supervise::{Context, Next, Policy, State, SystemClock, Worker, WorkerError};
use thor_stack::{Respawns, Stack, StackControl, StackHandle};

struct Stuck(Receiver<()>);

impl Worker for Stuck {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        ctx.phase("reading a share that is gone");
        self.0.recv().ok();
        Ok(Next::After(Duration::from_secs(1)))
    }
}

struct Failing;

impl Worker for Failing {
    fn cycle(&mut self, _ctx: &Context) -> Result<Next, WorkerError> {
        Err(WorkerError::new("no such share"))
    }
}

/// A stack in this process that answers in its home. `Stuck` hangs until the test ends.
struct Host {
    life: Life,
    stack: Arc<StackHandle>,
    control: Arc<StackControl>,
    server: Server,
    ordered: Receiver<()>,
    lock: InstanceLock,
    _release: Sender<()>,
}

impl Host {
    /// Stuck may take as long as it likes, and so nobody takes its place.
    fn new() -> Host {
        Host::with(None, State::Running)
    }

    /// Stuck is in this state once its cycle has taken longer than `deadline`.
    fn with(deadline: Option<Duration>, state: State) -> Host {
        let life = Life::new();
        let (release, released) = unbounded();
        let slow = Policy { first: Duration::from_secs(60), ..Policy::default() };
        let policy = Policy { deadline, first: slow.first, ..Policy::default() };
        let config = Config::at_home(life.home().into());
        let stack = Stack::builder(config)
            .only(["Stuck", "Failing"])
            .worker("Stuck", policy, move |_| Ok(Box::new(Stuck(released.clone()))))
            .worker("Failing", slow, |_| Ok(Box::new(Failing)))
            .start();
        let stack = Arc::new(stack.unwrap());
        let info = HolderInfo::current("2025-11-28T14:29:59Z".parse().unwrap());
        let Ok(Attempt::Acquired(lock)) = InstanceLock::try_acquire(life.home(), &info) else {
            panic!("a new home is free")
        };
        let (order, ordered) = unbounded();
        let control = Arc::new(StackControl::new(Arc::clone(&stack), order, Respawns::default()));
        let server = Server::start(&lock, Arc::clone(&control) as Arc<dyn Control>).unwrap();
        let of = |name: &str| stack.supervisors().iter().find(|one| one.name == name).unwrap().clone();
        until("both are in trouble", || {
            let (stuck, failing) = (of("Stuck"), of("Failing"));
            (stuck.state, failing.state) == (state, State::BackingOff) && stuck.phase.is_some()
        });
        Host { life, stack, control, server, ordered, lock, _release: release }
    }

    /// Ends as a host does that was told to.
    fn stop_as_told(self) -> Life {
        self.ordered.recv().unwrap();
        let report = self.stack.shutdown(self.control.deadline().unwrap());
        self.control.stopped(&report);
        drop((self.server, self.lock));
        self.life
    }
}

#[test]
fn status_answers_while_a_worker_hangs_and_says_where() {
    let host = Host::with(Some(Duration::from_millis(20)), State::BackingOff);
    let began = Instant::now();
    let ran = host.life.run(&["status", "--json"]);
    println!("status --json as a whole command: {:?}", began.elapsed());
    let status = ran.exits(1).json();
    assert_eq!(status["state"], "degraded");
    let named = |name: &str| {
        status["supervisors"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
    };
    let stuck = named("Stuck");
    assert_eq!((&stuck["state"], &stuck["zombies"]), (&"backing_off".into(), &1.into()));
    assert_eq!(
        (&stuck["last_error"]["kind"], &stuck["phase"]),
        (&"hang".into(), &"reading a share that is gone".into())
    );
    assert_eq!(named("Failing")["last_error"]["kind"], "error");
    let table = host.life.run(&["status"]);
    table.exits(1).prints("Stuck").prints("no such share");
}

#[test]
fn names_choose_and_a_wrong_one_is_told_whom_it_may_mean() {
    let host = Host::new();
    let ran = host.life.run(&["status", "Failing", "--json"]);
    assert_eq!(ran.exits(1).json()["supervisors"].as_array().unwrap().len(), 1);
    host.life.run(&["status", "Faling"]).exits(4).says("did you mean Failing?");
    host.life.run(&["restart", "Faling"]).exits(1).says("did you mean Failing?");
    host.life.run(&["restart", "ExcelPollerSupervisor"]).exits(1).says("is disabled: not among --only");
}

#[test]
fn restart_says_who_has_restarted_and_who_hangs() {
    let host = Host::new();
    host.life.run(&["restart", "Failing"]).exits(0).prints("Failing restarted\n");
    let ran = host.life.run(&["restart", "--timeout", "3s"]);
    ran.exits(1)
        .prints("Failing restarted\n")
        .says("Stuck has not restarted within 3s: it is running (while");
    host.life.run(&["restart", "--no-wait", "Stuck"]).exits(0).prints("Stuck told to restart");
}

/// It said "already running", and a moment later nothing ran.
#[test]
fn a_start_while_the_stack_before_stops_starts_the_next_one_after_it() {
    let host = Host::new();
    host.life.run(&["stop", "--no-wait", "--timeout", "200ms"]).exits(0).prints("stopping (pid ");
    host.life.run(&["start", "--no-wait"]).exits(1).says("is stopping");
    host.life.run(&["start", "--timeout", "100ms"]).exits(1).says("has not stopped within 100ms");
    let start = host.life.command(&["start"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let life = host.stop_as_told();
    let output = start.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("started (pid {})\n", life.stack()));
    assert_ne!(life.stack(), std::process::id());
    life.run(&["stop"]).exits(0);
}

/// It waited for the end of whoever had taken the home over meanwhile, and called that a failure.
#[test]
fn a_stop_is_over_when_its_stack_has_ended_whoever_takes_the_home_over() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let stack = life.stack();
    let (_go_on, stop) = unbounded::<()>();
    let stand_by = || wait_for(life.home(), Duration::from_micros(100), &SystemClock::new(), &stop);
    std::thread::scope(|scope| {
        let standby = std::thread::Builder::new().spawn_scoped(scope, stand_by).unwrap();
        life.run(&["stop", "--timeout", "1s"]).exits(0).prints(&format!("stopped (pid {stack})"));
        assert!(standby.join().unwrap().unwrap().is_some(), "taken over");
    });
}

#[test]
fn stop_names_the_hung_at_its_deadline() {
    let host = Host::new();
    let command = host.life.command(&["stop", "--timeout", "200ms"]);
    let began = Instant::now();
    let client = std::thread::scope(|scope| {
        let client = std::thread::Builder::new().spawn_scoped(scope, || {
            let mut command = command;
            command.output().unwrap()
        });
        let life = host.stop_as_told();
        let output = client.unwrap().join().unwrap();
        drop(life);
        output
    });
    println!("stop with a hung worker, deadline 200 ms: {:?}", began.elapsed());
    let (said, printed) = (String::from_utf8_lossy(&client.stderr), String::from_utf8_lossy(&client.stdout));
    assert!(client.status.success() && printed.contains("stopped (pid "), "{printed}{said}");
    assert!(said.contains("Stuck did not stop in time (while reading a share that is gone)"), "{said}");
}
