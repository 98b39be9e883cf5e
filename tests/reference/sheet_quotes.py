"""What a reader of the raw cells writes down: prints the quotes of a workbook as JSON, one object a symbol.

Written from the domain's rules with openpyxl and the decimal module, independently of the Rust code. With a Redis
socket as second argument it prints what redis-py finds there instead.
"""
import json
import re
import sys
from decimal import Decimal

FIELDS = {
    "close": "close", "open": "open", "netchange": "change", "24high": "high", "high": "high", "24low": "low",
    "low": "low", "volume": "volume", "bid": "bid", "last": "last", "ask": "ask", "bidsize": "bid_size",
    "asksize": "ask_size", "symbol": "symbol", "type": "instrument_type",
}
PRICES = ["last", "bid", "ask", "open", "high", "low", "close"]
COUNTS = ["volume", "bid_size", "ask_size"]


def plain(number):
    text = format(number.normalize(), "f")
    return "0" if Decimal(text) == 0 else text


def price(cell):
    if cell is None or cell in ("N/A", "loading"):
        return None
    if isinstance(cell, str):
        sign, whole, half = re.fullmatch(r"([+-]?)(\d+)'(\d\d)", cell).groups()
        number = Decimal(whole) + Decimal(half) / 32
        return -number if sign == "-" else number
    return Decimal(repr(cell))


def row_quote(row):
    quote = {name: None for name in PRICES + COUNTS}
    quote.update(symbol=row["symbol"].strip().lstrip("/").upper(), instrument_type=row["instrument_type"])
    for name in PRICES:
        number = price(row.get(name))
        quote[name] = None if number is None or number == 0 else plain(number)
    change = price(row.get("change"))
    quote["change"] = None if change is None else plain(change)
    for name in COUNTS:
        number = price(row.get(name))
        quote[name] = None if number is None else int(number)
    return quote


def from_sheet(path):
    import openpyxl

    sheet = openpyxl.load_workbook(path, data_only=True)["LiveData"]
    rows = [[cell.value for cell in row] for row in sheet["A1:N13"]]
    names = [FIELDS.get(str(header).lower().replace(" ", "")) for header in rows[0]]
    quotes = []
    for cells in rows[1:]:
        row = {name: cell for name, cell in zip(names, cells) if name}
        if row["symbol"] and row["instrument_type"]:
            quote = row_quote(row)
            if any(quote[name] is not None for name in PRICES):
                quotes.append(quote)
    return quotes


def from_redis(socket):
    import redis

    client = redis.Redis(unix_socket_path=socket, decode_responses=True)
    found = client.hgetall("live_data:latest:quotes")
    return {
        "quotes": [json.loads(found[symbol]) for symbol in sorted(found)],
        "heartbeat": json.loads(client.get("thor:heartbeat")),
        "heartbeat_ttl": client.pttl("thor:heartbeat"),
        "seq": client.get("thor:seq"),
    }


print(json.dumps(from_redis(sys.argv[2]) if len(sys.argv) > 2 else from_sheet(sys.argv[1])))
