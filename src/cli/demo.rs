//! `demo`: a whole simulated trading day.

mod progress;

use super::{Output, driven, exit_code::ExitCode, named, signals};
use anyhow::Context as _;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use progress::DayProgress;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;
use thor_stack::config::{BusUrl, Config, Loaded};
use thor_stack::replay::{Driver, Pace, SimulatedDay, Speed};
use thor_stack::value::{Market, TradingSession};
use thor_stack::workers::calendar;

/// A Wednesday on which all nine markets have a session.
const DAY: Date = date(2025, 11, 19);

/// How long before the first open the day begins: the statistics before an open are computed then.
const BEFORE: SignedDuration = SignedDuration::from_mins(5);

/// Any number will do; this one gives a day on which all outcomes occur.
const SEED: u64 = 17;

/// How many folders that killed demos left are passed over.
const NAMES: u32 = 100;

/// Watch a simulated trading day, from first open to last close.
///
/// A simulator keeps saving a real workbook with moving prices, and the stack reads it,
/// captures the nine opens and grades what they traded: the same code as `run`, on a clock
/// that waits for each save to be taken. Nothing outside a temporary folder is touched. The
/// same --seed gives the same day.
///
/// Examples:
///   thor-stack demo
///   thor-stack demo --speed 600
///   thor-stack demo --market USA --seed 4 --set instruments.YM.targets.high=40
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DemoArgs {
    /// How many seconds of the day pass in a second, at most: a number, or max
    #[arg(long, value_name = "N", default_value = "max")]
    speed: Speed,
    /// Another day
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// Only this market's session; repeatable
    #[arg(long, value_name = "NAME", value_parser = named::market)]
    market: Vec<Market>,
    /// Keep the ledger in this new file
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print JSON, as `sessions` does
    #[arg(long)]
    json: bool,
}

/// Simulates the day and prints its sessions.
///
/// # Errors
/// The temporary folder or the ledger cannot be made, or no market has a session.
pub(crate) fn run(args: &DemoArgs, loaded: &Loaded, out: &mut Output) -> anyhow::Result<ExitCode> {
    driven::new_ledger(args.ledger.as_deref())?;
    let folder = Folder::create()?;
    let config = config(args, &loaded.config, &folder);
    let sessions = sessions(&config);
    let ends = sessions
        .iter()
        .map(|session| session.open)
        .min()
        .zip(sessions.iter().map(|session| session.close).max());
    let (open, close) = ends.context("no market that is enabled has a session on the day of the demo")?;
    let first = open.checked_sub(BEFORE)?;
    let mut day =
        SimulatedDay::new(folder.path.join("demo.xlsx"), &config.workbook, args.seed, (first, close));
    let mut driver = Driver::new(config, first, args.ledger.as_deref())?;
    let stop = signals::install()?;
    let began = Instant::now();
    let pace = Pace::starting_at(first, args.speed, began);
    let mut shown = DayProgress::new(sessions, (first, close));
    let run = driver.run(&mut day, &mut |progress| {
        shown.show(progress, Instant::now());
        driven::keep_pace(&pace, progress.next, Instant::now(), &stop)
    })?;
    shown.end();
    driven::print(&driver, &run, args.json, out)?;
    driven::interrupted(&run)?;
    driven::worked(&run)?;
    Ok(ExitCode::Done)
}

/// The user's config in a home of the demo's own, without a bus.
fn config(args: &DemoArgs, config: &Config, folder: &Folder) -> Config {
    let mut config = Config { home: folder.path.clone(), ..config.clone() };
    config.bus.url = BusUrl::Local;
    if !args.market.is_empty() {
        let wanted = |name: &str| args.market.iter().any(|market| market.name() == name);
        config.markets.iter_mut().for_each(|market| market.enabled &= wanted(&market.name));
    }
    config
}

fn sessions(config: &Config) -> Vec<TradingSession> {
    let calendar = calendar(config).at(Timestamp::UNIX_EPOCH);
    let enabled = |market: &Market| config.markets.iter().any(|one| one.enabled && one.name == market.name());
    let on_the_day = |market| calendar.session_on(market, DAY).ok().flatten();
    let mut sessions: Vec<TradingSession> = Market::all().filter(enabled).filter_map(on_the_day).collect();
    sessions.sort_by_key(|session| (session.open, session.market));
    sessions
}

/// A folder that goes with the demo.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn create() -> anyhow::Result<Folder> {
        Folder::create_in(&std::env::temp_dir())
    }

    /// Process ids come again, on Windows at once: what a killed demo left has the name of a later one.
    fn create_in(parent: &Path) -> anyhow::Result<Folder> {
        let pid = std::process::id();
        let names = (0..NAMES).map(|number| format!("thor-stack-demo-{pid}-{number}"));
        for path in names.map(|name| parent.join(name)) {
            match std::fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made.with_context(|| format!("making the folder {}", path.display()))?;
                    return Ok(Folder { path });
                }
            }
        }
        anyhow::bail!("{NAMES} demos have left their folders in {}; remove them", parent.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            log::warn!("removing the folder {}: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Folder;

    #[test]
    fn what_a_killed_demo_left_is_no_obstacle() {
        let parent = tempfile::tempdir().unwrap();
        let killed = Folder::create_in(parent.path()).unwrap();
        let path = killed.path.clone();
        std::mem::forget(killed);
        let next = Folder::create_in(parent.path()).unwrap();
        assert_ne!(path, next.path);
        drop(next);
        assert!(path.exists(), "another demo's folder is left alone");
    }
}
