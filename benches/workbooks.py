"""Workbooks for the benches: the real one with other prices, and generated ones of any size, as Excel writes them."""
import os
import pathlib
import re
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
REAL = ROOT / "tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx"
SHEET = "xl/worksheets/sheet1.xml"
NUMBER = re.compile(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?>(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>)(-?\d+)((?:\.\d+)?(?:E-?\d+)?</v>)')
HEADERS = "Type Symbol Description Close Open NetChange 24High 24Low Volume Bid Last Ask BidSize AskSize".split()


def save(path, data):
    """Saves as Excel does: beside it, then renamed over it."""
    beside = f"{path}.tmp"
    pathlib.Path(beside).write_bytes(data)
    os.replace(beside, path)


def with_sheet(change):
    """The real workbook with another sheet, compressed anew."""
    parts = []
    with zipfile.ZipFile(REAL) as old:
        for part in old.infolist():
            data = old.read(part)
            parts.append((part.filename, change(data) if part.filename == SHEET else data))
    return packed(parts)


def real(tick):
    """The real workbook in which every number differs from those of another `tick`."""
    def moved(found):
        return found[1] + str(int(found[2]) + tick).encode() + found[3]

    return with_sheet(lambda sheet: NUMBER.sub(moved, sheet))


def real_with_last(last):
    """The real workbook with another last price of YM."""
    def changed(sheet):
        sheet, times = re.subn(rb"<v>47551</v>", b"<v>%d</v>" % last, sheet)
        assert times == 1, times
        return sheet

    return with_sheet(changed)


def packed(parts):
    import io

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts:
            new.writestr(name, content)
    return data.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SKELETON = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in [
            ("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles"), ("sharedStrings", "sharedStrings"),
        ]
    )
    + "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
    '<sheet name="LiveData" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{DOCUMENT}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0"/></cellXfs></styleSheet>',
}


def generated(rows, tick, step=1):
    """`rows` futures; those of every `step`-th row have prices of `tick`, the others always the same."""
    texts = HEADERS + ["Futures", "Some future"]
    first = len(texts)
    texts = texts + [f"S{row}" for row in range(rows)]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    lines = ["".join(cell(column, 1, place, True) for place, column in enumerate("ABCDEFGHIJKLMN"))]
    for row in range(rows):
        at, price = row + 2, 1000 + row % 500 + (tick % 1000 if row % step == 0 else 0) * 0.25
        values = [price, price + 0.25, 0.25, price + 2.25, price - 3.75, 1000 + int(price), price + 0.75, price + 1, price + 1.25, 1, 2]
        shared = cell("A", at, len(HEADERS), True) + cell("B", at, first + row, True) + cell("C", at, len(HEADERS) + 1, True)
        lines.append(shared + "".join(cell(column, at, value, False) for column, value in zip("DEFGHIJKLMN", values)))
    rows_xml = "".join(f'<row r="{number}">{line}</row>' for number, line in enumerate(lines, 1))
    parts = dict(SKELETON)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}" count="{3 * rows + 14}" uniqueCount="{len(texts)}">{strings}</sst>'
    parts[SHEET] = f'<worksheet xmlns="{MAIN}"><sheetData>{rows_xml}</sheetData></worksheet>'
    return packed(list(parts.items()))


def cell(column, row, value, shared):
    kind = ' t="s"' if shared else ""
    return f'<c r="{column}{row}"{kind}><v>{value}</v></c>'
