//! The lease: which of several hosts works, where they share one stack.
//!
//! One host holds the lease in Redis and works; the others stand by: their workers are parked, nothing is read,
//! captured or published there. Whoever holds it renews it every third of its term, and stops by its own clock a
//! tenth of the term before it would run out ([`Tenure`]), so that nobody works twice even where Redis is not heard
//! from. A stalled host may not know how late it is; therefore the server is asked too, at every publish and at
//! every capture ([`Claims`]).

mod absence;
mod captures;
mod claims;
mod holder;
mod leader;
mod server;
mod standing;
mod status;
mod tenure;

pub use claims::{Claim, Claims, NoClaims};
pub use holder::Lease;
pub use leader::Leader;
pub use server::{Acquired, Ask, Claimed, LeaseServer, Noted, Other, Renewed};
pub use status::LeaseStatus;
pub use tenure::Tenure;
