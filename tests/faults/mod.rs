//! What others make, and what fails at the edges: hostile input, and edges that are told to fail.

mod edges;
mod handles;
mod hostile;
mod reconnecting;
mod traps;
