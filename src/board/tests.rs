//! The board's promises to its readers: whole saves only, ages that start anew, writers that are fenced.

use super::{Board, BoardSnapshot, ForeignQuote, ForeignSave, Update};
use crate::supervise::{Generation, Revoked, Waker};
use crate::value::{Price, Quote, Sheet, Symbol};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const STALE_AFTER: Duration = Duration::from_secs(60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_340_200 + second).unwrap()
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

fn quote(name: &str, last: i64) -> Arc<Quote> {
    Arc::new(Quote { last: Some(Price::from(last)), ..Quote::absent(symbol(name)) })
}

fn sheet(second: i64, quotes: &[(&str, i64)]) -> Sheet {
    let quotes = quotes.iter().map(|(name, last)| quote(name, *last)).collect();
    Sheet { saved_at: at(second), quotes, not_loaded: Vec::new(), rejected: Vec::new() }
}

fn without(mut sheet: Sheet, not_loaded: &[&str]) -> Sheet {
    sheet.not_loaded = not_loaded.iter().map(|name| symbol(name)).collect();
    sheet
}

struct Desk {
    board: Board,
    generation: Generation,
}

impl Desk {
    fn new() -> Desk {
        Desk { board: Board::new(STALE_AFTER, at(0)), generation: Generation::new(1) }
    }

    fn save(&self, second: i64, quotes: &[(&str, i64)]) -> Arc<Update> {
        self.board.apply(&self.generation, &sheet(second, quotes), at(second)).unwrap()
    }

    fn mark_stale(&self, second: i64) -> Arc<Update> {
        self.board.mark_stale(&self.generation, at(second)).unwrap()
    }

    fn merge(&self, second: i64, incoming: &[ForeignQuote], gone: &[&str]) -> Arc<Update> {
        let gone: Vec<Symbol> = gone.iter().map(|name| symbol(name)).collect();
        self.board.merge(&self.generation, incoming, &gone, at(second)).unwrap()
    }

    fn age(&self, name: &str, second: i64) -> u64 {
        let snapshot = self.board.snapshot();
        snapshot.age(snapshot.get(&symbol(name)).unwrap(), at(second)).as_secs()
    }
}

fn changed(update: &Update) -> Vec<&str> {
    update.changed.iter().map(|quote| quote.quote.symbol.as_str()).collect()
}

fn symbols(snapshot: &BoardSnapshot) -> Vec<&str> {
    snapshot.quotes().iter().map(|quote| quote.quote.symbol.as_str()).collect()
}

fn foreign(name: &str, last: i64, seq: u64, second: i64) -> ForeignQuote {
    ForeignQuote { quote: quote(name, last), seq, saved_at: at(second), stale: false }
}

#[test]
fn a_save_changes_only_the_rows_that_differ() {
    let desk = Desk::new();
    assert_eq!(changed(&desk.save(0, &[("YM", 1), ("ES", 2)])), ["YM", "ES"]);
    let update = desk.save(3, &[("YM", 1), ("ES", 3)]);
    assert_eq!(changed(&update), ["ES"]);
    let (ym, es) = (&update.snapshot.quotes()[0], &update.snapshot.quotes()[1]);
    assert_eq!((ym.unchanged_since, ym.seen_at), (at(0), at(0)));
    assert_eq!((es.unchanged_since, es.seen_at), (at(3), at(3)));
    assert!(es.seq > ym.seq);
    assert_eq!(
        (desk.age("YM", 10), desk.age("ES", 10)),
        (7, 7),
        "an unchanged row was loaded in that save too"
    );
}

#[test]
fn sequence_numbers_of_a_later_process_start_higher() {
    let earlier = Desk::new().save(0, &[("YM", 1)]).changed[0].seq;
    let later = Desk { board: Board::new(STALE_AFTER, at(1)), generation: Generation::new(1) };
    assert!(later.save(1, &[("YM", 1)]).changed[0].seq > earlier);
}

#[test]
fn a_row_that_is_not_loaded_any_more_keeps_its_quote_which_ages() {
    let desk = Desk::new();
    desk.save(0, &[("YM", 1), ("ES", 2)]);
    let next = without(sheet(30, &[("YM", 1)]), &["ES", "NQ"]);
    let update = desk.board.apply(&desk.generation, &next, at(30)).unwrap();
    assert!(update.gone.is_empty());
    assert_eq!(symbols(&update.snapshot), ["YM", "ES"]);
    assert_eq!((desk.age("YM", 31), desk.age("ES", 31)), (1, 31));
    let confirmed = desk.board.confirm(&desk.generation, at(61), at(61)).unwrap();
    assert_eq!(changed(&confirmed), ["ES"], "stale: the confirming save has no prices for it");
    assert_eq!((desk.age("YM", 61), desk.age("ES", 61)), (0, 61));
}

