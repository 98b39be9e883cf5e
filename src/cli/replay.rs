//! `replay`: recorded days once more, through the same code.

use super::{Output, driven, exit_code::ExitCode, named, signals};
use jiff::Timestamp;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use thor_stack::config::Loaded;
use thor_stack::replay::{Driver, Pace, Recording, Saves, Speed};

/// Play recorded days through the same code into another ledger.
///
/// PATH is a journal (.jsonl, .jsonl.zst), a workbook named by the time of its save
/// (20251119T143000Z.xlsx, UTC), or a folder of them. The clock is that of the recording:
/// the same recording gives the same rows, every time and at any speed. The stack's own
/// ledger, bus and workbook are left alone. What is damaged is left out and said.
///
/// Examples:
///   thor-stack replay journal/
///   thor-stack replay journal/20251118T220000Z.jsonl.zst --set instruments.YM.targets.high=30
///   thor-stack replay journal/ --ledger tried.db --json | jq '.sessions | length'
///   thor-stack replay journal/ --ledger tried.db --from 2025-11-19T15:10:00Z
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ReplayArgs {
    /// Journals, workbooks named by their time, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// How many recorded seconds pass in a second: a number, or max
    #[arg(long, value_name = "N", default_value = "max")]
    speed: Speed,
    /// Keep the ledger in this file: a new one, unless --from goes on in it
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Be a stack that is started at this time of the recording. In the ledger of a replay that was ended it goes on:
    /// opens that came and went in between are recorded as missed, of a market still open as late
    #[arg(long, value_name = "TIME", value_parser = named::instant)]
    from: Option<Timestamp>,
    /// Print JSON, as `sessions` does
    #[arg(long)]
    json: bool,
}

/// Replays and prints what the ledger holds then.
///
/// # Errors
/// A path is no recording, or the ledger cannot be made or read.
pub(crate) fn run(args: &ReplayArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    let ledger = args.ledger.as_deref();
    match args.from {
        None => driven::new_ledger(ledger)?,
        Some(_) => driven::not_the_stacks(ledger, &loaded.config)?,
    }
    let mut recording = Recording::open(&args.paths, &loaded.config.workbook)?;
    let first = first(&mut recording, args.from).map_err(anyhow::Error::from_boxed)?;
    let first = first.ok_or_else(|| anyhow::anyhow!("nothing to replay"))?;
    let mut driver = Driver::new(loaded.config.clone(), first, ledger)?;
    let stop = signals::install()?;
    let pace = Pace::starting_at(first, args.speed, Instant::now());
    let run = driver.run(&mut recording, &mut |progress| {
        driven::keep_pace(&pace, progress.next, Instant::now(), &stop)
    })?;
    say(&recording);
    driven::print(&driver, &run, args.json, out)?;
    driven::interrupted(&run)?;
    driven::worked(&run)?;
    Ok(ExitCode::Done)
}

/// When the clock starts.
fn first(
    recording: &mut Recording,
    from: Option<Timestamp>,
) -> Result<Option<Timestamp>, Box<dyn Error + Send + Sync>> {
    if let Some(from) = from {
        recording.start_at(from)?;
    }
    recording.next_at()
}

/// Says what of the recording was not used.
fn say(recording: &Recording) {
    let (damage, problems) = recording.damage();
    for damage in &damage {
        log::warn!("{damage}");
    }
    if problems > damage.len() as u64 {
        log::warn!("and {} more problems", problems - damage.len() as u64);
    }
    if recording.repeated() > 0 {
        log::warn!("{} saves were recorded more than once, and counted once", recording.repeated());
    }
}
