//! The control server, and clients of every kind.

use super::fake::{LONG, Served, pass, status};
use super::instance::until;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use thor_stack::control::{ClientError, MAX_ANSWER, MAX_REQUEST, RefusalCode, Request, Server};

#[test]
fn a_client_that_never_speaks_is_dropped_and_delays_nobody() {
    let served = Served::new();
    let began = Instant::now();
    let mut silent = served.raw();
    for _ in 0..20 {
        served.ask(&Request::Ping);
    }
    assert!(began.elapsed() < Duration::from_millis(1_900), "the others waited for the silent one");
    let mut said = String::new();
    silent.read_to_string(&mut said).unwrap();
    assert!(said.contains("too_slow"), "{said}");
    assert!((2..10).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(served.server.figures().dropped, 1);
}

#[test]
fn a_client_that_writes_a_byte_now_and_then_is_dropped_too() {
    let served = Served::new();
    let began = Instant::now();
    let mut slow = served.raw();
    while slow.write_all(b" ").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10), "it goes on and on");
        pass(Duration::from_millis(100));
    }
    assert!(began.elapsed() >= Duration::from_millis(1900), "{:?}", began.elapsed());
    served.ask(&Request::Ping);
}

#[test]
fn a_client_that_does_not_read_its_answer_is_dropped() {
    let served = Served::new();
    let mut slow = served.raw();
    slow.write_all(b"{\"v\":1,\"op\":\"status\",\"names\":[\"large\"]}\n").unwrap();
    until(|| served.server.figures().requests == 1);
    served.ask(&Request::Ping);
    until(|| served.server.figures().dropped == 1);
}

