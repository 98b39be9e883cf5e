//! The workers: one file each, business only.

mod bulletin;
mod excel_poller;
mod floor;
mod fresh;
mod grader;
mod intraday;
mod journal_writer;
mod lease_keeper;
mod open_capture;
mod preopen_backtest;
mod quote_subscriber;
mod refusals;
mod steadiness;
mod week52;

pub use excel_poller::ExcelPoller;
pub use floor::{Bell, Floor, HistoryByFuture, PreopenResults, calendar, observations, observe};
pub use grader::MarketOpenGrader;
pub use intraday::IntradayMetrics;
pub use journal_writer::JournalWriter;
pub use lease_keeper::LeaseKeeper;
pub use open_capture::{CaptureError, CaptureReport, MarketOpenCapture, capture_now};
pub use preopen_backtest::PreopenBacktest;
pub use quote_subscriber::{QuoteSubscriber, SubscriptionEnd};
pub use week52::Week52Monitor;
