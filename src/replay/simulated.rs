//! A simulated day: the clock waits for each save to be written, read back and taken.

use super::{Save, Saves};
use crate::config::WorkbookConfig;
use crate::feed::{Look, WorkbookReader};
use crate::simulator::{SimulatedMarket, save};
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::path::PathBuf;

/// Seconds between two saves, the simulator's step.
const STEP: SignedDuration = SignedDuration::from_secs(5);

/// A workbook that is saved every five seconds of the day with the prices of a simulated market, and read back as the
/// stack reads it.
pub struct SimulatedDay {
    market: SimulatedMarket,
    reader: WorkbookReader,
    path: PathBuf,
    sheet: String,
    next: Timestamp,
    last: Timestamp,
}

impl SimulatedDay {
    /// The day from `first` to `last`, saved to `path` as the sheet and range of `workbook`; the same for the same `seed`.
    #[must_use]
    pub fn new(
        path: PathBuf,
        workbook: &WorkbookConfig,
        seed: u64,
        (first, last): (Timestamp, Timestamp),
    ) -> SimulatedDay {
        SimulatedDay {
            market: SimulatedMarket::opening(seed),
            reader: WorkbookReader::new(&path, &workbook.sheet, workbook.range),
            path,
            sheet: workbook.sheet.clone(),
            next: first,
            last,
        }
    }
}

impl Saves for SimulatedDay {
    fn next_at(&mut self) -> Result<Option<Timestamp>, Box<dyn Error + Send + Sync>> {
        Ok((self.next <= self.last).then_some(self.next))
    }

    fn take(&mut self, now: Timestamp) -> Result<Save, Box<dyn Error + Send + Sync>> {
        self.market.advance(1);
        save(&self.path, &self.market.workbook(&self.sheet)?, now)?;
        self.next = now.checked_add(STEP)?;
        match self.reader.look(now, &mut |_| false)? {
            Look::Changed(sheet) => Ok(Save::Changed(sheet)),
            Look::Confirmed { saved_at } => Ok(Save::Confirmed { saved_at }),
            Look::Unchanged => Err(format!("the save of {now} was not seen").into()),
        }
    }
}
