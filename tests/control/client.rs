//! The control client: every wait ends, and every error says what to do.

use super::fake::{LONG, Served, pass, status};
use super::instance::{acquired, home};
use super::process::Process;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use thor_stack::control::{Client, ClientError, RefusalCode, Request};

#[test]
fn a_home_without_a_stack_says_that_none_is_running() {
    let home = home();
    for home in [home.path(), &home.path().join("none")] {
        let error = Client::connect(home).unwrap_err();
        assert!(matches!(error, ClientError::NotRunning { .. }), "{error:?}");
        let expected =
            format!("no stack is running in home {}: start one with `thor-stack start`", home.display());
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_socket_of_a_dead_stack_is_no_stack_even_while_its_forked_child_keeps_it_open() {
    let home = home();
    let mut stack = Process::spawn(home.path());
    assert_eq!(stack.ask("take"), "held");
    assert_eq!(stack.ask("serve"), "serving");
    Client::connect(home.path()).unwrap().request(&Request::Ping, LONG).unwrap();
    stack.ask("fork");
    stack.kill();
    assert!(home.path().join("control.sock").exists());
    let began = Instant::now();
    assert!(matches!(Client::connect(home.path()), Err(ClientError::NotRunning { .. })));
    assert!(began.elapsed() < Duration::from_secs(5));
    stack.end();
}

#[test]
fn a_stack_that_holds_its_home_and_does_not_listen_is_named() {
    let home = home();
    let _lock = acquired(home.path());
    let error = Client::connect(home.path()).unwrap_err();
    let expected = format!("process {} (thor-stack", std::process::id());
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(matches!(error, ClientError::NotListening { .. }), "{error:?}");
}

#[test]
fn a_stack_that_hangs_is_given_up_in_time() {
    let served = Served::new();
    let began = Instant::now();
    let error = served.client().request(&status(&["hang"]), Duration::from_millis(100)).unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    served.fake.release();
}

#[test]
fn a_full_queue_is_given_up_in_time() {
    let home = home();
    let _lock = acquired(home.path());
    let _stalled = UnixListener::bind(home.path().join("control.sock")).unwrap();
    let began = Instant::now();
    let mut waiting = Vec::new();
    let error = loop {
        match Client::connect(home.path()) {
            Ok(client) => waiting.push(client),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ClientError::NotListening { .. }), "{error:?}");
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
}

#[test]
fn a_newer_server_is_understood_as_far_as_it_can_be() {
    let answers = [
        r#"{"colour":"blue","v":1,"ok":{"state":"running"},"took_ms":1}"#,
        r#"{"v":1,"error":{"code":"moon_phase","message":"not at full moon: wait","more":[1]}}"#,
        r#"{"v":1,"verdict":"yes"}"#,
    ];
    with_server(&answers, |home| {
        let mut client = Client::connect(home).unwrap();
        assert_eq!(client.request(&Request::Ping, LONG).unwrap()["state"], "running");
        match client.request(&Request::Ping, LONG) {
            Err(ClientError::Refused(refusal)) => {
                assert_eq!(refusal.code, RefusalCode::Other);
                assert_eq!(refusal.to_string(), "not at full moon: wait");
            }
            other => panic!("{other:?}"),
        }
        let garbled = client.request(&Request::Ping, LONG);
        assert!(matches!(garbled, Err(ClientError::Garbled { .. })), "{garbled:?}");
        let gone = client.request(&Request::Ping, LONG);
        assert!(matches!(gone, Err(ClientError::HungUp { .. })), "{gone:?}");
    });
}

#[test]
fn an_endless_answer_is_cut_off() {
    let endless = "x".repeat(2 * 1024 * 1024);
    with_server(&[&endless], |home| {
        let answer = Client::connect(home).unwrap().request(&Request::Ping, LONG);
        assert!(matches!(answer, Err(ClientError::Garbled { .. })), "{answer:?}");
    });
}

/// The thread of a server without clients sleeps until one comes.
#[test]
fn an_idle_server_does_not_wake() {
    let home = home();
    let mut stack = Process::spawn(home.path());
    assert_eq!(stack.ask("take"), "held");
    assert_eq!(stack.ask("serve"), "serving");
    Client::connect(home.path()).unwrap().request(&Request::Ping, LONG).unwrap();
    super::instance::until(|| state(stack.pid()).0 == "S (sleeping)");
    let before = state(stack.pid());
    pass(Duration::from_millis(500));
    assert_eq!(state(stack.pid()), before);
}

/// What the thread `control` of a process does, and how often it has gone to sleep.
fn state(pid: u32) -> (String, u64) {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let statuses = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok());
    let status = statuses.into_iter().find(|status| status.starts_with("Name:\tcontrol\n")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().to_owned()
    };
    (field("State"), field("voluntary_ctxt_switches").parse().unwrap())
}

/// A server of another version: a line for each request, then it hangs up.
fn with_server(answers: &[&str], test: impl FnOnce(&Path)) {
    let home = home();
    let _lock = acquired(home.path());
    let listener = UnixListener::bind(home.path().join("control.sock")).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            let mut requests = BufReader::new(stream.try_clone().unwrap()).lines();
            for answer in answers {
                requests.next().unwrap().unwrap();
                // A client that has heard enough hangs up in the middle.
                (&stream).write_all(format!("{answer}\n").as_bytes()).ok();
            }
        });
        test(home.path());
    });
}
