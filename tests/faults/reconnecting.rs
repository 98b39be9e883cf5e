//! How often a server that is away is tried.

use crate::support::redis::{bus, eventually, free_port};
use std::time::Duration;
use thor_stack::outlet::redis::Subscriber;

#[test]
fn a_server_that_is_away_is_tried_after_50_ms_and_then_half_as_often_each_time_up_to_a_second() {
    let mut subscriber = Subscriber::new(&bus(&format!("redis://127.0.0.1:{}", free_port()))).unwrap();
    for milliseconds in [50, 100, 200, 400, 800, 1000, 1000] {
        let longest = Duration::from_millis(milliseconds);
        subscriber.receive(Duration::ZERO).unwrap_err();
        let wait = subscriber.retry_after();
        assert!(wait <= longest && wait > longest / 2, "{wait:?} instead of {longest:?}");
        eventually("the wait is over", || subscriber.retry_after().is_zero());
    }
}
