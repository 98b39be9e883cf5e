//! What other programs read from Redis.

use super::desk::{Desk, at, edition, outlet, sheet, symbol};
use crate::support::redis::{RedisServer, eventually};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use thor_stack::outlet::redis::{Reader, keys};
use thor_stack::outlet::{Outlet, PublishedQuote, quote_json};
use thor_stack::value::{Quote, Sheet, Signal};

fn ym() -> Quote {
    Quote {
        instrument_type: Some("Futures".into()),
        last: Some("47476".parse().unwrap()),
        bid: Some("47474.00".parse().unwrap()),
        ask: Some("47477.5".parse().unwrap()),
        change: Some("-0.0".parse().unwrap()),
        volume: Some(10_999),
        bid_size: Some(2),
        signal: Some(Signal::StrongBuy),
        weight: Some("1.50".parse().unwrap()),
        ..Quote::absent(symbol("YM"))
    }
}

/// domain.md section 4: keys in this order, prices as plain decimals in strings, counts as integers, absent as null.
#[test]
fn the_hash_holds_the_json_of_the_contract_byte_for_byte() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let sheet = Sheet { quotes: vec![Arc::new(ym())], ..sheet(0, &[], &[]) };
    let update = desk.apply(2, &sheet);
    desk.send(&mut outlet(&server.bus()), &update).unwrap();
    let seq = update.changed[0].seq;
    assert_eq!(
        server.cli(&["HGET", "live_data:latest:quotes", "YM"]),
        [
            r#"{"type":"quote","symbol":"YM","last":"47476","bid":"47474","ask":"47477.5","open":null,"high":null,"#,
            r#""low":null,"close":null,"change":"0","high_52w":null,"low_52w":null,"volume":10999,"bid_size":2,"#,
            r#""ask_size":null,"weight":"1.5","signal":"STRONG_BUY","timestamp":"2025-11-28T14:30:00Z","#,
            r#""instrument_type":"Futures","source":"EXCEL","seq":"#,
            &seq.to_string(),
            r#","published_at":"2025-11-28T14:30:02Z","stale":false}"#,
        ]
        .concat()
    );
    let printed = quote_json(&update.snapshot, &update.changed[0], at(2));
    assert_eq!(serde_json::to_string(&printed).unwrap(), server.cli(&["HGET", keys::LATEST_QUOTES, "YM"]));
    assert_eq!(printed.row(), ym());
}

#[test]
fn lock_and_heartbeat_have_their_terms() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1), ("ES", 2)]).unwrap();
    let lock = server.cli(&["PTTL", "live_data:excel_lock"]).parse::<i64>().unwrap();
    assert!((4_000..=10_000).contains(&lock), "{lock}");
    let heartbeat = server.cli(&["PTTL", "thor:heartbeat"]).parse::<i64>().unwrap();
    assert!((4_000..=9_000).contains(&heartbeat), "three intervals of 3 s: {heartbeat}");
    let heartbeat = Reader::connect(&server.bus()).unwrap().heartbeat().unwrap().unwrap();
    assert_eq!((heartbeat.pid, heartbeat.quotes, heartbeat.stale), (std::process::id(), 2, false));
    assert_eq!((heartbeat.at, heartbeat.saved_at), (at(0), Some(at(0))));
    assert_eq!(heartbeat.version, env!("CARGO_PKG_VERSION"));

    server.cli(&["DEL", "thor:heartbeat"]);
    server.cli(&["PEXPIRE", "live_data:excel_lock", "2000"]);
    let update = desk.board.mark_stale(&desk.generation, at(61)).unwrap();
    desk.send(&mut outlet, &update).unwrap();
    desk.idle(&mut outlet, 62).unwrap();
    assert!(server.cli(&["PTTL", "live_data:excel_lock"]).parse::<i64>().unwrap() > 4_000);
    assert_eq!(server.cli(&["EXISTS", "thor:heartbeat"]), "1", "an edition without news is a sign of life");
}

#[test]
fn quotes_that_turn_stale_and_a_feed_that_stands_still_are_said() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap();
    let update = desk.board.mark_stale(&desk.generation, at(61)).unwrap();
    desk.send(&mut outlet, &update).unwrap();
    let mut reader = Reader::connect(&server.bus()).unwrap();
    assert!(reader.latest().unwrap().quotes[0].stale);
    assert!(reader.heartbeat().unwrap().unwrap().stale);
}

