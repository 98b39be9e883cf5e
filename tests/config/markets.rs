//! Markets, instruments and what is recorded: the constants of the domain, and how they are changed.

use super::sources::Typed;
use thor_stack::config::TargetMode;
use thor_stack::rules::grading::EvaluationWindow;

/// domain.md sections 5 and 7: tick, dollars a point, target, precision, and the five statistics.
const FUTURES: [(&str, &str, &str, &str, u32, &str); 11] = [
    ("YM", "1", "5", "20", 0, "60 10 0 -10 -60"),
    ("ES", "0.25", "50", "2", 2, "6 1 0 -1 -6"),
    ("NQ", "0.25", "20", "5", 2, "15 2.5 0 -2.5 -15"),
    ("RTY", "0.1", "50", "2", 1, "15 2.5 0 -2.5 -15"),
    ("CL", "0.01", "1000", "0.1", 2, "0.3 0.05 0 -0.05 -0.3"),
    ("SI", "0.005", "5000", "0.02", 3, "0.06 0.01 0 -0.01 -0.06"),
    ("HG", "0.0005", "25000", "0.004", 4, "0.012 0.002 0 -0.002 -0.012"),
    ("GC", "0.1", "100", "1", 1, "3 0.5 0 -0.5 -3"),
    ("VX", "0.05", "1000", "0.1", 2, "0.05 0.03 0 -0.03 -0.05"),
    ("DX", "0.005", "1000", "0.1", 3, "30 5 0 -5 -30"),
    ("ZB", "0.03125", "1000", "0.09375", 5, "30 5 0 -5 -30"),
];

