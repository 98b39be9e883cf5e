//! The control channel on Windows: a named pipe whose name is made of the home's.
//!
//! Pipes cannot be waited for together: with clients, the wait is a short pause; without, it is the accepting.
//!
//! Names of pipes are everybody's: another user may have one of this name. The server takes none that is there already
//! (`FILE_FLAG_FIRST_PIPE_INSTANCE`), and the client none of another owner, who could not act as the client's user either.

// Looking into a pipe and waiting for one: there is no safe way to them.
#![allow(unsafe_code)]

use crate::os::{OpenError, file, user};
use crossbeam_channel::{Receiver, Sender};
use interprocess::ConnectWaitMode;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::{DuplexPipeStream, PipeListener, PipeListenerOptions};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::path::Path;
use std::time::Duration;
use widestring::U16CString;
use windows_sys::Win32::Foundation::{ERROR_PIPE_BUSY, ERROR_SEM_TIMEOUT};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OVERLAPPED, SECURITY_IDENTIFICATION};
use windows_sys::Win32::System::Pipes::{PeekNamedPipe, WaitNamedPipeW};

type Pipe = DuplexPipeStream<Bytes>;

/// The pause between two looks at the clients.
const PAUSE: Duration = Duration::from_millis(2);

/// The most that is written at once: within the buffer of a pipe, beyond which nothing at all might be taken.
const WRITE: usize = 512;

/// A connection. A pipe that does not block says 0 when it has nothing to read, when the other side has closed, and when
/// it takes nothing.
#[derive(Debug)]
pub(crate) struct Stream(Pipe);

impl Stream {
    fn of(pipe: Pipe) -> io::Result<Stream> {
        pipe.set_nonblocking(true)?;
        Ok(Stream(pipe))
    }

    /// Whether the other side has closed, and nothing that it wrote is left.
    fn is_over(&self) -> bool {
        let none = std::ptr::null_mut();
        // Safe: the handle is open, and nothing is asked for but whether there is a pipe.
        unsafe { PeekNamedPipe(self.0.as_raw_handle(), none, 0, none.cast(), none.cast(), none.cast()) == 0 }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&self.0).read(buffer)? {
            0 if !self.is_over() => Err(io::ErrorKind::WouldBlock.into()),
            bytes => Ok(bytes),
        }
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (&self.0).write(bytes.get(..WRITE).unwrap_or(bytes))? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            bytes => Ok(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.0).flush()
    }
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

    /// Waits until something may be done, the bell rings or `timeout` is over; says of each connection whether the other
    /// side has hung up.
    pub(crate) fn wait<'a>(
        &mut self,
        connections: impl Iterator<Item = (&'a Stream, Interest)>,
        accept: bool,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<bool>> {
        let clients: Vec<&Stream> = connections.map(|(stream, _)| stream).collect();
        if clients.is_empty() && accept && timeout.is_none() {
            self.listener.set_nonblocking(false)?;
            self.accepted = Some(Stream::of(self.listener.accept()?)?);
        } else {
            let pause = timeout.unwrap_or(PAUSE).min(PAUSE);
            self.rung.recv_timeout(pause).ok(); // rung or not, it is time to look
        }
        Ok(clients.into_iter().map(Stream::is_over).collect())
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

/// Owned by the current user, also where the process has an administrator's rights; full access for that user and for
/// nobody else, administrators included; pipes refuse other machines anyway.
fn for_this_user() -> io::Result<SecurityDescriptor> {
    let user = user::sid()?;
    let text = format!("O:{user}D:P(A;;GA;;;{user})");
    SecurityDescriptor::deserialize(&U16CString::from_str(text).map_err(io::Error::other)?)
}

/// The pipe of a home: the same for every path that leads to it.
fn pipe_name(home: &Path) -> io::Result<String> {
    let path = file::resolved(home)?.to_string_lossy().to_lowercase();
    Ok(format!(r"\\.\pipe\thor-stack-{:016x}", fnv1a(path.as_bytes())))
}

/// FNV-1a of 64 bits, with its published offset and prime: the same in every build, as the two sides may be of two.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Connects to the channel of `home`, waiting for at most `timeout`: between two clients, and while its server ends, a
/// pipe has nobody who accepts. `WouldBlock`: another client was quicker. `NotFound` where another user has the pipe.
pub(crate) fn connect(home: &Path, timeout: Duration) -> io::Result<Stream> {
    let name = pipe_name(home)?;
    let pipe = match open(&name) {
        Err(error) if is_busy(&error) => {
            wait_for_server(&name, timeout)?;
            open(&name)
                .map_err(|error| if is_busy(&error) { io::ErrorKind::WouldBlock.into() } else { error })?
        }
        answer => answer?,
    };
    if user::owner(&pipe)? != user::sid()? {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the pipe of this home's name is another user's",
        ));
    }
    let pipe = Pipe::try_from(OwnedHandle::from(pipe)).map_err(io::Error::from)?;
    pipe.assume_flushed(); // nothing was written yet
    Stream::of(pipe)
}

