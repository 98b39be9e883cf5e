//! `extremes seed`: what the user knows of the weeks before the ledger.

use crate::cli::csv_file::{CsvFile, Record, unguarded};
use crate::cli::{Output, exit_code::ExitCode, ledger_file, named};
use jiff::civil::Date;
use std::path::Path;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, Seed};
use thor_stack::rules::extremes::{Extreme, Pair, first_day};
use thor_stack::supervise::Generation;
use thor_stack::value::{Price, TOTAL};

/// Stores the seeds of `path`.
///
/// # Errors
/// The file cannot be read, any of its lines is bad (nothing is seeded then), or the ledger cannot be written.
pub(super) fn run(path: &Path, config: &Config, today: Date, out: &mut Output) -> anyhow::Result<ExitCode> {
    let mut file = CsvFile::read(path)?;
    let columns = Columns::of(&file, path)?;
    let mut bad = std::mem::take(&mut file.bad);
    let mut seeds: Vec<Seed> = Vec::new();
    for record in &file.records {
        match seed(record, &columns, config, today) {
            Ok(seed) if seeds.iter().any(|known| known.future == seed.future) => {
                bad.add(record.line, format!("{} is seeded twice; keep one line", seed.future));
            }
            Ok(seed) => seeds.push(seed),
            Err(reason) => bad.add(record.line, reason),
        }
    }
    bad.refuse(path, "nothing was seeded")?;
    ledger_file::for_writing(config)?.seed_extremes(&Generation::new(1), &seeds)?;
    out.line(&format!("seeded {} futures", seeds.len()))?;
    Ok(ExitCode::Done)
}

/// Where the columns stand; each may be named as in the file's description or as in the ledger.
struct Columns {
    future: usize,
    high: Option<usize>,
    high_date: Option<usize>,
    low: Option<usize>,
    low_date: Option<usize>,
}

impl Columns {
    fn of(file: &CsvFile, path: &Path) -> anyhow::Result<Columns> {
        let future = file.column(&["future", "symbol"]);
        let columns = Columns {
            future: future.unwrap_or_default(),
            high: file.column(&["high", "high_52w"]),
            high_date: file.column(&["high_date", "high_on", "high_52w_date", "high_52w_on"]),
            low: file.column(&["low", "low_52w"]),
            low_date: file.column(&["low_date", "low_on", "low_52w_date", "low_52w_on"]),
        };
        anyhow::ensure!(
            future.is_some() && (columns.high.is_some() || columns.low.is_some()),
            "{}: line 1: the columns are future, high, high_date, low, low_date, not {}; nothing was seeded",
            path.display(),
            file.columns.join(", ")
        );
        Ok(columns)
    }
}

fn seed(record: &Record, columns: &Columns, config: &Config, today: Date) -> Result<Seed, String> {
    let cell = |at: Option<usize>| at.map_or("", |at| record.cell(at));
    let future = named::future(unguarded(record.cell(columns.future)), config)?;
    if future == TOTAL {
        return Err("TOTAL is no future: it has no price".into());
    }
    let high = extreme("high", cell(columns.high), cell(columns.high_date), today)?;
    let low = extreme("low", cell(columns.low), cell(columns.low_date), today)?;
    match (high, low) {
        (None, None) => Err("neither a high nor a low".into()),
        (Some(high), Some(low)) if high.price < low.price => {
            Err(format!("the high {} is below the low {}", high.price, low.price))
        }
        _ => Ok(Seed { future, pair: Pair { high, low } }),
    }
}

fn extreme(name: &str, price: &str, date: &str, today: Date) -> Result<Option<Extreme>, String> {
    match (price.is_empty(), date.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return Err(format!("a {name}_date without a {name}")),
        (false, true) => return Err(format!("no {name}_date: the day on which {price} was reached")),
        (false, false) => {}
    }
    let parsed: Price = price.parse().map_err(|error| format!("{name} {price:?}: {error}"))?;
    if parsed.is_zero() {
        return Err(format!("{name} 0: a price of 0 is an absent one"));
    }
    let date = named::date(date).map_err(|error| format!("{name}_date {date:?}: {error}"))?;
    if date > today {
        return Err(format!("{name}_date {date} is still to come"));
    }
    if date < first_day(today) {
        log::warn!("{name} {parsed} of {date} is older than 52 weeks: it counts for all time only");
    }
    Ok(Some(Extreme { price: parsed, date: Some(date) }))
}
