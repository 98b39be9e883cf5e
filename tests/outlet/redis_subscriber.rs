//! The board of a process without a poller, filled from Redis.

use super::desk::{Desk, at, edition, outlet, sheet, symbol};
use crate::support::redis::{RedisServer, bus, eventually, free_port};
use std::time::{Duration, Instant};
use thor_stack::outlet::redis::{RedisOutlet, Subscriber, keys};
use thor_stack::outlet::{Outlet, OutletError};
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
        let subscriber = Subscriber::new(config).unwrap().looking_every(Duration::from_millis(50));
        Elsewhere { board, generation: Generation::new(1), subscriber }
    }

    fn receive(&mut self, budget: Duration) {
        self.try_receive(budget).unwrap();
    }

    fn try_receive(&mut self, budget: Duration) -> Result<(), OutletError> {
        let received = self.subscriber.receive(budget)?;
        self.board.merge(&self.generation, &received.quotes, &received.gone, at(1)).unwrap();
        if let Some(save) = &received.save {
            self.board.confirm_foreign(&self.generation, save, at(1)).unwrap();
        }
        Ok(())
    }

    fn age(&self, name: &str, second: i64) -> u64 {
        let snapshot = self.board.snapshot();
        snapshot.age(snapshot.get(&symbol(name)).unwrap(), at(second)).as_secs()
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

/// A quote that does not change is not sent again before `bus.refresh`, which is longer than a quote is fresh.
#[test]
fn a_save_that_changes_nothing_is_known_by_the_heartbeat() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    desk.idle(&mut outlet, 9).unwrap();
    eventually("the save is confirmed", || {
        elsewhere.receive(Duration::from_millis(20));
        elsewhere.age("YM", 10) == 1 && elsewhere.age("ES", 10) == 1
    });
    let update = desk.apply(20, &sheet(20, &[("YM", 2)], &["ES"]));
    desk.send(&mut outlet, &update).unwrap();
    eventually("the row that is not loaded ages", || {
        elsewhere.receive(Duration::from_millis(20));
        *elsewhere.board.snapshot().not_loaded == [symbol("ES")]
    });
    assert_eq!((elsewhere.age("YM", 20), elsewhere.age("ES", 20)), (0, 11));
    assert_eq!(elsewhere.lasts(), lasts(&[("ES", 1), ("YM", 2)]));
}

/// A later process starts from a hash that may be an hour old, in which nothing has changed since.
#[test]
fn a_board_that_begins_knows_at_once_up_to_which_save_the_hash_holds() {
    let server = RedisServer::start();
    let (desk, mut outlet) = (Desk::new(), outlet(&server.bus()));
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    desk.idle(&mut outlet, 50).unwrap();
    let theirs = r#"{"symbol":"SPX","last":"1","timestamp":"2025-11-28T14:30:00Z","source":"OTHER","seq":1}"#;
    server.cli(&["HSET", keys::LATEST_QUOTES, "SPX", theirs]);
    let mut elsewhere = Elsewhere::of(&server.bus());
    elsewhere.receive(LONG);
    assert_eq!(
        (elsewhere.age("YM", 50), elsewhere.age("SPX", 50)),
        (0, 50),
        "no workbook says anything of SPX"
    );
}

/// Prices sent before the heartbeat may be on their way still when it is read.
#[test]
fn no_price_is_confirmed_by_a_save_whose_messages_have_not_arrived() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    elsewhere.subscriber = Subscriber::new(&server.bus()).unwrap().looking_every(Duration::from_millis(1));
    for second in 2..200 {
        desk.publish(&mut outlet, second, &[("ES", 1), ("YM", second)]).unwrap();
        // A server that gets no time may not answer within a millisecond; then all is read anew.
        elsewhere.try_receive(Duration::from_micros(200)).ok();
        let snapshot = elsewhere.board.snapshot();
        let ym = snapshot.get(&symbol("YM")).unwrap();
        assert_eq!(snapshot.saved_at(ym), ym.unchanged_since, "an older price as of a later save");
    }
}

#[test]
fn a_heartbeat_of_another_program_confirms_nothing_and_stops_nothing() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    server.cli(&["SET", keys::HEARTBEAT, r#"{"saved_at":"2025-11-28T14:31:00Z"}"#]);
    eventually("it is counted", || {
        elsewhere.receive(Duration::from_millis(20));
        elsewhere.subscriber.ignored().1.is_some_and(|reason| reason.contains("thor:heartbeat"))
    });
    assert_eq!(elsewhere.age("YM", 60), 60);
    desk.publish(&mut outlet, 61, &[("ES", 1), ("YM", 2)]).unwrap();
    eventually("prices come", || {
        elsewhere.receive(Duration::from_millis(20));
        elsewhere.lasts() == lasts(&[("ES", 1), ("YM", 2)])
    });
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
    assert!(begun.elapsed() < LONG);
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

/// Regression: a message that came just before the connection ended was dropped with it, and as its number was known the
/// hash could not bring it back.
#[test]
fn what_came_just_before_the_connection_ended_is_not_lost() {
    let server = RedisServer::start();
    let (desk, mut outlet, mut elsewhere) = started(&server);
    desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap();
    // Both lie in the socket: the messages, and after them the end.
    assert_eq!(server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]), "1");
    eventually("both messages count", || {
        elsewhere.try_receive(Duration::from_millis(20)).ok();
        elsewhere.lasts() == lasts(&[("YM", 2)])
    });
}
