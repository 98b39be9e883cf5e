//! Service managers: systemd is told on the socket that it names; nothing starts a process as a Windows service.

use crossbeam_channel::Sender;
use std::io;

/// What a service does until it is ordered to stop; returns its exit code.
pub type Body = Box<dyn FnOnce() -> u32 + Send>;

/// Runs `body` as a Windows service.
///
/// # Errors
/// Always: there are none here.
pub fn run(_order: Sender<()>, _body: Body) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no service control manager"))
}

/// Whether a service manager wants to be told, by the variable that systemd sets.
#[must_use]
pub fn listens() -> bool {
    std::env::var_os(SOCKET).is_some_and(|socket| !socket.is_empty())
}

/// Names the manager's socket (`man sd_notify`).
const SOCKET: &str = "NOTIFY_SOCKET";

/// Tells the service manager `state`.
///
/// # Errors
/// It is not there, or does not take it within a second.
#[cfg(target_os = "linux")]
pub fn tell(state: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let path = std::env::var_os(SOCKET).unwrap_or_default();
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&path)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(std::time::Duration::from_secs(1)))?;
    socket.send_to_addr(state.as_bytes(), &address).map(drop)
}

/// Refuses: systemd is Linux's.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn tell(_state: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
