//! One stack a home, and the channel by which it is asked.



mod instance;
mod process;

