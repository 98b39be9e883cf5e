//! Business rules as tables: input, expected, and where each case comes from.

mod guard;
