//! The calendars: which end soon, and whether the user's overrides are used.

use super::Check;
use jiff::Timestamp;
use thor_stack::config::Config;
use thor_stack::value::Market;

pub(super) fn look(config: &Config, now: Timestamp) -> Vec<Check> {
    let live = thor_stack::workers::calendar(config);
    let calendar = live.at(now);
    let mut checks = Vec::new();
    for problem in live.problems().iter() {
        let text = format!("{}: {problem}", live.path().display());
        checks.push(Check::problem("calendar", text, "correct it; none of the file's overrides is used"));
    }
    for expiry in calendar.warnings(now) {
        checks.push(Check::failed("calendar", &expiry.to_string()).into_warning());
    }
    if let Some(first) =
        Market::all().map(|market| calendar.valid_through(market)).min().filter(|_| checks.is_empty())
    {
        checks.push(Check::ok("calendar", format!("the days of every market are known through {first}")));
    }
    checks
}
