//! The addresses of a host name, looked up within a bound.

use super::deadline::Deadline;
use crate::supervise::thread::spawn_named;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many look-ups may be under way, those that were given up included. A resolver whose servers are away takes half
/// a minute for each.
const MOST_AT_ONCE: usize = 4;

/// What a resolver needs.
const STACK: usize = 256 * 1024;

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// The addresses of `host`; an address is its own.
///
/// # Errors
/// There is none, or the answer does not come by `deadline`.
pub(super) fn look_up(host: &str, port: u16, deadline: &Deadline) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let name = host.to_string();
    let found = within(deadline, move || Ok((name.as_str(), port).to_socket_addrs()?.collect()));
    found.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => error,
        kind => {
            io::Error::new(kind, format!("looking up host {host:?}: {error}; correct the host in bus.url"))
        }
    })
}

/// What `work` answers by `deadline`. The system offers no bound for a look-up, so it has a thread of its own, which
/// is left behind when it takes longer.
fn within<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let place = Place::take()?;
    let (answer, answered) = crossbeam_channel::bounded(1);
    let body = move || {
        let outcome = work();
        drop(place);
        answer.try_send(outcome).ok(); // the caller may have given up
    };
    spawn_named("thor-lookup", STACK, body)?;
    answered.recv_timeout(deadline.left()?).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// One of the places for a look-up; given back by its drop.
struct Place;

impl Place {
    /// # Errors
    /// `TimedOut` when all are taken by look-ups that were given up.
    fn take() -> io::Result<Place> {
        let place = Place;
        if UNDER_WAY.fetch_add(1, Ordering::AcqRel) < MOST_AT_ONCE {
            Ok(place)
        } else {
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Regression: a name server that is away held the poller back for as long as the resolver tried.
    #[test]
    fn a_resolver_that_does_not_answer_is_given_up_at_the_deadline_and_not_asked_without_end() {
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        for _ in 0..MOST_AT_ONCE * 3 {
            let held = held.clone();
            let stuck = move || {
                held.recv().ok();
                Ok(())
            };
            let error = within(&Deadline::after(Duration::from_millis(5)), stuck).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert!(UNDER_WAY.load(Ordering::Acquire) <= MOST_AT_ONCE);
        }
        drop(release);
        let deadline = Deadline::after(Duration::from_secs(20));
        while within(&deadline, || Ok(7)).is_err() {
            deadline.left().expect("the places are given back");
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_address_is_its_own_and_a_name_that_is_none_is_named() {
        let deadline = Deadline::after(Duration::from_secs(20));
        let [one] = look_up("::1", 6379, &deadline).unwrap()[..] else { panic!("one address") };
        assert_eq!(one.to_string(), "[::1]:6379");
    }
}
