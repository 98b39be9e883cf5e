"""A desk: the program with edges, a sheet that is saved, a Redis, a wall clock that can be set, and what must always hold."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from lib.redis_side import Client, Proxy, Reader, Server
from lib.sheet import FUTURES, Sheet

REPOSITORY = Path(__file__).resolve().parent.parent.parent
UTC = timezone.utc
# UTC, on weekdays of northern winter; from the exchanges' hours, not from the program. Of November and December 2025.
OPENS = {"Japan": "00:00", "China": "01:30", "India": "03:45", "Germany": "08:00", "United Kingdom": "08:00",
         "Pre_USA": "13:30", "USA": "14:30", "Canada": "14:30", "Mexico": "14:30"}
DAYS = [date(2025, 11, day) for day in (18, 19, 20, 21, 25, 26)] + [date(2025, 12, day) for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 15, 16, 17, 18, 19)]
ROWS = 12  # eleven futures and TOTAL
WORKERS = ["ExcelPollerSupervisor", "MarketOpenGraderSupervisor", "MarketOpenCaptureSupervisor", "Week52Supervisor",
           "PreOpenBacktestSupervisor", "IntradayMetricsSupervisor", "JournalWriter"]
SETTINGS = ["workbook.interval=100ms", "capture.interval=1s", "capture.wait_for_all=2s", "grader.interval=50ms", "week52.interval=250ms",
            "week52.check_interval=1s", "preopen.interval=5s", "intraday.interval=1s", "journal.enabled=true"]
A_CYCLE = timedelta(milliseconds=100)  # of the poller, as set above: what is shorter loses none
A_ROUNDING = 0.001  # seconds by which the desk's clock and the program's may differ: the shift between them has microseconds
A_LOOK = 2.0  # seconds in which a save is seen, on a loaded machine too
SOON = 30.0  # seconds in which what was disturbed must be whole again, on a loaded machine too


class Lost(Exception):
    """Something that the program had to keep and did not."""


def wait_for(what, said, seconds=SOON):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.02)
    raise Lost(f"not within {seconds:.0f} s: {said() if callable(said) else said}")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def opening(market, day):
    return datetime.combine(day, datetime.strptime(OPENS[market], "%H:%M").time(), UTC)


def build():
    command = ["cargo", "build", "--quiet", "--features", "failpoints", "--bin", "thor-stack"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return REPOSITORY / "target/debug/thor-stack"


class Program:
    """One process of the stack and the file that sets its edges and its clock."""

    def __init__(self, path, home, arguments):
        self.path, self.home, self.arguments = path, home, arguments
        home.mkdir(mode=0o700, exist_ok=True)
        self.control, self.edges, self.shift, self.child = home / "faults", {}, 0.0, None
        self.restarts = Counter()  # by command, of this process
        self.kills, self.killed_at, self.downs = 0, None, []  # each down is from a kill to the start after it
        self.log = home / "stderr"
        self.tell()

    def tell(self):
        lines = [f"{edge}={action}" for edge, action in self.edges.items()] + [f"clock={self.shift:.6f}"]
        temporary = self.control.with_suffix(".tmp")
        temporary.write_text("\n".join(lines) + "\n")
        os.replace(temporary, self.control)

    def set(self, **edges):
        """Edges by name, with dots as two underscores."""
        self.edges = {edge.replace("__", "."): action for edge, action in edges.items()}
        self.tell()

    def environment(self):
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(self.home), "FAILPOINTS_FILE": str(self.control)}

    def command(self, *arguments):
        return list(map(str, [self.path, "--home", self.home, "--color", "never", *arguments]))

    def start(self, wait=True):
        self.restarts.clear()
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command(*self.arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                          stderr=log, env=self.environment())
        if wait:
            self.ready()

    def ready(self):
        status = wait_for(self.status, lambda: f"the program does not answer: {self.tail()}")
        if self.killed_at and instant(status["started_at"]) - self.killed_at > A_CYCLE:
            self.downs.append((self.killed_at, instant(status["started_at"])))
        self.killed_at = None

    def now(self):
        return datetime.fromtimestamp(time.time() + self.shift, UTC)

    def tail(self):
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""

    def ask(self, *arguments, timeout=30):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, env=self.environment(), timeout=timeout)

    def restart(self, names):
        self.ask("restart", *names)
        self.restarts.update(names)

    def status(self):
        answer = self.ask("status", "--json")
        if answer.returncode not in (0, 1):
            return None
        status = json.loads(answer.stdout)
        return status if status["pid"] == self.child.pid else None

    def worker(self, name):
        status = wait_for(self.status, lambda: f"the program does not answer: {self.tail()}")
        return next(it for it in status["supervisors"] if it["name"] == name)

    def happened(self):
        """How often each edge failed in each way."""
        path = self.control.with_name("faults.fired")
        lines = path.read_text().splitlines() if path.exists() else []
        return Counter(tuple(line.split(" ", 1)) for line in lines)

    def fired(self):
        """How often each edge failed, by name."""
        counts = Counter()
        for (edge, _), often in self.happened().items():
            counts[edge] += often
        return counts

    def measure(self):
        """Threads, descriptors and resident KiB."""
        process = Path("/proc") / str(self.child.pid)
        resident = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS"))
        return len(os.listdir(process / "task")), len(os.listdir(process / "fd")), int(resident.split()[1])

    def send(self, number):
        self.child.send_signal(number)

    def kill(self):
        # Who is killed while it starts may or may not have been there in between.
        self.kills, self.killed_at = self.kills + 1, None if self.killed_at else self.now()
        self.child.kill()
        self.child.wait()

    def stop(self):
        """Ends it as Ctrl-C does; that must come to an end, and be called a success."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(signal.SIGTERM)
            try:
                code = self.child.wait(SOON)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Lost("SIGTERM did not end the program") from None
            if code != 0:
                raise Lost(f"ended with {code}: {self.tail()}")


