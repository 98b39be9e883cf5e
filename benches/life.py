"""Measures the scripted life of the release binary, all workers on, each figure as a whole command seen from outside.

start -> ready, status, stop (asleep, with a stalled Redis, with a hung worker), running again after kill -9, idle cost
with and without the parent. Starts its own redis-server in a temporary folder and ends everything it started, by id.
Run by scripts/bench; needs the environment that scripts/setup makes (redis-py). `life.py QUICK` takes fewer runs.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import redis

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("THOR_PROGRAM", ROOT / "target/release/thor-stack"))
WORKBOOK = ROOT / "tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx"
QUICK = "QUICK" in sys.argv[1:]


@contextlib.contextmanager
def redis_server(folder):
    socket = f"{folder}/redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=socket, decode_responses=True)
    for _ in range(200):
        with contextlib.suppress(redis.ConnectionError):
            client.ping()
            break
        time.sleep(0.02)
    try:
        yield server, client, socket
    finally:
        server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait()


class Stack:
    """A home, and the commands that a script runs in it."""

    def __init__(self, folder, socket):
        self.home = pathlib.Path(folder) / "home"
        workbook = pathlib.Path(folder) / "book.xlsx"
        shutil.copy(WORKBOOK, workbook)
        self.home.mkdir()
        text = f'[workbook]\npath = "{workbook}"\n[bus]\nurl = "redis+unix://{socket}"\n[journal]\nenabled = true\n'
        (self.home / "config.toml").write_text(text)

    def run(self, *words, code=0):
        """Milliseconds of the whole command, and what it printed."""
        begun = time.perf_counter()
        done = subprocess.run([PROGRAM, "--home", self.home, *words], capture_output=True, text=True)
        took = (time.perf_counter() - begun) * 1000
        if done.returncode != code:
            sys.exit(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return took, done

    def status(self, code=0):
        return json.loads(self.run("status", "--json", code=code)[1].stdout)

    def end(self):
        """Whatever still runs, the parent first."""
        with contextlib.suppress(Exception):
            status = json.loads(subprocess.run([PROGRAM, "--home", self.home, "status", "--json"], capture_output=True).stdout)
            for pid in filter(None, (status["parent"], status["pid"])):
                os.kill(pid, signal.SIGKILL)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(name, values, unit, bound):
    print(f"| {name} | {statistics.median(values):.2f} | {percentile(values, 0.99):.2f} | {unit} | {bound} |", flush=True)


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def cpu_ms(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def lives(stack, times):
    """start and stop, again and again; status in between."""
    starts, stops, statuses = [], [], []
    for _ in range(times):
        starts.append(stack.run("start")[0])
        statuses += [stack.run("status", "--json")[0] for _ in range(5)]
        stops.append(stack.run("stop")[0])
    row("`start` -> ready", starts, "ms", "< 300, wanted < 100")
    row("`status --json`, whole command", statuses, "ms", "< 10")
    row("`stop`, nothing hangs", stops, "ms", "< 50")


def stalled(stack, server, client, times):
    stops = []
    for _ in range(times):
        client.flushall()
        stack.run("start")
        while not client.exists("thor:heartbeat"):
            time.sleep(0.01)
        server.send_signal(signal.SIGSTOP)
        stops.append(stack.run("stop")[0])
        server.send_signal(signal.SIGCONT)
    row("`stop`, Redis stalled", stops, "ms", "< 300")


def hung(stack, server, client, times):
    """The poller hangs in publishing: Redis stalls, and bus.timeout lets it wait for 10 s."""
    statuses, stops = [], []
    for _ in range(times):
        client.flushall()
        stack.run("start", "--set", "bus.timeout=10s", "--set", "workbook.interval=100ms")
        while not client.exists("thor:heartbeat"):
            time.sleep(0.01)
        server.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        poller = next(one for one in stack.status()["supervisors"] if one["name"] == "ExcelPollerSupervisor")
        assert (poller["state"], poller["phase"]) == ("running", "publishing"), poller
        statuses += [stack.run("status", "--json")[0] for _ in range(10)]
        took, done = stack.run("stop", "--timeout", "500ms")
        assert "ExcelPollerSupervisor did not stop in time" in done.stderr, done.stderr
        stops.append(took - 500)
        server.send_signal(signal.SIGCONT)
    row("`status --json` while a worker hangs", statuses, "ms", "< 10")
    row("`stop --timeout 500ms` with a hung worker, beyond the deadline", stops, "ms", "< 200, named")


def killed(stack, times):
    again = []
    for _ in range(times):
        stack.run("start")
        before = stack.status()["pid"]
        begun = time.perf_counter()
        os.kill(before, signal.SIGKILL)
        while True:
            said = subprocess.run([PROGRAM, "--home", stack.home, "status", "--json"], capture_output=True).stdout
            with contextlib.suppress(ValueError):
                status = json.loads(said)
                if status["state"] == "running" and status["pid"] != before:
                    break
        again.append((time.perf_counter() - begun) * 1000)
        stack.run("stop")
    row("kill -9 -> running again", again, "ms", "<= 1000")


def idle(stack, seconds, *options):
    stack.run("start", *options)
    time.sleep(2)
    status = stack.status()
    pids = [pid for pid in (status["pid"], status["parent"]) if pid]
    before = [cpu_ms(pid) for pid in pids]
    time.sleep(seconds)
    spent = [cpu_ms(pid) - old for pid, old in zip(pids, before)]
    resident = [resident_mib(pid) for pid in pids]
    stack.run("stop")
    return spent, resident


def main():
    times = 3 if QUICK else 30
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as (server, client, socket):
        stack = Stack(folder, socket)
        try:
            print("| figure | p50 | p99 | unit | to hold |")
            print("|---|---|---|---|---|")
            lives(stack, times)
            stalled(stack, server, client, max(3, times // 3))
            hung(stack, server, client, 3)
            killed(stack, max(3, times // 3))
            seconds = 5 if QUICK else 30
            spent, resident = idle(stack, seconds)
            row(f"CPU over {seconds} s idle, all workers", [spent[0]], "ms", "<= 11")
            row(f"CPU over {seconds} s idle, the parent", [spent[1]], "ms", "~ 0")
            row("resident, all workers", [resident[0]], "MiB", "")
            row("resident, the parent", [resident[1]], "MiB", "")
            spent, resident = idle(stack, seconds, "--no-respawn")
            row(f"CPU over {seconds} s idle, --no-respawn", [spent[0]], "ms", "<= 11")
            row("resident, --no-respawn", [resident[0]], "MiB", "")
        finally:
            stack.end()


main()
