//! When this host did not lead, and why: the reason of an open that it missed.

use jiff::Timestamp;
use std::collections::VecDeque;

/// How many are remembered; a lease that flaps more often within a session has a reason to be found in the log.
const REMEMBERED: usize = 64;

/// The times without the lease.
#[derive(Debug, Default)]
pub(super) struct Absences(VecDeque<Absence>);

#[derive(Debug)]
struct Absence {
    from: Timestamp,
    /// `None`: it lasts.
    to: Option<Timestamp>,
    why: String,
}

impl Absences {
    /// From `at` on this host does not lead, because of `why`. One that lasts goes on with the later reason.
    pub(super) fn begin(&mut self, at: Timestamp, why: &str) {
        match self.0.back_mut().filter(|last| last.to.is_none()) {
            Some(last) if last.why == why => return,
            Some(last) => last.to = Some(at),
            None => {}
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Absence { from: at, to: None, why: why.to_string() });
    }

    /// From `at` on it leads.
    pub(super) fn end(&mut self, at: Timestamp) {
        if let Some(last) = self.0.back_mut().filter(|last| last.to.is_none()) {
            last.to = Some(at);
        }
    }

    /// What kept this host from leading between `from` and `to`, if anything did.
    pub(super) fn between(&self, from: Timestamp, to: Timestamp) -> Option<String> {
        let within = |it: &&Absence| it.from < to && it.to.is_none_or(|end| from < end);
        let mut reasons: Vec<String> = Vec::new();
        for absence in self.0.iter().filter(within) {
            let end = absence.to.map_or(String::new(), |end| format!(" to {end}"));
            reasons.push(format!("from {}{end}: {}", absence.from, absence.why));
        }
        (!reasons.is_empty()).then(|| format!("this host did not hold the lease {}", reasons.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2025-11-28T{time}Z").parse().unwrap()
    }

    #[test]
    fn an_open_is_told_what_kept_the_host_from_it_and_nothing_else() {
        let mut absences = Absences::default();
        absences.begin(at("14:00:00"), "alpha leads");
        absences.begin(at("14:10:00"), "Redis does not answer");
        absences.begin(at("14:20:00"), "Redis does not answer");
        absences.end(at("14:31:00"));
        absences.begin(at("15:00:00"), "beta leads");
        assert_eq!(
            absences.between(at("14:30:00"), at("14:40:00")).unwrap(),
            "this host did not hold the lease from 2025-11-28T14:10:00Z to 2025-11-28T14:31:00Z: Redis does not answer"
        );
        assert_eq!(absences.between(at("14:31:00"), at("15:00:00")), None);
        assert!(absences.between(at("16:00:00"), at("17:00:00")).unwrap().ends_with("beta leads"));
    }
}
