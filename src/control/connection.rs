//! One client of the server: reads a request, answers it, reads the next.

use super::protocol::{self, MAX_REQUEST, Refusal, RefusalCode, Reply, Request};
use super::server::Counters;
use super::service::{Answer, Control, Updates};
use crate::os::channel::{Interest, Stream};
use crate::supervise::catch::catch;
use crate::supervise::{Clock, Mono, SystemClock};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::time::Duration;

/// How long a client may take for a request, from its connecting or the end of the last answer.
pub(super) const REQUEST_TIME: Duration = Duration::from_secs(2);

/// How long a client may take to read an answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How often a pending answer is asked for.
const PENDING_STEP: Duration = Duration::from_millis(5);

/// How often a follower's source is asked for news.
const FOLLOW_STEP: Duration = Duration::from_millis(100);

/// How many bytes of answers the fairness to other clients allows in one turn.
const CHUNK: usize = 16 * 1024;

/// A connection and what it is at.
pub(super) struct Connection {
    stream: Stream,
    activity: Activity,
    received: Vec<u8>,
    to_send: Vec<u8>,
    sent: usize,
    deadline: Mono,
}

enum Activity {
    Listening,
    Pending(Box<dyn FnMut() -> Option<Result<Value, Refusal>> + Send>),
    Following(Box<dyn Updates>),
    Leaving,
}

/// What a connection works with.
pub(super) struct Surroundings<'a> {
    pub(super) control: &'a dyn Control,
    pub(super) counters: &'a Counters,
    pub(super) clock: &'a SystemClock,
}

impl Surroundings<'_> {
    /// Asked each time: an answer may have taken seconds, and the client's next request has its whole time after it.
    pub(super) fn now(&self) -> Mono {
        self.clock.mono()
    }
}

/// Whether the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    On,
    Away,
}

impl Connection {
    pub(super) fn new(stream: Stream, now: Mono) -> Connection {
        Connection {
            stream,
            activity: Activity::Listening,
            received: Vec::new(),
            to_send: Vec::new(),
            sent: 0,
            deadline: now.plus(REQUEST_TIME),
        }
    }

    /// What it waits for.
    pub(super) fn waits(&self) -> (&Stream, Interest) {
        let interest = match self.activity {
            _ if self.is_sending() => Interest::Write,
            Activity::Listening => Interest::Read,
            _ => Interest::None,
        };
        (&self.stream, interest)
    }

    /// When its next turn is due whatever happens; `None`: only when something happens.
    pub(super) fn due(&self, now: Mono) -> Option<Mono> {
        match self.activity {
            _ if self.is_sending() => Some(self.deadline),
            Activity::Pending(_) => Some(now.plus(PENDING_STEP)),
            Activity::Following(_) => Some(now.plus(FOLLOW_STEP)),
            // The next request came together with the last one.
            Activity::Listening if self.received.contains(&b'\n') => Some(now),
            Activity::Listening | Activity::Leaving => Some(self.deadline),
        }
    }

    /// Does what can be done now, without waiting.
    pub(super) fn turn(&mut self, around: &Surroundings<'_>, hung_up: bool) -> Goes {
        let listening = matches!(self.activity, Activity::Listening) && !self.is_sending();
        if hung_up && !listening {
            return Goes::Away;
        }
        match self.step(around) {
            Ok(goes) => goes,
            // The client is gone in the middle of it, which is its own affair.
            Err(_) => Goes::Away,
        }
    }

    fn step(&mut self, around: &Surroundings<'_>) -> io::Result<Goes> {
        if self.is_sending() && !self.send(around.now())? {
            return Ok(self.judge_reader(around));
        }
        if matches!(self.activity, Activity::Listening) && !self.listen(around)? {
            return Ok(Goes::Away);
        }
        if self.is_sending() {
            return self.finish(around);
        }
        match &mut self.activity {
            Activity::Leaving | Activity::Listening => {}
            Activity::Pending(answer) => {
                if let Some(answer) = catch(answer).unwrap_or_else(|panic| Some(Err(panicked(&panic)))) {
                    self.activity = Activity::Listening;
                    self.reply(&answer.map_or_else(Reply::Error, Reply::Ok), around);
                }
            }
            Activity::Following(updates) => match catch(|| updates.next()) {
                Ok(Some(update)) => self.reply(&Reply::Update(update), around),
                Ok(None) => {}
                Err(panic) => self.refuse_and_leave(panicked(&panic), around),
            },
        }
        self.finish(around)
    }

    fn finish(&mut self, around: &Surroundings<'_>) -> io::Result<Goes> {
        let sent = self.send(around.now())?;
        Ok(if sent && matches!(self.activity, Activity::Leaving) { Goes::Away } else { Goes::On })
    }

    /// A client that does not read its answer is dropped at its deadline.
    fn judge_reader(&self, around: &Surroundings<'_>) -> Goes {
        if around.now() < self.deadline {
            return Goes::On;
        }
        around.counters.count_dropped("a control client does not read its answer");
        Goes::Away
    }

