//! Sets of samples on their way to `scripts/bench`.

use std::time::{Duration, Instant};

/// Prints the samples of `figure`, microseconds each.
pub(crate) fn print(figure: &str, samples: &[Duration]) {
    let micros: Vec<f64> = samples.iter().map(|sample| sample.as_nanos() as f64 / 1e3).collect();
    println!("{}", serde_json::json!({ "figure": figure, "us": micros }));
}

/// How long `work` takes, `times` over, after one time that does not count.
pub(crate) fn of<T>(times: usize, mut work: impl FnMut() -> T) -> Vec<Duration> {
    std::hint::black_box(work());
    (0..times).map(|_| once(&mut work)).collect()
}

pub(crate) fn once<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(work());
    begun.elapsed()
}
