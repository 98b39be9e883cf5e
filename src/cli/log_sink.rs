//! A queue of lines and the thread that writes them: whoever logs never waits for a terminal, a pipe or a disk.

use crossbeam_channel::{Receiver, Sender, TrySendError};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// So many lines may wait for a slow reader; what comes then is lost, and counted.
const QUEUE: usize = 4096;

/// A queue of lines with the thread that writes them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sink {
    queue: Sender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    /// Everything before this is written: the sender is dropped.
    Flush(#[allow(dead_code)] Sender<()>), // only its drop says anything
}

impl Sink {
    /// A sink whose thread of this name hands each line, its line feed included, to `write`.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(crate) fn start<W>(name: &str, write: W) -> io::Result<Sink>
    where
        W: FnMut(&str) -> io::Result<()> + Send + 'static,
    {
        let (queue, lines) = crossbeam_channel::bounded(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let sink = Sink { queue, lost: Arc::clone(&lost) };
        std::thread::Builder::new().name(name.into()).spawn(move || write_all(&lines, &lost, write))?;
        Ok(sink)
    }

    /// A line; lost and counted if the queue is full. Never waits.
    pub(crate) fn line(&self, line: String) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.queue.try_send(Message::Line(line))
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A line that is worth waiting for, at most this long.
    pub(crate) fn line_within(&self, line: String, bound: Duration) {
        if self.queue.send_timeout(Message::Line(line), bound).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was queued is written, at most this long. Returns whether it is.
    pub(crate) fn flush(&self, bound: Duration) -> bool {
        let (done, written) = crossbeam_channel::bounded(0);
        self.queue.send_timeout(Message::Flush(done), bound).is_ok()
            && written.recv_timeout(bound) == Err(crossbeam_channel::RecvTimeoutError::Disconnected)
    }
}

fn write_all(lines: &Receiver<Message>, lost: &AtomicU64, mut write: impl FnMut(&str) -> io::Result<()>) {
    for message in lines {
        let Message::Line(line) = message else { continue };
        let before = lost.swap(0, Ordering::Relaxed);
        let said = before == 0 || write(&format!("thor-stack: {before} log lines were lost here\n")).is_ok();
        let unsaid = if said { 0 } else { before };
        let failed = u64::from(write(&line).is_err());
        lost.fetch_add(unsaid + failed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// A writer that waits for permission for each line, and what it wrote.
    fn stuck() -> (Sink, Sender<()>, Receiver<String>) {
        let (permit, permits) = crossbeam_channel::unbounded::<()>();
        let (written, lines) = crossbeam_channel::unbounded();
        let write = move |line: &str| {
            permits.recv().ok();
            written.send(line.to_string()).ok();
            Ok(())
        };
        (Sink::start("stuck", write).unwrap(), permit, lines)
    }

    #[test]
    fn a_stuck_writer_stalls_nobody_and_says_what_was_lost() {
        let (sink, permit, lines) = stuck();
        for number in 0..QUEUE + 100 {
            sink.line(format!("{number}\n"));
        }
        assert!(!sink.flush(Duration::from_millis(20)), "bounded");
        drop(permit);
        assert!(sink.flush(SOON));
        sink.line("after\n".into());
        assert!(sink.flush(SOON));
        let written: Vec<String> = lines.try_iter().collect();
        let note = written.iter().find(|line| line.ends_with("log lines were lost here\n")).unwrap();
        let lost: usize = note.split(' ').nth(1).unwrap().parse().unwrap();
        let kept = written.len() - 2;
        assert_eq!(lost + kept, QUEUE + 100, "{lost} lost, {kept} kept");
    }

    #[test]
    fn a_writer_that_fails_is_counted_and_tried_again() {
        let (written, lines) = crossbeam_channel::unbounded();
        let mut failures = 3;
        let write = move |line: &str| {
            if failures > 0 {
                failures -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            written.send(line.to_string()).ok();
            Ok(())
        };
        let sink = Sink::start("full-disk", write).unwrap();
        for line in ["a\n", "b\n", "c\n"] {
            sink.line(line.into());
        }
        assert!(sink.flush(SOON));
        // a fails; the note and b fail; the next note says that two were lost, and c is written.
        assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["thor-stack: 2 log lines were lost here\n", "c\n"]);
    }
}
