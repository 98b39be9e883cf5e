//! Replies by the thousand, each a line or little more: read in place, where the client library makes a value of each.

use super::failure::Failure;
use super::socket::Bounded;
use std::io::Read;

/// How much the first read asks for, and how much any: most editions are answered by a few hundred bytes.
const FIRST: usize = 1024;
const AT_ONCE: usize = 64 * 1024;

/// The replies that come next on a socket. Who reads them must read all that were asked for, and no more: what is
/// buffered here is lost to the next reader.
pub(super) struct Replies<'a> {
    source: Bounded<'a>,
    buffer: Vec<u8>,
    at: usize,
}

/// One reply that is no error.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply<'r> {
    /// A simple string, or a number as it is written.
    Line(&'r [u8]),
    /// A bulk string.
    Text(&'r [u8]),
    /// The head of an array; its elements are the replies that follow.
    Array(usize),
    /// No string, or no array.
    Nothing,
}

impl<'a> Replies<'a> {
    pub(super) fn of(source: Bounded<'a>) -> Replies<'a> {
        Replies { source, buffer: Vec::new(), at: 0 }
    }

    /// The next reply.
    ///
    /// # Errors
    /// What the system says; an error of the server's, after which the next reply can be read; what is no reply.
    pub(super) fn next(&mut self) -> Result<Reply<'_>, Failure> {
        let line = self.line()?;
        let (kind, text) = (self.buffer[line.start], line.start + 1..line.end);
        match kind {
            b'+' | b':' => Ok(Reply::Line(&self.buffer[text])),
            b'-' => Err(error(&self.buffer[text])),
            b'*' => Ok(self.length(text)?.map_or(Reply::Nothing, Reply::Array)),
            b'$' => match self.length(text)? {
                None => Ok(Reply::Nothing),
                Some(length) => {
                    let start = self.at;
                    self.fill(start + length + 2)?;
                    self.at = start + length + 2;
                    Ok(Reply::Text(&self.buffer[start..start + length]))
                }
            },
            _ => Err(odd()),
        }
    }

    /// Where the next line stands, without its end.
    fn line(&mut self) -> Result<std::ops::Range<usize>, Failure> {
        if self.at > AT_ONCE {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let (start, mut searched) = (self.at, self.at);
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                let end = searched + length;
                self.at = end + 1;
                let whole = end > start + 1 && self.buffer[end - 1] == b'\r';
                return if whole { Ok(start..end - 1) } else { Err(odd()) };
            }
            searched = self.buffer.len();
            self.fill(searched + 1)?;
        }
    }

    /// `-1` is the length of what is not there.
    fn length(&self, digits: std::ops::Range<usize>) -> Result<Option<usize>, Failure> {
        let text = std::str::from_utf8(&self.buffer[digits]).map_err(|_| odd())?;
        if text == "-1" { Ok(None) } else { text.parse().map(Some).map_err(|_| odd()) }
    }

    /// Reads until there are `wanted` bytes.
    fn fill(&mut self, wanted: usize) -> Result<(), Failure> {
        while self.buffer.len() < wanted {
            let known = self.buffer.len();
            self.buffer.resize(wanted.max(known + known.clamp(FIRST, AT_ONCE)), 0);
            let read = self.source.read(&mut self.buffer[known..]);
            self.buffer.truncate(known + read.as_ref().map_or(0, |read| *read));
            if read? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
        Ok(())
    }
}

fn error(text: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(text);
    let (code, detail) = text.split_once(' ').unwrap_or((&text, ""));
    Failure::Server { code: code.to_string(), detail: detail.to_string() }
}

fn odd() -> Failure {
    Failure::Reply("no reply as Redis writes them".into())
}