#[test]
fn every_future_has_the_constants_of_the_domain() {
    let config = Typed::new().loaded().config;
    assert_eq!(config.instruments.len(), FUTURES.len());
    for ((name, tick, point_value, target, precision, stats), seen) in FUTURES.iter().zip(&config.instruments)
    {
        assert_eq!(seen.name, *name);
        let text = |price: Option<thor_stack::value::Price>| price.unwrap().to_string();
        assert_eq!([text(seen.tick), text(seen.point_value)], [*tick, *point_value], "{name}");
        assert_eq!([text(seen.targets.high), text(seen.targets.low)], [*target, *target], "{name}");
        assert_eq!((seen.precision, seen.targets.mode), (*precision, TargetMode::Points), "{name}");
        let s = seen.stats;
        let all = [s.strong_buy, s.buy, s.hold, s.sell, s.strong_sell].map(text).join(" ");
        assert_eq!(all, *stats, "{name}");
        assert_eq!(seen.contract_weight.to_string(), "1", "{name}");
    }
    let named = |is: fn(&thor_stack::config::InstrumentConfig) -> bool| {
        let some = config.instruments.iter().filter(|one| is(one));
        some.map(|one| one.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(named(|one| one.bear), ["GC", "VX", "DX", "ZB"]);
    assert_eq!(named(|one| one.book == thor_stack::rules::book::BookRule::Optional), ["DX"]);
}

/// domain.md section 6: the nine markets, east to west, with their weights.
#[test]
fn every_market_has_its_weight() {
    let config = Typed::new().loaded().config;
    let weights: Vec<String> =
        config.markets.iter().map(|market| format!("{} {}", market.name, market.weight)).collect();
    assert_eq!(
        weights,
        [
            "Japan 0.25",
            "China 0.1",
            "India 0.05",
            "Germany 0.2",
            "United Kingdom 0.05",
            "Pre_USA 0.05",
            "USA 0.25",
            "Canada 0.03",
            "Mexico 0.02"
        ]
    );
    assert!(config.markets.iter().all(|one| one.enabled && one.enable_open_capture && one.hours.is_none()));
}

/// interfaces.md, "Configuration", and domain.md sections 1, 7, 8 and 9.
#[test]
fn sections_have_the_defaults_of_the_interface() {
    let effective = Typed::new().loaded().effective();
    for (key, value) in [
        ("ledger.url", "\"sqlite:ledger.db\""),
        ("capture.interval", "\"5s\""),
        ("capture.max_quote_age", "\"30s\""),
        ("capture.wait_for_all", "\"10s\""),
        ("capture.min_quotes", "1"),
        ("capture.total_min_signals", "8"),
        ("capture.max_unchanged", "\"10m\""),
        ("capture.max_delay", "\"5m\""),
        ("grader.interval", "\"500ms\""),
        ("grader.evaluation_window", "\"session\""),
        ("signals.source", "\"computed\""),
        ("week52.enabled", "true"),
        ("week52.interval", "\"1s\""),
        ("week52.check_interval", "\"60s\""),
        ("preopen.interval", "\"30s\""),
        ("intraday.interval", "\"10s\""),
        ("intraday.vwap_window", "\"30m\""),
        ("journal.enabled", "false"),
        ("journal.keep", "\"30d\""),
        ("calendar.override", "[]"),
        ("markets.\"United Kingdom\".hours", "\"calendar\""),
    ] {
        let one = effective.iter().find(|one| one.key == key).unwrap_or_else(|| panic!("no {key}"));
        assert_eq!(one.value.to_string(), value, "{key}");
    }
}

/// Each decimal is the text that was typed: no float of it is ever made.
#[test]
fn decimals_are_read_from_their_source_text() {
    for (typed, meant) in [
        ("0.1", "0.1"),
        ("117.78125", "117.78125"),
        ("0.30000000000000004", "?"),
        ("0.12345678901234", "0.12345678901234"),
        ("123456789012.345", "123456789012.345"),
        ("1_000.50", "1000.5"),
        ("'0.1'", "0.1"),
        ("3", "3"),
        ("+3", "3"),
        ("1e-3", "0.001"),
        ("2.5E+2", "250"),
        ("0x10", "16"),
        ("inf", "?"),
        ("nan", "?"),
        ("'1,5'", "?"),
        ("true", "?"),
        ("[1]", "?"),
    ] {
        let key = "instruments.ES.contract_weight";
        let weight = |typed: Typed| {
            let loaded = typed.load();
            loaded.map_or("?".into(), |loaded| loaded.config.instruments[1].contract_weight.to_string())
        };
        assert_eq!(weight(Typed::new().file(&format!("{key} = {typed}"))), meant, "{typed} in the file");
        // Without TOML's own forms, a flag and a variable take the same texts.
        if !typed.contains(['_', 'x', '\'']) {
            assert_eq!(weight(Typed::new().set(&format!("{key}={typed}"))), meant, "--set {typed}");
            let name = "THOR_STACK_INSTRUMENTS_ES_CONTRACT_WEIGHT";
            assert_eq!(weight(Typed::new().variable(name, typed)), meant, "{name}={typed}");
        }
    }
}

/// The minimums of domain.md section 1, and other bounds.
#[test]
fn values_out_of_bounds_are_refused() {
    for (typed, good) in [
        ("capture.interval=1s", true),
        ("capture.interval=999ms", false),
        ("week52.interval=250ms", true),
        ("week52.interval=249ms", false),
        ("preopen.interval=5s", true),
        ("preopen.interval=4s", false),
        ("capture.min_quotes=0", false),
        ("capture.min_quotes=1.5", false),
        ("capture.max_delay=0s", false),
        ("capture.wait_for_all=0s", true),
        ("grader.evaluation_window=off", true),
        ("grader.evaluation_window=30m", true),
        ("grader.evaluation_window=0s", false),
        ("grader.evaluation_window=for ever", false),
        ("markets.USA.weight=1.01", false),
        ("markets.USA.weight=-0.1", false),
        ("markets.USA.hours=16:00-09:30", false),
        ("markets.USA.hours=25:00-26:00", false),
        ("markets.usa.enabled=false", false),
        ("instruments.ES.tick=0", false),
        ("instruments.ES.targets.high=-2", false),
        ("instruments.ES.stats.buy=7", false),
        ("instruments.\"6E\".stats.buy=7", false),
        ("instruments.\"6E\".targets.mode=points", false),
        ("instruments.\"6E\"={precision=5, targets={mode='percent', high=0.5, low='0.5'}}", true),
        ("instruments.\"6E\"={precision=5, targets={mode='points', high=0.5}}", false),
        ("instruments.\"6E\".targets.mode=disabled", true),
        ("instruments.ES.targets={mode='percent', high=0.5, low='0.5'}", true),
        ("instruments.ES.targets.high=3", true),
        ("ledger.url=postgres://host", false),
        ("ledger.url=sqlite:", false),
        ("journal.keep=0d", false),
    ] {
        let loaded = Typed::new().set(typed).load();
        assert_eq!(loaded.is_ok(), good, "{typed}: {:?}", loaded.err().map(|problems| problems.to_string()));
    }
}

/// Each of these was taken, and left rows without targets, with a stop 20 percent away, or with targets rounded to
/// cents where a price has five decimals.
#[test]
fn half_a_target_is_refused() {
    for (typed, reason) in [
        ("'6E'.targets.high = 0.001", "targets: give mode = \"points\" or \"percent\" with high and low"),
        ("YM.targets = { mode = 'percent', high = 1 }", "targets: give high and low too"),
        ("YM.targets.mode = 'percent'", "targets: give high and low too"),
        ("'6E'.targets = { mode = 'points', high = 0.001, low = 0.001 }", "precision: give the decimals"),
    ] {
        let problems = Typed::new().file(&format!("[instruments]\n{typed}\n")).problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("HOME/config.toml:2: instruments."), "{problems:?}");
        assert!(problems[0].contains(reason), "{problems:?}");
    }
}

#[test]
fn a_market_can_be_changed_by_file_and_variable() {
    let typed = Typed::new()
        .file("[markets.'United Kingdom']\nhours = '08:00-12:30'\n[grader]\nevaluation_window = '2h'")
        .variable("THOR_STACK_MARKETS_UNITED_KINGDOM_ENABLE_CLOSE_CAPTURE", "no");
    let config = typed.loaded().config;
    let market = config.markets.iter().find(|market| market.name == "United Kingdom").unwrap();
    assert_eq!(market.hours.as_ref().map(ToString::to_string).as_deref(), Some("08:00-12:30"));
    assert!(!market.enable_close_capture && market.enable_open_capture);
    assert_eq!(config.grader.evaluation_window, EvaluationWindow::For(std::time::Duration::from_secs(7200)));
}

#[test]
fn the_ledger_is_in_the_home_folder_unless_it_is_said_where() {
    let typed = Typed::new();
    assert_eq!(typed.loaded().config.ledger_path(), typed.home().join("ledger.db"));
    let elsewhere = Typed::new().set("ledger.url=sqlite:/srv/thor.db");
    assert_eq!(elsewhere.loaded().config.ledger_path(), std::path::absolute("/srv/thor.db").unwrap());
}

#[test]
fn closures_announced_late_come_by_config() {
    let typed = Typed::new().file(
        "[[calendar.override]]\nmarket = 'USA'\ndate = '2027-01-09'\nclosed = true\n\
         [[calendar.override]]\nmarket = 'india'\ndate = 2026-11-08\nopen = '18:15'\nclose = '19:15'\n",
    );
    let all = typed.loaded().config.calendar_overrides;
    assert_eq!((all[0].market.as_str(), all[0].hours.clone()), ("USA", None));
    assert_eq!((all[1].market.as_str(), all[1].date.to_string()), ("India", "2026-11-08".into()));
    assert!(all[1].hours.as_ref().is_some_and(|hours| hours.to_string().starts_with("18:15-")));
}

#[test]
fn a_closure_that_contradicts_itself_is_refused() {
    for (typed, reason) in [
        ("{market = 'USA', date = '2027-01-09'}", "neither closed = true nor open and close"),
        ("{market = 'USA', date = '2027-01-09', closed = true, open = '09:30'}", "closed and open"),
        ("{market = 'USA', date = '2027-01-09', open = '09:30'}", "no close"),
        ("{market = 'USA', date = '2027-02-30', closed = true}", "is not a date"),
        ("{market = 'Usb', date = '2027-01-09', closed = true}", "no market \"Usb\"; did you mean USA?"),
        ("{market = 'USA', date = '2027-01-09', close = '09:30', open = '10:00'}", "cross midnight"),
        ("{market = 'USA', day = '2027-01-09', closed = true}", "unknown key day"),
        ("{date = '2027-01-09', closed = true}", "no market"),
        ("7", "not a table"),
    ] {
        let problems = Typed::new().file(&format!("calendar.override = [{typed}]")).problems();
        let expected = "HOME/config.toml:1: calendar.override: entry 1: ";
        assert!(problems[0].starts_with(expected) && problems[0].contains(reason), "{problems:?}");
    }
    let twice = "{market = 'USA', date = '2027-01-09', closed = true}";
    let problems = Typed::new().file(&format!("calendar.override = [{twice}, {twice}]")).problems();
    assert!(problems[0].contains("entry 2: USA has an entry for 2027-01-09 already"), "{problems:?}");
}
