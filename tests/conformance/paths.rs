//! Random quote paths from a capture on, seeded so that a failing one can be found again.

use super::spoken::{price, rules};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::sync::Arc;
use thor_stack::rules::Observation;
use thor_stack::rules::grading::graded_on;
use thor_stack::rules::targets::Targets;
use thor_stack::value::{CANONICAL_FUTURES, Price, Quote, Signal, Symbol, TOTAL};

/// 2025-11-28T14:30:00Z, an open of the United States.
const OPEN: i64 = 1_764_340_200_000;

/// SplitMix64 (Steele, Lea, Flood 2014): a stream of numbers that a seed fixes for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    fn within(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap();
        low + i64::try_from(self.next() % span).unwrap()
    }

    fn one_in(&mut self, count: i64) -> bool {
        self.within(1, count) == 1
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.within(0, choices.len() as i64 - 1)).unwrap()]
    }
}

/// A capture and what was seen after it.
pub(crate) struct Path {
    pub(crate) future: &'static str,
    pub(crate) targets: Option<Targets>,
    pub(crate) opened_at: Timestamp,
    pub(crate) captured_at: Timestamp,
    pub(crate) capture: Observation,
    pub(crate) window_end: Option<Timestamp>,
    pub(crate) steps: Vec<(Timestamp, Option<Observation>)>,
}

/// A market that moves by whole ticks.
struct Market {
    symbol: Symbol,
    tick: Decimal,
    /// The bid, in ticks.
    bid: i64,
    /// The farthest step, in ticks: a third of the way to the target.
    stride: i64,
}

impl Path {
    pub(crate) fn random(random: &mut Random) -> Path {
        let future = if random.one_in(12) { TOTAL } else { random.one_of(&CANONICAL_FUTURES) };
        let mut market = Market::random(graded_on(future), random);
        let late = random.one_in(12);
        let captured_at =
            OPEN + if late { random.within(295_000, 305_000) } else { random.within(0, 20_000) };
        let capture = market.capture(captured_at, future == TOTAL, random);
        let window_end = (!random.one_in(4)).then(|| time(captured_at + random.within(1_000, 900_000)));
        let mut now = captured_at;
        let steps = (0..random.within(1, 60)).map(|_| market.step(&mut now, captured_at, random)).collect();
        Path {
            future,
            targets: targets(random),
            opened_at: time(OPEN),
            captured_at: time(captured_at),
            capture,
            window_end,
            steps,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let millis = |at: Timestamp| at.as_millisecond();
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|(now, seen)| json!({ "now": millis(*now), "quote": seen.as_ref().map(observation) }))
            .collect();
        json!({
            "future": self.future,
            "targets": self.targets.map(spoken_targets),
            "opened_at": millis(self.opened_at),
            "captured_at": millis(self.captured_at),
            "capture": observation(&self.capture),
            "window_end": self.window_end.map(millis),
            "steps": steps,
        })
    }
}

impl Market {
    fn random(future: &str, random: &mut Random) -> Market {
        let rules = rules(future);
        let tick = rules.tick.unwrap().decimal();
        let Targets::Points { high, .. } = rules.targets else { panic!("{future} trades by points") };
        let target_ticks: i64 = (high.decimal() / tick).trunc().try_into().unwrap();
        // Crude also below zero and around it.
        let bid = if future == "CL" { random.within(-200, 8_000) } else { random.within(3_000, 50_000) };
        Market { symbol: Symbol::new(future).unwrap(), tick, bid, stride: 1 + target_ticks / 3 }
    }

    fn price(&self, ticks: i64) -> Price {
        Price::new(self.tick * Decimal::from(ticks)).unwrap()
    }

    /// The quote that the row is captured from: usually a tradable one.
    fn capture(&mut self, captured_at: i64, sheet_signal: bool, random: &mut Random) -> Observation {
        let mut quote = self.quote(random);
        let stats = rules(self.symbol.as_str()).stats.unwrap();
        let threshold = stats.value(random.one_of(&Signal::ALL)).decimal();
        let nudge = self.tick * Decimal::from(random.within(-1, 1)) / Decimal::TWO;
        quote.change = Some(Price::new(threshold + nudge).unwrap()).filter(|_| !random.one_in(12));
        quote.close = Some(self.price(self.bid + random.within(-3, 3))).filter(|_| !random.one_in(3));
        if sheet_signal || random.one_in(2) {
            quote.signal = Some(random.one_of(&Signal::ALL));
        }
        let saved_at = captured_at - random.within(0, 30_000);
        let unchanged = if random.one_in(12) { random.within(560_000, 640_000) } else { 0 };
        Observation {
            quote: Arc::new(quote),
            saved_at: time(saved_at),
            seen_at: time(random.within(saved_at, captured_at)),
            unchanged_since: time(saved_at.min(captured_at - unchanged)),
        }
    }

    /// The next moment, and what is on the board then: sometimes nothing, an old save, or one of before the capture.
    fn step(
        &mut self,
        now: &mut i64,
        captured_at: i64,
        random: &mut Random,
    ) -> (Timestamp, Option<Observation>) {
        *now += random.within(0, 20_000);
        self.bid += random.within(-self.stride, self.stride);
        let mut saved_at = *now - random.within(0, 3_000);
        if random.one_in(6) {
            saved_at = *now - random.within(25_000, 35_000);
        } else if random.one_in(6) {
            saved_at = captured_at + random.within(-2, 2);
        }
        let saved_at = saved_at.min(*now);
        let seen_at = random.within(saved_at, *now);
        let observation = Observation {
            quote: Arc::new(self.quote(random)),
            saved_at: time(saved_at),
            seen_at: time(seen_at),
            unchanged_since: time(saved_at),
        };
        (time(*now), Some(observation).filter(|_| !random.one_in(20)))
    }

    /// Bid, ask and last, each absent at times; wide, locked and crossed at times.
    fn quote(&self, random: &mut Random) -> Quote {
        let spread = if random.one_in(8) { random.within(-2, 6 * self.stride) } else { random.within(0, 2) };
        let ask = self.bid + spread;
        let present = |price: Price, random: &mut Random| Some(price).filter(|_| !random.one_in(20));
        Quote {
            bid: present(self.price(self.bid), random),
            ask: present(self.price(ask), random),
            last: present(self.price(random.within(self.bid.min(ask), self.bid.max(ask))), random),
            ..Quote::absent(self.symbol.clone())
        }
    }
}

/// Mostly the shipped ones.
fn targets(random: &mut Random) -> Option<Targets> {
    if random.one_in(12) {
        return Some(Targets::Disabled);
    }
    let distance = |random: &mut Random| price(&format!("0.{:04}", random.within(1, 9_999)));
    random.one_in(6).then(|| Targets::Percent { high: distance(random), low: distance(random) })
}

fn spoken_targets(targets: Targets) -> Value {
    match targets {
        Targets::Points { high, low } => json!({ "mode": "points", "high": high, "low": low }),
        Targets::Percent { high, low } => json!({ "mode": "percent", "high": high, "low": low }),
        Targets::Disabled => json!({ "mode": "disabled" }),
    }
}

fn observation(observation: &Observation) -> Value {
    let quote = &observation.quote;
    json!({
        "bid": quote.bid,
        "ask": quote.ask,
        "last": quote.last,
        "change": quote.change,
        "close": quote.close,
        "signal": quote.signal,
        "saved_at": observation.saved_at.as_millisecond(),
        "seen_at": observation.seen_at.as_millisecond(),
        "unchanged_since": observation.unchanged_since.as_millisecond(),
    })
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}