#[test]
fn a_symbol_that_left_the_sheet_is_named_once() {
    let desk = Desk::new();
    desk.save(0, &[("YM", 1), ("ES", 2)]);
    let update = desk.save(3, &[("YM", 1)]);
    assert_eq!(update.gone, [symbol("ES")]);
    assert!(update.changed.is_empty());
    assert!(desk.save(6, &[("YM", 1)]).gone.is_empty());
    assert_eq!(changed(&desk.save(9, &[("ES", 2), ("YM", 1)])), ["ES"]);
    assert_eq!(symbols(&desk.board.snapshot()), ["ES", "YM"], "sheet order");
    assert_eq!(desk.board.snapshot().get(&symbol("YM")).unwrap().quote.last, Some(Price::from(1)));
}

#[test]
fn a_quote_turns_stale_once_and_back_with_the_next_save() {
    let desk = Desk::new();
    let fresh = desk.save(0, &[("YM", 1)]).changed[0].seq;
    assert!(desk.mark_stale(60).changed.is_empty(), "the limit itself is not past it");
    let stale = desk.mark_stale(61);
    assert!(stale.changed[0].stale && stale.changed[0].seq > fresh);
    assert!(desk.mark_stale(62).changed.is_empty());
    let back = desk.board.confirm(&desk.generation, at(63), at(63)).unwrap();
    assert!(!back.changed[0].stale && back.changed[0].seq > stale.changed[0].seq);
    assert_eq!(back.changed[0].unchanged_since, at(0));
}

#[test]
fn every_quote_turns_stale_at_its_own_second_whichever_way_the_clock_goes() {
    let desk = Desk::new();
    desk.save(0, &[("YM", 1), ("ES", 2)]);
    let later = without(sheet(20, &[("YM", 1)]), &["ES"]);
    desk.board.apply(&desk.generation, &later, at(20)).unwrap();
    let seconds = (20..100).chain((0..100).rev()).chain([60, 61, 80, 81, 60, 81, 20]);
    for second in seconds {
        for look in 1..=2 {
            let update = desk.mark_stale(second);
            let stale: Vec<bool> = update.snapshot.quotes().iter().map(|known| known.stale).collect();
            assert_eq!(stale, [second > 80, second > 60], "at {second} s, look {look}");
            assert!(look == 1 || update.changed.is_empty(), "said twice at {second} s");
        }
    }
}

#[test]
fn a_save_later_than_now_is_as_old_as_the_clock_was_set_back() {
    let desk = Desk::new();
    desk.save(3_600, &[("YM", 1)]);
    assert_eq!(desk.age("YM", 3_595), 5);
    assert!(desk.mark_stale(3_595).changed.is_empty());
    assert_eq!(changed(&desk.mark_stale(0)), ["YM"], "a feed that has stopped was fresh for an hour");
    assert!(!desk.save(1, &[("YM", 1)]).changed[0].stale, "the next save says when it was");
}

#[test]
fn quotes_from_elsewhere_stand_still_since_when_they_are_remembered_to() {
    let desk = Desk::new();
    let remembered = |last| (symbol("YM"), super::said(&quote("YM", last)), at(-600));
    let since = |desk: &Desk| desk.board.snapshot().quotes()[0].unchanged_since;
    desk.board.remember([remembered(1)]);
    desk.merge(0, &[foreign("YM", 1, 10, 0)], &[]);
    assert_eq!(since(&desk), at(-600));
    let desk = Desk::new();
    desk.board.remember([remembered(2)]);
    desk.merge(0, &[foreign("YM", 1, 10, 0)], &[]);
    assert_eq!(since(&desk), at(0), "it said something else then");
}

#[test]
fn a_replaced_writer_changes_nothing() {
    let desk = Desk::new();
    desk.save(0, &[("YM", 1)]);
    desk.generation.revoke();
    let refused = Err(Revoked(1));
    assert_eq!(desk.board.apply(&desk.generation, &sheet(3, &[("YM", 2)]), at(3)).map(drop), refused);
    assert_eq!(desk.board.confirm(&desk.generation, at(3), at(3)).map(drop), refused);
    assert_eq!(desk.board.mark_stale(&desk.generation, at(99)).map(drop), refused);
    let incoming = [foreign("YM", 9, u64::MAX, 3)];
    assert_eq!(desk.board.merge(&desk.generation, &incoming, &[], at(3)).map(drop), refused);
    let snapshot = desk.board.snapshot();
    assert_eq!(snapshot.saved_at, Some(at(0)));
    assert_eq!(snapshot.quotes()[0].quote.last, Some(Price::from(1)));
}