#[test]
fn garbage_is_refused_and_the_client_may_go_on() {
    let served = Served::new();
    let mut lines = Lines::of(served.raw());
    for garbage in
        ["", "hello", "[]", "{\"v\":1", "{}", "{\"v\":1}", "{\"v\":\"1\",\"op\":\"ping\"}", "\u{0}\u{7f}"]
    {
        assert_eq!(code(&lines.ask(garbage)), "bad_request", "{garbage:?}");
    }
    lines.stream.write_all(b"\xff\xfe\x00\n").unwrap();
    assert_eq!(code(&lines.read()), "bad_request");
    assert_eq!(code(&lines.ask(r#"{"v":1,"op":"status","names":"all"}"#)), "bad_request");
    assert_eq!(lines.ask(r#"{"v":1,"op":"ping"}"#)["ok"]["ready"], true);
    assert_eq!(served.server.figures().refused, 10);
}

#[test]
fn a_request_beyond_the_bound_is_refused_and_hung_up_on() {
    let served = Served::new();
    let padded = |length: usize| {
        let (head, tail) = (r#"{"v":1,"op":"ping","padding":""#, "\"}");
        format!("{head}{}{tail}", "x".repeat(length - head.len() - tail.len()))
    };
    assert_eq!(Lines::of(served.raw()).ask(&padded(MAX_REQUEST))["ok"]["ready"], true);
    let mut lines = Lines::of(served.raw());
    assert_eq!(code(&lines.ask(&padded(MAX_REQUEST + 1))), "too_large");
    assert_eq!(lines.reader.read(&mut [0]).unwrap_or(0), 0, "hung up");
    let mut endless = served.raw();
    let filling = endless.write_all(&vec![b'x'; 64 * MAX_REQUEST]);
    assert!(filling.is_err(), "a server that reads without end");
    served.ask(&Request::Ping);
}

#[test]
fn an_answer_beyond_the_bound_is_refused() {
    let served = Served::new();
    let mut client = served.client();
    let error = client.request(&status(&["huge"]), LONG).unwrap_err();
    assert!(
        matches!(&error, ClientError::Refused(refusal) if refusal.code == RefusalCode::TooLarge),
        "{error}"
    );
    let large = client.request(&status(&["large"]), LONG).unwrap();
    assert!(large.as_str().unwrap().len() < MAX_ANSWER, "the next one comes whole");
}

#[test]
fn many_clients_at_once_are_all_answered() {
    let served = Served::new();
    thread::scope(|scope| {
        for n in 0..40 {
            let served = &served;
            scope.spawn(move || {
                let name = format!("Worker{n}");
                let mut client = served.client();
                for _ in 0..5 {
                    let answer = client.request(&status(&[&name]), LONG).unwrap();
                    assert_eq!(answer["names"], json!([name]));
                }
            });
        }
    });
    let figures = served.server.figures();
    assert_eq!((figures.clients, figures.requests, figures.refused, figures.dropped), (40, 200, 0, 0));
}

#[test]
fn more_clients_than_are_served_at_once_wait_their_turn() {
    let served = Served::new();
    let _silent: Vec<UnixStream> = (0..256).map(|_| served.raw()).collect();
    until(|| served.server.figures().clients == 256);
    assert_eq!(served.ask(&Request::Ping)["ready"], true, "when the silent ones have been dropped");
}

#[test]
fn an_old_client_is_answered_or_told_what_is_there() {
    let served = Served::new();
    let mut lines = Lines::of(served.raw());
    let unknown_key = lines.ask(r#"{"v":1,"op":"status","names":[],"colour":"blue"}"#);
    assert_eq!(unknown_key["ok"]["state"], "running");
    let no_names = lines.ask(r#"{"v":1,"op":"status"}"#);
    assert_eq!(no_names["ok"]["names"], json!([]));
    let unknown_op = lines.ask(r#"{"v":1,"op":"reload"}"#);
    assert_eq!(code(&unknown_op), "unknown_op");
    assert_eq!(
        unknown_op["error"]["message"],
        format!(
            "thor-stack {} has no operation \"reload\"; it has ping, status, quotes, follow, stop, restart",
            env!("CARGO_PKG_VERSION")
        )
    );
    for version in [0, 2] {
        let other = lines.ask(&format!(r#"{{"v":{version},"op":"ping"}}"#));
        assert_eq!(code(&other), "unsupported_version");
        assert_eq!(other["v"], 1, "what the server speaks");
    }
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let served = Served::new();
    let mut lines = Lines::of(served.raw());
    let request = |name: &str| format!("{{\"v\":1,\"op\":\"status\",\"names\":[\"{name}\"]}}\n");
    let began = Instant::now();
    lines.stream.write_all((request("a") + &request("b") + &request("c")).as_bytes()).unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(lines.read()["ok"]["names"], json!([name]));
    }
    assert!(began.elapsed() < Duration::from_millis(1_900), "before it was too slow: {:?}", began.elapsed());
}

#[test]
fn a_panicking_answer_is_refused_and_the_server_lives_on() {
    let served = Served::new();
    let error = served.client().request(&status(&["panic"]), LONG).unwrap_err();
    assert_eq!(
        error.to_string(),
        "answering panicked: the status of [\"panic\"] is torn; report it with the log"
    );
    served.ask(&Request::Ping);
}

#[test]
fn a_pending_answer_comes_when_it_is_known_and_holds_nobody_up() {
    let served = Served::new();
    let request = Request::Restart { names: vec!["ExcelPollerSupervisor".into()] };
    thread::scope(|scope| {
        let waiting = scope.spawn(|| served.ask(&request));
        until(|| served.fake.done.load(Ordering::Acquire));
        served.ask(&Request::Ping);
        served.fake.update(json!("done"));
        assert_eq!(waiting.join().unwrap(), json!(["ExcelPollerSupervisor"]));
    });
}

#[test]
fn a_pending_answer_is_given_up_when_its_client_hangs_up() {
    let served = Served::new();
    let error = served.client().request(&Request::Restart { names: vec![] }, Duration::from_millis(50));
    assert!(matches!(error, Err(ClientError::TimedOut { .. })));
    until(|| Arc::strong_count(&served.fake.pending) == 1);
}

#[test]
fn a_stop_is_answered_at_the_latest_when_the_server_shuts_down() {
    let served = Served::new();
    thread::scope(|scope| {
        let stop = scope.spawn(|| served.ask(&Request::Stop { deadline_ms: Some(1500) }));
        until(|| served.fake.done.load(Ordering::Acquire));
        served.fake.update(json!("done"));
        assert!(served.server.shutdown());
        assert_eq!(stop.join().unwrap()["deadline"], 1500);
    });
}

#[test]
fn a_shutdown_waits_for_no_client_and_those_who_wait_hear_of_it() {
    let served = Served::new();
    let _silent = served.raw();
    let mut unread = served.raw();
    unread.write_all(b"{\"v\":1,\"op\":\"status\",\"names\":[\"large\"]}\n").unwrap();
    let follower = served.client().follow(vec![], LONG).unwrap();
    let mut pending = Lines::of(served.raw());
    pending.stream.write_all(b"{\"v\":1,\"op\":\"restart\"}\n").unwrap();
    until(|| served.server.figures().requests == 3);
    let began = Instant::now();
    assert!(served.server.shutdown());
    let took = began.elapsed();
    assert!(took < Duration::from_millis(1_500), "it waited for a client: {took:?}");
    println!("shutdown with 4 clients: {took:?}");
    assert_eq!(code(&pending.read()), "stopping");
    let mut follower = follower;
    assert!(matches!(follower.next(LONG), Err(ClientError::HungUp { .. })));
    assert!(!served.home().join("control.sock").exists());
}

#[test]
fn a_shutdown_wakes_a_server_that_sleeps() {
    let served = Served::new();
    served.ask(&Request::Ping);
    pass(Duration::from_millis(20)); // the only client has left, and nothing but the bell ends its sleep
    let began = Instant::now();
    assert!(served.server.shutdown());
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert!(served.server.shutdown(), "again is harmless");
}

#[test]
fn clients_that_hang_up_and_shutdowns_do_not_end_a_host_that_dies_of_sigpipe() {
    let home = super::instance::home();
    let mut host = super::process::Process::spawn(home.path());
    assert_eq!(host.ask("take"), "held");
    assert_eq!(host.ask("be a C host"), "SIGPIPE is deadly");
    assert_eq!(host.ask("serve"), "serving");
    for _ in 0..20 {
        let mut stream = UnixStream::connect(home.path().join("control.sock")).unwrap();
        stream.write_all(b"{\"v\":1,\"op\":\"status\",\"names\":[\"large\"]}\n").unwrap();
        stream.read_exact(&mut [0]).unwrap(); // and leaves in the middle of the answer
    }
    let mut client = thor_stack::control::Client::connect(home.path()).unwrap();
    client.request(&Request::Ping, LONG).unwrap();
    assert_eq!(host.ask("shut down"), "true true");
}

#[test]
fn followers_get_what_changes() {
    let served = Served::new();
    let mut follower = served.client().follow(vec!["YM".into()], LONG).unwrap();
    assert_eq!(follower.next(Duration::from_millis(20)).unwrap(), None, "nothing changed");
    served.fake.update(json!({ "symbol": "YM", "last": "47476" }));
    assert_eq!(follower.next(LONG).unwrap().unwrap()["last"], "47476");
    served.fake.update(json!({ "symbol": "YM", "last": "47477" }));
    assert_eq!(follower.next(LONG).unwrap().unwrap()["last"], "47477");
}

#[test]
fn the_socket_is_this_users_alone() {
    let served = Served::new();
    let mode = std::fs::metadata(served.home().join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_socket_left_by_a_dead_process_is_no_hindrance() {
    let home = super::instance::home();
    drop(UnixListener::bind(home.path().join("control.sock")).unwrap());
    let lock = super::instance::acquired(home.path());
    let server = Server::start(&lock, super::fake::Fake::new()).unwrap();
    let mut client = thor_stack::control::Client::connect(home.path()).unwrap();
    client.request(&Request::Ping, LONG).unwrap();
    drop(server);
}

#[test]
fn a_home_beyond_the_limit_of_socket_names_is_served() {
    let parts = ["a folder with a long name"; 12].join("/");
    let served = Served::at(&parts);
    assert!(served.home().as_os_str().len() > 300);
    assert_eq!(served.ask(&Request::Ping)["ready"], true);
    let mode = std::fs::metadata(served.home().join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_home_with_spaces_and_non_ascii_letters_is_served() {
    let served = Served::at("Börse und 市場 'x'");
    assert_eq!(served.ask(&Request::Ping)["ready"], true);
}

/// A raw client that speaks in lines.
struct Lines {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Lines {
    fn of(stream: UnixStream) -> Lines {
        Lines { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    fn ask(&mut self, line: &str) -> Value {
        self.stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.read()
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("no refusal: {answer}"))
}
