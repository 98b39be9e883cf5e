//! The instruments: rules that contradict themselves, and signals that are out of reach.

use super::Check;
use thor_stack::config::Config;

pub(super) fn look(config: &Config) -> Vec<Check> {
    let rules = config.rule_book();
    let mut checks = Vec::new();
    for (future, rules) in rules.iter() {
        for problem in rules.problems(future) {
            checks.push(Check::failed("instruments", &problem.to_string()));
        }
        if rules.always_holds() {
            let text = format!("{future} always holds: its net change in points never reaches its stats");
            let to_do = format!("lower instruments.{future}.stats where it should trade");
            checks.push(Check::warning("instruments", text, to_do));
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok("instruments", format!("{} futures", config.instruments.len())));
    }
    checks
}
