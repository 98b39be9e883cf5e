"""The faults: each takes a desk's maker and an amount, and returns how often it tried and a note; `Lost` ends it."""

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from datetime import date, datetime, timedelta

from lib.desk import UTC, WORKERS, Lost, instant, wait_for
from lib.records import door

PANIC, ERROR = "return(panic)", "return(an error)"
# Edges at which an error is no crash: the worker counts it and goes on.
ERRORS = ["feed.read.before", "feed.read.after", "feed.parse.before", "feed.parse.after", "bus.connect.before", "bus.publish.before", "bus.publish.after",
          "ledger.read.before", "ledger.commit.before", "ledger.commit.after", "journal.write.before"]


def crashes(maker, amount):
    """Panics and errors of every worker, before, in and after its cycles; panics and errors at every edge below."""
    with maker("crashes") as desk:
        days, program = desk.days(), desk.program
        desk.healthy()
        before = None
        while (done := sum(program.fired().values())) < amount:
            moment, day, markets = next(days)
            desk.before_open(moment)
            worker = desk.dice.choice(WORKERS)
            share = min(amount - done, max(amount // 16, 20)) // (2 * len(WORKERS)) + 1
            edges = {f"cycle.{it}.before": f"{share}*{desk.dice.choice((PANIC, ERROR))}" for it in WORKERS}
            edges |= {f"build.{it}": f"{share}*{desk.dice.choice((PANIC, ERROR))}" for it in WORKERS}
            edges[f"cycle.{worker}.after"] = f"3*{PANIC}"
            edges |= {it: f"{desk.dice.randint(1, 3)}*{desk.dice.choice((PANIC, ERROR))}" for it in desk.dice.sample(ERRORS, 4)}
            program.set(**edges)
            wait_for(lambda: sum(program.fired().values()) >= done + 2 * share * len(WORKERS), lambda: f"the faults happen: {program.fired()}", 60)
            program.set()
            desk.expect_captured(markets, day)
            if before is None:
                before = program.measure()
        desk.check()
        fired = program.fired()
        for worker in WORKERS:
            at_its_door = sum(count for edge, count in fired.items() if edge in (f"cycle.{worker}.before", f"cycle.{worker}.after", f"build.{worker}"))
            wait_for(lambda: program.worker(worker)["restarts"] >= at_its_door,
                     lambda: f"{worker} counts {program.worker(worker)['restarts']} restarts after {at_its_door} faults at its door", 5)
        after = flat(before, program)
        return sum(fired.values()), f"{before[0]} to {after[0]} threads, {before[2] / 1024:.1f} to {after[2] / 1024:.1f} MiB"


def flat(before, program, slack=0.15):
    """What the program holds once what was disturbed is over: as much as before."""
    def settled():
        after = program.measure()
        grew = after[0] > before[0] or after[1] > before[1] + 2 or after[2] > before[2] * (1 + slack) + 2048
        return None if grew else after
    return wait_for(settled, lambda: f"threads, descriptors, KiB as before: {before}, now {program.measure()}", 10)


def hangs(maker, amount):
    """Workers that hang in a cycle, in a read, before a commit or a message, past their deadline: each is replaced, what it
    does when it wakes is refused, and its thread ends."""
    with maker("hangs", settings=["supervisors.max_zombies=16"] + [f"supervisors.{worker}.deadline=3s" for worker in WORKERS]) as desk:
        days, tried, program = desk.days(), 0, desk.program
        desk.healthy()
        before = program.measure()
        while tried < amount:
            moment, day, markets = next(days)
            desk.before_open(moment, 1.0)
            within = desk.dice.sample(["feed.read.before", "bus.publish.before", "ledger.commit.before", "journal.write.before"], 1)
            late = f"1*return(wait {4500 + tried}ms)"  # another text each time: one that stays keeps its count
            doors = desk.dice.sample(WORKERS, 2)
            edges = {f"cycle.{it}.before": f"1*return(hold {tried})" for it in doors}
            program.set(**edges, **{edge: late for edge in within})
            wait_for(lambda: all(program.happened()[f"cycle.{it}.before", f"hold {tried}"] for it in doors),
                     lambda: f"{doors} hang: {[(it['name'], it['state'], it['last_error']) for it in program.status()['supervisors']]}", 60)
            # A process that gets no time condemns nobody: who hangs is held until its place was taken.
            held = Counter(door(edge) for (edge, _), often in program.happened().items() for _ in range(often) if door(edge))
            wait_for(lambda: all(program.worker(it)["restarts"] >= often for it, often in held.items()), lambda: f"each is replaced: {held}", 60)
            desk.expect_captured(markets, day)
            program.set()
            tried = sum(program.fired().values())
        wait_for(lambda: not any(it.get("zombies") for it in program.status()["supervisors"]), "the replaced threads end")
        desk.check()
        flat(before, program, slack=0.3)
        if not any(it["restarts"] for it in program.status()["supervisors"]):
            raise Lost("nobody was replaced")
        # Who wakes to an unchanged sheet has nothing to write, so a few tell nothing.
        if amount > 10 and not any(it["refused_writes"] for it in program.status()["supervisors"]):
            raise Lost("no write of a replaced worker was refused")
        return tried, f"{sum(it['restarts'] for it in program.status()['supervisors'])} replacements"


def subscriber_crashes(maker, amount):
    """The same for a stack without a workbook, which is fed by Redis."""
    with maker("subscriber") as desk:
        other = desk.another("other", workbook=False)
        other.shift = desk.program.shift
        other.tell()
        other.start()
        try:
            share = amount // 2
            other.set(**{"cycle.QuoteSubscriber.before": f"{share}*{PANIC}", "build.QuoteSubscriber": f"{share}*{ERROR}",
                         "bus.receive.before": f"3*{ERROR}", "bus.subscribe.before": f"2*{ERROR}", "bus.subscribe.after": f"2*{ERROR}"})
            wait_for(lambda: sum(other.fired().values()) >= 2 * share + 7, lambda: f"the faults happen: {other.fired()}", 60)
            desk.sheet.stop()
            latest = desk.sheet.latest()["YM"][2]

            def follows():
                answer = other.ask("quotes", "YM", "--json")
                return answer.returncode == 0 and latest in answer.stdout
            wait_for(follows, lambda: f"the subscriber shows {latest}: {other.ask('quotes', 'YM', '--json').stdout}")
            restarts = other.worker("QuoteSubscriber")["restarts"]
            if restarts != 2 * share:
                raise Lost(f"{restarts} restarts after {2 * share} faults")
            tried = sum(other.fired().values())
            desk.close_other(other)
        finally:
            if other.child.poll() is None:
                other.kill()
        desk.check()
        return tried, ""


def kills(maker, amount):
    """kill -9 at random moments, many of them around an open, and a start after it."""
    with maker("kills") as desk:
        days, tried = desk.days(), 0
        # The first process of all: who dies before it left a sign of life was never there, as far as anybody knows.
        wait_for(lambda: desk.table("SELECT * FROM alive"), "a sign of life")
        while tried < amount:
            moment, day, markets = next(days)
            desk.before_open(moment, 1.5)
            for _ in range(min(desk.dice.randint(2, 5), amount - tried)):
                time.sleep(desk.dice.random() * 0.7)
                desk.program.kill()
                tried += 1
                if not desk.dice.randrange(3) and tried < amount:  # while it starts, too
                    desk.program.start(wait=False)
                    time.sleep(desk.dice.random() * 0.2)
                    desk.program.kill()
                    tried += 1
                desk.program.start()
            desk.expect_captured(markets, day)
        desk.check()
        return tried, f"{len(desk.crossed)} opens"


def redis(maker, amount):
    """Restarts, stalls and every way in which a network fails, some of them at an open."""
    with maker("redis") as desk:
        days, tried, counts = desk.days(), 0, {}
        while tried < amount:
            moment, day, markets = next(days)
            desk.before_open(moment, 1.0)
            for _ in range(min(8, amount - tried)):
                kind = desk.dice.choice(("restart", "stall", "cut", "partition", "slow", "half"))
                redis_fault(desk, kind)
                counts[kind] = counts.get(kind, 0) + 1
                tried += 1
            desk.equals_sheet()
            desk.expect_captured(markets, day)
        desk.check()
        return tried, ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def redis_fault(desk, kind):
    length = 0.05 + desk.dice.random() * 0.6
    # Shorter ones, and slow answers, may pass between two editions, of a program that has to wait for a processor as well.
    certain = {"restart": 0.45, "cut": 0.45, "stall": 0.55, "partition": 0.55}
    with desk.outage("bus_down") if length > certain.get(kind, 9.0) else contextlib.nullcontext():
        break_redis(desk, kind, length)


def break_redis(desk, kind, length):
    if kind == "restart":
        desk.server.stop()
        time.sleep(length)
        desk.server.start()
    elif kind == "stall":
        desk.server.stall(length)
    elif kind == "half":
        desk.proxy.set("half")
        time.sleep(length / 3)
        desk.proxy.set("pass")
    else:
        mode = {"cut": "cut", "partition": "stall", "slow": "slow"}[kind]
        desk.proxy.set(mode, 0.03 + desk.dice.random() * 0.3)
        time.sleep(length)
        desk.proxy.set("pass")


def workbooks(maker, amount):
    """Half saves, locks, deletes, floods, garbage, temporary files of Excel beside it, and none for a while."""
    with maker("workbooks", settings=["workbook.stale_after=2s"]) as desk:
        days, tried = desk.days(), 0
        while tried < amount:
            moment, day, markets = next(days)
            desk.before_open(moment, 1.0)
            if tried % 40 == 0:
                with desk.outage("workbook_stale"), desk.sheet.lock:
                    time.sleep(3)
                tried += 1
            for _ in range(min(10, amount - tried)):
                workbook_fault(desk)
                tried += 1
            desk.expect_captured(markets, day)
            desk.equals_sheet()
        desk.check()
        return tried, f"{desk.sheet.number} saves"


def workbook_fault(desk):
    sheet, dice, path = desk.sheet, desk.dice, desk.sheet.path
    with sheet.lock:
        rows, content = sheet.next()
        kind, since = dice.randrange(6), sheet.now()
        if kind == 0:  # written in place, in pieces
            with open(path, "wb") as file:
                cut = dice.randrange(1, len(content))
                file.write(content[:cut])
                file.flush()
                time.sleep(dice.random() * 0.15)
                file.write(content[cut:])
        elif kind == 1:  # locked
            with locked(desk):
                time.sleep(dice.random() * 0.1)
        elif kind == 2:  # gone for a moment, as Excel saves
            path.unlink(missing_ok=True)
            time.sleep(dice.random() * 0.2)
        elif kind == 3:  # garbage, and one flipped bit
            path.write_bytes(dice.randbytes(dice.randrange(1, 5000)))
            time.sleep(0.03)
            flipped = bytearray(content)
            flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
            path.write_bytes(flipped)
            time.sleep(0.03)
        elif kind == 4:  # Excel has it open
            path.with_name(f"~${path.name}").write_bytes(b"\x05user")
        else:  # a folder of that name
            path.unlink(missing_ok=True)
            path.mkdir()
            time.sleep(0.05)
            path.rmdir()
        # In its place or in pieces, it may have been read and graded by meanwhile.
        sheet.put(rows, content, since)
    if kind == 4:
        for _ in range(60):
            sheet.save()


@contextlib.contextmanager
def locked(desk):
    """A workbook that nobody may read; where this user may read everything, by the edge that says so."""
    if os.geteuid() != 0:
        desk.sheet.path.chmod(0o000)
        yield
        desk.sheet.path.chmod(0o644)
        return
    edges = desk.program.edges
    desk.program.set(**edges, **{"feed.read.before": "return(denied)"})
    yield
    desk.program.set(**edges)


def disk(maker, amount):
    """A full disk under ledger, journal and log: a small file system where one can be mounted, else edges that say so."""
    with maker("disk", settings=["log.file={home}/stack.log", "log.level=debug"], small=True) as desk:
        tried, days = 0, desk.days()
        filler, log = desk.program.home / "filler", desk.program.home / "stack.log"
        for _ in range(amount):
            moment, day, markets = next(days)
            desk.before_open(moment, 2.0)
            began = desk.now()
            fill(desk, filler)
            time.sleep(3.5)
            if desk.program.child.poll() is not None:
                raise Lost("a full disk ended the program")
            # The journal keeps lines in memory for some seconds before it needs the disk.
            wait_for(lambda: refused(desk.program.status(), began), "ledger and journal meet the full disk", 15)
            filler.unlink(missing_ok=True)
            desk.program.set()
            desk.expect_captured(markets, day)
            tried += 1
        said = "log lines were lost here"
        wait_for(lambda: said in log.read_text(errors="replace"), "the log says what it lost")
        if torn := [line for line in log.read_text(errors="replace").splitlines() if said in line and not line.startswith("thor-stack: ")]:
            raise Lost(f"two log lines in one: {torn[0]}")
        # After a failure the journal leaves the disk alone for half a minute.
        wait_for(lambda: not desk.program.worker("JournalWriter")["detail"]["failing"], "the journal is written again", 45)
        desk.check()
        return tried, "tmpfs" if desk.small else "edges"


def refused(status, began):
    """Whether the disk was full for the ledger and for the journal since then, and both have said so."""
    workers = {it["name"]: it for it in status["supervisors"]} if status else {}
    errors = [it["last_error"]["message"] for it in workers.values() if it["last_error"] and instant(it["last_error"]["at"]) >= began]
    return any("no space" in error for error in errors) and workers["JournalWriter"]["detail"]["failing"]


def fill(desk, filler):
    if not desk.small:
        full = "return(full)"
        desk.program.set(**{"ledger.commit.before": full, "journal.write.before": full, "log.write.before": full})
        return
    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


def clocks(maker, amount):
    """Steps of an hour and a day either way, around opens, and the nights in which clocks change."""
    hours = [1, -1, 24, -24, 3, -2]
    with maker("clocks") as desk:
        days, tried = desk.days(), 0
        while tried < amount - 3:
            moment, day, markets = next(days)
            for step in desk.dice.sample(hours, 2):
                desk.before_open(moment + timedelta(hours=step), desk.dice.random())
                time.sleep(0.6)
                tried += 1
            desk.before_open(moment, 1.5)
            desk.expect_captured(markets, day)
        twice = desk.table("SELECT country, future, year, month, date, count(*) AS n FROM sessions GROUP BY 1,2,3,4,5 HAVING n > 1")
        if twice:
            raise Lost(f"captured twice: {twice[0]}")
        desk.check()
    tried += dst_nights(maker)
    return tried, ""


def dst_nights(maker):
    """The open after each change of clocks is where the exchange has it, not where it was."""
    nights = [(date(2025, 10, 27), "Germany", "08:00", datetime(2025, 10, 26, 0, 59, 58, tzinfo=UTC)),
              (date(2025, 11, 3), "USA", "14:30", datetime(2025, 11, 2, 5, 59, 58, tzinfo=UTC)),
              (date(2026, 3, 9), "USA", "13:30", datetime(2026, 3, 8, 6, 59, 58, tzinfo=UTC))]
    with maker("dst") as desk:
        for day, market, opened, night in nights:
            desk.at(night)
            time.sleep(3)
            desk.healthy()
            moment = datetime.combine(day, datetime.strptime(opened, "%H:%M").time(), UTC)
            desk.before_open(moment, 1.5)
            desk.expect_captured([market], day)
            captured = desk.captured(market, day)[0]
            if captured["capture_delay_ms"] > 20_000:
                raise Lost(f"{market} {day}: captured {captured['capture_delay_ms']} ms after {opened} UTC")
        desk.check()
    return len(nights)


def suspend(maker, seconds):
    """SIGSTOP of program and server, and no save, over an open; the wall clock goes on."""
    with maker("suspend") as desk:
        days, tried = desk.days(), 0
        for length in (1, seconds):
            moment, day, markets = next(days)
            desk.before_open(moment, 0.5)
            desk.healthy()
            with desk.outage("suspend") if length > 6 else contextlib.nullcontext(), desk.sheet.lock:
                stand_still((desk.program.child, desk.server.child), length)
            desk.expect_captured(markets, day)
            desk.healthy()
            tried += 1
        desk.check()
        # A disk that is slow on a loaded machine is an error of its own; nobody was seen to hang.
        if hangs := desk.table("SELECT supervisor FROM crashes WHERE kind = 'hang'"):
            raise Lost(f"a suspend was taken for a hang of {hangs[0]['supervisor']}")
        return tried, f"1 s and {seconds} s"


def stand_still(children, seconds):
    for child in children:
        child.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for child in reversed(children):
        child.send_signal(signal.SIGCONT)


def leaders(maker, amount):
    """Two stacks that publish to one Redis; who leads is cut off or killed, again and again."""
    with maker("leaders") as desk:
        other = desk.another("other", port=desk.server.port)
        other.shift = desk.program.shift
        other.tell()
        other.start()
        try:
            for number in range(amount):
                if number % 2 == 0:
                    desk.proxy.set("cut")  # the first is cut off for longer than its lock lasts
                    wait_for(lambda: other.status()["bus"]["connected"] and publishes(desk, other), "the second takes over", 40)
                    desk.proxy.set("pass")
                    time.sleep(1)
                else:
                    other.kill()
                    wait_for(lambda: publishes(desk, desk.program), "the first takes over again", 40)
                    other.start()
            desk.check()
            desk.whole(other)
            desk.close_other(other)
        finally:
            if other.child.poll() is None:
                other.kill()
        return amount, ""


def tenures(maker, amount):
    """Two hosts with a lease, whose keepers fail; who leads is killed, cut off or stopped shortly before an open, and the other
    captures it: once."""
    lease = ["lease.enabled=true", "lease.ttl=2s"]
    with maker("tenures", settings=lease) as desk:
        other = desk.another("other", lease, port=desk.server.port)
        both, late, days = (desk.program, other), 0, desk.days()
        other.shift = desk.program.shift
        other.tell()
        other.start()
        try:
            for number in range(amount):
                moment, day, markets = next(days)
                wait_for(lambda: leader(both), "one of the two leads")
                for program in both:
                    keeper_fails(program, (PANIC, ERROR)[number % 2])
                wait_for(lambda: leader(both), "one of the two leads after its keeper failed")
                desk.before_open(moment, 1.0)
                other.shift = desk.program.shift
                other.tell()
                depose(desk, leader(both) or desk.program, number)
                for market in markets:
                    wait_for(lambda: any(desk.captured(market, day, it) for it in both),
                             lambda: f"{market} {day} is captured by one of two: {both[0].tail()} {both[1].tail()}")
            time.sleep(3)
            for market, day in {(market, day) for it in both for market, day in rows_of(desk, it)}:
                rows = [len(desk.captured(market, day, it)) for it in both]
                if sorted(rows) != [0, 12]:
                    raise Lost(f"{market} {day}: {rows} rows at the two hosts")
                late += 1
            for program in both:
                desk.whole(program)
            desk.equals_sheet()
            desk.read()
            # One that stood by opened no ledger: its absence, and the end of what was down before, is known when it leads again.
            desk.program.downs.clear()
            desk.stood_by = True
            other.stop()
        finally:
            if other.child.poll() is None:
                other.kill()
        return amount, f"{late} captures, each at one host"


def keeper_fails(program, how):
    """Twice in a row, which takes less than the lease lasts."""
    edge, restarts = "cycle.LeaseKeeper.before", program.worker("LeaseKeeper")["restarts"]
    before = program.fired()[edge]
    program.set(**{edge: f"2*{how}"})
    wait_for(lambda: program.fired()[edge] == before + 2, lambda: f"the keeper fails: {program.fired()}")
    program.set()
    wait_for(lambda: program.worker("LeaseKeeper")["restarts"] == restarts + 2,
             lambda: f"it is restarted twice after {restarts} times: {program.worker('LeaseKeeper')}")


def rows_of(desk, program):
    found = desk.table("SELECT DISTINCT country, year, month, date FROM sessions", program)
    return [(row["country"], date(row["year"], row["month"], row["date"])) for row in found]


def leader(both):
    states = {it: it.status() for it in both if it.child.poll() is None}
    leading = [it for it, status in states.items() if status and (status["leader"] or {}).get("pid") == it.child.pid]
    return leading[0] if len(leading) == 1 else None


def depose(desk, program, number):
    kind = number % 3
    if kind == 0:
        program.kill()
        time.sleep(3)
        program.start()
    elif kind == 1 and program is desk.program:
        desk.proxy.set("cut")
        time.sleep(4)
        desk.proxy.set("pass")
    else:
        program.send(signal.SIGSTOP)
        time.sleep(4)
        program.send(signal.SIGCONT)


def publishes(desk, program):
    from lib.redis_side import Client
    client = Client(desk.server.port)
    try:
        return str(program.child.pid) in (client.call("GET", "live_data:excel_lock") or "")
    finally:
        client.close()


def descriptors(maker, amount):
    """No descriptor is left, or only those that are closed meanwhile; then some are again."""
    with maker("descriptors") as desk:
        days = desk.days()
        pid = desk.program.child.pid
        for number in range(amount):
            moment, day, markets = next(days)
            desk.before_open(moment, 3.0)
            said = len(desk.program.log.read_bytes())
            limit(pid, lowest_free(pid) if number % 2 else 3)
            time.sleep(2)
            desk.proxy.drop()  # and it must connect anew
            time.sleep(2)
            limit(pid, 1024)
            wait_for(lambda: b"Too many open files" in desk.program.log.read_bytes()[said:], "the program says that it had no descriptor", 5)
            desk.expect_captured(markets, day)
        desk.check()
        return amount, ""


def lowest_free(pid):
    """The descriptor that the next file gets; of some looks, as the workbook is open for moments."""
    looks = ({int(it) for it in os.listdir(f"/proc/{pid}/fd")} for _ in range(20))
    return min(next(it for it in range(len(held) + 1) if it not in held) for held in looks)


def limit(pid, files):
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={files}:4096"], check=True)


def spawning(maker, amount):
    """The system refuses threads at the start."""
    tried = 0
    for number in range(amount):
        with maker(f"spawning{number}") as desk:
            desk.program.stop()
            refused = desk.dice.randint(1, 6)
            desk.program.set(**{"thread.spawn": f"1*off->{refused}*return(refused)"})
            desk.program.start(wait=False)
            wait_for(lambda: sum(desk.program.fired().values()) >= refused or desk.program.child.poll() is not None, "threads are refused", 10)
            wait_for(lambda: desk.program.status() or desk.program.child.poll() is not None, "it runs, or has ended")
            if desk.program.child.poll() is not None:  # refused where nothing can run without: it must say so, and start later
                if desk.program.child.returncode == 0 or "thread" not in desk.program.tail():
                    raise Lost(f"it ended without a word: {desk.program.child.returncode}")
                desk.program.set()
                desk.program.start()
            desk.program.ready()
            moment, day, markets = next(desk.days())
            desk.before_open(moment)
            desk.expect_captured(markets, day)
            desk.check()
            tried += refused
    return tried, ""


class Load:
    """Busy loops, twice as many as there are cores."""

    def __enter__(self):
        self.children = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(2 * os.cpu_count())]
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.kill()
            child.wait()


# name: (the fault, how much of it at night, how much of it where there is no time)
FAULTS = {
    "panics and errors": (crashes, 10_000, 150),
    "hangs": (hangs, 24, 3),
    "panics of a subscriber": (subscriber_crashes, 1_000, 60),
    "kill -9": (kills, 200, 5),
    "Redis and network": (redis, 100, 6),
    "workbook": (workbooks, 200, 10),
    "full disk": (disk, 6, 1),
    "clock steps": (clocks, 30, 5),
    "suspend": (suspend, 60, 7),  # longer than the 5 s of which a gap must tell
    "two leaders": (leaders, 4, 0),
    "hosts with a lease": (tenures, 9, 2),
    "no descriptors": (descriptors, 6, 1),
    "no threads": (spawning, 5, 1),
}
