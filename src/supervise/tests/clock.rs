//! The manual clock.

use super::*;

#[test]
fn a_timer_set_for_the_past_fires_at_once() {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    clock.advance(secs(5));
    assert!(clock.timer(Mono(secs(5))).try_recv().is_ok());
    assert!(clock.timer(Mono(secs(6))).try_recv().is_err());
}

#[test]
fn a_step_of_the_wall_clock_moves_no_deadline() {
    let clock = ManualClock::starting_at("2025-11-28T14:30:00Z".parse().unwrap());
    let timer = clock.timer(Mono(secs(1)));
    clock.step_wall_clock("2025-11-28T18:00:00Z".parse().unwrap());
    assert!(timer.try_recv().is_err());
    clock.advance(secs(1));
    assert!(timer.try_recv().is_ok());
}
