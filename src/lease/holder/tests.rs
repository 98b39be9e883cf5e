//! What a host does with what the server says, under the manual clock.

use super::*;
use crate::lease::Noted;
use crate::lease::{Claim, Claimed, Claims};
use crate::supervise::{Generation, ManualClock};
use jiff::civil::Date;
use std::collections::VecDeque;

const TTL: Duration = Duration::from_secs(10);

/// What the server says next, and what it was asked.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<(Answers, Vec<String>)>>);

type Answers = VecDeque<Result<Answer, String>>;

enum Answer {
    Acquired(Acquired),
    Renewed(Renewed),
    Claimed(Claimed),
}

impl Script {
    fn says(&self, answer: Result<Answer, &str>) {
        self.0.lock().0.push_back(answer.map_err(String::from));
    }

    fn next(&self, asked: &str) -> Result<Answer, String> {
        let mut script = self.0.lock();
        script.1.push(asked.into());
        script.0.pop_front().unwrap_or(Err("nothing more to say".into()))
    }
}

impl LeaseServer for Script {
    fn acquire(&mut self, ask: &Ask) -> Result<Acquired, String> {
        match self.next(&format!("acquire above {} anew {}", ask.above, ask.anew))? {
            Answer::Acquired(acquired) => Ok(acquired),
            _ => panic!("asked for the lease"),
        }
    }

    fn renew(&mut self, _: &str, _: Duration) -> Result<Renewed, String> {
        match self.next("renew")? {
            Answer::Renewed(renewed) => Ok(renewed),
            _ => panic!("asked for a renewal"),
        }
    }

    fn release(&mut self, _: &str, _: Duration) -> Result<(), String> {
        self.next("release").map(drop)
    }

    fn claim(&mut self, _: &str, _: &str, _: Date, _: Timestamp) -> Result<Claimed, String> {
        match self.next("claim")? {
            Answer::Claimed(claimed) => Ok(claimed),
            _ => panic!("asked for a claim"),
        }
    }

    fn captured(&mut self, _: u64, market: &str, _: Date, _: Timestamp) -> Result<Noted, String> {
        self.next(&format!("captured {market}")).map(|_| Noted::Noted)
    }

    fn captured_elsewhere(&mut self, _: &str, _: Date) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn retry_after(&self) -> Duration {
        Duration::ZERO
    }
}

struct Scene {
    clock: ManualClock,
    script: Script,
    lease: Arc<Lease>,
}

fn leader(fence: u64) -> Leader {
    Leader { host: "alpha".into(), pid: 7, fence }
}

fn ours(fence: u64) -> Result<Answer, &'static str> {
    let token = format!("token {fence}");
    Ok(Answer::Acquired(Acquired::Ours { fence, token, leader: leader(fence) }))
}

fn other(fence: u64, left: Duration) -> Other {
    let leader = Leader { host: "beta".into(), pid: 8, fence };
    Other { leader: Some(leader), token: "other".into(), is_this_home: false, left: Some(left) }
}

impl Scene {
    fn new() -> Scene {
        let clock = ManualClock::starting_at("2025-11-28T14:29:00Z".parse().unwrap());
        let script = Script::default();
        let (keeper, asker) = (Box::new(script.clone()), Box::new(script.clone()));
        let lease = Arc::new(Lease::new(TTL, Arc::new(clock.clone()), keeper, asker));
        Scene { clock, script, lease }
    }

    /// A host in its first tenure, number 1.
    fn leading() -> Scene {
        let scene = Scene::new();
        scene.script.says(ours(1));
        assert_eq!(scene.lease.turn(), TTL / 3);
        scene
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.script.0.lock().1)
    }
}

#[test]
fn a_holder_that_is_not_heard_stops_before_another_may_start_and_goes_on_when_nobody_did() {
    let Scene { clock, script, lease } = Scene::leading();
    let generation = Generation::new(1).under(lease.warrant(1));
    for _ in 0..2 {
        clock.advance(Duration::from_millis(4_400));
        script.says(Err("no answer"));
        lease.turn();
        assert!(generation.check().is_ok(), "its term lasts");
    }
    clock.advance(Duration::from_millis(200));
    assert!(generation.check().is_err(), "no turn is needed for its end");
    script.says(Err("no answer"));
    lease.turn();
    let status = lease.status();
    assert_eq!((status.leads, status.losses, lease.leader()), (false, 1, None));
    assert!(status.last_error.unwrap().contains("no answer"));
    clock.advance(Duration::from_secs(1));
    script.says(Ok(Answer::Renewed(Renewed::Ours)));
    lease.turn();
    assert!(generation.check().is_ok(), "the server kept the lease for it");
    let absence = lease.absence("2025-11-28T14:29:09.5Z".parse().unwrap(), clock.now()).unwrap();
    assert!(absence.contains("no answer"), "{absence}");
}

