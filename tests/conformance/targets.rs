//! Exits: domain.md section 7.

use super::spoken::{price, rules};
use thor_stack::rules::targets::{Exits, Targets};

#[test]
fn shipped_targets_around_prices_of_a_real_sheet() {
    for (future, entry, high, low) in [
        ("YM", "47476", "47496", "47456"),
        ("ES", "6812.25", "6814.25", "6810.25"),
        ("NQ", "25434.75", "25439.75", "25429.75"),
        ("RTY", "2492.8", "2494.8", "2490.8"),
        ("CL", "58.55", "58.65", "58.45"),
        ("CL", "-37.63", "-37.53", "-37.73"), // section 3: 2020-04-20
        ("SI", "53.607", "53.627", "53.587"),
        ("HG", "5.2215", "5.2255", "5.2175"),
        ("GC", "4212.3", "4213.3", "4211.3"),
        ("VX", "17.15", "17.25", "17.05"),
        ("DX", "99.436", "99.536", "99.336"),
        ("ZB", "117.78125", "117.875", "117.6875"), // section 3: 117'25
    ] {
        let rules = rules(future);
        let exits = rules.targets.exits(price(entry), rules.precision.unwrap());
        assert_eq!(exits, Some(Exits { high: price(high), low: price(low) }), "{future} {entry}");
    }
}

/// "`points` (entry + high, entry − low), `percent`, or `disabled`; rounded half to even to the precision".
#[test]
fn modes_and_rounding() {
    let points = |high, low| Targets::Points { high: price(high), low: price(low) };
    let percent = |high, low| Targets::Percent { high: price(high), low: price(low) };
    for (targets, entry, precision, high, low) in [
        (points("3", "1"), "100", 2, "103", "99"),
        (points("1", "1"), "0.125", 2, "1.12", "-0.88"), // 1.125 and -0.875
        (points("1", "1"), "0.135", 2, "1.14", "-0.86"), // 1.135 and -0.865
        (points("20.5", "20.5"), "47476", 0, "47496", "47456"), // .5 to the even neighbour
        (points("21.5", "21.5"), "47476", 0, "47498", "47454"),
        (percent("1.5", "1"), "200", 2, "203", "198"),
        (percent("0.05", "0.05"), "47476", 0, "47500", "47452"), // 23.738 points
        (percent("10", "10"), "-37.63", 2, "-33.87", "-41.39"),  // the upper exit stays above
    ] {
        let exits = targets.exits(price(entry), precision);
        assert_eq!(exits, Some(Exits { high: price(high), low: price(low) }), "{targets:?} {entry}");
    }
    assert_eq!(Targets::Disabled.exits(price("100"), 2), None);
}
