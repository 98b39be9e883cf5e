//! The trading floor: what the market workers share.

use crate::board::{Board, BoardQuote, BoardSnapshot};
use crate::calendar::{Calendar, DayOverride, LiveCalendar, OVERRIDE_FILE_NAME, Overrides};
use crate::config::{Config, MarketConfig};
use crate::lease::{Claims, NoClaims};
use crate::ledger::{Ledger, LedgerError, Standing};
use crate::outlet::Notices;
use crate::rules::{Observation, RuleBook};
use crate::supervise::Waker;
use crate::value::{History, Instruments, Market, Symbol};
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What the market workers share. Cheap to clone.
#[derive(Clone)]
pub struct Floor {
    /// The latest quotes.
    pub board: Arc<Board>,
    /// What survives the process.
    pub ledger: Arc<dyn Ledger>,
    /// The sessions of every market.
    pub calendar: Arc<LiveCalendar>,
    /// What the user set.
    pub config: Arc<Config>,
    /// Which symbol means which future.
    pub instruments: Arc<Instruments>,
    /// The rules of each future.
    pub rules: Arc<RuleBook>,
    /// Statistics on their way from the pre-open backtest to the capture.
    pub preopen: Arc<PreopenResults>,
    /// Small values for other programs.
    pub notices: Arc<dyn Notices>,
    /// Rung by the capture for the grader.
    pub rows_captured: Arc<Bell>,
    /// Whose capture an open is, where several hosts share the work.
    pub claims: Arc<dyn Claims>,
    /// Opens before this instant are none of this floor's: neither captured nor missed. A replay starts with a
    /// recording, not with the day.
    pub opens_from: Option<Timestamp>,
    /// Whether the ledger knows of the time before this process in which nobody was there: until then no sign of life
    /// may be left, or the next process would take that time for watched.
    pub absence_told: Arc<AtomicBool>,
}

impl Floor {
    /// A floor of `config` around this board and ledger.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        board: Arc<Board>,
        ledger: Arc<dyn Ledger>,
        notices: Arc<dyn Notices>,
    ) -> Floor {
        Floor {
            board,
            ledger,
            calendar: Arc::new(calendar(&config)),
            instruments: Arc::new(config.instruments()),
            rules: Arc::new(config.rule_book()),
            preopen: Arc::default(),
            notices,
            rows_captured: Arc::default(),
            claims: Arc::new(NoClaims),
            opens_from: None,
            absence_told: Arc::new(true.into()),
            config,
        }
    }

    /// Tells the board since when rows stood still when the ledger was written last.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn recall(&self) -> Result<(), LedgerError> {
        let row = |row: Standing| Some((Symbol::new(&row.symbol).ok()?, row.said, row.since));
        self.board.remember(self.ledger.standing()?.into_iter().filter_map(row));
        Ok(())
    }

    /// Whether this open is this floor's to capture or to miss.
    #[must_use]
    pub fn answers_for(&self, open: Timestamp) -> bool {
        self.opens_from.is_none_or(|from| from <= open)
    }

    /// The settings of `market`; `None`: it is not configured, and so not watched.
    #[must_use]
    pub fn market(&self, market: Market) -> Option<&MarketConfig> {
        self.config.markets.iter().find(|one| one.name == market.name())
    }

    /// The markets that are watched, east to west, with their settings.
    pub fn markets(&self) -> impl Iterator<Item = (Market, &MarketConfig)> {
        let settings = |market| Some((market, self.market(market)?));
        Market::all().filter_map(settings).filter(|(_, settings)| settings.enabled)
    }
}

/// The published calendar with the hours and overrides of `config`, under the override file in its home.
#[must_use]
pub fn calendar(config: &Config) -> LiveCalendar {
    let known = |name: &str| Market::all().find(|market| market.name() == name);
    let mut calendar = Calendar::embedded();
    for (market, hours) in
        config.markets.iter().filter_map(|one| Some((known(&one.name)?, one.hours.clone()?)))
    {
        calendar = calendar.with_hours(market, hours);
    }
    let mut overrides = Overrides::default();
    for day in &config.calendar_overrides {
        let Some(market) = known(&day.market) else { continue };
        let said = day.hours.clone().map_or(DayOverride::Closed, DayOverride::Session);
        if let Err(error) = overrides.insert(market, day.date, said) {
            log::warn!("calendar.override: {error}"); // only a host's own config: a file with one is refused
        }
    }
    LiveCalendar::new(calendar.with_overrides(&overrides), config.home.join(OVERRIDE_FILE_NAME))
}

/// What `snapshot` says of `quote`, and when it was seen. A later save that says the same is seen anew; a row that is
/// not of the latest save was last seen when it last changed, as far as the board knows.
#[must_use]
pub fn observe(snapshot: &BoardSnapshot, quote: &BoardQuote) -> Observation {
    let saved_at = snapshot.saved_at(quote);
    let of_latest = snapshot.saved_at == Some(saved_at);
    Observation {
        quote: Arc::clone(&quote.quote),
        saved_at,
        seen_at: snapshot.seen_at.filter(|_| of_latest).unwrap_or(quote.seen_at),
        unchanged_since: quote.unchanged_since,
    }
}

