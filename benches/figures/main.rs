//! The figures that are measured inside a process, for `scripts/bench`: `figures NAME [ARGUMENT…]` prints a line of
//! JSON for each set of samples, `figures contest …` polls when told on standard input.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic
)] // a measurement that cannot go on says so

mod board;
mod capture;
mod contest;
mod grading;
mod history;
mod samples;
mod statements;
mod supervisors;

use std::path::Path;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["contest", program, workbook, rows, socket] => {
            contest::run(program, Path::new(workbook), rows.parse().unwrap(), socket);
        }
        ["supervisors", times] => supervisors::measure(times.parse().unwrap()),
        ["capture", years, times] => capture::measure(years.parse().unwrap(), times.parse().unwrap()),
        ["grading", years, times] => grading::measure(years.parse().unwrap(), times.parse().unwrap()),
        ["pending", rows, times] => grading::tick(rows.parse().unwrap(), times.parse().unwrap()),
        ["looks", years, rows, times] => {
            grading::looks(years.parse().unwrap(), rows.parse().unwrap(), times.parse().unwrap());
        }
        ["history", years] => println!("{}", history::History::kept_years(years.parse().unwrap()).display()),
        ["statements", years, times] => statements::measure(years.parse().unwrap(), times.parse().unwrap()),
        ["board", subscribers, times] => board::measure(subscribers.parse().unwrap(), times.parse().unwrap()),
        _ => panic!("scripts/bench runs this: {words:?}"),
    }
}
