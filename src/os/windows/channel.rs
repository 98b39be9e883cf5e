//! The control channel on Windows: a named pipe whose name is made of the home's.
//!
//! Pipes cannot be waited for together: with clients, the wait is a short pause; without, it is the accepting.

use crate::os::{OpenError, user};
use crossbeam_channel::{Receiver, Sender};
use interprocess::ConnectWaitMode;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::{DuplexPipeStream, PipeListener, PipeListenerOptions};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;
use widestring::U16CString;

type Pipe = DuplexPipeStream<Bytes>;

/// The pause between two looks at the clients.
const PAUSE: Duration = Duration::from_millis(2);

/// The most that is written at once: within the buffer of a pipe, beyond which nothing at all might be taken.
const WRITE: usize = 512;

/// A connection. A pipe that does not block says 0 when it has nothing to read, as when the other side has closed,
/// and when it takes nothing: all are "not now" here, and a closed one is found by its deadline.
#[derive(Debug)]
pub(crate) struct Stream(Pipe);

impl Stream {
    fn of(pipe: Pipe) -> io::Result<Stream> {
        pipe.set_nonblocking(true)?;
        Ok(Stream(pipe))
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        not_now((&self.0).read(buffer)?)
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        not_now((&self.0).write(bytes.get(..WRITE).unwrap_or(bytes))?)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.0).flush()
    }
}

fn not_now(bytes: usize) -> io::Result<usize> {
    if bytes == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(bytes) }
}

/// Whether the lock must be asked before the channel: a pipe ends with its process.
pub(crate) const OUTLIVES_ITS_PROCESS: bool = false;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Read,
    Write,
    /// Nothing but the other side's hanging up.
    None,
}

/// The server's side.
pub(crate) struct Gate {
    listener: PipeListener<Bytes, Bytes>,
    accepted: Option<Stream>,
    rung: Receiver<()>,
}

/// Ends the wait of a [`Gate`]: by the channel with clients, by a connection of its own without.
pub(crate) struct Bell {
    ringer: Sender<()>,
    pipe: String,
}

impl Gate {
    /// Opens the channel of `home`. Pipes end with their process: nothing is left there.
    pub(crate) fn open(home: &Path) -> Result<(Gate, Bell), OpenError> {
        let pipe = pipe_name(home)?;
        let options =
            PipeListenerOptions::new().path(pipe.as_str()).security_descriptor(Some(for_this_user()?));
        let listener = options.create_duplex()?;
        let (ringer, rung) = crossbeam_channel::bounded(1);
        Ok((Gate { listener, accepted: None, rung }, Bell { ringer, pipe }))
    }

    /// Waits until something may be done, the bell rings or `timeout` is over. Hanging up shows in reading.
    pub(crate) fn wait<'a>(
        &mut self,
        connections: impl Iterator<Item = (&'a Stream, Interest)>,
        accept: bool,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<bool>> {
        let clients = connections.count();
        if clients == 0 && accept && timeout.is_none() {
            self.listener.set_nonblocking(false)?;
            self.accepted = Some(Stream::of(self.listener.accept()?)?);
        } else {
            let pause = timeout.unwrap_or(PAUSE).min(PAUSE);
            self.rung.recv_timeout(pause).ok(); // rung or not, it is time to look
        }
        Ok(vec![false; clients])
    }

    /// The next connection, if one is waiting.
    pub(crate) fn accept(&mut self) -> io::Result<Option<Stream>> {
        if let Some(stream) = self.accepted.take() {
            return Ok(Some(stream));
        }
        self.listener.set_nonblocking(true)?;
        match self.listener.accept() {
            Ok(pipe) => Stream::of(pipe).map(Some),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Bell {
    pub(crate) fn ring(&self) {
        // A full channel is rung already; a server that is gone needs to hear nothing.
        self.ringer.try_send(()).ok();
        // Where the server waits for a client, there is one to connect to; anywhere else the channel has ended its wait.
        Pipe::connect_by_path_with_wait_mode(self.pipe.as_str(), ConnectWaitMode::Timeout(Duration::ZERO))
            .ok();
    }
}

/// Full access for the current user and for nobody else, administrators included; pipes refuse other machines anyway.
fn for_this_user() -> io::Result<SecurityDescriptor> {
    let text = format!("D:P(A;;GA;;;{})", user::sid()?);
    SecurityDescriptor::deserialize(&U16CString::from_str(text).map_err(io::Error::other)?)
}

/// The pipe of a home: the same for every path that leads to it.
fn pipe_name(home: &Path) -> io::Result<String> {
    let path = home.canonicalize()?.to_string_lossy().to_lowercase();
    Ok(format!(r"\\.\pipe\thor-stack-{:016x}", fnv1a(path.as_bytes())))
}

/// FNV-1a of 64 bits, with its published offset and prime: the same in every build, as the two sides may be of two.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Connects to the channel of `home`, waiting for at most `timeout`: between two clients, and while its server ends, a
/// pipe has nobody who accepts.
pub(crate) fn connect(home: &Path, timeout: Duration) -> io::Result<Stream> {
    let pipe = pipe_name(home)?;
    Stream::of(Pipe::connect_by_path_with_wait_mode(pipe, ConnectWaitMode::Timeout(timeout))?)
}

/// Waits a moment, for at most `timeout`: whether `stream` is ready shows in using it.
pub(crate) fn wait_for(_stream: &Stream, _interest: Interest, timeout: Duration) -> io::Result<()> {
    crossbeam_channel::after(timeout.min(PAUSE)).recv().ok(); // fires once
    Ok(())
}
