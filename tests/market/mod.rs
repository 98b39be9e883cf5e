//! The market workers through trading days: manual clock, real calendar, real ledger.

mod intraday;
mod preopen;
mod scene;
mod week52;
