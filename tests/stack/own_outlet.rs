//! A host that publishes quotes its own way.

use super::until;
use crate::support::program::World;
use crate::support::workbooks::WorkbookWriter;
use crossbeam_channel::Sender;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use thor_stack::Stack;
use thor_stack::config::Config;
use thor_stack::outlet::{Edition, Outlet, OutletError, Published};
use thor_stack::supervise::Generation;

/// Sends the symbols of each edition; the very first edition fails.
struct Desk {
    editions: Arc<AtomicUsize>,
    told: Sender<Vec<String>>,
}

impl Outlet for Desk {
    fn publish(&mut self, _generation: &Generation, edition: &Edition<'_>) -> Result<Published, OutletError> {
        if self.editions.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(OutletError::Failed("the desk is closed; open it".into()));
        }
        let symbols: Vec<String> =
            edition.snapshot.quotes().iter().map(|it| it.quote.symbol.to_string()).collect();
        let published = Published { quotes: symbols.len(), gone: 0 };
        self.told.send(symbols).ok();
        Ok(published)
    }
}

#[test]
fn an_outlet_of_the_hosts_own_gets_the_editions_and_the_status_tells_how_it_is() {
    let world = World::new();
    let book = world.path("book.xlsx");
    WorkbookWriter::of_size(3, 1).save(&book);
    let mut config = Config::at_home(world.path("home"));
    (config.workbook.path, config.workbook.interval) = (Some(book), Duration::from_millis(100));
    let (told, editions) = crossbeam_channel::unbounded();
    let (count, made) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, factories) = (Arc::clone(&count), Arc::clone(&made));
    let stack = Stack::builder(config).outlet(move || {
        factories.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Desk { editions: Arc::clone(&counted), told: told.clone() }))
    });
    let stack = stack.start().unwrap();
    assert_eq!(stack.bus().kind, "host");
    until("the first edition has failed", || stack.bus().failures == 1);
    assert_eq!(editions.recv_timeout(Duration::from_secs(20)).unwrap(), ["S0", "S1", "S2"]);
    until("the status knows that it went out", || stack.bus().connected);
    assert_eq!((stack.bus().failures, &stack.bus().last_error), (1, &None));
    stack.restart("ExcelPollerSupervisor").unwrap().recv_timeout(Duration::from_secs(20)).unwrap();
    until("the next poller has the next outlet", || made.load(Ordering::SeqCst) == 2);
    assert!(stack.shutdown(Duration::from_secs(5)).is_clean());
    drop(stack);
    until("every outlet is dropped", || Arc::strong_count(&count) == 1);
}