/// The messages that `work` makes go out, as another program gets them.
fn messages(server: &RedisServer, work: impl FnOnce()) -> Vec<(String, PublishedQuote)> {
    let client = ::redis::Client::open(server.unix_url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut subscription = connection.as_pubsub();
    subscription.psubscribe("live_data:quotes:*").unwrap();
    subscription.subscribe("end").unwrap();
    work();
    server.cli(&["PUBLISH", "end", ""]);
    let mut messages = Vec::new();
    loop {
        let message = subscription.get_message().unwrap();
        if message.get_channel_name() == "end" {
            return messages;
        }
        let json: String = message.get_payload().unwrap();
        messages.push((message.get_channel_name().to_string(), serde_json::from_str(&json).unwrap()));
    }
}

#[test]
fn each_quote_is_announced_on_its_channel_and_a_departure_once() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    let seen = messages(&server, || {
        desk.publish(&mut outlet, 0, &[("YM", 1), ("$DXY", 2)]).unwrap();
        desk.publish(&mut outlet, 3, &[("YM", 1)]).unwrap();
        desk.publish(&mut outlet, 6, &[("YM", 2)]).unwrap();
    });
    let channels: Vec<&str> = seen.iter().map(|(channel, _)| channel.as_str()).collect();
    assert_eq!(
        channels,
        ["live_data:quotes:YM", "live_data:quotes:$DXY", "live_data:quotes:$DXY", "live_data:quotes:YM"]
    );
    let departure = &seen[2].1;
    assert!(departure.is_departure() && departure.stale && departure.last.is_none());
    assert_eq!(departure.timestamp, Some(at(3)));
    assert_eq!(server.cli(&["HKEYS", keys::LATEST_QUOTES]), "YM");
    assert!(seen.windows(2).all(|pair| pair[0].1.seq < pair[1].1.seq), "every message has a higher number");
}

#[test]
fn a_symbol_that_comes_back_before_its_departure_went_out_is_simply_there() {
    let mut server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1), ("ES", 1)]).unwrap();
    server.stop();
    desk.publish(&mut outlet, 3, &[("YM", 1)]).unwrap_err();
    desk.publish(&mut outlet, 6, &[("YM", 1), ("ES", 2)]).unwrap_err();
    server.start_again();
    eventually("published again", || desk.idle(&mut outlet, 9).is_ok());
    assert_eq!(Reader::connect(&server.bus()).unwrap().latest().unwrap().quotes.len(), 2);
}

#[test]
fn numbers_go_on_above_the_last_although_the_clock_stepped_back() {
    let server = RedisServer::start();
    let highest = |second| {
        let desk = Desk::starting_at(at(second));
        desk.publish(&mut outlet(&server.bus()), second, &[("YM", second), ("ES", 2)]).unwrap();
        let quotes = Reader::connect(&server.bus()).unwrap().latest().unwrap().quotes;
        quotes.iter().map(|quote| quote.seq).max().unwrap()
    };
    let before = highest(0);
    let back = highest(-3_600);
    assert!(back > before, "{back} after {before}");
    server.cli(&["DEL", "thor:seq"]);
    assert!(highest(-7_200) > back, "the hash knows them too");
}

/// Regression: numbers would have stood still at the highest there is, and every subscriber taken later quotes for old.
#[test]
fn a_forged_number_without_room_above_it_is_not_counted_on() {
    let server = RedisServer::start();
    let highest = u64::MAX.to_string();
    let forged =
        format!(r#"{{"symbol":"YM","source":"EXCEL","timestamp":"2025-11-28T14:30:00Z","seq":{highest}}}"#);
    server.cli(&["HSET", keys::LATEST_QUOTES, "YM", &forged]);
    server.cli(&["SET", keys::LAST_SEQ, &highest]);
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    let mut seqs = Vec::new();
    for save in 1..=3 {
        desk.publish(&mut outlet, save, &[("YM", save)]).unwrap();
        let latest = Reader::connect(&server.bus()).unwrap().latest().unwrap();
        assert_eq!(latest.quotes[0].last, Some(save.into()));
        seqs.push(latest.quotes[0].seq);
    }
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
}

#[test]
fn the_stream_gets_an_entry_a_quote_and_is_bounded() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut config = server.bus();
    config.stream = true;
    let mut outlet = outlet(&config);
    desk.publish(&mut outlet, 0, &[("YM", 1), ("ES", 1)]).unwrap();
    desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap();
    assert_eq!(server.cli(&["XLEN", keys::QUOTE_STREAM]), "4", "two quotes, one again, one departure");
    let entries = server.cli(&["XRANGE", keys::QUOTE_STREAM, "-", "+", "COUNT", "1"]);
    assert!(entries.contains("symbol\nYM\njson\n{\"type\":\"quote\""), "{entries}");
    let many: Vec<String> = (0..10_000).map(|n| format!("S{n}")).collect();
    for round in 0..11 {
        let rows: Vec<(&str, i64)> = many.iter().map(|name| (name.as_str(), round)).collect();
        desk.publish(&mut outlet, 6 + round, &rows).unwrap();
    }
    let entries: u32 = server.cli(&["XLEN", keys::QUOTE_STREAM]).parse().unwrap();
    assert!((keys::STREAM_ENTRIES..keys::STREAM_ENTRIES + 500).contains(&entries), "{entries}");
}