/// The model of the hand-overs writes to a sheet of its own; this is where the board keeps to its order.
#[test]
fn the_fence_is_asked_under_the_lock_of_the_write() {
    let board = Arc::new(Board::new(STALE_AFTER, at(0)));
    let asked = Arc::clone(&board);
    let fenced = Generation::new(1).under(Arc::new(move || asked.last_seq.try_lock().is_none()));
    board.apply(&fenced, &sheet(0, &[("YM", 1)]), at(0)).unwrap();
    board.confirm(&fenced, at(3), at(3)).unwrap();
    board.merge(&fenced, &[foreign("YM", 9, u64::MAX, 6)], &[], at(6)).unwrap();
    let save = ForeignSave { saved_at: at(9), loaded: [symbol("YM")].into(), not_loaded: Vec::new() };
    board.confirm_foreign(&fenced, &save, at(9)).unwrap();
    board.mark_stale(&fenced, at(99)).unwrap();
}

#[test]
fn subscribers_get_every_update_in_order_and_are_woken() {
    let desk = Desk::new();
    let (waker, woken) = Waker::channel();
    let subscription = desk.board.subscribe(Some(waker));
    for second in 0..5 {
        desk.save(second, &[("YM", second)]);
    }
    assert!(woken.try_recv().is_ok());
    let seen: Vec<Timestamp> = subscription.updates().try_iter().map(|update| update.at).collect();
    assert_eq!(seen, (0..5).map(at).collect::<Vec<_>>());
    desk.mark_stale(6);
    assert!(woken.try_recv().is_err(), "nothing turned stale, so nobody is woken");
    assert_eq!(subscription.lost(), 0);
}

#[test]
fn a_subscriber_that_sleeps_loses_the_oldest_and_never_stalls_the_writer() {
    let desk = Desk::new();
    let subscription = desk.board.subscribe(None);
    let saves = super::fanout::WAITING_UPDATES as i64 + 10;
    for second in 0..saves {
        desk.save(second, &[("YM", second)]);
    }
    assert_eq!(subscription.lost(), 10);
    assert_eq!(subscription.updates().recv().unwrap().at, at(10));
    drop(subscription);
    desk.save(saves, &[("YM", 0)]);
    assert_eq!(desk.board.fanout.len(), 0);
}

#[test]
fn quotes_from_elsewhere_are_taken_in_their_publishers_order() {
    let desk = Desk::new();
    assert_eq!(changed(&desk.merge(0, &[foreign("YM", 1, 10, 0)], &[])), ["YM"]);
    assert!(desk.merge(1, &[foreign("YM", 9, 10, 1)], &[]).changed.is_empty(), "a repetition");
    assert!(desk.merge(2, &[foreign("YM", 9, 9, 2)], &[]).changed.is_empty(), "an older one that came late");
    let refreshed = desk.merge(30, &[foreign("YM", 1, 11, 30)], &[]);
    assert!(refreshed.changed.is_empty(), "the same row in a later save");
    assert_eq!(desk.age("YM", 31), 1);
    let twice = [foreign("ES", 1, 12, 31), foreign("ES", 2, 13, 32)];
    assert_eq!(changed(&desk.merge(32, &twice, &[])), ["ES"]);
    assert_eq!(desk.board.snapshot().get(&symbol("ES")).unwrap().quote.last, Some(Price::from(2)));
    assert_eq!(symbols(&desk.board.snapshot()), ["YM", "ES"]);
    assert_eq!(desk.merge(33, &[], &["YM"]).gone, [symbol("YM")]);
    let back = desk.merge(34, &[foreign("ES", 3, 14, 34)], &["ES"]);
    assert_eq!((changed(&back), back.gone.len()), (vec!["ES"], 0));
}

/// A number of this process would be above those that the publisher, which started earlier, gives next.
#[test]
fn a_quote_from_elsewhere_that_turned_stale_here_still_takes_the_next_from_there() {
    let desk = Desk::new();
    desk.merge(0, &[foreign("YM", 1, 10, 0)], &[]);
    let stale = desk.mark_stale(61);
    assert!(stale.changed[0].stale);
    let next = desk.merge(62, &[foreign("YM", 2, 11, 62)], &[]);
    assert_eq!(changed(&next), ["YM"]);
    assert!(!next.changed[0].stale);
}

#[test]
fn what_its_publisher_marked_stale_stays_stale_and_a_sheet_of_our_own_frees_it() {
    let desk = Desk::new();
    desk.merge(0, &[ForeignQuote { stale: true, ..foreign("YM", 1, 10, 0) }], &[]);
    assert!(desk.mark_stale(1).changed.is_empty());
    assert!(desk.board.snapshot().quotes()[0].stale);
    let own = desk.save(2, &[("YM", 1)]);
    assert!(!own.changed[0].stale && own.changed[0].seq > 10);
    assert!(desk.mark_stale(3).changed.is_empty());
}

