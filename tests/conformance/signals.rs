//! Signals: domain.md section 5.

use super::spoken::{price, quote, rules};
use thor_stack::rules::InstrumentRules;
use thor_stack::rules::signal::{SignalSource, computed, signal, weight};
use thor_stack::value::Signal::{self, Buy, Hold, Sell, StrongBuy, StrongSell};

/// The table of section 5: strong buy, buy, hold, sell, strong sell.
const STATS: [(&str, [&str; 5]); 11] = [
    ("YM", ["60", "10", "0", "-10", "-60"]),
    ("ES", ["6", "1", "0", "-1", "-6"]),
    ("NQ", ["15", "2.5", "0", "-2.5", "-15"]),
    ("RTY", ["15", "2.5", "0", "-2.5", "-15"]),
    ("CL", ["0.3", "0.05", "0", "-0.05", "-0.3"]),
    ("SI", ["0.06", "0.01", "0", "-0.01", "-0.06"]),
    ("HG", ["0.012", "0.002", "0", "-0.002", "-0.012"]),
    ("GC", ["3", "0.5", "0", "-0.5", "-3"]),
    ("VX", ["0.05", "0.03", "0", "-0.03", "-0.05"]),
    ("DX", ["30", "5", "0", "-5", "-30"]),
    ("ZB", ["30", "5", "0", "-5", "-30"]),
];

#[test]
fn stat_values_are_those_of_the_table() {
    for (future, values) in STATS {
        let stats = rules(future).stats.unwrap();
        for (signal, value) in Signal::ALL.into_iter().zip(values) {
            assert_eq!(stats.value(signal), price(value), "{future} {signal}");
        }
    }
}

/// "`change > SB` strong buy; else `> B` buy; else `>= S` hold; else `> SS` sell; else strong sell".
#[test]
fn each_bound_belongs_to_the_side_that_the_table_says() {
    let hair = price("0.00001");
    for (future, values) in STATS {
        let stats = rules(future).stats.unwrap();
        let [strong_buy, buy, hold, sell, strong_sell] = values.map(price);
        for (change, expected) in [
            (strong_buy.checked_add(hair).unwrap(), StrongBuy),
            (strong_buy, Buy),
            (buy.checked_add(hair).unwrap(), Buy),
            (buy, Hold),
            (hold, Hold),
            (sell, Hold),
            (sell.checked_sub(hair).unwrap(), Sell),
            (strong_sell.checked_add(hair).unwrap(), Sell),
            (strong_sell, StrongSell),
            (strong_sell.checked_sub(hair).unwrap(), StrongSell),
        ] {
            assert_eq!(stats.classify(change), expected, "{future} {change}");
        }
    }
}

#[test]
fn quotes_have_the_signal_of_their_change() {
    for (future, fields, expected, source) in [
        ("ES", "last=6000 change=6", Some(Buy), "section 5: kept, ES +6 is BUY"),
        ("ES", "last=6000 change=-6", Some(StrongSell), "section 5: kept, ES -6 is STRONG_SELL"),
        ("ES", "last=6000 change=6.25", Some(StrongBuy), "section 5: a tick above"),
        ("ZB", "last=117.78125 change=1.5", Some(Hold), "section 5: kept, ZB is out of reach as points"),
        ("DX", "last=99.4 change=-0.9", Some(Hold), "section 5: kept, DX is out of reach as points"),
        ("YM", "change=61", None, "section 5: no signal without a last price"),
        ("YM", "last=47476", None, "section 5: no signal without a change"),
        ("YM", "last=47476 change=0", Some(Hold), "section 3: a net change of 0 is a value"),
        ("YM", "last=47476 close=47476 change=0", Some(Hold), "section 5: nothing contradicts it"),
        ("YM", "last=47476 close=47475 change=0", Some(Hold), "section 5: a tick is no contradiction"),
        ("YM", "last=47476 close=47474 change=0", None, "section 5: more than a tick above"),
        ("YM", "last=47476 close=47478 change=0", None, "section 5: more than a tick below"),
        ("VX", "last=17.10 close=17.05 change=0", Some(Hold), "section 7: VX's tick is 0.05"),
        ("VX", "last=17.11 close=17.05 change=0", None, "section 7: VX's tick is 0.05"),
        ("ZB", "last=117.78125 close=117.75 change=0", Some(Hold), "section 7: ZB's tick is 1/32"),
        (
            "YM",
            "last=47476 close=47000 change=61",
            Some(StrongBuy),
            "section 5: only a change of 0 is doubted",
        ),
        ("CL", "last=-37.63 change=-55.9", Some(StrongSell), "section 3: crude on 2020-04-20"),
        ("AAPL", "last=270 change=3", None, "an instrument without stats has no signal"),
    ] {
        assert_eq!(computed(&quote(future, fields), &rules(future)), expected, "{future} {fields}: {source}");
    }
}

#[test]
fn without_a_configured_tick_any_difference_contradicts_a_change_of_zero() {
    let rules = InstrumentRules { tick: None, ..rules("YM") };
    assert_eq!(computed(&quote("YM", "last=5 close=5 change=0"), &rules), Some(Hold));
    assert_eq!(computed(&quote("YM", "last=5 close=5.01 change=0"), &rules), None);
}

/// `signals.source`: the sheet's column, computed where absent.
#[test]
fn the_sheet_decides_only_where_it_is_the_source_and_says_something() {
    use SignalSource::{Computed, Sheet};
    for (fields, source, expected) in [
        ("last=47476 change=61 signal=SELL", Computed, Some(StrongBuy)),
        ("last=47476 change=61 signal=SELL", Sheet, Some(Sell)),
        ("last=47476 change=61", Sheet, Some(StrongBuy)),
        ("bid=47476 signal=BUY", Sheet, Some(Buy)),
        ("bid=47476 signal=BUY", Computed, None),
        ("bid=47476", Sheet, None),
    ] {
        assert_eq!(signal(&quote("YM", fields), &rules("YM"), source), expected, "{fields} {source:?}");
    }
}

/// "2, 1, 0, -1, -2; inverted for the bear instruments VX, DX, GC, ZB".
#[test]
fn weights_are_inverted_for_the_flight_to_safety() {
    for (future, weights) in [
        ("YM", [2, 1, 0, -1, -2]),
        ("ES", [2, 1, 0, -1, -2]),
        ("NQ", [2, 1, 0, -1, -2]),
        ("RTY", [2, 1, 0, -1, -2]),
        ("CL", [2, 1, 0, -1, -2]),
        ("SI", [2, 1, 0, -1, -2]),
        ("HG", [2, 1, 0, -1, -2]),
        ("GC", [-2, -1, 0, 1, 2]),
        ("VX", [-2, -1, 0, 1, 2]),
        ("DX", [-2, -1, 0, 1, 2]),
        ("ZB", [-2, -1, 0, 1, 2]),
    ] {
        let bear = rules(future).bear;
        assert_eq!(Signal::ALL.map(|signal| weight(signal, bear)), weights, "{future}");
    }
}
