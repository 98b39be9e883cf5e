//! Quotes of a stack without Redis: asked of the running stack through its control channel.

use super::quote_line::{Aged, quote_line};
use super::running::ANSWER;
use super::{Output, exit_code::ExitCode, signals};
use anyhow::Context;
use serde_json::Value;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::control::{Client, ClientError, Request};
use thor_stack::outlet::PublishedQuote;
use thor_stack::supervise::{Clock, SystemClock};

/// How soon a signal is noticed while nothing changes.
const LOOK: Duration = Duration::from_millis(100);

const LOCAL: &str = "bus.url is local, so the running stack is asked (`thor-stack poll --once --dry-run` reads the \
                     workbook without one, and a Redis in bus.url keeps quotes)";

/// The latest quotes of the stack of the home.
///
/// # Errors
/// No stack runs there, or it does not answer.
pub(crate) fn latest(config: &Config) -> anyhow::Result<Vec<PublishedQuote>> {
    let request = Request::Quotes { symbols: Vec::new() };
    let answer = connect(config)?.request(&request, ANSWER)?;
    quotes(&answer)
}

/// Prints the quotes of `symbols` (none: all) and then their changes, until a signal comes or the stack ends.
///
/// # Errors
/// No stack runs there, it stops, or the output cannot be written.
pub(crate) fn follow(
    symbols: Vec<String>,
    config: &Config,
    json: bool,
    out: &mut Output,
) -> anyhow::Result<ExitCode> {
    let stop = signals::install()?;
    let mut follower = connect(config)?.follow(symbols, ANSWER)?;
    while stop.try_recv().is_err() && !out.is_closed() {
        if let Some(update) = follower.next(LOOK)? {
            print(&update, config, json, out)?;
        }
    }
    Ok(ExitCode::Done)
}

fn connect(config: &Config) -> anyhow::Result<Client> {
    match Client::connect(&config.home) {
        Err(error @ ClientError::NotRunning { .. }) => Err(error).context(LOCAL),
        client => Ok(client?),
    }
}

fn quotes(answer: &Value) -> anyhow::Result<Vec<PublishedQuote>> {
    let quotes = answer["quotes"].as_array().into_iter().flatten();
    let read = |quote: &Value| serde_json::from_value(quote.clone()).context("reading the stack's answer");
    quotes.map(read).collect()
}

fn print(update: &Value, config: &Config, json: bool, out: &mut Output) -> anyhow::Result<()> {
    let (instruments, now) = (config.instruments(), SystemClock::new().now());
    for quote in quotes(update)? {
        if json {
            out.json(&Aged::at(&quote, now))?;
        } else {
            out.line(&quote_line(&quote, &instruments, now))?;
        }
    }
    let saved_at = update["saved_at"].as_str().and_then(|at| at.parse().ok());
    for symbol in update["gone"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if json {
            let symbol = thor_stack::value::Symbol::new(symbol)?;
            let gone = PublishedQuote::departure(symbol, saved_at, 0, now);
            out.json(&Aged::at(&PublishedQuote { published_at: None, ..gone }, now))?;
        } else {
            out.line(&format!("{symbol:<8} left the sheet"))?;
        }
    }
    out.flush()
}
