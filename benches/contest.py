"""Whole polls, file to Redis: the stack's poller and the comparison programs, in turn, on the same saves."""
import contextlib
import subprocess
import sys
import time

import bars
import workbooks

HERE = workbooks.ROOT / "benches"

SETTLED = 2.2
"""Seconds after a save until the file's times tell every later one (src/feed/bounds.rs: FAT keeps them to two seconds): until then
each look compares the file's end."""


class Contestant:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.answer() == ["ready"], command
        self.polls = []

    def answer(self):
        return self.process.stdout.readline().split()

    def poll(self, times=1):
        """Seconds of each of so many polls."""
        print(times, file=self.process.stdin, flush=True)
        return [int(nanos) * 1e-9 for nanos in self.answer()]


@contextlib.contextmanager
def contestants(names, figures, path, rows, socket):
    """Started one after the other; each has made one poll that does not count."""
    rust = lambda name: [figures, "contest", name, path, str(rows), socket]
    python = lambda name: [sys.executable, HERE / "peers.py", "contest", name, path, socket]
    commands = {
        "thor-stack": rust("thor-stack"), bars.CALAMINE: rust("calamine"), bars.FLOOR: rust("floor"),
        bars.PYTHON: python("calamine"), bars.OPENPYXL: python("openpyxl"),
    }
    started = {}
    try:
        for name in names:
            started[name] = Contestant([str(word) for word in commands[name]])
        yield started
    finally:
        for one in started.values():
            one.process.kill()
            one.process.wait()


def saves(rows, step):
    """Saves without end, each unlike the one before it."""
    if rows == 12 and step == 1:
        known = [workbooks.real(tick) for tick in (0, 7)]
    else:
        known = [workbooks.generated(rows, tick, step) for tick in (0, 1)]
    while True:
        yield from known


def compete(context, rows, step, rounds, rare):
    """Seconds of each contestant's polls; those of `rare` names take part in every so many rounds."""
    path = f"{context.folder}/{rows}-{step}.xlsx"
    save = saves(rows, step)
    workbooks.save(path, next(save))
    names = ["thor-stack", bars.CALAMINE, bars.FLOOR, bars.PYTHON, bars.OPENPYXL]
    with contestants([name for name in names if rare.get(name, 1)], context.figures, path, rows, context.socket) as started:
        for turn in range(rounds):
            workbooks.save(path, next(save))
            order = list(started)[turn % len(started):] + list(started)[: turn % len(started)]
            for name in order:
                if turn % rare.get(name, 1) == 0:
                    started[name].polls += started[name].poll()
        polls = {name: one.polls for name, one in started.items()}
        times = context.few(2_000, 500)
        polls["just saved"] = started["thor-stack"].poll(times)
        time.sleep(SETTLED)
        polls["unchanged"] = started["thor-stack"].poll(times)
    return polls


def measure(context):
    """The three sizes, all changed, a tenth changed, unchanged."""
    for rows, rounds, seldom in ((12, 200, 2), (1_000, 40, 4), (10_000, 16, 8)):
        rounds = context.few(rounds, max(4, rounds // 8))
        polls = compete(context, rows, 1, rounds, {bars.OPENPYXL: min(seldom, rounds)})
        show(context.table, f"poll, {rows:,} rows, all changed", polls)
        tenth = compete(context, rows, 10, rounds, {bars.OPENPYXL: 0})
        show(context.table, f"poll, {rows:,} rows, 10 % changed", tenth)
        context.table.add(f"poll, {rows:,} rows, unchanged", polls["unchanged"])
        context.table.add(f"poll, {rows:,} rows, unchanged, its save seconds ago", polls["just saved"])


def show(table, figure, polls):
    for name in (bars.CALAMINE, bars.FLOOR, bars.PYTHON, bars.OPENPYXL):
        if polls.get(name):
            table.add(figure, polls["thor-stack"], name, polls[name])