/// Regression: what the publisher said by a clock that was ahead stood for the latest save until the clock was there again.
#[test]
fn after_a_clock_was_set_back_elsewhere_its_next_save_counts() {
    let desk = Desk::new();
    desk.merge(3_600, &[foreign("YM", 1, 10, 3_600), foreign("ES", 1, 11, 3_600)], &[]);
    desk.merge(10, &[foreign("YM", 2, 12, 10)], &[]);
    assert_eq!(desk.board.snapshot().saved_at, Some(at(10)));
    let loaded = [symbol("YM"), symbol("ES")].into();
    let save = ForeignSave { saved_at: at(13), loaded, not_loaded: Vec::new() };
    desk.board.confirm_foreign(&desk.generation, &save, at(13)).unwrap();
    assert_eq!((desk.age("YM", 15), desk.age("ES", 15)), (2, 2));
    assert!(!desk.board.snapshot().is_stale(STALE_AFTER, at(15)));
}

#[test]
fn a_later_save_elsewhere_confirms_what_it_loaded_and_nothing_else() {
    let desk = Desk::new();
    desk.merge(0, &[foreign("YM", 1, 10, 0), foreign("ES", 1, 11, 0), foreign("NQ", 1, 12, 40)], &[]);
    let (waker, woken) = Waker::channel();
    let subscription = desk.board.subscribe(Some(waker));
    let save = |second| ForeignSave {
        saved_at: at(second),
        loaded: [symbol("YM"), symbol("NQ"), symbol("CL")].into(),
        not_loaded: vec![symbol("ES")],
    };
    let confirm = |second, now| desk.board.confirm_foreign(&desk.generation, &save(second), at(now)).unwrap();
    confirm(30, 41);
    assert_eq!((desk.age("YM", 41), desk.age("ES", 41), desk.age("NQ", 41)), (11, 41, 1));
    assert_eq!((desk.board.snapshot().saved_at, desk.board.snapshot().seen_at), (Some(at(40)), Some(at(0))));
    assert_eq!(*desk.board.snapshot().not_loaded, [symbol("ES")]);
    assert_eq!(subscription.updates().try_iter().count(), 1);
    assert!(woken.try_recv().is_ok());
    confirm(30, 42);
    assert!(woken.try_recv().is_err(), "known already");
    assert_eq!(changed(&confirm(61, 61)), ["ES"], "stale: that save has no prices for it");
    assert_eq!((desk.age("YM", 61), desk.age("NQ", 61)), (0, 0));
    assert_eq!(desk.board.snapshot().seen_at, Some(at(61)));
    desk.generation.revoke();
    desk.board.confirm_foreign(&desk.generation, &save(70), at(70)).unwrap_err();
    assert_eq!(desk.age("YM", 70), 9);
}

#[test]
fn our_own_numbers_go_on_above_those_from_elsewhere() {
    let desk = Desk::new();
    let high = u64::MAX / 2;
    desk.merge(0, &[foreign("YM", 1, high, 0)], &[]);
    assert!(desk.save(1, &[("YM", 2)]).changed[0].seq > high);
}

#[test]
fn concurrent_readers_see_whole_saves_only() {
    let desk = Desk::new();
    let names: Vec<String> = (0..50).map(|n| format!("S{n}")).collect();
    let rows = |last: i64| names.iter().map(|name| (name.as_str(), last)).collect::<Vec<_>>();
    desk.save(0, &rows(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let snapshot = desk.board.snapshot();
                    let lasts: Vec<_> = snapshot.quotes().iter().map(|quote| quote.quote.last).collect();
                    assert_eq!(lasts.len(), names.len());
                    assert!(lasts.windows(2).all(|pair| pair[0] == pair[1]), "a mix of two saves");
                    assert_eq!(snapshot.saved_at, Some(at(lasts[0].unwrap().to_string().parse().unwrap())));
                }
            });
        }
        for second in 1..400 {
            desk.save(second, &rows(second));
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Regression: a look for stale quotes put back the save that it had read before another writer's.
#[test]
fn a_look_for_stale_quotes_never_takes_back_a_save() {
    let desk = Desk::new();
    desk.save(0, &[("YM", 1)]);
    let over = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let mut second = 0;
            while !over.load(Ordering::Relaxed) {
                second += 1;
                desk.mark_stale(second); // another moment each time, or nothing would be looked at
            }
        });
        let is_kept = (1..20_000).all(|second| {
            desk.board.confirm(&desk.generation, at(second), at(second)).unwrap();
            desk.board.snapshot().saved_at == Some(at(second))
        });
        over.store(true, Ordering::Relaxed);
        assert!(is_kept, "{:?}", desk.board.snapshot().saved_at);
    });
}
