"""Every figure, one after the other, each beside its comparison; called by scripts/bench."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import bars
import contest
import growth
import program
import recording
import workbooks


class Context:
    """What a measurement needs."""

    def __init__(self, folder, socket, figures, quick, table):
        self.folder, self.socket, self.figures, self.quick, self.table = folder, socket, figures, quick, table
        self.results = workbooks.ROOT / "target/bench"
        self.results.mkdir(parents=True, exist_ok=True)
        self.homes = 0

    def few(self, usual, quick):
        return quick if self.quick else usual

    def home(self):
        """A home folder that nobody has used."""
        self.homes += 1
        return f"{self.folder}/home-{self.homes}"

    def rust(self, *words):
        """Seconds by figure, as benches/figures measures them."""
        command = [self.figures, *map(str, words)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        figures = [json.loads(line) for line in lines]
        return {one["figure"]: [micros * 1e-6 for micros in one["us"]] for one in figures}


def supervisors(context):
    found = context.rust("supervisors", context.few(2_000, 300))
    crash, sleepers = "crash -> running", "shutdown of five sleepers"
    own = found[crash]
    context.table.add("crash → running", own, "catch_unwind alone", found[f"{crash}, catch_unwind alone"])
    context.table.add("crash → running", own, "a new thread each time", found[f"{crash}, a new thread each"])
    context.table.add(sleepers, found[sleepers], "bare threads on a channel", found[f"{sleepers}, threads on a channel"])


def opens(context):
    captures = context.rust("capture", 10, context.few(300, 60))
    own, bare = captures["capture, 10 years"], captures["capture, 10 years, bare insert"]
    context.table.add("capture at the open, 10 years", own, "a bare transaction as large", bare)
    [grades] = context.rust("grading", 10, context.few(300, 60)).values()
    context.table.add("publish → graded, 10 years", grades, "a bare transaction as large", bare)


def ledger(context):
    for name, values in context.rust("statements", 10, context.few(200, 20)).items():
        context.table.add(f"ledger: {name}", values)
    for rows in (108, 100_000):
        for name, values in context.rust("looks", 10, rows, context.few(60, 20)).items():
            context.table.add(name, values)
    program.ledger_commands(context)


def life(context):
    """The scripted life of a stack with its parent: a table of its own."""
    command = [sys.executable, workbooks.ROOT / "benches/life.py", *context.few([], ["QUICK"])]
    context.table.line("")
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        context.table.line(line)


def build(context):
    """A clean build as a new user makes it, in a folder of its own. Minutes: not in a quick run."""
    with tempfile.TemporaryDirectory(dir=context.results) as target:
        begun = time.perf_counter()
        subprocess.run(["cargo", "build", "--release", "--quiet", "--target-dir", target], check=True, cwd=workbooks.ROOT)
        context.table.add("clean release build", [time.perf_counter() - begun])


MEASUREMENTS = {
    "polls": contest.measure,
    "latency": program.save_to_subscriber,
    "opens": opens,
    "supervisors": supervisors,
    "shutdown": program.shutdown,
    "commands": program.start_status_stop,
    "quiet": program.quiet,
    "memory": program.memory,
    "size": program.size,
    "replay": recording.measure,
    "ledger": ledger,
    "growth": growth.measure,
    "life": life,
    "build": build,
}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("figures", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller samples: minutes, and noisier")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="this part alone; repeatable")
    parser.add_argument("--readme", action="store_true", help="put the table into the README")
    return parser.parse_args()


def machine():
    processor = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{os.cpu_count()} cores, {processor[1] if processor else os.uname().machine}; load when it began {load}"


def main():
    chosen = arguments()
    names = chosen.only or [name for name in MEASUREMENTS if name != "build" or not chosen.quick]
    table = bars.Table(sys.stdout)
    table.line(f"{machine()}{'; quick' if chosen.quick else ''}\n")
    table.begin()
    with tempfile.TemporaryDirectory() as folder, program.redis_server(folder) as socket:
        context = Context(folder, socket, chosen.figures, chosen.quick, table)
        for name in names:
            MEASUREMENTS[name](context)
        (context.results / "table.md").write_text("\n".join(table.lines) + "\n")
    if chosen.readme:
        into_readme(table)
    if table.missed:
        sys.exit(f"bench: missed: {', '.join(dict.fromkeys(table.missed))}")


def into_readme(table):
    readme = workbooks.ROOT / "README.md"
    head, rest = readme.read_text().split("<!-- bench -->")
    tail = rest.split("<!-- /bench -->")[1]
    lines = "\n".join(line for line in table.lines if str(workbooks.ROOT) not in line)
    readme.write_text(f"{head}<!-- bench -->\n{lines}\n<!-- /bench -->{tail}")


main()
