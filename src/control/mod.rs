//! The control channel of a running stack: a local socket in its home, one JSON object a line each way.
//!
//! A stack that holds its home runs a [`Server`], one thread that waits for all its clients at once and sleeps while
//! there are none; a [`Client`] finds it by the home. What is asked is answered by a [`Control`], which the stack is.
//!
//! Both sides are bounded: requests to [`MAX_REQUEST`], answers to [`MAX_ANSWER`], and every wait has an end, so
//! neither a client that connects and never speaks nor a server that hangs holds the other for long.

mod client;
mod connection;
mod endpoint;
mod protocol;
mod server;
mod service;

pub use client::{Client, ClientError, Follower};
pub use endpoint::ServeError;
pub use protocol::{MAX_ANSWER, MAX_REQUEST, OPS, Refusal, RefusalCode, Request, VERSION};
pub use server::{Figures, Server};
pub use service::{Answer, Control, Updates};
