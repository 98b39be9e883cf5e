//! What a question to the calendar costs: every worker asks at every wake.

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use std::hint::black_box;
use thor_stack::calendar::{Calendar, LiveCalendar, global_clock};
use thor_stack::value::Market;

fn questions(criterion: &mut Criterion) {
    let calendar = Calendar::embedded();
    let now: Timestamp = "2025-11-26T15:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    criterion.bench_function("session_at", |bench| {
        bench.iter(|| calendar.session_at(black_box(Market::USA), black_box(now)));
    });
    criterion.bench_function("next_session", |bench| {
        bench.iter(|| calendar.next_session(black_box(Market::USA), black_box(now)));
    });
    criterion.bench_function("all nine clocks", |bench| {
        let markets = || Market::all().map(|market| (market, market.default_weight()));
        bench.iter(|| global_clock(&calendar, markets(), black_box(now)));
    });
    criterion.bench_function("all sessions of a market", |bench| {
        let (from, to) = (calendar.valid_from(Market::USA), calendar.valid_through(Market::USA));
        bench.iter(|| calendar.sessions(Market::USA, from, to).count());
    });
    let live = LiveCalendar::new(calendar.clone(), "/nonexistent/calendar.toml");
    criterion.bench_function("a look at the file of overrides", |bench| {
        bench.iter(|| live.at(black_box(now)));
    });
}

criterion_group!(benches, questions);
criterion_main!(benches);
