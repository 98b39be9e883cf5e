//! What publishing costs: the outlet against a bare pipeline of one HSET and the PUBLISHes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a bench that cannot go on says so

#[path = "../tests/support/redis.rs"]
#[allow(dead_code, unreachable_pub)]
mod redis_server;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use redis_server::RedisServer;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::{Board, BoardQuote, BoardSnapshot};
use thor_stack::outlet::redis::{RedisOutlet, keys};
use thor_stack::outlet::{BusWatch, Edition, Outlet, PublisherTerms, quote_json};
use thor_stack::supervise::Generation;
use thor_stack::value::{Price, Quote, Sheet, Symbol};

const TERMS: PublisherTerms =
    PublisherTerms { interval: Duration::from_secs(3), stale_after: Duration::from_secs(60) };

fn full_quote(name: &str, last: i64) -> Arc<Quote> {
    let price = |points: i64| Some(Price::from(points));
    Arc::new(Quote {
        instrument_type: Some("Futures".into()),
        last: price(last),
        bid: price(last - 1),
        ask: price(last + 1),
        open: price(last - 10),
        high: price(last + 20),
        low: price(last - 20),
        close: price(last - 5),
        change: price(5),
        volume: Some(10_999),
        bid_size: Some(2),
        ask_size: Some(1),
        ..Quote::absent(Symbol::new(name).unwrap())
    })
}

fn snapshot(rows: usize, now: Timestamp) -> Arc<BoardSnapshot> {
    let quotes = (0..rows).map(|row| full_quote(&format!("SYM{row}"), 47_000)).collect();
    let sheet = Sheet { saved_at: now, quotes, not_loaded: Vec::new(), rejected: Vec::new() };
    let board = Board::new(TERMS.stale_after, now);
    Arc::clone(&board.apply(&Generation::new(1), &sheet, now).unwrap().snapshot)
}

/// The least that a program can do: JSON of each quote, one HSET and the PUBLISHes, one write.
fn bare_pipeline(
    connection: &mut redis::Connection,
    snapshot: &BoardSnapshot,
    changed: &[Arc<BoardQuote>],
    now: Timestamp,
) {
    let json = |quote: &Arc<BoardQuote>| serde_json::to_string(&quote_json(snapshot, quote, now)).unwrap();
    let rows: Vec<(&str, String)> =
        changed.iter().map(|quote| (quote.quote.symbol.as_str(), json(quote))).collect();
    let mut pipeline = redis::pipe();
    if !rows.is_empty() {
        pipeline.cmd("HSET").arg("bare:latest").arg(&rows).ignore();
    }
    for (symbol, json) in &rows {
        pipeline.cmd("PUBLISH").arg(format!("bare:{symbol}")).arg(json).ignore();
    }
    pipeline.cmd("SET").arg("bare:heartbeat").arg("x").ignore();
    pipeline.exec(connection).unwrap();
}

fn edition_of(snapshot: &BoardSnapshot, now: Timestamp) -> Edition<'_> {
    Edition { snapshot, changed: &[], gone: &[], everything: true, now }
}

fn publish(criterion: &mut Criterion) {
    let server = RedisServer::start();
    let config = server.bus();
    let generation = Generation::new(1);
    let now = Timestamp::now();
    let mut outlet = RedisOutlet::new(&config, TERMS, &BusWatch::new(&config.url)).unwrap();
    let mut connection = redis::Client::open(server.unix_url()).unwrap().get_connection().unwrap();
    for rows in [12, 1_000, 10_000] {
        let snapshot = snapshot(rows, now);
        server.cli(&["DEL", keys::LATEST_QUOTES]);
        let mut group = criterion.benchmark_group(format!("publish {rows}"));
        group
            .sample_size(20)
            .measurement_time(Duration::from_secs(3))
            .warm_up_time(Duration::from_millis(500));
        for (name, count) in [("all", rows), ("a tenth", rows.div_ceil(10)), ("nothing", 0)] {
            let changed = &snapshot.quotes()[..count];
            let edition = Edition { snapshot: &snapshot, changed, gone: &[], everything: false, now };
            outlet.publish(&generation, &edition).unwrap();
            group.bench_function(BenchmarkId::new("outlet", name), |bencher| {
                bencher.iter_batched(
                    || (),
                    |()| outlet.publish(&generation, &edition).unwrap(),
                    BatchSize::PerIteration,
                );
            });
            group.bench_function(BenchmarkId::new("bare pipeline", name), |bencher| {
                bencher.iter_batched(
                    || (),
                    |()| bare_pipeline(&mut connection, &snapshot, changed, now),
                    BatchSize::PerIteration,
                );
            });
        }
        // A publisher that starts: it connects, reads what an earlier one left, and sends everything.
        outlet.publish(&generation, &edition_of(&snapshot, now)).unwrap();
        server.cli(&["DEL", keys::PUBLISHER_LOCK]);
        group.bench_function(BenchmarkId::new("outlet", "start"), |bencher| {
            bencher.iter_batched(
                || RedisOutlet::new(&config, TERMS, &BusWatch::new(&config.url)).unwrap(),
                |mut starting| starting.publish(&generation, &edition_of(&snapshot, now)).unwrap(),
                BatchSize::PerIteration,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, publish);
criterion_main!(benches);