class Desk:
    def __init__(self, path, seed, name, settings=(), bus=True, home=None):
        self.folder = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
        self.dice, self.path = random.Random(f"{seed} {name}"), path
        self.server = Server() if bus else None
        self.proxy = Proxy(self.server.port) if bus else None
        self.backoff = "{first='1ms',cap='5ms',reset_after='10s'}"
        self.sheet = Sheet(self.folder / "RTD.xlsx", self.dice, lambda: time.time() + self.program.shift)
        self.program = self.another("home", settings, home)
        self.reader, self.crossed = None, []
        self.outages = []  # (reason, from, to, kills before), each of which must be in a gap
        self.steps = []  # (from, to) of the clock
        self.stood_by = False  # the program may have ended without a look at its ledger

    def another(self, name, settings=(), home=None, port=None, workbook=True):
        """One more program on this desk, not started."""
        home = home or self.folder / name
        chosen = [*SETTINGS, *(it.replace("{home}", str(home)) for it in settings), *(f"supervisors.{worker}.backoff={self.backoff}" for worker in [*WORKERS, "QuoteSubscriber"])]
        if self.server:
            chosen.append(f"bus.url=redis://127.0.0.1:{port or self.proxy.port}")
        arguments = ["run", *(word for it in chosen for word in ("--set", it))]
        if workbook:
            arguments += ["--workbook", str(self.sheet.path)]
        return Program(self.path, home, arguments)

    def __enter__(self):
        try:
            self.at(datetime.combine(DAYS[0], datetime.min.time(), UTC) - timedelta(minutes=30))
            self.sheet.save()
            self.sheet.start()
            self.program.start()
            if self.server:
                self.reader = Reader(self.server, set(FUTURES))
        except BaseException:
            self.clear(kept=False)
            raise
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.close()
        except BaseException as lost:
            kind = type(lost)
            raise
        finally:
            self.clear(kept=kind is not None and "CHAOS_KEEP" in os.environ)

    def close(self):
        """Ends the program as Ctrl-C does; then everything is in the ledger that happened to it."""
        self.end(self, self.program)

    def close_other(self, other):
        """The same for another program of this desk, with its own ledger; no outage is asked of it."""
        self.end(SimpleNamespace(program=other, table=lambda sql: self.table(sql, other), outages=[], stood_by=False), other)

    def end(self, account, program):
        from lib.records import accounted
        asked_at, status = self.now(), wait_for(program.status, lambda: f"it answers before its end: {program.tail()}")
        program.stop()
        accounted(account, status, asked_at)

    def clear(self, kept):
        self.sheet.stop()
        with contextlib.suppress(Exception):
            if self.program.child and self.program.child.poll() is None:
                self.program.send(signal.SIGCONT)
                self.program.kill()
        if self.reader:
            self.reader.close()
        if self.server:
            self.proxy.close()
            self.server.close()
        if not kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    # The clock.

    def now(self):
        return self.program.now()

    @contextlib.contextmanager
    def outage(self, reason):
        """What happens inside must be in a gap of that reason."""
        began = self.now()
        yield
        self.outages.append((reason, began, self.now(), self.program.kills))

    def at(self, moment):
        """Sets the wall clock of the desk."""
        self.steps.append((self.now().timestamp(), moment.timestamp()))
        self.program.shift = moment.timestamp() - time.time()
        self.program.tell()

    def days(self):
        """Each open of the days, in order: the moment and its markets."""
        for day in DAYS:
            moments = sorted({opening(market, day) for market in OPENS})
            for moment in moments:
                yield moment, day, [market for market in OPENS if opening(market, day) == moment]

    def before_open(self, moment, seconds=2.0):
        self.at(moment - timedelta(seconds=seconds))

    # What must hold.

    def table(self, sql, program=None):
        home = (program or self.program).home
        ledger = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True, timeout=10)
        try:
            ledger.row_factory = sqlite3.Row
            return [dict(row) for row in ledger.execute(sql)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []  # the first worker that needs the ledger is about to make it
            raise
        finally:
            ledger.close()

    def captured(self, market, day, program=None):
        return self.table(f"SELECT * FROM sessions WHERE country = '{market}' AND year = {day.year} "
                          f"AND month = {day.month} AND date = {day.day}", program)

    def missed(self, market, day):
        return self.table(f"SELECT * FROM missed_captures WHERE market = '{market}' AND session_date = '{day}'")

    def outcome(self, market, day):
        """`captured`, `missed` or nothing yet; raises at half a capture or two."""
        rows, missed = self.captured(market, day), self.missed(market, day)
        if len(rows) not in (0, ROWS) or len({row["future"] for row in rows}) != len(rows):
            raise Lost(f"{market} {day}: {len(rows)} rows of a capture")
        if len({(row["session_number"], row["captured_at"]) for row in rows}) > 1:
            raise Lost(f"{market} {day}: captured in parts")
        if rows and missed:
            raise Lost(f"{market} {day}: captured and recorded as missed")
        if missed and not missed[0]["reason"]:
            raise Lost(f"{market} {day}: missed without a reason")
        return "captured" if rows else "missed" if missed else None

    def expect_captured(self, markets, day):
        for market in markets:
            wait_for(lambda: self.outcome(market, day), lambda: f"{market} {day} is captured or recorded as missed; {self.program.tail()}")
            if self.outcome(market, day) == "missed":
                raise Lost(f"{market} {day} was missed: {self.missed(market, day)[0]['reason']}")
            self.crossed.append((market, day))

    def healthy(self):
        def whole():
            status = self.program.status()
            return status and all(it["state"] in ("waiting", "running", "disabled") for it in status["supervisors"]) and status
        return wait_for(whole, lambda: f"all workers run again: {[(it['name'], it['state'], it['last_error']) for it in self.program.status()['supervisors']]}")

    def hash(self):
        client = Client(self.server.port)
        try:
            flat = client.call("HGETALL", "live_data:latest:quotes")
        finally:
            client.close()
        return {flat[at]: json.loads(flat[at + 1]) for at in range(0, len(flat), 2)}

    def equals_sheet(self):
        """The hash says what the last save says; the sheet stands still meanwhile."""
        running = self.sheet.thread is not None
        self.sheet.stop()
        latest = self.sheet.latest()

        def equal():
            with contextlib.suppress(OSError, RuntimeError):
                quotes = self.hash()
                return quotes.keys() == latest.keys() and all(says(quotes[symbol], row) for symbol, row in latest.items())
            return False
        wait_for(equal, lambda: f"the hash equals the sheet {self.sheet.number}: {[(it['symbol'], it['volume']) for it in self.hash().values()]}")
        if running:
            self.sheet.start()

    def check(self):
        """Everything that must hold at the end of a fault."""
        self.healthy()
        if self.server:
            self.equals_sheet()
            self.read()
        for market, day in set(self.crossed):
            if self.outcome(market, day) is None:
                raise Lost(f"{market} {day}: neither captured nor missed")
        if self.table("SELECT 1 FROM sessions WHERE wndw = 'PENDING' AND entry_price IS NOT NULL LIMIT 1"):
            wait_for(self.graded, "a row is graded, as prices are wild", 60)
        self.whole()

    def graded(self):
        return self.table("SELECT count(*) AS n FROM sessions WHERE target_hit_type IS NOT NULL")[0]["n"]

    def whole(self, program=None):
        """A ledger is undamaged, and what it says of prices is true."""
        if (answer := self.table("PRAGMA integrity_check", program)) != [{"integrity_check": "ok"}]:
            raise Lost(f"the ledger is damaged: {answer}")
        self.proved(program)

    def read(self):
        """The readers saw something, see on, and saw nothing that no reader may see."""
        reader = self.reader
        if reader.lost:
            raise Lost(f"a reader saw: {reader.lost[0]} ({len(reader.lost)} in all)")
        wait_for(reader.is_reading, lambda: f"both readers read: {reader.reads} readings, {reader.messages} messages, {reader.threads}")

    def proved(self, program=None):
        """No row that was entered at a price that the sheet had not said by then, and none that was graded without one that it
        said between capture and hit."""
        for row in self.table("SELECT * FROM sessions WHERE entry_price IS NOT NULL", program):
            captured = instant(row["captured_at"]).timestamp()
            entry = Decimal(str(row["entry_price"]))
            self.said(row, entry, is_entry=True, since=0, until=captured)
            if row["target_hit_type"] is None:
                continue
            price, high, low = (Decimal(str(row[name])) for name in ("target_hit_price", "target_high", "target_low"))
            target, stop = (price >= high, price <= low) if is_long(row) else (price <= low, price >= high)
            if not (target if row["wndw"] == "WORKED" else stop):
                raise Lost(f"{row['country']} {row['future']}: {row['wndw']} at {price} between {low} and {high}")
            self.said(row, price, is_entry=False, since=captured, until=instant(row["target_hit_at"]).timestamp())

    def said(self, row, price, is_entry, since, until):
        """Raises where the sheet did not say that price in that time. Around a step of the clock a save may be of the other
        side of it: sheet and program are not set at one moment, and a save from the future is taken for one of now."""
        symbol = {"DX": "$DXY", "TOTAL": "YM"}.get(row["future"], row["future"])
        buys = is_long(row) == is_entry  # at the ask
        sides = [(first, saved_at, ask if buys else bid) for first, saved_at, bid, ask in self.sheet.sides(symbol)]
        said = [(first, saved_at) for first, saved_at, side in sides if side == price]
        across = [other for step in self.steps for one, other in (step, step[::-1]) if abs(until - one) < A_LOOK]

        def in_time(first):
            return first <= until + A_ROUNDING or any(abs(first - other) < A_LOOK for other in across)
        if not any(since - A_ROUNDING <= saved_at and in_time(first) for first, saved_at in said):
            near = [f"{saved_at - until:+.3f} s: {side}" for _, saved_at, side in sides if abs(saved_at - until) < 0.3]
            raise Lost(f"{row['country']} {row['future']} {row['bhs']} of {row['captured_at']}: no save proves {price} by {datetime.fromtimestamp(until, UTC)}; "
                       f"said {[round(saved_at - until, 3) for _, saved_at in said]} s after that; near it {near}")


def is_long(row):
    return row["bhs"] in ("BUY", "STRONG_BUY")


def says(quote, row):
    """Whether a quote of the hash says what a row of the sheet says."""
    names = ("last", "change", "open", "high", "low", "close", "volume", "bid", "ask")
    for name, value in zip(names, [*row[2:8], row[8], *row[9:11]]):
        if (quote[name] is None) != (value == ""):
            return False
        if value != "" and Decimal(str(quote[name])) != Decimal(str(value)):
            return False
    return True
