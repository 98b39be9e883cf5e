//! The shipped instruments: domain.md sections 5 and 7.

use super::spoken::{price, rules};
use thor_stack::rules::book::BookRule;
use thor_stack::rules::targets::Targets;
use thor_stack::rules::{InstrumentRules, RuleBook};
use thor_stack::value::{CANONICAL_FUTURES, Price};

/// Section 7: $ a point, tick, target and stop in points, decimals.
const SHIPPED: [(&str, i64, &str, &str, u32); 11] = [
    ("YM", 5, "1", "20", 0),
    ("ES", 50, "0.25", "2", 2),
    ("NQ", 20, "0.25", "5", 2),
    ("RTY", 50, "0.1", "2", 1),
    ("CL", 1_000, "0.01", "0.1", 2),
    ("SI", 5_000, "0.005", "0.02", 3),
    ("HG", 25_000, "0.0005", "0.004", 4),
    ("GC", 100, "0.1", "1", 1),
    ("VX", 1_000, "0.05", "0.1", 2),
    ("DX", 1_000, "0.005", "0.1", 3),
    ("ZB", 1_000, "0.03125", "0.09375", 5),
];

#[test]
fn shipped_rules_are_those_of_the_table() {
    assert_eq!(SHIPPED.map(|row| row.0), CANONICAL_FUTURES);
    for (future, point_value, tick, target, precision) in SHIPPED {
        let rules = rules(future);
        let high = price(target);
        assert_eq!(rules.point_value, Some(Price::from(point_value)), "{future}");
        assert_eq!(rules.tick, Some(price(tick)), "{future}");
        assert_eq!(rules.targets, Targets::Points { high, low: high }, "{future}");
        assert_eq!(rules.precision, Some(precision), "{future}");
        assert_eq!(rules.contract_weight, Price::from(1), "{future}: contract weight 1 each");
    }
}

/// Section 7: "the points worth about $100 a contract"; ZB's three ticks are $93.75.
#[test]
fn targets_are_worth_about_a_hundred_dollars() {
    for (future, point_value, _, target, _) in SHIPPED {
        let dollars = price(target).decimal() * Price::from(point_value).decimal();
        let expected = if future == "ZB" { "93.75" } else { "100" };
        assert_eq!(dollars, price(expected).decimal(), "{future}");
    }
}

#[test]
fn only_the_dollar_index_goes_without_a_book() {
    for future in CANONICAL_FUTURES {
        let expected = if future == "DX" { BookRule::Optional } else { BookRule::Required };
        assert_eq!(rules(future).book, expected, "{future}");
    }
}

/// Section 5: "the values of ZB and DX are out of reach, so both always hold; `check` says so".
#[test]
fn only_the_dollar_index_and_the_bond_always_hold() {
    let held: Vec<String> = RuleBook::default()
        .iter()
        .filter(|(_, rules)| rules.always_holds())
        .map(|(future, _)| future.to_string())
        .collect();
    assert_eq!(held, ["DX", "ZB"]);
}

#[test]
fn shipped_rules_have_no_problems_and_each_problem_names_its_key() {
    for (future, rules) in RuleBook::default().iter() {
        assert_eq!(rules.problems(future), [], "{future}");
    }
    let stats = rules("ES").stats.map(|stats| thor_stack::rules::signal::Stats { buy: price("7"), ..stats });
    let zero = Targets::Percent { high: price("1"), low: Price::ZERO };
    for (rules, problem) in [
        (
            InstrumentRules { precision: None, ..rules("ES") },
            "instruments.ES: targets need a precision; set instruments.ES.precision to its decimals",
        ),
        (
            InstrumentRules { precision: Some(16), ..rules("ES") },
            "instruments.ES.precision: 16 decimals; use at most 15",
        ),
        (
            InstrumentRules { targets: zero, ..rules("ES") },
            "instruments.ES.targets: high and low must be above 0",
        ),
        (InstrumentRules { tick: Some(Price::ZERO), ..rules("ES") }, "instruments.ES.tick: must be above 0"),
        (
            InstrumentRules { stats, ..rules("ES") },
            "instruments.ES.stats: values must fall from strong_buy to strong_sell",
        ),
    ] {
        let problems: Vec<String> = rules.problems("ES").iter().map(ToString::to_string).collect();
        assert_eq!(problems, [problem]);
    }
    assert_eq!(InstrumentRules::unknown().problems("AAPL"), []);
}
