"""What a ledger holds after a day, read with sqlite3, and what must be true of it whatever happened that day.

For the scripts that watch the program from outside. Standard library alone.
"""

import sqlite3
from datetime import datetime
from decimal import Decimal

ROWS = 12  # eleven futures and TOTAL
TRADED_ON = {"DX": "$DXY", "TOTAL": "YM"}


class Lost(Exception):
    """What the ledger should hold and does not, or the other way round."""


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def table(ledger, sql):
    connection = sqlite3.connect(ledger)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(sql)]
    finally:
        connection.close()


class Ledger:
    def __init__(self, path):
        self.path = path
        if (answer := table(path, "PRAGMA integrity_check")) != [{"integrity_check": "ok"}]:
            raise Lost(f"damaged: {answer}")
        self.rows = {(row["country"], row["future"]): row for row in table(path, "SELECT * FROM sessions ORDER BY id")}
        self.count = table(path, "SELECT count(*) AS n FROM sessions")[0]["n"]
        self.missed = {row["market"]: row for row in table(path, "SELECT * FROM missed_captures")}
        self.extremes = table(path, "SELECT * FROM daily_ranges ORDER BY future, day")
        self.minutes = {(row["future"], row["minute"]): (row["last"], row["volume"]) for row in table(path, "SELECT * FROM vwap_minutes")}

    def market(self, market):
        return {future: row for (country, future), row in self.rows.items() if country == market}


def check_whole(ledger, markets):
    """One capture a market, or none and why."""
    if ledger.count != len(ledger.rows):
        raise Lost("a future was captured twice")
    for market in markets:
        rows, missed = ledger.market(market), ledger.missed.get(market)
        if len(rows) not in (0, ROWS):
            raise Lost(f"{market}: half a capture, {len(rows)} rows")
        if bool(rows) == bool(missed):
            raise Lost(f"{market}: {'captured and missed' if rows else 'neither captured nor recorded as missed'}")
        if missed and not missed["reason"]:
            raise Lost(f"{market}: missed without a reason")
        if len({(row["session_number"], row["captured_at"]) for row in rows.values()}) > 1:
            raise Lost(f"{market}: captured in parts")
        for future, row in rows.items():
            if row["capture_delay_ms"] is None:
                raise Lost(f"{market} {future}: no capture delay")
            if row["wndw"] == "PENDING":
                raise Lost(f"{market} {future}: not graded")


def is_long(row):
    return row["bhs"] in ("BUY", "STRONG_BUY")


def exit_side(row, quote):
    side = quote["bid" if is_long(row) else "ask"] or quote["last"]
    return Decimal(side)


def touch(row, quote):
    """WORKED or DIDNT_WORK where `quote` touches an exit of `row`'s trade, else None."""
    price, high, low = exit_side(row, quote), Decimal(str(row["target_high"])), Decimal(str(row["target_low"]))
    if price >= high:
        return "WORKED" if is_long(row) else "DIDNT_WORK"
    if price <= low:
        return "DIDNT_WORK" if is_long(row) else "WORKED"
    return None


def check_proof(ledger, books_at):
    """Each hit is a price of one of the books that `books_at` its time, and touches what it says."""
    for (market, future), row in ledger.rows.items():
        if row["target_hit_type"] is None:
            continue
        symbol = TRADED_ON.get(future, future)
        quotes = [book[symbol] for book in books_at(instant(row["target_hit_at"])) if symbol in book]
        quotes = [quote for quote in quotes if exit_side(row, quote) == Decimal(str(row["target_hit_price"]))]
        if not quotes:
            raise Lost(f"{market} {future}: hit at {row['target_hit_price']}, which the book did not say at {row['target_hit_at']}")
        outcome = touch(row, quotes[0])
        if row["wndw"] != outcome or row["target_hit_type"] != {"WORKED": "TARGET", "DIDNT_WORK": "STOP"}[outcome]:
            raise Lost(f"{market} {future}: {row['wndw']} at {row['target_hit_price']}, with {row['target_low']} and {row['target_high']}")
        if instant(row["target_hit_at"]) < instant(row["captured_at"]):
            raise Lost(f"{market} {future}: hit before it was captured")
