//! The workers: one file each, business only.

mod excel_poller;
mod floor;
mod journal_writer;
mod quote_subscriber;

pub use excel_poller::ExcelPoller;
pub use floor::{Floor, PreopenResults, calendar, observations, observe};
pub use journal_writer::JournalWriter;
pub use quote_subscriber::{QuoteSubscriber, SubscriptionEnd};