/// The client's side of a pipe, whose server may know who this is, but not act as this user.
fn open(pipe: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(FILE_FLAG_OVERLAPPED);
    options.security_qos_flags(SECURITY_IDENTIFICATION).open(pipe)
}

fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == i32::try_from(ERROR_PIPE_BUSY).ok()
}

/// Until somebody accepts at `pipe`, or `timeout` is over, which the next attempt shows.
fn wait_for_server(pipe: &str, timeout: Duration) -> io::Result<()> {
    let name = U16CString::from_str(pipe).map_err(io::Error::other)?;
    // 0 would stand for the server's own time.
    let millis = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX - 1).max(1);
    // Safe: the name ends with a NUL and lives through the call.
    if unsafe { WaitNamedPipeW(name.as_ptr(), millis) } != 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == i32::try_from(ERROR_SEM_TIMEOUT).ok() { Ok(()) } else { Err(error) }
}

/// Waits a moment, for at most `timeout`: whether `stream` is ready shows in using it.
pub(crate) fn wait_for(_stream: &Stream, _interest: Interest, timeout: Duration) -> io::Result<()> {
    crossbeam_channel::after(timeout.min(PAUSE)).recv().ok(); // fires once
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::once;

    /// A pipe of a home's name, as somebody else could have made it before.
    fn pipe_of(home: &Path, descriptor: &str) -> io::Result<PipeListener<Bytes, Bytes>> {
        let text = U16CString::from_str(descriptor).unwrap();
        let name = pipe_name(home)?;
        let descriptor = SecurityDescriptor::deserialize(&text)?;
        PipeListenerOptions::new().path(name.as_str()).security_descriptor(Some(descriptor)).create_duplex()
    }

    #[test]
    #[ignore = "Wine 8 takes no notice of FILE_FLAG_FIRST_PIPE_INSTANCE"]
    fn a_name_that_is_taken_is_no_gate() {
        let home = tempfile::tempdir().unwrap();
        let taken = pipe_of(home.path(), "D:P(A;;GA;;;WD)").unwrap();
        assert!(Gate::open(home.path()).is_err(), "the name is somebody else's");
        drop(taken);
        let _gate = Gate::open(home.path()).unwrap();
        assert!(Gate::open(home.path()).is_err(), "there is one gate a home");
    }

    #[test]
    fn a_pipe_of_another_owner_is_not_asked() {
        let home = tempfile::tempdir().unwrap();
        let administrators = "S-1-5-32-544";
        assert_ne!(user::sid().unwrap(), administrators);
        let descriptor = format!("O:{administrators}D:P(A;;GA;;;WD)");
        let Ok(_squatter) = pipe_of(home.path(), &descriptor) else { return }; // a right of administrators
        let refused = connect(home.path(), Duration::from_secs(1)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound, "{refused}");
    }

    /// To the end, which comes when the other side's words were taken.
    fn all_of(mut stream: &Stream) -> Vec<u8> {
        let (mut said, mut place) = (Vec::new(), [0; 8]);
        for _ in 0..1_000 {
            match stream.read(&mut place) {
                Ok(0) => return said,
                Ok(bytes) => said.extend_from_slice(&place[..bytes]),
                Err(_) => wait_for(stream, Interest::Read, PAUSE).unwrap(),
            }
        }
        panic!("no end after {said:?}");
    }

    /// Regression: to whoever read or waited, a closed pipe was one on which nothing came.
    #[test]
    fn either_side_sees_the_other_hang_up() {
        let home = tempfile::tempdir().unwrap();
        let (mut gate, _bell) = Gate::open(home.path()).unwrap();
        let mut next = || {
            let client = connect(home.path(), Duration::from_secs(1)).unwrap();
            (client, gate.accept().unwrap().expect("it is waiting"))
        };
        let ((first, of_first), (second, of_second)) = (next(), next());
        let nothing = (&first).read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock, "an open pipe with nothing in it");
        (&of_first).write_all(b"bye").unwrap();
        drop(of_first);
        assert_eq!(all_of(&first), b"bye", "what was written comes before the end");
        let wait = |gate: &mut Gate| {
            gate.wait(once((&of_second, Interest::Read)), true, Some(Duration::from_millis(1))).unwrap()
        };
        assert_eq!(wait(&mut gate), [false]);
        drop(second);
        assert_eq!(wait(&mut gate), [true]);
        assert_eq!((&of_second).read(&mut [0; 8]).unwrap(), 0);
    }
}
