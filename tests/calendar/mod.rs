//! The calendars against their source, and against instants that trip calendars.

mod every_day;
mod every_instant;
mod live_file;
mod overrides;
mod truth;
