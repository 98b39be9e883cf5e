//! `quotes`: the latest quotes with their age.

use super::exit_code::{BadUsage, ExitCode};
use super::follow::{Printer, until_stopped};
use super::quote_line::{Aged, quote_table};
use super::{Output, local_quotes, signals};
use std::sync::Arc;
use std::time::Duration;
use thor_stack::Stack;
use thor_stack::config::{BusUrl, Config, Loaded, QUOTE_SUBSCRIBER};
use thor_stack::outlet::PublishedQuote;
use thor_stack::outlet::redis::Reader;
use thor_stack::supervise::{Clock, SystemClock};
use thor_stack::value::{Instruments, Symbol};

/// How long the subscription may take to end.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Show the latest quotes with their age.
///
/// They come from Redis, where the stack publishes them; on a local bus, from the running stack.
/// A quote is as old as the save that it comes from. Symbols may be named as the sheet
/// writes them or as the future that they mean: DX finds $DXY.
///
/// Examples:
///   thor-stack quotes
///   thor-stack quotes YM ES DX --json
///   thor-stack quotes --follow
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct QuotesArgs {
    /// Only these symbols
    #[arg(value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// Go on printing each quote that is published, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Print JSON; with --follow a line for each quote
    #[arg(long)]
    json: bool,
}

/// Prints the quotes.
///
/// # Errors
/// There is no bus to read from, it does not answer, or a named symbol has no quote.
pub(crate) fn run(args: &QuotesArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let wanted = Wanted::new(&args.symbols, config.instruments())?;
    if args.follow && config.bus.url == BusUrl::Local {
        local_quotes::follow(args.symbols.clone(), config, args.json)
    } else if args.follow {
        follow(args, config, wanted)
    } else {
        show(args, config, &wanted, out)
    }
}

fn show(args: &QuotesArgs, config: &Config, wanted: &Wanted, out: &mut Output) -> anyhow::Result<ExitCode> {
    let now = SystemClock::new().now();
    let latest = latest(config)?;
    let mut quotes: Vec<PublishedQuote> =
        latest.into_iter().filter(|quote| wanted.includes(&quote.symbol)).collect();
    quotes.sort_by_key(|quote| (wanted.instruments.rank(&quote.symbol), quote.symbol.clone()));
    if args.json {
        let aged: Vec<Aged<'_>> = quotes.iter().map(|quote| Aged::at(quote, now)).collect();
        out.json(&serde_json::json!({ "at": now, "quotes": aged }))?;
    } else {
        out.table(&quote_table(&quotes, &wanted.instruments, now))?;
    }
    wanted.all_found(&quotes)?;
    Ok(ExitCode::Done)
}

/// From Redis, or on a local bus from the running stack itself.
fn latest(config: &Config) -> anyhow::Result<Vec<PublishedQuote>> {
    if config.bus.url == BusUrl::Local {
        return local_quotes::latest(config);
    }
    let mut reader = Reader::connect(&config.bus)?;
    let (mut latest, save) = reader.latest_with_save()?;
    if let Some(save) = save {
        for quote in latest.quotes.iter_mut().filter(|quote| save.loaded.contains(&quote.symbol)) {
            quote.timestamp = quote.timestamp.max(Some(save.saved_at));
        }
    }
    for (field, reason) in &latest.unreadable {
        log::warn!("{field}: {reason}");
    }
    Ok(latest.quotes)
}

/// A stack of the subscriber alone fills its board from Redis: that is what is followed, so a publisher that falls silent
/// shows as quotes that turn stale.
fn follow(args: &QuotesArgs, config: &Config, wanted: Wanted) -> anyhow::Result<ExitCode> {
    let stop = signals::install()?;
    let mut config = config.clone();
    config.workbook.path = None;
    let stack = Stack::builder(config).only([QUOTE_SUBSCRIBER]).start()?;
    let printer = Printer {
        board: Arc::clone(stack.board()),
        json: args.json,
        instruments: wanted.instruments.clone(),
        wanted: Box::new(move |symbol| wanted.includes(symbol)),
    };
    until_stopped(&stop, Some(printer), &crossbeam_channel::never(), || false)?;
    stack.shutdown(SHUTDOWN);
    Ok(ExitCode::Done)
}

/// The symbols asked for, in every spelling.
struct Wanted {
    instruments: Instruments,
    asked: Vec<(String, Vec<Symbol>)>,
}

impl Wanted {
    fn new(asked: &[String], instruments: Instruments) -> anyhow::Result<Wanted> {
        let spellings = |text: &String| {
            let symbol = Symbol::new(text).map_err(|error| BadUsage(format!("{text:?}: {error}")))?;
            Ok((text.clone(), instruments.spellings(&symbol)))
        };
        let asked = asked.iter().map(spellings).collect::<anyhow::Result<_>>()?;
        Ok(Wanted { instruments, asked })
    }

    fn includes(&self, symbol: &Symbol) -> bool {
        self.asked.is_empty() || self.asked.iter().any(|(_, spellings)| spellings.contains(symbol))
    }

    fn all_found(&self, quotes: &[PublishedQuote]) -> anyhow::Result<()> {
        let found = |spellings: &[Symbol]| quotes.iter().any(|quote| spellings.contains(&quote.symbol));
        let missing: Vec<&str> = self
            .asked
            .iter()
            .filter(|(_, spellings)| !found(spellings))
            .map(|(text, _)| text.as_str())
            .collect();
        anyhow::ensure!(
            missing.is_empty(),
            "no quote of {}; `thor-stack quotes` lists those there are",
            missing.join(", ")
        );
        Ok(())
    }
}
