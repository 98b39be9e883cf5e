//! Reads the workbook, puts what it says on the board, then into the outlet.

mod tally;

use self::tally::Tally;
use crate::board::{Board, Update};
use crate::config::{BusConfig, PublishMode, WorkbookConfig};
use crate::feed::{FolderWatch, Look, WorkbookReader};
use crate::outlet::{Edition, Outlet, OutletError};
use crate::supervise::{Context, Mono, Next, Revoked, Worker, WorkerError};
use crate::value::{RejectedCell, Sheet};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How many distinct problems with cells are remembered as said; beyond, they are said again rather than kept for ever.
const REMEMBERED_PROBLEMS: usize = 10_000;

/// How long between two attempts to watch a folder that could not be watched.
const WATCH_RETRY: Duration = Duration::from_secs(30);

/// One poll of the workbook a cycle.
///
/// - A save in progress is normal: the last good quotes stay, it is counted, and the next look comes soon.
/// - A workbook that cannot be read is said once per distinct reason, counted and shown in the status detail; the
///   worker does not crash over it, because the quotes that it has go on ageing and must be marked stale in time.
/// - An outlet that fails costs the board nothing: the board is written first.
pub struct ExcelPoller {
    workbook: WorkbookConfig,
    bus: BusConfig,
    board: Arc<Board>,
    outlet: Box<dyn Outlet>,
    reader: WorkbookReader,
    watch: Watch,
    last_poll: Option<Mono>,
    last_refresh: Option<Mono>,
    said: HashSet<RejectedCell>,
    tally: Tally,
}

/// What one look brought.
struct Seen {
    /// Whether it found a save, changed or not.
    saved: bool,
    /// What became of the board.
    update: Arc<Update>,
}

impl Seen {
    /// Whether the outlet should hear of it before its next turn.
    fn is_news(&self) -> bool {
        self.saved || !self.update.changed.is_empty()
    }
}

enum Watch {
    Off,
    Watching(FolderWatch),
    Failed { reason: String, retry_at: Mono },
}

impl ExcelPoller {
    /// A poller that has not looked yet; `None` when no workbook is configured.
    #[must_use]
    pub fn new(
        workbook: WorkbookConfig,
        bus: BusConfig,
        board: Arc<Board>,
        outlet: Box<dyn Outlet>,
    ) -> Option<ExcelPoller> {
        let reader = WorkbookReader::from_config(&workbook)?;
        Some(ExcelPoller {
            workbook,
            bus,
            board,
            outlet,
            reader,
            watch: Watch::Failed { reason: String::new(), retry_at: Mono::default() },
            last_poll: None,
            last_refresh: None,
            said: HashSet::new(),
            tally: Tally::default(),
        })
    }

    /// Looks at the workbook and writes the board.
    fn read(&mut self, ctx: &Context) -> Result<Seen, WorkerError> {
        ctx.phase("looking at the workbook");
        let look = self.reader.look(ctx.now(), &mut |wait| ctx.pause(wait));
        let (board, generation, now) = (&self.board, ctx.generation(), ctx.now());
        let seen = match look {
            Ok(Look::Unchanged) => {
                Seen { saved: false, update: board.mark_stale(generation, now).map_err(refused)? }
            }
            Ok(Look::Confirmed { saved_at }) => {
                Seen { saved: true, update: board.confirm(generation, saved_at, now).map_err(refused)? }
            }
            Ok(Look::Changed(sheet)) => {
                ctx.phase("writing the board");
                let update = board.apply(generation, &sheet, now).map_err(refused)?;
                self.report(ctx.name(), sheet, &update);
                Seen { saved: true, update }
            }
            Err(error) => {
                let update = board.mark_stale(generation, now).map_err(refused)?;
                self.tally.read_failed(ctx, &error, !update.snapshot.quotes().is_empty());
                return Ok(Seen { saved: false, update });
            }
        };
        self.tally.read(ctx);
        Ok(seen)
    }

