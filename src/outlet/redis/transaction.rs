//! The quick way to publish: a transaction that the server carries out only if nothing that it rests on has changed since
//! the last edition (WATCH, MULTI, EXEC).
//!
//! Its effect is that of `publish.lua`, in a fraction of the server's time; and the server takes in the first quotes while
//! the next are still being written. What the script looks at in the same step is asked here one edition ahead: who
//! holds the lock, which number was the last, and that the hash is one. If anybody touches one of these keys afterwards,
//! nothing of the transaction is done, and the script decides. What the server refuses by itself (memory, rights, a
//! replica) it refuses before EXEC, and then all of it.

use super::deadline::Deadline;
use super::edition::Messages;
use super::failure::Failure;
use super::keys;
use super::replies::{Replies, Reply};
use super::request::Arguments;
use super::wire::{WRITE_LIMIT, Wire};
use crate::outlet::quote_bytes::number;

/// What the next edition rests on.
pub(super) struct Ground<'a> {
    /// The publisher's own token, which the lock must hold.
    pub(super) token: &'a str,
    /// The text of [`keys::LAST_SEQ`].
    pub(super) last_seq: &'a str,
}

/// What goes out with every edition.
pub(super) struct Signs<'a> {
    pub(super) token: &'a str,
    /// The lock's term in milliseconds.
    pub(super) lock_term: String,
    pub(super) heartbeat: String,
    /// Its term in milliseconds.
    pub(super) heartbeat_term: String,
    /// The last number of the edition.
    pub(super) last_seq: String,
}

/// What became of a transaction.
pub(super) enum Outcome {
    /// It is done; whether the next may follow.
    Done { armed: bool },
    /// Somebody had touched a key: nothing is done.
    Tripped,
}

/// The questions of [`ask`].
const QUESTIONS: usize = 5;

/// Watches what the next edition rests on. Says whether it is as it should be; `false`, too, on a connection that is not
/// made for it.
///
/// # Errors
/// Of the system's; what the server refuses is a no.
pub(super) fn arm(wire: &mut Wire, ground: &Ground<'_>, deadline: &Deadline) -> Result<bool, Failure> {
    if !wire.is_plain() {
        return Ok(false);
    }
    let mut out = Vec::new();
    ask(&mut out);
    wire.write(&out, deadline)?;
    match wire.replies(deadline) {
        Some(mut replies) => answers(&mut replies, ground),
        None => Ok(false),
    }
}

/// The questions on which [`answers`] waits. A client whose watched keys were touched stays so until UNWATCH.
fn ask(out: &mut Vec<u8>) {
    command(out, &["UNWATCH"]);
    command(out, &["WATCH", keys::LATEST_QUOTES, keys::PUBLISHER_LOCK, keys::LAST_SEQ]);
    command(out, &["GET", keys::PUBLISHER_LOCK]);
    command(out, &["GET", keys::LAST_SEQ]);
    command(out, &["TYPE", keys::LATEST_QUOTES]);
}

/// Whether the server's answers to [`ask`] are as `ground` says. All of them are read.
fn answers(replies: &mut Replies<'_>, ground: &Ground<'_>) -> Result<bool, Failure> {
    let expected: [&dyn Fn(&Reply<'_>) -> bool; QUESTIONS] = [
        &|reply| *reply == Reply::Line(b"OK"),
        &|reply| *reply == Reply::Line(b"OK"),
        &|reply| *reply == Reply::Text(ground.token.as_bytes()),
        &|reply| *reply == Reply::Text(ground.last_seq.as_bytes()),
        &|reply| matches!(reply, Reply::Line(b"hash" | b"none")),
    ];
    let mut all = true;
    for expected in expected {
        all &= match replies.next() {
            Ok(reply) => expected(&reply),
            Err(Failure::Server { .. }) => false,
            Err(failure) => return Err(failure),
        };
    }
    Ok(all)
}

/// A transaction that is being sent. Given up before its end it is none: the connection must then be dropped.
pub(super) struct Transaction<'a> {
    wire: &'a mut Wire,
    deadline: &'a Deadline,
    out: Vec<u8>,
    /// Commands so far that the server answers with `QUEUED`.
    queued: usize,
}

