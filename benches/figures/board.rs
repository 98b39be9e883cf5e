//! What a save of twelve rows costs the board with many subscribers in this process.

use super::capture::quote;
use super::history::{generation, now};
use super::samples;
use std::sync::Arc;
use std::time::Duration;
use thor_stack::board::Board;
use thor_stack::value::Sheet;

pub(crate) fn measure(subscribers: usize, times: usize) {
    let board = Board::new(Duration::from_secs(60), now());
    let subscriptions: Vec<_> = (0..subscribers).map(|_| board.subscribe(None)).collect();
    let mut last = 0;
    let saves = samples::of(times, || {
        last += 1;
        let price = format!("{}.25", 40_000 + last);
        let row = |number: usize| Arc::new(quote([&format!("S{number}"), &price, &price, &price, "1", "2"]));
        let quotes = (0..12).map(row).collect();
        let sheet = Sheet { saved_at: now(), quotes, not_loaded: Vec::new(), rejected: Vec::new() };
        board.apply(&generation(), &sheet, now()).unwrap()
    });
    assert!(subscriptions.iter().all(|it| it.updates().len() == times + 1), "every save reaches everybody");
    samples::print(&format!("a save on the board, {subscribers} subscribers"), &saves);
}
