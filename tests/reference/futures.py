"""Eleven futures whose prices walk in whole ticks, and the workbook that Excel would save of them.

For the scripts that watch the program from outside: the same dice give the same day. Standard library alone.
"""

import io
import zipfile
from decimal import Decimal
from xml.sax.saxutils import escape

# symbol: (previous close, tick, ask - bid in ticks, a move in ticks, moves in a thousand steps)
FUTURES = {
    "YM": ("46120", "1", 2, 2, 300), "ES": ("6636.5", "0.25", 1, 1, 240), "NQ": ("24540", "0.25", 2, 3, 300),
    "RTY": ("2348", "0.1", 2, 2, 260), "CL": ("60.45", "0.01", 1, 1, 260), "SI": ("50.7", "0.005", 1, 1, 160),
    "HG": ("4.98", "0.0005", 2, 1, 160), "GC": ("4072", "0.1", 2, 2, 260), "VX": ("22.45", "0.05", 1, 1, 30),
    "$DXY": ("99.58", "0.001", 0, 5, 200), "ZB": ("117.28125", "0.03125", 1, 1, 40),
}
HEADERS = {
    "Type": "instrument_type", "Symbol": "symbol", "Description": None, "Close": "close", "Open": "open",
    "NetChange": "change", "24High": "high", "24Low": "low", "Volume": "volume", "Bid": "bid", "Last": "last",
    "Ask": "ask", "BidSize": "bid_size", "AskSize": "ask_size",
}
TEXTS = {"instrument_type", "symbol", None}


def text(price):
    return format(price.normalize(), "f")


class Future:
    """One future on its day; `hurry` multiplies each move, and makes one at every step."""

    def __init__(self, symbol, dice, hurry=0):
        close, tick, self.spread, self.stride, self.liveliness = FUTURES[symbol]
        self.symbol, self.close, self.tick = symbol, Decimal(close), Decimal(tick)
        self.bid = self.open = self.high = self.low = self.last = self.close + dice.randint(-20, 20) * self.stride * self.tick
        self.volume, self.sizes = 0, (1, 1)
        if hurry:
            self.stride, self.liveliness = self.stride * hurry, 1000

    def step(self, dice):
        moves = dice.randrange(1000) < self.liveliness
        if moves:
            self.bid += dice.choice((-1, 1)) * self.stride * self.tick
        if moves or dice.randrange(4) == 0:
            self.last = self.bid + dice.randrange(2) * self.spread * self.tick
            self.high, self.low = max(self.high, self.last), min(self.low, self.last)
            self.volume += 1 + dice.randrange(20)
            self.sizes = (1 + dice.randrange(30), 1 + dice.randrange(30))

    def quote(self):
        has_book = self.spread > 0
        ask = self.bid + self.spread * self.tick
        return {
            "type": "quote", "symbol": self.symbol, "last": text(self.last), "bid": text(self.bid) if has_book else None,
            "ask": text(ask) if has_book else None, "open": text(self.open), "high": text(self.high), "low": text(self.low),
            "close": text(self.close), "change": text(self.last - self.close), "volume": self.volume,
            "high_52w": text(self.close * 2), "low_52w": text(self.close / 2),
            "bid_size": self.sizes[0] if has_book else None, "ask_size": self.sizes[1] if has_book else None,
        }


def workbook(quotes):
    """The bytes of an .xlsx whose sheet LiveData has these quotes under the header row of real workbooks."""
    rows = [[(True, header) for header in HEADERS]]
    for quote in quotes:
        said = {**quote, "instrument_type": "Futures", None: quote["symbol"]}
        rows.append([(field in TEXTS or said[field] is None, "N/A" if said[field] is None else said[field]) for field in HEADERS.values()])
    xml = "".join(f'<row r="{number}">{"".join(cell(column, number, *it) for column, it in enumerate(row))}</row>'
                  for number, row in enumerate(rows, 1))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in PARTS.items():
            book.writestr(name, part)
        book.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}/main"><sheetData>{xml}</sheetData></worksheet>')
    return packed.getvalue()


def cell(column, row, is_text, value):
    address = f"{chr(ord('A') + column)}{row}"
    if is_text:
        return f'<c r="{address}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{address}"><v>{value}</v></c>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}/main" xmlns:r="{DOCUMENT}"><sheets><sheet name="LiveData" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