#[test]
fn ten_thousand_quotes_go_out_in_one_step() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    let names: Vec<String> = (0..10_000).map(|n| format!("S{n}")).collect();
    let rows = |last| names.iter().map(|name| (name.as_str(), last)).collect::<Vec<_>>();
    assert_eq!(desk.publish(&mut outlet, 0, &rows(1)).unwrap().quotes, 10_000);
    assert_eq!(desk.publish(&mut outlet, 3, &[]).unwrap().gone, 10_000);
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "0");
    desk.publish(&mut outlet, 6, &rows(2)).unwrap();
    let update = desk.save(9, &rows(2));
    assert_eq!(outlet.publish(&desk.generation, &edition(&update, true)).unwrap().quotes, 10_000);
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "10000");
}

#[test]
fn no_reader_sees_half_a_save() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let names: Vec<String> = (0..1_500).map(|n| format!("S{n}")).collect();
    let rows = |last| names.iter().map(|name| (name.as_str(), last)).collect::<Vec<_>>();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &rows(0)).unwrap();
    let done = AtomicBool::new(false);
    let readings = std::thread::scope(|threads| {
        let reading = threads.spawn(|| {
            let mut reader = Reader::connect(&server.bus()).unwrap();
            let mut readings = 0;
            while !done.load(Ordering::Relaxed) {
                let quotes = reader.latest().unwrap().quotes;
                assert_eq!(quotes.len(), names.len());
                assert!(quotes.windows(2).all(|pair| pair[0].last == pair[1].last), "a mix of two saves");
                readings += 1;
            }
            readings
        });
        for second in 1..40 {
            desk.publish(&mut outlet, second, &rows(second)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    assert!(readings > 0);
}

#[test]
fn what_an_earlier_publisher_left_behind_is_put_right() {
    let server = RedisServer::start();
    let left = Desk::new();
    left.publish(&mut outlet(&server.bus()), 0, &[("YM", 1), ("OLD", 2), ("WAITS", 3)]).unwrap();
    let foreign = r#"{"type":"quote","symbol":"SPX","last":"1","source":"SCHWAB"}"#;
    server.cli(&[
        "HSET",
        keys::LATEST_QUOTES,
        "SPX",
        foreign,
        "odd",
        "no json",
        "ES2",
        r#"{"symbol":"ES","source":"EXCEL"}"#,
    ]);

    let desk = Desk::starting_at(at(100));
    let mut outlet = outlet(&server.bus());
    let update = desk.board.mark_stale(&desk.generation, at(100)).unwrap();
    desk.send(&mut outlet, &update).unwrap();
    assert_eq!(
        server.cli(&["HLEN", keys::LATEST_QUOTES]),
        "6",
        "before the first save nobody knows the sheet"
    );
    let seen = messages(&server, || {
        let update = desk.apply(103, &sheet(103, &[("YM", 5)], &["WAITS", "NEW"]));
        let published = desk.send(&mut outlet, &update).unwrap();
        assert_eq!((published.quotes, published.gone), (2, 1));
    });
    let seen: Vec<(&str, bool)> =
        seen.iter().map(|(_, quote)| (quote.symbol.as_str(), quote.is_departure())).collect();
    assert_eq!(seen, [("YM", false), ("WAITS", false), ("OLD", true)]);
    let latest = Reader::connect(&server.bus()).unwrap().latest().unwrap();
    let there: Vec<(&str, bool)> =
        latest.quotes.iter().map(|quote| (quote.symbol.as_str(), quote.stale)).collect();
    assert_eq!(there, [("SPX", false), ("WAITS", true), ("YM", false)]);
    assert_eq!(latest.unreadable.len(), 2, "what is not ours is left alone: {:?}", latest.unreadable);
    assert_eq!(server.cli(&["HGET", keys::LATEST_QUOTES, "SPX"]), foreign);
}

/// Regression: what was left as stale for a row that waits for prices stayed in the hash when that row was deleted, and
/// passed for a loaded one.
#[test]
fn a_row_that_is_deleted_before_it_had_prices_leaves_the_hash() {
    let server = RedisServer::start();
    Desk::new().publish(&mut outlet(&server.bus()), 0, &[("YM", 1), ("WAITS", 3)]).unwrap();
    let desk = Desk::starting_at(at(100));
    let mut outlet = outlet(&server.bus());
    let mut save = |second, prices: &[(&str, i64)], waiting: &[&str]| {
        let update = desk.apply(second, &sheet(second, prices, waiting));
        desk.send(&mut outlet, &update).unwrap()
    };
    save(103, &[("YM", 5)], &["WAITS"]);
    assert_eq!(save(106, &[("YM", 6)], &["WAITS"]).gone, 0, "it waits on");
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "2");
    let seen = messages(&server, || assert_eq!(save(109, &[("YM", 7)], &[]).gone, 1));
    assert!(seen.iter().any(|(_, quote)| quote.symbol == symbol("WAITS") && quote.is_departure()));
    assert_eq!(server.cli(&["HKEYS", keys::LATEST_QUOTES]), "YM");
    assert_eq!(save(112, &[("YM", 8)], &[]).gone, 0, "once");
}
