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
}
