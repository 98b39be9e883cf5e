//! One stack a home, and the channel by which it is asked.

mod client;
mod fake;
mod instance;
mod process;
mod server;
