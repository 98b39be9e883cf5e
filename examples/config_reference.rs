//! Prints the table of config keys for the README.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(thor_stack::config::reference().as_bytes())
}
