//! The outlets: one contract, and what is Redis's own.

mod contract;
mod desk;
mod redis_bounds;
pub(crate) mod redis_failures;
mod redis_lock;
mod redis_notices;
mod redis_publishing;
mod redis_subscriber;
#[cfg(feature = "tls")]
mod redis_tls;
mod redis_transactions;
