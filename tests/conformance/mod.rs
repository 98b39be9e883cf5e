//! Business rules as tables: input, what is expected of it, and where the case comes from.

mod markets;