impl<'a> Transaction<'a> {
    /// Begins one in which `quotes` quotes are told.
    pub(super) fn begin(
        wire: &'a mut Wire,
        deadline: &'a Deadline,
        mut room: Vec<u8>,
        quotes: usize,
    ) -> Transaction<'a> {
        room.clear();
        let mut transaction = Transaction { wire, deadline, out: room, queued: 0 };
        command(&mut transaction.out, &["MULTI"]);
        if quotes > 0 {
            transaction.head(2 + 2 * quotes);
            transaction.out.extend_from_slice(Arguments::new(["HSET", keys::LATEST_QUOTES]).bytes());
        }
        transaction
    }

    /// Symbol and JSON of a quote, as they go over the wire.
    pub(super) fn tell(&mut self, quote: &[u8]) -> Result<(), Failure> {
        self.out.extend_from_slice(quote);
        self.send_full()
    }

    /// Announces `messages`, of which the quotes have been told, adds the `signs`, and has it done. Returns the room of
    /// its bytes for the next.
    pub(super) fn end(
        mut self,
        messages: &Messages,
        signs: &Signs<'_>,
    ) -> Result<(Outcome, Vec<u8>), Failure> {
        let mut arguments = messages.arguments.iter();
        while let (Some((_, symbol)), Some((json, _))) = (arguments.next(), arguments.next()) {
            self.announce(symbol, json)?;
        }
        let departed = messages.arguments.iter().skip(2 * messages.count.quotes).step_by(2);
        for (symbol, _) in departed {
            self.head(3);
            self.out.extend_from_slice(Arguments::new(["HDEL", keys::LATEST_QUOTES]).bytes());
            self.tell(symbol)?;
        }
        let Signs { token, lock_term, heartbeat, heartbeat_term, last_seq } = signs;
        self.queue(&["SET", keys::HEARTBEAT, heartbeat, "PX", heartbeat_term]);
        self.queue(&["SET", keys::LAST_SEQ, last_seq]);
        self.queue(&["SET", keys::PUBLISHER_LOCK, token, "PX", lock_term]);
        command(&mut self.out, &["EXEC"]);
        ask(&mut self.out);
        self.wire.write(&self.out, self.deadline)?;
        let outcome = self.outcome(&Ground { token, last_seq })?;
        Ok((outcome, self.out))
    }

    fn announce(&mut self, symbol: &[u8], json: &[u8]) -> Result<(), Failure> {
        self.head(3);
        self.out.extend_from_slice(b"$7\r\nPUBLISH\r\n$");
        number(&mut self.out, (keys::QUOTE_CHANNEL.len() + symbol.len()) as u64);
        for part in [b"\r\n", keys::QUOTE_CHANNEL.as_bytes(), symbol, b"\r\n", json] {
            self.out.extend_from_slice(part);
        }
        self.send_full()
    }

    fn queue(&mut self, words: &[&str]) {
        self.queued += 1;
        command(&mut self.out, words);
    }

    /// The head of a command of so many words.
    fn head(&mut self, words: usize) {
        self.queued += 1;
        head(&mut self.out, words);
    }

    /// Sends what makes a full write, so that the server has it in hand early.
    fn send_full(&mut self) -> Result<(), Failure> {
        if self.out.len() >= WRITE_LIMIT {
            let full = self.out.len() / WRITE_LIMIT * WRITE_LIMIT;
            for piece in self.out[..full].chunks(WRITE_LIMIT) {
                self.wire.write(piece, self.deadline)?;
            }
            self.out.drain(..full);
        }
        Ok(())
    }

    /// Reads what the server answers: to MULTI and to each command that was queued, then to EXEC, then to the questions.
    fn outcome(&mut self, ground: &Ground<'_>) -> Result<Outcome, Failure> {
        let replies = self.wire.replies(self.deadline);
        let mut replies = replies.ok_or_else(|| Failure::Reply("no plain connection".into()))?;
        for _ in 0..=self.queued {
            line(&mut replies)?;
        }
        let done = match replies.next()? {
            Reply::Array(commands) => {
                for _ in 0..commands {
                    line(&mut replies)?;
                }
                true
            }
            Reply::Nothing => false,
            _ => return Err(Failure::Reply("no list from EXEC".into())),
        };
        let armed = answers(&mut replies, ground)?;
        Ok(if done { Outcome::Done { armed } } else { Outcome::Tripped })
    }
}

/// A reply of one line.
fn line(replies: &mut Replies<'_>) -> Result<(), Failure> {
    match replies.next()? {
        Reply::Line(_) => Ok(()),
        _ => Err(Failure::Reply("more than a line in a transaction".into())),
    }
}

fn head(out: &mut Vec<u8>, words: usize) {
    out.push(b'*');
    number(out, words as u64);
    out.extend_from_slice(b"\r\n");
}

fn command(out: &mut Vec<u8>, words: &[&str]) {
    head(out, words.len());
    out.extend_from_slice(Arguments::new(words).bytes());
}
