//! The simulated market is one that the feed reads and the rules can trade.

use jiff::Timestamp;
use thor_stack::config::{Config, WorkbookConfig};
use thor_stack::feed::{Look, WorkbookReader};
use thor_stack::rules::book::Sides;
use thor_stack::simulator::{SimulatedMarket, save};
use thor_stack::value::{Price, Quote, Sheet};

fn read(market: &SimulatedMarket) -> Sheet {
    let folder = tempfile::tempdir().unwrap();
    let (path, at) = (folder.path().join("demo.xlsx"), "2025-11-19T14:30:00Z".parse::<Timestamp>().unwrap());
    save(&path, &market.workbook("LiveData").unwrap(), at).unwrap();
    let mut reader = WorkbookReader::new(&path, "LiveData", WorkbookConfig::default().range);
    match reader.look(at, &mut |_| false).unwrap() {
        Look::Changed(sheet) => sheet,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_consistent(quote: &Quote, config: &Config) {
    let (last, high, low) = (quote.last.unwrap(), quote.high.unwrap(), quote.low.unwrap());
    assert!(low <= last && last <= high, "{quote:?}");
    assert_eq!(quote.change, last.checked_sub(quote.close.unwrap()), "{quote:?}");
    let instruments = config.instruments();
    let future = instruments.canonical(&quote.symbol).unwrap();
    let rules = config.rule_book();
    let sides = Sides::of(quote, rules.get(future).book);
    let spread = sides.spread().unwrap();
    let stop = config.instruments.iter().find(|one| one.name == future).unwrap().targets.low.unwrap();
    assert!(spread < stop, "{future}: a spread of {spread} against a stop of {stop} is no trade");
    assert!(future == "DX" || spread > Price::ZERO, "{quote:?}");
}

#[test]
fn the_feed_reads_consistent_quotes_of_eleven_futures() {
    let (mut market, config) = (SimulatedMarket::opening(1), Config::at_home("none".into()));
    let mut volume = Some(0);
    for _ in 0..20 {
        market.advance(100);
        let sheet = read(&market);
        assert_eq!((sheet.quotes.len(), sheet.rejected), (11, Vec::new()));
        assert_eq!(sheet.saved_at.to_string(), "2025-11-19T14:30:00Z");
        sheet.quotes.iter().for_each(|quote| is_consistent(quote, &config));
        assert!(sheet.quotes[0].volume > volume);
        volume = sheet.quotes[0].volume;
    }
}

#[test]
fn a_seed_gives_the_same_day_and_another_gives_another() {
    let prices = |seed| {
        let mut market = SimulatedMarket::opening(seed);
        market.advance(1_000);
        read(&market).quotes.iter().map(|quote| quote.last).collect::<Vec<Option<Price>>>()
    };
    assert_eq!(prices(1), prices(1));
    assert_ne!(prices(1), prices(2));
}
