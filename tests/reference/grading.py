"""An independent reading of signals, entries, targets and first touch: paths as JSON lines in, decisions out.

Written from the prose of the rules (domain.md sections 5, 7 and 8), not from the Rust code, on Python's decimals and
its standard library alone. tests/conformance/reference.rs sends the same random paths through both.
"""

import json
import sys
from decimal import ROUND_HALF_EVEN, Decimal

# future: strong buy and buy (sells mirror them), tick, target and stop in points, decimals
INSTRUMENTS = {
    "YM": ("60", "10", "1", "20", 0),
    "ES": ("6", "1", "0.25", "2", 2),
    "NQ": ("15", "2.5", "0.25", "5", 2),
    "RTY": ("15", "2.5", "0.1", "2", 1),
    "CL": ("0.3", "0.05", "0.01", "0.1", 2),
    "SI": ("0.06", "0.01", "0.005", "0.02", 3),
    "HG": ("0.012", "0.002", "0.0005", "0.004", 4),
    "GC": ("3", "0.5", "0.1", "1", 1),
    "VX": ("0.05", "0.03", "0.05", "0.1", 2),
    "DX": ("30", "5", "0.005", "0.1", 3),
    "ZB": ("30", "5", "0.03125", "0.09375", 5),
}
BOOK_OPTIONAL = {"DX"}
MAX_QUOTE_AGE_MS = 30_000
MAX_UNCHANGED_MS = 600_000
MAX_DELAY_MS = 300_000


def dec(text):
    return None if text is None else Decimal(text)


def plain(number):
    return None if number is None else format(number.normalize() + 0, "f")


def signal_of(future, quote):
    """The sheet's word where there is one, else the change against the five values."""
    if quote["signal"] is not None:
        return quote["signal"]
    last, change, close = dec(quote["last"]), dec(quote["change"]), dec(quote["close"])
    if last is None or change is None:
        return None
    strong, weak, tick = (Decimal(text) for text in INSTRUMENTS[future][:3])
    if change == 0 and close is not None and abs(last - close) > tick:
        return None
    if change > strong:
        return "STRONG_BUY"
    if change > weak:
        return "BUY"
    if change >= -weak:
        return "HOLD"
    if change > -strong:
        return "SELL"
    return "STRONG_SELL"


def sides(future, quote):
    bid, ask, last = dec(quote["bid"]), dec(quote["ask"]), dec(quote["last"])
    if future in BOOK_OPTIONAL:
        bid = last if bid is None else bid
        ask = last if ask is None else ask
    return bid, ask


def exits_around(entry, targets, precision):
    """(upper, lower) or None."""
    if targets["mode"] == "disabled":
        return None
    up, down = Decimal(targets["high"]), Decimal(targets["low"])
    if targets["mode"] == "percent":
        up, down = abs(entry) * up / 100, abs(entry) * down / 100
    step = Decimal(1).scaleb(-precision)
    return tuple(p.quantize(step, rounding=ROUND_HALF_EVEN) for p in (entry + up, entry - down))


def enter(future, signal, path):
    """(entry, upper, lower, None) or (None, None, None, reason): the first reason in the order of the rules."""
    nothing = (None, None, None)
    if signal == "HOLD":
        return *nothing, "hold"
    if signal is None:
        return *nothing, "no_signal"
    quote = path["capture"]
    bid, ask = sides(future, quote)
    if bid is None or ask is None:
        return *nothing, "no_book"
    is_long = signal in ("BUY", "STRONG_BUY")
    entry = ask if is_long else bid
    default = {"mode": "points", "high": INSTRUMENTS[future][3], "low": INSTRUMENTS[future][3]}
    exits = exits_around(entry, path["targets"] or default, INSTRUMENTS[future][4])
    if exits is not None:
        to_the_stop = entry - exits[1] if is_long else exits[0] - entry
        if ask - bid >= to_the_stop:
            return *nothing, "spread_exceeds_stop"
    if path["captured_at"] - quote["unchanged_since"] >= MAX_UNCHANGED_MS:
        return *nothing, "quote_unchanged"
    if path["captured_at"] - path["opened_at"] > MAX_DELAY_MS:
        return *nothing, "late"
    if exits is None:
        return *nothing, "no_targets"
    return entry, *exits, None


def first_touch(future, signal, trade, path):
    """(outcome, time, price, type) after the whole path."""
    entry, upper, lower, _ = trade
    for step in path["steps"]:
        if entry is None:
            return "NEUTRAL", None, None, None
        now, quote, end = step["now"], step["quote"], path["window_end"]
        early = quote is None or min(quote["seen_at"], quote["saved_at"]) < path["captured_at"]
        after_the_end = quote is not None and end is not None and quote["seen_at"] >= end
        old = quote is not None and now - quote["saved_at"] > MAX_QUOTE_AGE_MS
        if not (early or after_the_end or old):
            bid, ask = sides(future, quote)
            if signal in ("BUY", "STRONG_BUY"):
                price, worked, failed = bid, bid is not None and bid >= upper, bid is not None and bid <= lower
            else:
                price, worked, failed = ask, ask is not None and ask <= lower, ask is not None and ask >= upper
            if worked:
                return "WORKED", quote["seen_at"], price, "TARGET"
            if failed:
                return "DIDNT_WORK", quote["seen_at"], price, "STOP"
        if end is not None and now >= end:
            return "NEUTRAL", None, None, None
    return "PENDING", None, None, None


def decide(path):
    future = "YM" if path["future"] == "TOTAL" else path["future"]
    signal = signal_of(future, path["capture"])
    trade = enter(future, signal, path)
    outcome, at, price, kind = first_touch(future, signal, trade, path)
    return {
        "signal": signal,
        "entry_price": plain(trade[0]),
        "target_high": plain(trade[1]),
        "target_low": plain(trade[2]),
        "no_entry_reason": trade[3],
        "wndw": outcome,
        "target_hit_at": at,
        "target_hit_price": plain(price),
        "target_hit_type": kind,
    }


def main():
    paths = sys.stdin.read().splitlines()
    sys.stdout.write("".join(json.dumps(decide(json.loads(path))) + "\n" for path in paths))


if __name__ == "__main__":
    main()
