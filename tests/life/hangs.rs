//! Workers that hang in the real program: replaced, and when there are too many of them the process is.

use super::{Life, signal, until};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// A server that takes every connection and never says a word, and the settings by which a poller hangs on it.
fn mute_server() -> (TcpListener, Vec<String>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("bus.url=redis://{}", server.local_addr().unwrap());
    let poller = "supervisors.ExcelPollerSupervisor";
    let settings = [
        url,
        "bus.connect_timeout=30s".into(),
        format!("{poller}.deadline=200ms"),
        format!("{poller}.backoff.first=1ms"),
        "bus.timeout=10s".into(),
    ];
    (server, settings.to_vec())
}

fn start(life: &Life, settings: &[String]) {
    let book = format!("{}/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx", env!("CARGO_MANIFEST_DIR"));
    let mut arguments = vec!["start", "--workbook", &book];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting.as_str()]));
    life.run(&arguments).exits(0);
}

fn poller(status: &serde_json::Value) -> serde_json::Value {
    let all = status["supervisors"].as_array().unwrap();
    all.iter().find(|one| one["name"] == "ExcelPollerSupervisor").unwrap().clone()
}

#[test]
fn a_poller_that_hangs_is_replaced_and_the_status_says_so_at_once() {
    let life = Life::new();
    let (_server, mut settings) = mute_server();
    settings.push("supervisors.max_zombies=64".into());
    start(&life, &settings);
    until("it is replaced", || poller(&life.status())["generation"].as_u64() > Some(1));
    let status = poller(&life.status());
    assert!(status["zombies"].as_u64() > Some(0), "{status}");
    assert_eq!(status["last_error"]["kind"], "hang", "{status}");
    let log = life.log();
    assert!(log.contains("ExcelPollerSupervisor: hung for "), "{log}");
    life.run(&["stop"]);
    life.is_free();
}

#[test]
fn more_hung_workers_than_allowed_end_the_process_and_the_parent_starts_it_again() {
    let life = Life::new();
    let (_server, mut settings) = mute_server();
    settings.push("supervisors.max_zombies=1".into());
    start(&life, &settings);
    let mut status = serde_json::Value::Null;
    until("it was started again and says why", || {
        // It lives for half a second at a time.
        status = serde_json::from_str(&life.run(&["status", "--json"]).stdout()).unwrap_or_default();
        status["last_exit"]["reason"].is_string()
    });
    let reason = status["last_exit"]["reason"].as_str().unwrap();
    assert!(reason.ends_with("75: more workers hung than supervisors.max_zombies"), "{reason}");
    // Regression: the last line before such an end was lost with the process.
    assert!(life.log().contains("ending the process (exit code 75)"), "{}", life.log());
    life.run(&["stop"]);
    life.is_free();
}

#[test]
fn a_process_stopped_for_longer_than_a_deadline_condemns_nobody_when_it_goes_on() {
    let life = Life::new();
    let (_server, mut settings) = mute_server();
    settings[2] = "supervisors.ExcelPollerSupervisor.deadline=4s".into();
    settings.push("supervisors.max_zombies=64".into());
    let starts = Instant::now();
    start(&life, &settings);
    let stack = life.stack();
    until("the poller is at it", || poller(&life.status())["state"] == "running");
    signal(stack, "STOP");
    let in_time = starts.elapsed() < Duration::from_secs(3);
    std::thread::park_timeout(Duration::from_secs(6));
    let goes_on = Instant::now();
    signal(stack, "CONT");
    until("it has seen that it stood still", || life.log().contains("the process stood still"));
    if !in_time {
        return; // on a machine as slow as this, the deadline may have been over before it was stopped
    }
    let status = poller(&life.status());
    if goes_on.elapsed() < Duration::from_secs(3) {
        assert_eq!((&status["state"], &status["generation"]), (&"running".into(), &1.into()), "{status}");
    }
    let log = life.log();
    let (gap, hung) = (log.find("the process stood still").unwrap(), log.find("hung for"));
    assert!(hung.is_none_or(|hung| hung > gap), "condemned before the gap was seen: {log}");
    until("it hangs all the same, and is replaced", || {
        poller(&life.status())["generation"].as_u64() > Some(1)
    });
    assert!(goes_on.elapsed() > Duration::from_secs(4), "a fresh deadline: {:?}", goes_on.elapsed());
    life.run(&["stop", "--timeout", "1s"]);
}
