//! The workers: one file each, business only.

mod excel_poller;
mod floor;
mod grader;
mod open_capture;
mod quote_subscriber;

pub use excel_poller::ExcelPoller;
pub use floor::{Bell, Floor, PreopenResults, calendar, observations, observe};
pub use grader::MarketOpenGrader;
pub use open_capture::{CaptureError, CaptureReport, MarketOpenCapture, capture_now};
pub use quote_subscriber::{QuoteSubscriber, SubscriptionEnd};
