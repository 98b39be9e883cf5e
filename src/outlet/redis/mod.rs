//! The Redis outlet: the contract that other programs read (domain.md section 4), publisher and readers.
//!
//! Needs Redis 5 or later, a single server (the keys of the contract lie in different slots of a cluster).

mod address;
mod deadline;
mod edition;
mod failure;
mod heartbeat;
mod host;
pub mod keys;
mod lease;
mod link;
mod notices;
mod publisher;
mod reader;
mod replies;
mod request;
mod script;
mod socket;
mod subscriber;
mod token;
mod transaction;
mod wire;

pub use heartbeat::Heartbeat;
pub use lease::RedisLease;
pub use notices::RedisNotices;
pub use publisher::RedisOutlet;
pub use reader::{LatestQuotes, LockHolder, Reader};
pub use subscriber::{Closer, Received, Subscriber};
pub use token::Token;