    /// Reads what has come, and begins to answer the first whole request; false when the client has left.
    fn listen(&mut self, around: &Surroundings<'_>) -> io::Result<bool> {
        let open = self.receive()?;
        if let Some(line) = self.take_line() {
            self.handle(&line, around);
        } else if self.received.len() > MAX_REQUEST {
            let message = format!("the request is longer than {MAX_REQUEST} bytes: name fewer");
            self.refuse_and_leave(Refusal::new(RefusalCode::TooLarge, message), around);
        } else if !open {
            return Ok(false);
        } else if around.now() >= self.deadline {
            around.counters.count_dropped("a control client connected and sent no request");
            let message = format!("no whole request came within {REQUEST_TIME:?}: connect again");
            self.refuse_and_leave(Refusal::new(RefusalCode::TooSlow, message), around);
        }
        Ok(true)
    }

    /// False when the client has closed its side.
    fn receive(&mut self) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        while self.received.len() <= MAX_REQUEST && !self.received.contains(&b'\n') {
            match (&self.stream).read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(n) => self.received.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.received.iter().position(|byte| *byte == b'\n').filter(|end| *end <= MAX_REQUEST)?;
        let rest = self.received.split_off(end + 1);
        Some(std::mem::replace(&mut self.received, rest))
    }

    fn handle(&mut self, line: &[u8], around: &Surroundings<'_>) {
        around.counters.count_request();
        let control = around.control;
        let answer = match protocol::decode_request(line) {
            Ok(request) => catch(|| answer(control, request)).unwrap_or_else(|panic| failed(&panic)),
            Err(refusal) => Activity::of(Answer::Now(Err(refusal))),
        };
        match answer {
            Begun::Answered(reply) => self.reply(&reply, around),
            Begun::Goes(activity) => self.activity = activity,
        }
    }

    fn refuse_and_leave(&mut self, refusal: Refusal, around: &Surroundings<'_>) {
        self.activity = Activity::Leaving;
        self.reply(&Reply::Error(refusal), around);
    }

    fn reply(&mut self, reply: &Reply, around: &Surroundings<'_>) {
        if let Reply::Error(refusal) = reply {
            around.counters.count_refused(refusal);
        }
        self.to_send = protocol::encode_reply(reply);
        self.sent = 0;
        self.deadline = around.now().plus(ANSWER_TIME);
    }

    fn is_sending(&self) -> bool {
        self.sent < self.to_send.len()
    }

    /// Sends what the client takes; whether everything is sent. The next request's time begins then.
    fn send(&mut self, now: Mono) -> io::Result<bool> {
        while let Some(rest) = self.to_send.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match (&self.stream).write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => self.sent += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if !self.to_send.is_empty() {
            self.to_send = Vec::new();
            self.sent = 0;
            self.deadline = now.plus(REQUEST_TIME);
        }
        Ok(true)
    }

    /// The last turn of all: a pending answer that is known by now goes out, any other client hears that the stack
    /// is stopping. Waits for nobody.
    pub(super) fn farewell(&mut self, around: &Surroundings<'_>) {
        if !self.is_sending()
            && let Activity::Pending(answer) = &mut self.activity
        {
            let answer = catch(answer).ok().flatten().unwrap_or_else(|| Err(stopping()));
            self.reply(&answer.map_or_else(Reply::Error, Reply::Ok), around);
        }
        // A client that does not take it now is not waited for.
        self.send(around.now()).ok();
    }
}

/// What a request has begun.
enum Begun {
    Answered(Reply),
    Goes(Activity),
}

impl Activity {
    fn of(answer: Answer) -> Begun {
        match answer {
            Answer::Now(answer) => Begun::Answered(answer.map_or_else(Reply::Error, Reply::Ok)),
            Answer::Later(answer) => Begun::Goes(Activity::Pending(answer)),
        }
    }
}

fn answer(control: &dyn Control, request: Request) -> Begun {
    Activity::of(match request {
        Request::Ping => Answer::Now(Ok(control.ping())),
        Request::Status { names } => Answer::Now(control.status(&names)),
        Request::Quotes { symbols } => Answer::Now(control.quotes(&symbols)),
        Request::Stop { deadline_ms } => control.stop(deadline_ms.map(Duration::from_millis)),
        Request::Restart { names } => control.restart(&names),
        Request::Follow { symbols } => match control.follow(&symbols) {
            Ok(updates) => return Begun::Goes(Activity::Following(updates)),
            Err(refusal) => Answer::Now(Err(refusal)),
        },
    })
}

fn failed(panic: &str) -> Begun {
    Begun::Answered(Reply::Error(panicked(panic)))
}

fn panicked(panic: &str) -> Refusal {
    Refusal::new(RefusalCode::Failed, format!("answering panicked: {panic}; report it with the log"))
}

fn stopping() -> Refusal {
    Refusal::new(RefusalCode::Stopping, "the stack is stopping: ask again when it has been started")
}