#[test]
fn failures_are_tried_again_soon_and_at_the_end_of_the_tenure_at_the_latest() {
    let Scene { clock, script, lease } = Scene::leading();
    clock.advance(Duration::from_millis(8_990));
    script.says(Err("no answer"));
    assert_eq!(lease.turn(), Duration::from_millis(10));
}

#[test]
fn a_later_tenure_gives_no_right_to_who_worked_in_an_earlier_one() {
    let Scene { clock, script, lease } = Scene::leading();
    let generation = Generation::new(1).under(lease.warrant(1));
    clock.advance(Duration::from_secs(3));
    script.says(Ok(Answer::Renewed(Renewed::Gone)));
    script.says(ours(2));
    lease.turn();
    assert_eq!(lease.tenure().unwrap().fence, 2);
    assert!(generation.check().is_err());
    assert!(Generation::new(2).under(lease.warrant(2)).check().is_ok());
}

#[test]
fn a_host_that_waits_looks_at_the_end_of_the_others_term() {
    let Scene { script, lease, .. } = Scene::new();
    script.says(Ok(Answer::Acquired(Acquired::Held(other(5, Duration::from_secs(9))))));
    assert_eq!(lease.turn(), LOOK);
    script.says(Ok(Answer::Acquired(Acquired::Held(other(5, Duration::from_millis(60))))));
    assert_eq!(lease.turn(), Duration::from_millis(65));
    assert_eq!(lease.leader().unwrap().host, "beta");
    assert!(lease.tenure().is_none());
}

/// Both hosts would find an empty server; who led knows what it captured.
#[test]
fn after_a_loss_of_data_the_last_holder_goes_first() {
    let scene = Scene::new();
    let Scene { clock, script, lease } = &scene;
    script.says(Ok(Answer::Acquired(Acquired::Held(other(5, Duration::from_secs(9))))));
    lease.turn();
    for _ in 0..2 {
        script.says(Ok(Answer::Acquired(Acquired::Lost)));
        lease.turn();
        clock.advance(TTL / 2);
    }
    script.says(ours(6));
    lease.turn();
    let asked = scene.asked();
    assert_eq!(
        asked[1..],
        ["acquire above 5 anew false", "acquire above 5 anew false", "acquire above 5 anew true"]
    );

    let scene = Scene::leading();
    scene.script.says(Ok(Answer::Renewed(Renewed::Gone)));
    scene.script.says(ours(2));
    scene.lease.turn();
    assert_eq!(scene.asked()[1..], ["renew", "acquire above 1 anew true"], "at once");
}

#[test]
fn what_it_captured_is_told_again_to_the_server_of_a_new_tenure() {
    let scene = Scene::leading();
    let Scene { script, lease, .. } = &scene;
    let day = "2025-11-28".parse().unwrap();
    script.says(Ok(Answer::Claimed(Claimed::Granted)));
    assert_eq!(lease.claim("USA", day), Claim::Granted);
    script.says(Err("no answer"));
    lease.captured("USA", day);
    script.says(Ok(Answer::Renewed(Renewed::Ours)));
    script.says(Ok(Answer::Claimed(Claimed::Granted))); // any answer to the note
    lease.turn();
    script.says(Ok(Answer::Renewed(Renewed::Gone)));
    script.says(ours(2));
    script.says(Ok(Answer::Claimed(Claimed::Granted)));
    lease.turn();
    let told: Vec<String> = scene.asked().into_iter().filter(|asked| asked == "captured USA").collect();
    assert_eq!(told.len(), 3, "not answered, answered, and to the new one");
}

#[test]
fn a_claim_that_is_not_answered_is_no_capture_and_one_refused_ends_the_tenure() {
    let Scene { script, lease, .. } = Scene::leading();
    let day = "2025-11-28".parse().unwrap();
    script.says(Err("no answer"));
    assert!(matches!(lease.claim("USA", day), Claim::Unknown(why) if why.contains("no answer")));
    assert!(lease.tenure().is_some(), "its term lasts");
    script.says(Ok(Answer::Claimed(Claimed::Fenced)));
    assert_eq!(lease.claim("USA", day), Claim::Lost);
    assert!(lease.tenure().is_none());
}

#[test]
fn a_lease_is_given_back_once() {
    let scene = Scene::leading();
    scene.lease.release(Duration::from_secs(1));
    scene.lease.release(Duration::from_secs(1));
    assert_eq!(scene.asked().iter().filter(|asked| *asked == "release").count(), 1);
    assert!(scene.lease.tenure().is_none());
}

/// Regression: a publish that met the emptied server before the keeper did cost the last holder its place.
#[test]
fn a_last_holder_that_a_publish_told_of_the_loss_goes_first_too() {
    let scene = Scene::leading();
    scene.lease.fenced(1);
    scene.script.says(ours(2));
    scene.lease.turn();
    assert_eq!(scene.asked()[1..], ["acquire above 1 anew true"]);
}
