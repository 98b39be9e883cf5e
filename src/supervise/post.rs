//! The post of a supervisor: which thread holds it, and what becomes of a holder that hangs.

use super::Mono;
use crate::sync::Mutex;

/// Held by one thread at a time. The holder says when it runs user code; only there can it hang, and only there can it
/// be dismissed. Both sides meet under one lock, so either the holder finds itself dismissed when the user code ends,
/// or the verdict comes too late; never do two threads believe to hold the post.
#[derive(Default)]
pub(super) struct Post {
    desk: Mutex<Desk>,
}

#[derive(Default)]
struct Desk {
    /// The thread that holds the post, as the so-manyth; 0 before the first.
    holder: u64,
    held: bool,
    /// How often user code was entered.
    stretches: u64,
    busy: Option<Stretch>,
    /// The holder's number in the system, where that tells one.
    thread: Option<u32>,
}

/// A thread's right to work as the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holder(u64);

/// One run of user code: a build, a cycle, or the drop of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    number: u64,
    /// When it began.
    pub(super) since: Mono,
    /// The number of its thread in the system, where that tells one.
    pub(super) thread: Option<u32>,
}

/// The holder lost its post while user code ran: it must touch nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dismissed;

impl Post {
    /// Takes the post, if nobody holds it.
    pub(super) fn take(&self, thread: Option<u32>) -> Option<Holder> {
        let mut desk = self.desk.lock();
        if std::mem::replace(&mut desk.held, true) {
            return None;
        }
        desk.holder += 1;
        desk.thread = thread;
        Some(Holder(desk.holder))
    }

    /// User code runs from now on.
    pub(super) fn begin(&self, holder: Holder, since: Mono) {
        let mut desk = self.desk.lock();
        if desk.is_held_by(holder) {
            desk.stretches += 1;
            desk.busy = Some(Stretch { number: desk.stretches, since, thread: desk.thread });
        }
    }

    /// The user code has ended.
    ///
    /// # Errors
    /// [`Dismissed`] when the verdict was there first.
    pub(super) fn end(&self, holder: Holder) -> Result<(), Dismissed> {
        let mut desk = self.desk.lock();
        if !desk.is_held_by(holder) {
            return Err(Dismissed);
        }
        desk.busy = None;
        Ok(())
    }

    /// What runs now, and how often user code was entered so far.
    pub(super) fn look(&self) -> (Option<Stretch>, u64) {
        let desk = self.desk.lock();
        (desk.busy, desk.stretches)
    }

    /// Takes the post from its holder, if it is still in `stretch`; whether it was.
    pub(super) fn dismiss(&self, stretch: Stretch) -> bool {
        let mut desk = self.desk.lock();
        let same = desk.busy == Some(stretch);
        if same {
            desk.busy = None;
            desk.held = false;
        }
        same
    }
}

impl Desk {
    fn is_held_by(&self, holder: Holder) -> bool {
        self.held && self.holder == holder.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(secs: u64) -> Mono {
        Mono(Duration::from_secs(secs))
    }

    #[test]
    fn who_was_dismissed_finds_out_when_its_user_code_ends() {
        let post = Post::default();
        let first = post.take(Some(7)).unwrap();
        post.begin(first, at(1));
        let stretch = post.look().0.unwrap();
        assert_eq!((stretch.since, stretch.thread), (at(1), Some(7)));
        assert!(post.dismiss(stretch));
        assert_eq!(post.end(first), Err(Dismissed));
        let second = post.take(None).unwrap();
        post.begin(second, at(2));
        assert_eq!(post.end(first), Err(Dismissed), "the post is another's now");
        assert_eq!(post.end(second), Ok(()));
    }

    #[test]
    fn a_verdict_on_a_cycle_that_has_ended_comes_too_late() {
        let post = Post::default();
        let holder = post.take(None).unwrap();
        post.begin(holder, at(1));
        let stretch = post.look().0.unwrap();
        post.end(holder).unwrap();
        assert!(!post.dismiss(stretch));
        post.begin(holder, at(1));
        assert!(
            !post.dismiss(stretch),
            "the next cycle is not that one, though it began at the same instant"
        );
        assert_eq!(post.end(holder), Ok(()));
    }

    #[test]
    fn a_post_has_one_holder() {
        let post = Post::default();
        assert!(post.take(None).is_some());
        assert!(post.take(None).is_none());
    }
}
