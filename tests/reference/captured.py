"""What a capture must hold, by the independent reference: every row of an open against the book it was made from.

For the scripts that watch the program from outside. Standard library alone.
"""

from decimal import Decimal

from futures import FUTURES
from grading import enter, plain, signal_of

WEIGHTS = {"STRONG_BUY": 2, "BUY": 1, "HOLD": 0, "SELL": -1, "STRONG_SELL": -2}
BEARS = {"VX", "DX", "GC", "ZB"}
CANONICAL = {symbol: "DX" if symbol == "$DXY" else symbol for symbol in FUTURES}
WORDS = {"bhs", "no_entry_reason", "wndw", "target_hit_type"}


def same(column, left, right):
    """Whether two columns say the same, one of them maybe a number and the other its text."""
    if left is None or right is None or column in WORDS:
        return left == right
    if column == "target_hit_at":
        return left.rstrip("0Z") == right.rstrip("0Z")  # of nanoseconds, which datetime has not
    return Decimal(str(left)) == Decimal(str(right))


def difference(rows, book, captured, opened):
    """The first column of the twelve `rows` that is not the reference's, or None."""
    weight = 0
    for symbol, future in CANONICAL.items():
        path = path_of(book[symbol], captured, opened)
        signal = signal_of(future, path["capture"])
        weight += WEIGHTS.get(signal, 0) * (-1 if future in BEARS else 1)
        if found := column_of(rows[future], future, signal, path):
            return f"{future} {found}"
    if rows["TOTAL"]["weight"] != weight:
        return f"TOTAL weight: {rows['TOTAL']['weight']} instead of {weight}"
    found = column_of(rows["TOTAL"], "YM", of_total(weight), path_of(book["YM"], captured, opened))
    return found and f"TOTAL {found}"


def of_total(weight):
    if weight > 9:
        return "STRONG_BUY"
    if weight > 3:
        return "BUY"
    if weight >= -3:
        return "HOLD"
    return "SELL" if weight >= -9 else "STRONG_SELL"


def path_of(quote, captured, opened):
    millis = [round(moment.timestamp() * 1000) for moment in (captured, opened)]
    quote = {**quote, "signal": None, "unchanged_since": millis[0]}
    return {"capture": quote, "captured_at": millis[0], "opened_at": millis[1], "targets": None}


def column_of(row, future, signal, path):
    entry, high, low, reason = enter(future, signal, path)
    quote = path["capture"]
    told = {"bhs": signal, "entry_price": plain(entry), "target_high": plain(high), "target_low": plain(low),
            "no_entry_reason": reason, "bid_price": quote["bid"], "ask_price": quote["ask"], "last_price": quote["last"]}
    for column, value in told.items():
        if not same(column, row[column], value):
            return f"{column}: {row[column]} instead of {value}"
    return None
