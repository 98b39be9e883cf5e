"""A recorded day replayed: 23 hours, a batch every 3 s."""
import datetime
import hashlib
import json
import random
import subprocess
import time

import program

SAVES = 27_600
BEGIN = datetime.datetime(2025, 11, 18, 23, tzinfo=datetime.timezone.utc)
# Symbol, last price in ticks, tick in decimals, previous close in ticks.
INSTRUMENTS = [
    ("YM", 47_476, 0), ("ES", 681_225, 2), ("NQ", 2_543_475, 2), ("RTY", 24_928, 1), ("CL", 5_855, 2), ("SI", 53_607, 3),
    ("HG", 52_215, 4), ("GC", 42_123, 1), ("VX", 1_715, 2), ("ZB", 11_778, 2), ("$DXY", 99_436, 3),
]


def decimal(ticks, places):
    return f"{ticks / 10 ** places:.{places}f}" if places else str(ticks)


def batches():
    """Every line names every instrument, each of them at a new price."""
    walk = random.Random(7)
    last = [start for _, start, _ in INSTRUMENTS]
    for number in range(SAVES):
        at = (BEGIN + datetime.timedelta(seconds=3 * number)).isoformat().replace("+00:00", "Z")
        quotes = []
        for place, (symbol, start, places) in enumerate(INSTRUMENTS):
            last[place] += walk.choice((-2, -1, 1, 2))
            price = lambda ticks: decimal(ticks, places)
            quotes.append({
                "symbol": symbol, "last": price(last[place]), "bid": price(last[place] - 1), "ask": price(last[place] + 1),
                "close": price(start), "change": price(last[place] - start), "volume": 1000 + number,
            })
        yield {"at": at, "saved_at": at, "quotes": quotes, "gone": []}


def measure(context):
    """Each replay must end with the same ledger; beside it, only reading the lines in Python."""
    journal = f"{context.folder}/day.jsonl"
    with open(journal, "w") as out:
        out.writelines(json.dumps(batch) + "\n" for batch in batches())
    replays, ledgers, reads = [], set(), []
    for turn in range(context.few(5, 2)):
        command = [program.PROGRAM, "--home", context.home(), "replay", journal, "--speed", "max", "--json"]
        begun = time.perf_counter()
        done = subprocess.run([str(word) for word in command], check=True, capture_output=True)
        replays.append(time.perf_counter() - begun)
        ledgers.add(hashlib.sha256(done.stdout).hexdigest())
        begun = time.perf_counter()
        with open(journal) as lines:
            assert sum(1 for _ in map(json.loads, lines)) == SAVES
        reads.append(time.perf_counter() - begun)
    rows = len(json.loads(done.stdout)["sessions"])
    context.table.add("a day of 27,600 saves replayed", replays, "json.loads of its lines", reads)
    context.table.law("the ledger after each replay", "the same rows", len(ledgers) == 1 and rows > 0, f"{rows} rows")
