//! The control channel on Unix: a socket in the home folder, and one wait for all that happens on it.

use crate::os::OpenError;
use interprocess::ConnectWaitMode;
use interprocess::local_socket::traits::Listener as _;
use interprocess::local_socket::{
    ConnectOptions, GenericFilePath, ListenerNonblockingMode, ListenerOptions, Name, ToFsName,
};
use interprocess::os::unix::uds_local_socket::Listener;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::{self, File};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use interprocess::os::unix::uds_local_socket::Stream;

/// The socket's file in the home folder.
const SOCKET_FILE: &str = "control.sock";

/// The longest name of a socket, in bytes: `sun_path` of Linux less its NUL; other systems have 104 or fewer.
const MAX_NAME: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Whether the lock must be asked before the channel: a dead stack's forked children may keep its socket open.
pub(crate) const OUTLIVES_ITS_PROCESS: bool = true;

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Read,
    Write,
    /// Nothing but the other side's hanging up.
    None,
}

/// The server's side. Dropping it removes the socket's file: only who holds the home's lock has one.
pub(crate) struct Gate {
    listener: Listener,
    bell: PipeReader,
    path: PathBuf,
}

/// Ends the wait of a [`Gate`]. Keeps the pipe's other end too: a write to a pipe that nobody can read raises SIGPIPE,
/// which ends a host that does not ignore it.
pub(crate) struct Bell {
    ringer: PipeWriter,
    _heard: PipeReader,
}

impl Gate {
    /// Opens the channel of `home`. What a dead process left there is replaced: the caller holds the home.
    pub(crate) fn open(home: &Path) -> Result<(Gate, Bell), OpenError> {
        let path = home.join(SOCKET_FILE);
        let listener = listen(home, &path)?;
        let (bell, ringer) = io::pipe()?;
        let _heard = bell.try_clone()?;
        Ok((Gate { listener, bell, path }, Bell { ringer, _heard }))
    }

    /// Waits until something can be done, the bell rings or `timeout` is over; says of each connection whether the
    /// other side has hung up. With `accept` false, new connections have to wait.
    pub(crate) fn wait<'a>(
        &mut self,
        connections: impl Iterator<Item = (&'a Stream, Interest)>,
        accept: bool,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<bool>> {
        let listening = if accept { PollFlags::POLLIN } else { PollFlags::empty() };
        let mut waits = vec![
            PollFd::new(self.bell.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.listener.as_fd(), listening),
        ];
        waits.extend(connections.map(|(stream, interest)| PollFd::new(stream.as_fd(), flags(interest))));
        match poll(&mut waits, poll_timeout(timeout)) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let happened = |wait: &PollFd<'_>| wait.revents().unwrap_or_else(PollFlags::empty);
        let rung = waits.first().is_some_and(|bell| happened(bell).contains(PollFlags::POLLIN));
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        let hung_up = waits.iter().skip(2).map(|wait| happened(wait).intersects(gone)).collect();
        drop(waits);
        if rung {
            // One read takes a pipe's worth of rings; what is left rings again.
            let _rings = self.bell.read(&mut [0; 64])?;
        }
        Ok(hung_up)
    }

    /// The next connection, if one is waiting.
    pub(crate) fn accept(&mut self) -> io::Result<Option<Stream>> {
        match self.listener.accept() {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // A file that stays does no harm: nobody listens on it, and the next stack replaces it.
        fs::remove_file(&self.path).ok();
    }
}

impl Bell {
    pub(crate) fn ring(&self) {
        // A server that is gone hears nothing, and needs to hear nothing.
        (&self.ringer).write_all(&[1]).ok();
    }
}

fn flags(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::POLLIN,
        Interest::Write => PollFlags::POLLOUT,
        Interest::None => PollFlags::empty(),
    }
}

/// Rounded up to whole milliseconds, lest the wait end too early and be repeated at once.
fn poll_timeout(timeout: Option<Duration>) -> PollTimeout {
    timeout.map_or(PollTimeout::NONE, |timeout| {
        let millis = timeout.saturating_add(Duration::from_micros(999)).as_millis();
        PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
    })
}

/// Listens on `path`, readable and writable for this user alone from its first moment (mode 0600).
fn listen(home: &Path, path: &Path) -> Result<Listener, OpenError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source.into()),
        _ => {}
    }
    let too_long = OpenError::TooLong { limit: MAX_NAME - SOCKET_FILE.len() - 1 };
    let name = SocketName::of(home, path)?.ok_or(too_long)?;
    let listener: Listener = options(name.name()?).create_sync_as()?;
    private(path)?;
    Ok(listener)
}

fn options(name: Name<'_>) -> ListenerOptions<'_> {
    let options =
        ListenerOptions::new().name(name).reclaim_name(false).nonblocking(ListenerNonblockingMode::Both);
    #[cfg(target_os = "linux")]
    let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
    options
}

/// The mode where it cannot be given at birth; until then the home's own mode keeps others out.
fn private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// A name for the socket that is short enough.
struct SocketName {
    name: PathBuf,
    _home: Option<File>, // the name leads through this descriptor
}

impl SocketName {
    /// `None`: too long for this system. Linux finds a folder by a descriptor too, however long its path.
    fn of(home: &Path, path: &Path) -> io::Result<Option<SocketName>> {
        if path.as_os_str().len() <= MAX_NAME {
            return Ok(Some(SocketName { name: path.to_owned(), _home: None }));
        }
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let home = File::open(home)?;
            let name = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET_FILE}", home.as_raw_fd()));
            Ok(Some(SocketName { name, _home: Some(home) }))
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = home;
            Ok(None)
        }
    }

    fn name(&self) -> io::Result<Name<'_>> {
        self.name.as_path().to_fs_name::<GenericFilePath>()
    }
}

/// Connects to the channel of `home`, waiting for at most `timeout`. `WouldBlock`: too many wait there already.
pub(crate) fn connect(home: &Path, timeout: Duration) -> io::Result<Stream> {
    let path = home.join(SOCKET_FILE);
    let too_long = || io::Error::from(io::ErrorKind::InvalidFilename);
    let name = SocketName::of(home, &path)?.ok_or_else(too_long)?;
    let options = ConnectOptions::new().name(name.name()?).nonblocking_stream(true);
    let stream: Stream = options.wait_mode(ConnectWaitMode::Timeout(timeout)).connect_sync_as()?;
    // A full queue looks like a connection here: Linux neither connects then nor goes on trying.
    match stream.inner().peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error),
        Ok(_) => Ok(stream),
    }
}

/// Waits until `stream` is ready for `interest`, for at most `timeout`.
pub(crate) fn wait_for(stream: &Stream, interest: Interest, timeout: Duration) -> io::Result<()> {
    let mut waits = [PollFd::new(stream.as_fd(), flags(interest))];
    match poll(&mut waits, poll_timeout(Some(timeout))) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
