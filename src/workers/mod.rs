//! The workers: one file each, business only.

mod excel_poller;
mod quote_subscriber;

pub use excel_poller::ExcelPoller;
pub use quote_subscriber::{QuoteSubscriber, SubscriptionEnd};
