//! The example site under Django's own manager: which commands run a stack, and how many.

use super::site::{Edits, Site, free_port};
use super::until;
use std::collections::BTreeSet;

#[test]
fn commands_that_serve_nothing_start_none() {
    let site = Site::new();
    for words in [
        &["makemigrations"][..],
        &["migrate", "-v", "0"],
        &["collectstatic", "--noinput", "-v", "0"],
        &["shell", "-c", "print('in the shell')"],
        &["createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.com"],
        &["test"],
        &["check"],
        &["dumpdata"],
    ] {
        let (output, said) = site.manage(words);
        assert!(output.status.success(), "{words:?}:\n{said}");
        let expected = format!("not starting: {:?} serves nothing", words[0]);
        assert!(said.contains(&expected), "{words:?} does not say why:\n{said}");
        assert!(!site.path("home").exists(), "{words:?} touched the home");
    }
}

#[test]
fn runserver_has_one_stack_in_the_process_that_serves_after_each_reload_too() {
    let site = Site::new();
    let mut host = site.host(&["manage.py", "runserver", &free_port()]);
    let mut serves = site.one_stack(&host);
    host.says("this is the autoreloader's parent");
    let mut most = 0;
    for _ in 0..10 {
        let mut edits = Edits::of(site.path("site/quotes/views.py"));
        until(
            "the reload",
            || {
                edits.save_now_and_then();
                let pollers = site.pollers();
                // Processes: within one, a thread that a poller starts bears its name for a moment.
                most = most.max(BTreeSet::from_iter(&pollers).len());
                pollers.len() == 1 && pollers[0] != serves
            },
            || host.log(),
        );
        serves = site.one_stack(&host);
        assert_ne!(serves, host.pid(), "the parent has none");
    }
    assert_eq!(most, 1, "never two, not even for a moment");
    host.signal_all("INT");
    assert!(host.end().success(), "{}", host.log());
    nobody_is_left(&site);
}

#[test]
fn runserver_without_the_reloader_has_one_stack_and_ends_by_ctrl_c_and_by_sigterm() {
    for signal in ["INT", "TERM"] {
        let site = Site::new();
        let mut host = site.host(&["manage.py", "runserver", "--noreload", &free_port()]);
        assert_eq!(site.one_stack(&host), host.pid());
        host.says("Quit the server");
        host.signal_all(signal);
        let status = host.end();
        // Django leaves SIGTERM alone without the reloader: the process has to die of it, as it would without us.
        let expected = if signal == "INT" { "exit status: 0" } else { "signal: 15 (SIGTERM)" };
        assert_eq!(status.to_string(), expected, "{}", host.log());
        nobody_is_left(&site);
    }
}

#[test]
fn the_reloaders_parent_ends_by_sigterm_and_takes_the_stack_with_it() {
    let site = Site::new();
    let mut host = site.host(&["manage.py", "runserver", &free_port()]);
    site.one_stack(&host);
    host.signal_all("TERM");
    host.end();
    nobody_is_left(&site);
}

#[test]
fn the_switch_keeps_the_stack_out() {
    let site = Site::new();
    let mut command = site.python(&["manage.py", "shell", "-c", "0"]);
    let output = command.env("THOR_STACK_AUTO_START", "0").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("THOR_STACK_AUTO_START is \"0\""), "{said}");
}

#[test]
fn a_bad_config_and_a_missing_library_leave_the_site_running() {
    let site = Site::new();
    std::fs::write(site.path("desk.toml"), "[workbook]\ninterval = \"soon\"\n").unwrap();
    let (output, said) = site.manage(&["check"]);
    assert!(output.status.success() && said.contains("desk.toml:2: workbook.interval"), "{said}");
    let mut command = site.python(&["manage.py", "check"]);
    let output = command.env("THOR_LIBRARY", "/nowhere/libthor_stack.so").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("/nowhere/libthor_stack.so"), "{said}");
}

#[track_caller]
fn nobody_is_left(site: &Site) {
    until("nobody is left", || site.pollers().is_empty(), || format!("{:?}", site.pollers()));
    assert_eq!(site.holder(), None);
}
