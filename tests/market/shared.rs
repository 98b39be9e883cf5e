//! Opens that several hosts share: whose capture an open is, is not this host's to decide.

use super::{Desk, only};
use jiff::Timestamp;
use jiff::civil::Date;
use parking_lot::Mutex;
use std::sync::Arc;
use thor_stack::lease::{Claim, Claims};
use thor_stack::value::Outcome;

/// What the others have done, as the test says.
struct Others {
    claim: Mutex<Claim>,
    noted: Mutex<Vec<String>>,
    absence: Option<&'static str>,
}

impl Claims for Others {
    fn claim(&self, _: &str, _: Date) -> Claim {
        self.claim.lock().clone()
    }

    fn captured(&self, market: &str, date: Date) {
        self.noted.lock().push(format!("{market} {date}"));
    }

    fn captured_elsewhere(&self, _: &str, _: Date) -> Result<Option<String>, String> {
        match &*self.claim.lock() {
            Claim::Captured(by) => Ok(Some(by.clone())),
            _ => Ok(None),
        }
    }

    fn absence(&self, _: Timestamp, _: Timestamp) -> Option<String> {
        self.absence.map(String::from)
    }
}

fn desk(now: &str, claim: Claim, absence: Option<&'static str>) -> (Desk, Arc<Others>) {
    let mut desk = Desk::with(now, only(&["USA"]));
    let others = Arc::new(Others { claim: Mutex::new(claim), noted: Mutex::default(), absence });
    desk.floor.claims = Arc::<Others>::clone(&others);
    (desk, others)
}

#[test]
fn what_is_granted_is_captured_and_noted() {
    let (desk, others) = desk("2025-12-03T14:30:00Z", Claim::Granted, None);
    desk.save();
    desk.run(&mut desk.capture());
    assert_eq!(desk.captured(), [("USA".to_owned(), 12)]);
    assert_eq!(*others.noted.lock(), ["USA 2025-12-03"]);
    desk.run(&mut desk.capture());
    assert_eq!(others.noted.lock().len(), 2, "told again by a worker that finds it captured");
}

#[test]
fn what_another_host_captured_is_neither_captured_nor_missed_here() {
    let (desk, others) = desk("2025-12-03T14:30:00Z", Claim::Captured("beta".into()), None);
    desk.save();
    let mut capture = desk.capture();
    desk.run(&mut capture);
    desk.until("2025-12-03T21:00:00Z");
    desk.run(&mut capture);
    desk.run(&mut desk.capture());
    assert_eq!((desk.captured(), desk.missed()), (vec![], vec![]));
    assert!(others.noted.lock().is_empty());
}

#[test]
fn an_open_that_cannot_be_claimed_waits_and_is_missed_with_that_reason() {
    let (desk, others) = desk("2025-12-03T14:30:00Z", Claim::Unknown("no Redis".into()), None);
    desk.save();
    let mut capture = desk.capture();
    desk.run(&mut capture);
    assert_eq!(desk.captured(), []);
    *others.claim.lock() = Claim::Granted;
    desk.until("2025-12-03T14:30:01Z");
    desk.run(&mut capture);
    assert_eq!(desk.captured(), [("USA".to_owned(), 12)]);
    assert_eq!(desk.outcome("YM"), Outcome::Pending);

    let (desk, _) = self::desk("2025-12-03T20:59:00Z", Claim::Unknown("no Redis".into()), None);
    desk.save();
    let mut capture = desk.capture();
    desk.run(&mut capture);
    desk.until("2025-12-03T21:00:00Z");
    desk.run(&mut capture);
    desk.until("2025-12-03T21:00:05Z");
    desk.run(&mut capture);
    let missed = desk.missed();
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert_eq!(missed[0].reason, "no Redis");
}

#[test]
fn an_open_in_which_nobody_led_says_so() {
    let (desk, _) = desk("2025-12-03T14:00:00Z", Claim::Granted, Some("no lease"));
    desk.run(&mut desk.capture());
    desk.until("2025-12-03T21:00:01Z");
    let mut capture = desk.capture();
    desk.run(&mut capture);
    desk.until("2025-12-03T21:00:06Z");
    desk.run(&mut capture);
    let missed = desk.missed();
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert!(missed[0].reason.ends_with(": no lease"), "{}", missed[0].reason);
}
