//! The board of a process without a poller, filled from Redis.

use super::desk::{Desk, at, edition, outlet, symbol};
use crate::support::redis::{RedisServer, bus, eventually, free_port};
use std::time::{Duration, Instant};
use thor_stack::outlet::Outlet;
use thor_stack::outlet::redis::{RedisOutlet, Subscriber, keys};
use thor_stack::supervise::Generation;
use thor_stack::{board::Board, value::Price};

const LONG: Duration = Duration::from_secs(30);

/// The other process: its board, and what fills it.
struct Elsewhere {
    board: Board,
    generation: Generation,
    subscriber: Subscriber,
}

impl Elsewhere {
    fn of(config: &thor_stack::config::BusConfig) -> Elsewhere {
        let board = Board::new(Duration::from_secs(60), at(500));
        let subscriber = Subscriber::new(config).unwrap();
        Elsewhere { board, generation: Generation::new(1), subscriber }
    }

    fn receive(&mut self, budget: Duration) {
        let received = self.subscriber.receive(budget).unwrap();
        self.board.merge(&self.generation, &received.quotes, &received.gone, at(1)).unwrap();
    }

    fn lasts(&self) -> Vec<(String, Price)> {
        let snapshot = self.board.snapshot();
        let mut lasts: Vec<_> = snapshot
            .quotes()
            .iter()
            .map(|quote| (quote.quote.symbol.to_string(), quote.quote.last.unwrap()))
            .collect();
        lasts.sort();
        lasts
    }
}

fn lasts(rows: &[(&str, i64)]) -> Vec<(String, Price)> {
    rows.iter().map(|(name, last)| ((*name).to_string(), Price::from(*last))).collect()
}

fn started(server: &RedisServer) -> (Desk, RedisOutlet, Elsewhere) {
    let (desk, mut outlet) = (Desk::new(), outlet(&server.bus()));
    desk.publish(&mut outlet, 0, &[("ES", 1), ("YM", 1)]).unwrap();
    let mut elsewhere = Elsewhere::of(&server.bus());
    elsewhere.receive(LONG);
    (desk, outlet, elsewhere)
}

#[test]
fn a_board_elsewhere_follows_from_the_hash_on() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    assert_eq!(elsewhere.lasts(), lasts(&[("ES", 1), ("YM", 1)]));
    let ym = elsewhere.board.snapshot().get(&symbol("YM")).unwrap().quote.clone();
    assert_eq!(ym, desk.board.snapshot().get(&symbol("YM")).unwrap().quote);
    desk.publish(&mut outlet, 3, &[("ES", 1), ("YM", 2)]).unwrap();
    elsewhere.receive(LONG);
    assert_eq!(elsewhere.lasts(), lasts(&[("ES", 1), ("YM", 2)]));
    let update = desk.save(6, &[("ES", 1), ("YM", 2)]);
    outlet.publish(&desk.generation, &edition(&update, true)).unwrap();
    elsewhere.receive(LONG);
    let snapshot = elsewhere.board.snapshot();
    assert_eq!(
        snapshot.age(snapshot.get(&symbol("ES")).unwrap(), at(7)).as_secs(),
        1,
        "the refresh is noted"
    );
    desk.publish(&mut outlet, 9, &[("YM", 2)]).unwrap();
    elsewhere.receive(LONG);
    assert_eq!(elsewhere.lasts(), lasts(&[("YM", 2)]));
}

#[test]
fn an_edition_of_many_messages_arrives_whole() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    let names: Vec<String> = (0..500).map(|n| format!("S{n}")).collect();
    for second in 1..6 {
        let rows: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), second)).collect();
        desk.publish(&mut outlet, second, &rows).unwrap();
        eventually("all of them", || {
            elsewhere.receive(Duration::from_millis(50));
            elsewhere.lasts().len() == 500 && elsewhere.lasts().iter().all(|(_, last)| *last == second.into())
        });
    }
}

#[test]
fn lost_messages_are_healed_by_reading_the_hash_again() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("ES", 1), ("YM", 1)]).unwrap();
    let mut config = server.bus();
    config.refresh = Duration::from_millis(50);
    let mut elsewhere = Elsewhere::of(&config);
    elsewhere.receive(LONG);
    let mut changed = desk.save(3, &[("YM", 2)]).snapshot.quotes()[0].as_ref().clone();
    changed.seq += 1_000;
    let json = thor_stack::outlet::quote_json(&desk.board.snapshot(), &changed, at(3));
    server.cli(&["HSET", keys::LATEST_QUOTES, "YM", &serde_json::to_string(&json).unwrap()]);
    server.cli(&["HDEL", keys::LATEST_QUOTES, "ES"]);
    eventually("healed", || {
        elsewhere.receive(LONG); // ends at the next reading
        elsewhere.lasts() == lasts(&[("YM", 2)])
    });
    for _ in 0..3 {
        elsewhere.receive(LONG); // the connection answers between readings
    }
}

#[test]
fn what_is_no_quote_is_counted_and_named() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    server.cli(&["PUBLISH", "live_data:quotes:YM", "no json"]);
    server.cli(&["PUBLISH", "live_data:quotes:YM", r#"{"symbol":"ES","seq":99}"#]);
    server.cli(&["PUBLISH", "live_data:quotes:SPX", r#"{"symbol":"SPX","last":"1","timestamp":null}"#]);
    desk.publish(&mut outlet, 3, &[("ES", 1), ("YM", 2)]).unwrap();
    eventually("the real one", || {
        elsewhere.receive(Duration::from_millis(50));
        elsewhere.lasts() == lasts(&[("ES", 1), ("YM", 2)])
    });
    let (ignored, reason) = elsewhere.subscriber.ignored();
    assert_eq!(ignored, 3);
    assert!(reason.unwrap().contains("SPX") && reason.unwrap().contains("timestamp"), "{reason:?}");
}

#[test]
fn a_wait_ends_with_its_budget_or_by_its_closer() {
    let server = RedisServer::start();
    let (_desk, _outlet, mut elsewhere) = started(&server);
    let begun = Instant::now();
    elsewhere.receive(Duration::from_millis(20));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let closer = elsewhere.subscriber.closer();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| elsewhere.receive(LONG));
        closer.close();
        waiting.join().unwrap();
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    elsewhere.receive(LONG); // at once, from now on
}

#[test]
fn a_restarted_server_is_found_again() {
    let mut server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    server.stop();
    elsewhere.subscriber.receive(LONG).unwrap_err();
    assert!(elsewhere.subscriber.retry_after() <= Duration::from_secs(1));
    server.start_again();
    eventually("published", || desk.publish(&mut outlet, 9, &[("YM", 9)]).is_ok());
    eventually("received", || {
        if let Ok(received) = elsewhere.subscriber.receive(Duration::from_millis(20)) {
            elsewhere.board.merge(&elsewhere.generation, &received.quotes, &received.gone, at(9)).unwrap();
        }
        elsewhere.lasts() == lasts(&[("YM", 9)])
    });
}

#[test]
fn an_absent_server_is_an_error_at_once() {
    let config = bus(&format!("redis://127.0.0.1:{}", free_port()));
    let error = Subscriber::new(&config).unwrap().receive(LONG).unwrap_err();
    assert!(error.to_string().contains("no server there"), "{error}");
}
