//! Standard output: the result, for people or as JSON. A reader that goes away is no error.

use super::table::Table;
use super::terminal::Color;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Where a command's result goes.
pub(crate) struct Output {
    out: Box<dyn Write>,
    closed: bool,
    unflushed: bool,
    colors: bool,
}

impl Output {
    /// The program's standard output, buffered until [`Output::flush`].
    pub(crate) fn stdout(color: Color) -> Output {
        let out = Box::new(io::BufWriter::with_capacity(1 << 16, io::stdout()));
        Output { colors: color.wanted(io::stdout().is_terminal()), ..Output::to(out) }
    }

    /// Any other writer, without colours.
    pub(crate) fn to(out: Box<dyn Write>) -> Output {
        Output { out, closed: false, unflushed: false, colors: false }
    }

    /// Whether the reader has gone away: what follows is not seen, so a command that goes on for ever ends.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// One line of text.
    pub(crate) fn line(&mut self, text: &str) -> anyhow::Result<()> {
        self.put(format!("{text}\n").as_bytes())
    }

    /// Text as it is.
    pub(crate) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        self.put(text.as_bytes())
    }

    /// A table for people.
    pub(crate) fn table(&mut self, table: &Table) -> anyhow::Result<()> {
        self.put(table.text(self.colors).as_bytes())
    }

    /// An object as one line of JSON, with `"schema": 1` before its own keys.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct Versioned<'a, T> {
            schema: u32,
            #[serde(flatten)]
            object: &'a T,
        }
        let text = serde_json::to_string(&Versioned { schema: 1, object })?;
        self.line(&text)
    }

    /// Hands what was written to the reader. Touches nothing where nothing was: another thread may hold the real output.
    ///
    /// # Errors
    /// The output cannot be written (a full disk); a closed pipe is none.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        anyhow::Context::context(Write::flush(self), CONTEXT)
    }

    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        anyhow::Context::context(self.write_all(bytes), CONTEXT)
    }

    fn outcome(&mut self, outcome: io::Result<()>) -> io::Result<()> {
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            outcome => outcome,
        }
    }
}

/// What an error of the output is about.
const CONTEXT: &str = "writing to standard output";

/// For what writes piece by piece (CSV, long JSON). A reader that has gone away takes everything.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.closed {
            self.unflushed = true;
            let written = self.out.write_all(bytes);
            self.outcome(written)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed || !std::mem::take(&mut self.unflushed) {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.outcome(flushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        let mut output = Output::to(Box::new(Failing(io::ErrorKind::BrokenPipe)));
        assert!(!output.is_closed());
        output.line("YM").unwrap();
        assert!(output.is_closed());
        output.line("ES").unwrap();
        output.flush().unwrap();
        let error = Output::to(Box::new(Failing(io::ErrorKind::StorageFull))).line("YM").unwrap_err();
        assert!(format!("{error:#}").starts_with("writing to standard output: "));
    }
}
