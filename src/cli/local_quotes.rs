//! Quotes of a stack without Redis: asked of the running stack through its control channel.

use super::follow::Printing;
use super::quote_line::{Aged, quote_line};
use super::running::ANSWER;
use super::{Output, exit_code::ExitCode, signals};
use anyhow::Context;
use crossbeam_channel::Receiver;
use serde_json::Value;
use std::time::Duration;
use thor_stack::config::Config;
use thor_stack::control::{Client, ClientError, Follower, Request};
use thor_stack::outlet::PublishedQuote;
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::{Instruments, Symbol};

/// How soon a signal, or the end of the printing, is noticed while nothing changes.
const LOOK: Duration = Duration::from_millis(100);

/// How many updates may wait for a reader of the output that pauses: a quarter of an hour of a save each second.
const WAITING: usize = 1_000;

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

/// Prints the quotes of `symbols` (none: all) and then their changes, until a signal comes or the stack ends. A reader of
/// the output that pauses keeps neither from being noticed.
///
/// # Errors
/// No stack runs there, it stops, or the output cannot be written or is not read for too long.
pub(crate) fn follow(symbols: Vec<String>, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let stop = signals::install()?;
    let follower = connect(config)?.follow(symbols, ANSWER)?;
    let instruments = config.instruments();
    let printing = Printing::start(WAITING, move |updates, out| print_all(updates, &instruments, json, out))?;
    match hand_on(follower, &stop, &printing) {
        End::Signal => printing.finish()?,
        End::Output(outcome) => outcome?,
        End::Stack(error) => {
            printing.print_rest(&stop)?;
            return Err(error.into());
        }
    }
    Ok(ExitCode::Done)
}

/// Why nothing more is followed.
enum End {
    Signal,
    Output(anyhow::Result<()>),
    Stack(ClientError),
}

/// Hands what the stack sends to `printing`. The connection ends with it, whatever is still to be printed: on Windows no
/// stack can be started again while somebody has a connection to one that died.
fn hand_on(mut follower: Follower, stop: &Receiver<()>, printing: &Printing<Value>) -> End {
    loop {
        if stop.try_recv().is_ok() {
            return End::Signal;
        }
        if let Some(outcome) = printing.outcome() {
            return End::Output(outcome);
        }
        let handed = match follower.next(LOOK) {
            Ok(update) => update.map_or(Ok(()), |update| printing.hand_over(update)),
            Err(error) => return End::Stack(error),
        };
        if handed.is_err() {
            return End::Output(handed);
        }
    }
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

/// Prints what comes until nothing more does, or its reader is gone.
fn print_all(
    updates: &Receiver<Value>,
    instruments: &Instruments,
    json: bool,
    out: &mut Output,
) -> anyhow::Result<()> {
    for update in updates {
        print(&update, instruments, json, out)?;
        if out.is_closed() {
            break;
        }
    }
    Ok(())
}

fn print(update: &Value, instruments: &Instruments, json: bool, out: &mut Output) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    for quote in quotes(update)? {
        if json {
            out.json(&Aged::at(&quote, now))?;
        } else {
            out.line(&quote_line(&quote, instruments, now))?;
        }
    }
    let saved_at = update["saved_at"].as_str().and_then(|at| at.parse().ok());
    for symbol in update["gone"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if json {
            let symbol = Symbol::new(symbol)?;
            let gone = PublishedQuote::departure(symbol, saved_at, 0, now);
            out.json(&Aged::at(&PublishedQuote { published_at: None, ..gone }, now))?;
        } else {
            out.line(&format!("{symbol:<8} left the sheet"))?;
        }
    }
    out.flush()
}
