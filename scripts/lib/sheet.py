"""A sheet that moves, saved as Excel saves it, and the memory of every save: what quotes are compared with."""

import os
import threading
import zipfile
from decimal import Decimal
from xml.sax.saxutils import escape

# symbol: (previous close, tick, ask - bid in ticks, a move in ticks); moves are wild, so that targets are hit in seconds.
FUTURES = {
    "YM": ("46120", "1", 2, 9), "ES": ("6636.5", "0.25", 1, 9), "NQ": ("24540", "0.25", 2, 30), "RTY": ("2348", "0.1", 2, 12),
    "CL": ("60.45", "0.01", 1, 7), "SI": ("50.7", "0.005", 1, 5), "HG": ("4.98", "0.0005", 2, 5), "GC": ("4072", "0.1", 2, 15),
    "VX": ("22.45", "0.05", 1, 1), "$DXY": ("99.58", "0.001", 0, 25), "ZB": ("117.28125", "0.03125", 1, 1),
}
HEADERS = ["Type", "Symbol", "Last", "Net Change", "Open", "High", "Low", "Close", "Volume", "Bid", "Ask", "BidSize", "AskSize"]
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="LiveData" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}


def text(price):
    return format(price.normalize(), "f")


class Future:
    def __init__(self, symbol, dice):
        close, tick, self.spread, self.stride = FUTURES[symbol]
        self.symbol, self.close, self.tick = symbol, Decimal(close), Decimal(tick)
        self.bid = self.open = self.high = self.low = self.last = self.close + dice.randint(-30, 30) * self.stride * self.tick

    def step(self, dice):
        drift = -1 if self.bid > self.close * Decimal("1.01") else 1 if self.bid < self.close * Decimal("0.99") else 0
        self.bid += (dice.choice((-1, 1)) + drift) * dice.randint(1, self.stride) * self.tick
        self.last = self.bid + dice.randrange(2) * self.spread * self.tick
        self.high, self.low = max(self.high, self.last), min(self.low, self.last)

    def row(self, number):
        book = [text(self.bid), text(self.bid + self.spread * self.tick), 1 + number % 7, 1 + number % 5] if self.spread else ["", "", "", ""]
        prices = [self.last, self.last - self.close, self.open, self.high, self.low, self.close]
        return ["Futures", self.symbol, *map(text, prices), number, *book]


def workbook(rows):
    """The bytes of an .xlsx with these rows."""
    import io
    lines = []
    for number, row in enumerate([HEADERS, *rows], 1):
        cells = []
        for column, value in zip("ABCDEFGHIJKLMN", row):
            if value == "":
                continue
            if number == 1 or column in "AB":
                cells.append(f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
            else:
                cells.append(f'<c r="{column}{number}"><v>{value}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    sheet = ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
             f'{"".join(lines)}</sheetData></worksheet>')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            package.writestr(name, part)
    return packed.getvalue()


class Sheet:
    """Every save carries its number as the volume of each row, so that a mixture of two saves is seen."""

    def __init__(self, path, dice, now):
        self.path, self.dice, self.now = path, dice, now
        self.futures = [Future(symbol, dice) for symbol in FUTURES]
        self.number, self.history, self.lock = 0, [], threading.Lock()
        self.pace, self.thread, self.ending = 0.1, None, threading.Event()

    def next(self):
        """The next save's bytes; it counts once `put` has written it."""
        self.number += 1
        for future in self.futures:
            future.step(self.dice)
        rows = [future.row(self.number) for future in self.futures]
        return rows, workbook(rows)

    def save(self):
        with self.lock:
            rows, content = self.next()
            self.put(rows, content)

    def put(self, rows, content, since=None):
        """In its place, where a reader may have found these rows since then."""
        saved_at = self.now()
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(content)
        os.utime(temporary, (saved_at, saved_at))
        self.history.append((since or saved_at, saved_at, {row[1]: row for row in rows}))
        os.replace(temporary, self.path)

    def latest(self):
        return self.history[-1][2]

    def sides(self, symbol):
        """Every price that was ever on a side of the book (or the last, where there is none), with when it came."""
        for since, saved_at, rows in self.history:
            row = rows[symbol]
            yield since, saved_at, Decimal(row[9] or row[2]), Decimal(row[10] or row[2])

    def start(self):
        self.ending.clear()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ending.wait(self.pace):
            self.save()

    def stop(self):
        """The last save stands."""
        self.ending.set()
        if self.thread:
            self.thread.join()
            self.thread = None
