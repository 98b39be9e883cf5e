//! The stack inside a program of your own: a worker that reads its quotes, its events, and the same worker under a
//! clock that moves when you say so. Run it with `cargo run --example embed -- RTD_TOS.xlsm`.

#![allow(clippy::print_stdout)] // an example prints what a program would show

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::config::Config;
use thor_stack::supervise::{Context, ManualClock, Next, Policy, Worker, WorkerError};
use thor_stack::{Stack, StackBuilder};

const WORKBOOK: &str = "tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx";

/// Says once a second which future has the widest spread.
struct SpreadWatch {
    board: Arc<Board>,
    told: Sender<String>,
}

const EVERY: Duration = Duration::from_secs(1);

impl Worker for SpreadWatch {
    // One unit of business: no loop and no sleep. The supervisor calls again when `Next` says so, and builds the
    // worker anew after an error or a panic.
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        ctx.phase("comparing spreads");
        let snapshot = self.board.snapshot();
        let spreads = snapshot.quotes().iter().filter_map(|on_board| {
            let quote = &on_board.quote;
            Some((quote.ask?.checked_sub(quote.bid?)?, &quote.symbol))
        });
        let widest = match spreads.max() {
            Some((spread, symbol)) => format!("{symbol}, {spread} points"),
            None => "no quotes yet".to_owned(),
        };
        let told = self.told.send(format!("{:.0} {widest}", ctx.now()));
        told.map_err(|_| WorkerError::new("nobody listens to the spreads; stop the stack"))?;
        Ok(Next::After(EVERY))
    }
}

/// Adds the worker to a stack; what it says comes out of the channel.
fn with_spread_watch(stack: StackBuilder) -> (StackBuilder, Receiver<String>) {
    let (told, spreads) = channel();
    let stack = stack.worker_on_board("SpreadWatch", Policy::default(), move |_ctx, board| {
        Ok(Box::new(SpreadWatch { board: Arc::clone(board), told: told.clone() }))
    });
    (stack, spreads)
}

fn main() -> Result<(), Box<dyn Error>> {
    let workbook = std::env::args().nth(1).unwrap_or_else(|| WORKBOOK.into());
    live(&workbook)?;
    rehearse()
}

/// As in production: all of the stack's supervisors, and ours beside them.
fn live(workbook: &str) -> Result<(), Box<dyn Error>> {
    let mut config = Config::at_home(std::env::temp_dir().join("thor-stack-embed"));
    config.workbook.path = Some(workbook.into());
    let (builder, spreads) = with_spread_watch(Stack::builder(config));
    let stack = builder.start()?;
    let events = stack.events();
    for spread in spreads.iter().take(3) {
        println!("{spread}");
    }
    // Dropping the handle stops everything too; this also says who did not stop.
    println!("{}", stack.shutdown(Duration::from_secs(5)));
    events.try_iter().for_each(|event| println!("event: {event}"));
    Ok(())
}

/// As in a test: our worker alone, in an hour that is over in milliseconds.
fn rehearse() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse()?);
    let config = Config::at_home(std::env::temp_dir().join("thor-stack-embed"));
    let builder = Stack::builder(config).clock(Arc::new(clock.clone())).only(["SpreadWatch"]);
    let (builder, spreads) = with_spread_watch(builder);
    let _stack = builder.start()?;
    for _ in 0..3600 {
        spreads.recv()?;
        clock.advance(EVERY);
    }
    println!("{} (an hour later)", spreads.recv()?);
    Ok(())
}
