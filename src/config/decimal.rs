//! Numbers of the config: exact decimals, read from their source text, and counts.

use super::kind::{Kind, name_of};
use super::raw::Node;
use crate::value::Price;
use rust_decimal::Decimal;
use std::ops::RangeInclusive;
use std::path::Path;

/// Any decimal: an integer, a float or a text; the source text is read, never a binary float.
pub(super) fn decimal() -> Kind<Price> {
    Kind::new("decimal", |node, _| read(node), |number: &Price| number.to_string().into())
}

/// A decimal above zero.
pub(super) fn positive() -> Kind<Price> {
    let read = |node: &Node, _: &Path| match read(node)? {
        number if number > Price::ZERO => Ok(number),
        number => Err(format!("{number} is not above 0")),
    };
    Kind::new("decimal above 0", read, |number: &Price| number.to_string().into())
}

/// A decimal from 0 to 1.
pub(super) fn share() -> Kind<Price> {
    let read = |node: &Node, _: &Path| match read(node)? {
        number if (Price::ZERO..=Price::from(1)).contains(&number) => Ok(number),
        number => Err(format!("{number} is not within 0 to 1")),
    };
    Kind::new("decimal, 0 to 1", read, |number: &Price| number.to_string().into())
}

fn read(node: &Node) -> Result<Price, String> {
    let (Node::Number(text) | Node::Text(text) | Node::Bare(text)) = node else {
        return Err(format!("a {}, not a decimal", name_of(node)));
    };
    let text = text.trim();
    let with_exponent = || {
        let number = text.strip_prefix('+').unwrap_or(text);
        Decimal::from_scientific(number).ok().filter(|_| text.contains(['e', 'E']))
    };
    let read = with_exponent().map_or_else(|| text.parse(), Price::new);
    read.map_err(|error| format!("{text:?}: {error}"))
}

/// A whole number within bounds, ends included.
pub(super) fn count(bounds: RangeInclusive<u32>) -> Kind<u32> {
    let (least, most) = (*bounds.start(), *bounds.end());
    let read = move |node: &Node, _: &Path| match node {
        Node::Number(text) | Node::Bare(text) => text
            .trim()
            .parse::<u32>()
            .ok()
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| format!("{text} is not a whole number from {least} to {most}")),
        node => Err(format!("a {}, not a whole number", name_of(node))),
    };
    Kind::new(format!("whole number, {least} to {most}"), read, |number| (*number).into())
}
