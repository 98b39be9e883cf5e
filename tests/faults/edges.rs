//! The edges of the program: they fail when a test build is told to, and what is shipped has none.

use crate::support::program::World;

const WORKBOOK: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");

#[cfg(not(feature = "failpoints"))]
#[test]
fn a_build_without_failpoints_has_no_edges() {
    let world = World::new().with("FAILPOINTS", "feed.read.before=return(injected)");
    world.run(&["poll", "--once", "--dry-run", "--workbook", WORKBOOK]).exits(0);
}

#[cfg(feature = "failpoints")]
mod set {
    use super::*;
    use crate::support::program::SOON;
    use std::time::Instant;
    #[cfg(unix)]
    use {
        super::super::sources, crate::support::redis::RedisServer, std::collections::BTreeSet,
        std::time::Duration,
    };

    /// What `poll --once` says when an edge fails.
    fn poll(edge: &str, action: &str) -> crate::support::program::Ran {
        let world = World::new().with("FAILPOINTS", &format!("{edge}={action}"));
        world.run(&["poll", "--once", "--dry-run", "--workbook", WORKBOOK])
    }

    #[test]
    fn each_edge_of_reading_fails_in_words() {
        for edge in ["feed.read.before", "feed.read.after", "feed.parse.before", "feed.parse.after"] {
            poll(edge, "return(no luck)").exits(1).says(&format!("injected at {edge}: no luck"));
        }
        poll("feed.read.before", "1*return(denied)").exits(1).says("permission");
    }

    #[test]
    fn an_edge_that_is_late_is_only_late() {
        poll("feed.read.before", "return(wait 30ms)").exits(0);
    }

    #[test]
    fn an_edge_that_is_not_passed_changes_nothing() {
        poll("ledger.commit.before", "return(full)").exits(0);
    }

    /// Regression: it ended with 0 unless all of them had.
    #[test]
    fn a_worker_that_gave_up_shows_in_the_exit_code() {
        let world = World::new().with("FAILPOINTS", "cycle.ExcelPollerSupervisor.before=return(no luck)");
        let mut arguments =
            vec!["run", "--workbook", WORKBOOK, "--set", "supervisors.ExcelPollerSupervisor.limit=1 in 10m"];
        arguments.extend(["--only", "ExcelPollerSupervisor", "--only", "MarketOpenGraderSupervisor"]);
        let mut stack = world.start(&arguments);
        let state = || world.run(&["status", "--json"]).json()["supervisors"][0]["state"].clone();
        let deadline = Instant::now() + SOON;
        while state() != "failed" {
            assert!(Instant::now() < deadline, "{}", state());
        }
        stack.signal("TERM");
        assert_eq!(stack.end(), Some(1));
    }

    #[test]
    fn a_panic_under_the_records_ends_none_of_them() {
        let faults =
            "cycle.ExcelPollerSupervisor.before=1*return(no luck);ledger.commit.before=1*return(panic)";
        let world = World::new().with("FAILPOINTS", faults);
        // The poller needs no ledger: the records alone write, and panic at their first commit.
        let mut stack = world.start(&["run", "--workbook", WORKBOOK, "--only", "ExcelPollerSupervisor"]);
        let records = || world.run(&["status", "--json"]).json()["records"].clone();
        let deadline = Instant::now() + SOON;
        while records()["failures"] != 1 {
            assert!(Instant::now() < deadline, "{}", records());
        }
        stack.signal("TERM");
        assert_eq!(stack.end(), Some(0));
        let told = world.run(&["crashes", "--json"]).exits(0).json();
        assert_eq!(
            told["crashes"][0]["message"], "injected at cycle.ExcelPollerSupervisor.before: no luck",
            "{told}"
        );
        assert_eq!(told["crashes"].as_array().map(Vec::len), Some(1), "{told}");
    }

    /// The workers whose edges a stack with a workbook passes, and one without.
    #[cfg(unix)]
    const WORKERS: [&str; 8] = [
        "ExcelPollerSupervisor",
        "MarketOpenGraderSupervisor",
        "MarketOpenCaptureSupervisor",
        "Week52Supervisor",
        "PreOpenBacktestSupervisor",
        "IntradayMetricsSupervisor",
        "JournalWriter",
        "QuoteSubscriber",
    ];