    /// Says what the sheet brought, each problem with a cell once.
    fn report(&mut self, name: &str, sheet: Sheet, update: &Update) {
        if self.said.len() > REMEMBERED_PROBLEMS {
            self.said.clear();
        }
        for cell in &sheet.rejected {
            if self.said.insert(cell.clone()) {
                let RejectedCell { column, cell, value, reason, .. } = cell;
                log::warn!("{name}: {}!{cell} ({column}) holds {value:?}: {reason}", self.workbook.sheet);
            }
        }
        for symbol in &update.gone {
            log::warn!("{name}: {symbol} left the sheet");
        }
        log::debug!(
            "{name}: {} quotes, {} changed, saved at {}",
            update.snapshot.quotes().len(),
            update.changed.len(),
            sheet.saved_at,
        );
        self.tally.rejected = sheet.rejected;
    }

    fn publish(&mut self, ctx: &Context, seen: &Seen) -> Result<(), WorkerError> {
        ctx.phase("publishing");
        let mono = ctx.clock().mono();
        let due = self.last_refresh.is_none_or(|last| mono.since(last) >= self.bus.refresh);
        let everything = due || (seen.saved && self.bus.publish == PublishMode::All);
        let edition = Edition {
            snapshot: &seen.update.snapshot,
            changed: &seen.update.changed,
            gone: &seen.update.gone,
            everything,
            now: ctx.now(),
        };
        match self.outlet.publish(ctx.generation(), &edition) {
            Ok(published) => {
                if everything {
                    self.last_refresh = Some(mono);
                }
                self.tally.published(ctx.name(), published, &self.bus);
                Ok(())
            }
            Err(OutletError::Revoked(error)) => Err(refused(error)),
            Err(error) => {
                self.tally.publish_failed(ctx.name(), &error);
                Ok(())
            }
        }
    }

    /// Watches the workbook's folder, again where that failed or the folder was replaced.
    fn keep_watching(&mut self, ctx: &Context) {
        if !self.workbook.watch {
            self.watch = Watch::Off;
            return;
        }
        let mono = ctx.clock().mono();
        match &self.watch {
            Watch::Watching(watch) if watch.is_alive() => return,
            Watch::Failed { retry_at, .. } if *retry_at > mono => return,
            _ => {}
        }
        let waker = ctx.waker();
        self.watch = match FolderWatch::start(self.reader.path(), move || waker.wake()) {
            Ok(watch) => Watch::Watching(watch),
            Err(error) => {
                let reason = error.to_string();
                if !matches!(&self.watch, Watch::Failed { reason: said, .. } if *said == reason) {
                    log::warn!("{}: {reason}", ctx.name());
                }
                Watch::Failed { reason, retry_at: mono.plus(WATCH_RETRY) }
            }
        };
    }

    fn cadence(&self) -> Duration {
        let interval = self.workbook.interval;
        self.workbook.stat_interval.map_or(interval, |stat| stat.min(interval))
    }

    fn show(&self, ctx: &Context) {
        let snapshot = self.board.snapshot();
        let stale = snapshot.is_stale(self.workbook.stale_after, ctx.now());
        let watching = matches!(self.watch, Watch::Watching(_));
        ctx.detail(self.tally.detail(&self.workbook, &snapshot, stale, watching));
    }
}

impl Worker for ExcelPoller {
    fn cycle(&mut self, ctx: &Context) -> Result<Next, WorkerError> {
        self.keep_watching(ctx);
        let seen = self.read(ctx)?;
        let mono = ctx.clock().mono();
        let cadence = self.cadence();
        // Half a step of slack, so that timers a moment early do not skip a whole poll.
        let due = self.last_poll.is_none_or(|last| mono.since(last) + cadence / 2 >= self.workbook.interval);
        if due || seen.is_news() || self.tally.owes_the_outlet() {
            self.last_poll = Some(mono);
            self.publish(ctx, &seen)?;
            self.show(ctx);
        }
        Ok(Next::After(self.tally.hurry().map_or(cadence, |hurry| cadence.min(hurry))))
    }
}

fn refused(error: Revoked) -> WorkerError {
    WorkerError::from_error(&error)
}