/// The future whose prices `quote` gives: its own symbol's, if a quote of that is on the board, else the first of its
/// aliases'. Fresh or not: a future that changed over while its own quote ages would be entered at one price and graded by
/// another. A symbol of no known future is its own; `None`: another quote gives that future's prices.
#[must_use]
pub(super) fn priced_by<'a>(
    instruments: &'a Instruments,
    snapshot: &BoardSnapshot,
    quote: &'a BoardQuote,
) -> Option<&'a str> {
    let symbol = &quote.quote.symbol;
    let future = instruments.future_of(symbol);
    if future == symbol.as_str() {
        return Some(future);
    }
    let gives = |other: &Arc<BoardQuote>| instruments.canonical(&other.quote.symbol) == Some(future);
    let is_own = |other: &&Arc<BoardQuote>| other.quote.symbol.as_str() == future;
    let others = snapshot.quotes();
    let giver = others.iter().find(is_own).or_else(|| others.iter().find(|other| gives(other)))?;
    (giver.quote.symbol == *symbol).then_some(future)
}

/// Everything on the board that gives a future's prices, in sheet order.
#[must_use]
pub fn observations(instruments: &Instruments, snapshot: &BoardSnapshot) -> Vec<Observation> {
    let quotes = snapshot.quotes().iter();
    let given = quotes.filter(|quote| priced_by(instruments, snapshot, quote).is_some());
    given.map(|quote| observe(snapshot, quote)).collect()
}

/// Wakes one worker of this process when another has work for it.
#[derive(Debug, Default)]
pub struct Bell(Mutex<Option<Waker>>);

impl Bell {
    /// Wakes `waker` at every ring from now on, and nobody else.
    pub fn answer(&self, waker: Waker) {
        *self.0.lock() = Some(waker);
    }

    /// Rings; nobody need be there.
    pub fn ring(&self) {
        if let Some(waker) = &*self.0.lock() {
            waker.wake();
        }
    }
}

/// The statistics of the next open of each market, by future; TOTAL's among them.
#[derive(Debug, Default)]
pub struct PreopenResults(Mutex<HashMap<Market, (Date, HistoryByFuture)>>);

/// Statistics by future; TOTAL's among them.
pub type HistoryByFuture = Arc<HashMap<String, History>>;

impl PreopenResults {
    /// Keeps the statistics for `market`'s session of `date`, in place of an earlier session's.
    pub fn put(&self, market: Market, date: Date, history: HashMap<String, History>) {
        self.0.lock().insert(market, (date, Arc::new(history)));
    }

    /// The statistics for `market`'s session of `date`, if they were computed in this process.
    #[must_use]
    pub fn get(&self, market: Market, date: Date) -> Option<HistoryByFuture> {
        let results = self.0.lock();
        results.get(&market).filter(|(of, _)| *of == date).map(|(_, history)| Arc::clone(history))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::Generation;
    use crate::value::{Quote, Sheet};
    use std::time::Duration;

    /// Regression: whichever of the two was fresh gave the prices, so a row could be entered at one's and graded by the other's.
    #[test]
    fn a_future_has_its_own_quotes_prices_and_else_its_first_aliases_fresh_or_not() {
        let at = |second: i64| Timestamp::from_second(1_764_340_200 + second).unwrap();
        let instruments = Config::at_home("no such folder".into()).instruments();
        let symbol = |name: &str| Symbol::new(name).unwrap();
        for (loaded, then, expected) in [
            (&["$DXY", "DX", "YM"][..], &["$DXY", "YM"][..], &["DX", "YM"][..]),
            (&["$DXY", "YM"], &["$DXY", "YM"], &["$DXY", "YM"]),
            (&["SPX"], &["SPX"], &["SPX"]),
        ] {
            let board = Board::new(Duration::from_secs(60), at(0));
            for (second, names) in [(0, loaded), (300, then)] {
                let not_loaded =
                    loaded.iter().filter(|name| !names.contains(name)).map(|name| symbol(name)).collect();
                let quotes = names.iter().map(|name| Arc::new(Quote::absent(symbol(name)))).collect();
                let sheet = Sheet { saved_at: at(second), quotes, not_loaded, rejected: Vec::new() };
                board.apply(&Generation::new(1), &sheet, at(second)).unwrap();
                let seen = observations(&instruments, &board.snapshot());
                let mut seen: Vec<&str> = seen.iter().map(|it| it.quote.symbol.as_str()).collect();
                seen.sort_unstable();
                assert_eq!(seen, expected, "{names:?}");
            }
        }
    }
}