    /// Every edge that the sources name; those with a `{}` once a worker.
    #[cfg(unix)]
    fn edges_of_the_sources() -> BTreeSet<String> {
        let sources = sources("src");
        let calls = sources.split("edge!(").skip(1);
        let named = calls.filter_map(|call| {
            call.trim_start_matches("&format!(").strip_prefix('"')?.split_once('"').map(|(name, _)| name)
        });
        named.flat_map(|name| WORKERS.map(|worker| name.replace("{}", worker))).collect()
    }

    /// Settings by which everybody comes by soon, and comes back soon.
    #[cfg(unix)]
    fn eager(redis: &RedisServer) -> Vec<String> {
        let back_off =
            |worker| format!("supervisors.{worker}.backoff={{first='1ms',cap='5ms',reset_after='10s'}}");
        let others = [
            "workbook.interval=100ms",
            "capture.interval=1s",
            "grader.interval=50ms",
            "week52.check_interval=1s",
            "preopen.interval=5s",
            "intraday.interval=1s",
            "journal.enabled=true",
            "log.file=stack.log",
        ];
        let bus = format!("bus.url=redis://localhost:{}", redis.port());
        WORKERS.map(back_off).into_iter().chain(others.map(String::from)).chain([bus]).collect()
    }

    #[cfg(unix)]
    fn is_whole(status: &serde_json::Value) -> bool {
        let is_well = |it: &serde_json::Value| {
            ["waiting", "running", "disabled"].iter().any(|state| it["state"] == *state)
        };
        status["supervisors"].as_array().unwrap().iter().all(is_well)
    }

    /// Each edge refuses once, in two stacks with a bus between them; a thread is refused while they run (one looks the
    /// server's name up), as a stack that gets none at its start has nothing to go on with.
    #[cfg(unix)]
    #[test]
    fn every_edge_of_the_sources_fails_in_words_and_the_stacks_go_on() {
        let world = World::new();
        let control = world.path("edges");
        let world = world.with("FAILPOINTS_FILE", control.to_str().unwrap());
        let (redis, edges) = (RedisServer::start(), edges_of_the_sources());
        assert!(edges.contains("thread.spawn") && edges.contains("build.JournalWriter"), "{edges:?}");
        let refused = |edge: &String| format!("{edge}=1*return(no luck)\n");
        let at_the_start = edges.iter().filter(|edge| *edge != "thread.spawn");
        world.file("edges", &at_the_start.map(refused).collect::<String>());
        let fired = || std::fs::read_to_string(world.path("edges.fired")).unwrap_or_default();
        let missing = || -> Vec<&String> {
            let fired = fired();
            let has_fired = |edge: &&String| fired.lines().any(|line| line == format!("{edge} no luck"));
            edges.iter().filter(|edge| !has_fired(edge)).collect()
        };
        let settings = eager(&redis);
        let homes = ["with a workbook", "without"].map(|home| world.path(home).display().to_string());
        let start = |home: &str, workbook: &[&str]| {
            let settings = settings.iter().flat_map(|setting| ["--set", setting]);
            let arguments: Vec<&str> = ["--home", home, "run"].into_iter().chain(settings).collect();
            world.start(&[&arguments, workbook].concat())
        };
        let mut stacks =
            [start(&homes[0], &["--workbook", WORKBOOK]), start(&homes[1], &["--only", "QuoteSubscriber"])];
        let status = |home: &str| world.run(&["--home", home, "status", "--json"]);
        let await_fired = |but: &[&str], look: &dyn Fn()| {
            let deadline = Instant::now() + SOON;
            while missing() != but {
                assert!(Instant::now() < deadline, "not passed: {:?}", missing());
                look();
            }
        };
        await_fired(&["thread.spawn"], &|| std::thread::park_timeout(Duration::from_millis(20)));
        world.file("edges", &refused(&"thread.spawn".to_string()));
        await_fired(&[], &|| drop(redis.cli(&["CLIENT", "KILL", "TYPE", "normal"])));
        world.file("edges", "");
        for home in &homes {
            let deadline = Instant::now() + SOON;
            while !is_whole(&status(home).json()) {
                assert!(Instant::now() < deadline, "{}", status(home).stdout());
            }
        }
        let mut said = String::new();
        for stack in &mut stacks {
            stack.signal("TERM");
            assert_eq!(stack.end(), Some(0));
            said += &stack.rest();
        }
        let unsaid: Vec<_> =
            edges.iter().filter(|edge| !said.contains(&format!("injected at {edge}: no luck"))).collect();
        assert!(unsaid.is_empty(), "{unsaid:?} of {said}");
    }
}
