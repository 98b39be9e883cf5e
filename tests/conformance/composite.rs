//! TOTAL: domain.md section 5.

use super::spoken::{maybe, price, rules};
use thor_stack::rules::CaptureLimits;
use thor_stack::rules::composite::{Member, Total, signal_of};
use thor_stack::value::CANONICAL_FUTURES;
use thor_stack::value::Signal::{self, Buy, Hold, Sell, StrongBuy, StrongSell};

fn member(future: &str, signal: Signal) -> Member {
    let rules = rules(future);
    Member {
        signal,
        stat: rules.stats.map(|stats| stats.value(signal)),
        contract_weight: rules.contract_weight,
        bear: rules.bear,
    }
}

fn of_stats(stats: &[(&str, &str)]) -> Total {
    let members: Vec<Member> = stats
        .iter()
        .map(|(stat, contract_weight)| Member {
            stat: maybe(stat),
            contract_weight: price(contract_weight),
            ..member("YM", Hold)
        })
        .collect();
    Total::of(&members, 1)
}

/// "> 9 STRONG_BUY; > 3 BUY; -3…3 HOLD; >= -9 SELL; else STRONG_SELL".
#[test]
fn the_weight_decides() {
    for (weight, expected) in [
        (22, StrongBuy),
        (10, StrongBuy),
        (9, Buy),
        (4, Buy),
        (3, Hold),
        (0, Hold),
        (-3, Hold),
        (-4, Sell),
        (-9, Sell),
        (-10, StrongSell),
        (-22, StrongSell),
    ] {
        assert_eq!(signal_of(weight), expected, "{weight}");
    }
}

#[test]
fn all_strong_buys_are_held_back_by_the_bears() {
    let members = CANONICAL_FUTURES.map(|future| member(future, StrongBuy));
    let total = Total::of(&members, 8);
    assert_eq!(total.weight, 7 * 2 - 4 * 2);
    assert_eq!(total.signal, Some(Buy));
    // 60 + 6 + 15 + 15 + 0.3 + 0.06 + 0.012 + 3 + 0.05 + 30 + 30 = 159.422, by 11
    assert_eq!(total.sum, Some(price("159.422").decimal()));
    assert_eq!(total.weighted_average, Some(price("14.492909")));
}

#[test]
fn a_rally_with_falling_bears_is_a_strong_buy() {
    let members = CANONICAL_FUTURES
        .map(|future| member(future, if rules(future).bear { StrongSell } else { StrongBuy }));
    assert_eq!((Total::of(&members, 8).weight, Total::of(&members, 8).signal), (22, Some(StrongBuy)));
}

/// `capture.total_min_signals` is 8.
#[test]
fn with_fewer_than_eight_signals_there_is_no_total_signal() {
    let min_signals = CaptureLimits::default().total_min_signals;
    for (count, signal) in [(7, None), (8, Some(StrongBuy)), (11, Some(StrongBuy))] {
        let members: Vec<Member> = (0..count).map(|_| member("ES", StrongBuy)).collect();
        let total = Total::of(&members, min_signals);
        assert_eq!(total.signal, signal, "{count}");
        assert_eq!(total.weight, 2 * count, "the weight is told all the same");
    }
}

/// `weighted_average = sum / Σ|contract weight|`, 6 decimals, half to even.
#[test]
fn the_average_is_weighted_by_contracts() {
    for (stats, average) in [
        (&[("60", "1"), ("6", "1")][..], "33"),
        (&[("60", "2"), ("6", "1")], "42"),
        (&[("60", "1"), ("6", "-1")], "27"), // a short weight counts by its size below the line
        (&[("10", "1"), ("0", "1"), ("0", "1")], "3.333333"),
        (&[("20", "1"), ("0", "1"), ("0", "1")], "6.666667"),
        (&[("0.000001", "1"), ("0", "1")], "0"),        // 0.0000005
        (&[("0.000003", "1"), ("0", "1")], "0.000002"), // 0.0000015
        (&[("60", "1"), ("-", "1")], "60"),             // the sheet's signal of an instrument without stats
        (&[("60", "0")], "-"),
        (&[], "-"),
    ] {
        assert_eq!(of_stats(stats).weighted_average, maybe(average), "{stats:?}");
    }
}
