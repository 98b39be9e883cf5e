//! The example site under gunicorn with four workers: one stack a home, whoever dies.

use super::site::{Host, Site, kill};
use super::until;
use std::time::{Duration, Instant};

fn gunicorn(site: &Site, options: &[&str]) -> Host {
    let socket = format!("unix:{}", site.path("site.sock").display());
    let mut words = vec!["-m", "gunicorn", "desk.wsgi", "--workers", "4", "--bind", &socket];
    words.extend(["--graceful-timeout", "5", "--no-control-socket"]);
    words.extend(options);
    site.host(&words)
}

#[test]
fn four_workers_have_one_stack_and_another_takes_over_when_its_worker_is_killed() {
    let site = Site::new();
    let mut host = gunicorn(&site, &[]);
    let mut holder = site.one_stack(&host);
    assert_ne!(holder, host.pid(), "a worker has it");
    for _ in 0..2 {
        until("three stand by", || host.log().matches("thor-stack: standby").count() >= 3, || host.log());
        kill("KILL", &holder.to_string());
        let killed = Instant::now();
        until("another has the home", || site.holder().is_some_and(|pid| pid != holder), || host.log());
        let took = killed.elapsed();
        assert!(took < Duration::from_secs(10), "one second of retry, on a busy machine: {took:?}");
        holder = site.one_stack(&host);
    }
    host.signal("TERM");
    assert!(host.end().success(), "{}", host.log());
    nobody_is_left(&site);
}

#[test]
fn a_preloaded_site_has_its_one_stack_in_the_master_and_workers_that_end_leave_it_alone() {
    let site = Site::new();
    let mut host = gunicorn(&site, &["--preload"]);
    assert_eq!(site.one_stack(&host), host.pid());
    until("four workers", || host.log().matches("Booting worker").count() == 4, || host.log());
    host.signal("HUP"); // the workers end, with the exit handlers that they inherited, and new ones come
    until("eight workers", || host.log().matches("Booting worker").count() == 8, || host.log());
    assert_eq!(site.one_stack(&host), host.pid());
    host.signal("TERM");
    assert!(host.end().success(), "{}", host.log());
    assert!(!host.log().contains("Traceback"), "{}", host.log());
    nobody_is_left(&site);
}

#[test]
fn ctrl_c_ends_all_without_a_hang() {
    for options in [&[][..], &["--preload"]] {
        let site = Site::new();
        // A worker that is still being loaded ends by an error on Ctrl-C, with or without a stack in it.
        let config = site.path("ready.conf.py");
        std::fs::write(&config, "def post_worker_init(worker):\n    worker.log.info('loaded')\n").unwrap();
        let mut host = gunicorn(&site, &[options, &["--config", config.to_str().unwrap()]].concat());
        site.one_stack(&host);
        until("four are loaded", || host.log().matches("[INFO] loaded").count() == 4, || host.log());
        host.signal_all("INT");
        assert!(host.end().success(), "{}", host.log());
        nobody_is_left(&site);
    }
}

#[track_caller]
fn nobody_is_left(site: &Site) {
    until("nobody is left", || site.pollers().is_empty(), || format!("{:?}", site.pollers()));
    assert_eq!(site.holder(), None);
}
