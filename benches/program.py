"""Measures the release binary as its users meet it: save -> subscriber latency, idle cost, memory, shutdown.

Starts its own redis-server on a socket in a temporary folder and ends everything it started. Prints one table.
Run by scripts/bench; needs the environment that scripts/setup makes (redis-py).
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import redis

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/thor-stack"
WORKBOOK = ROOT / "tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx"
HOUR_OF_POLLS = 1200  # at the default interval of 3 s


def workbook_with_last(path, last):
    """The real workbook with another last price of YM, as bytes on disk."""
    with zipfile.ZipFile(WORKBOOK) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data, count = re.subn(rb"<v>47551</v>", b"<v>%d</v>" % last, data)
                assert count == 1, count
            new.writestr(part.filename, data)


@contextlib.contextmanager
def redis_server(folder):
    socket = f"{folder}/redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(unix_socket_path=socket, decode_responses=True)
    for _ in range(200):
        with contextlib.suppress(redis.ConnectionError):
            client.ping()
            break
        time.sleep(0.02)
    try:
        yield server, socket
    finally:
        server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait()


@contextlib.contextmanager
def stack(folder, workbook, socket, *settings):
    command = [str(PROGRAM), "--home", f"{folder}/home", "--set", f"bus.url=redis+unix://{socket}"]
    for setting in settings:
        command += ["--set", setting]
    log = open(f"{folder}/log", "w")
    child = subprocess.Popen(command + ["run", "--workbook", str(workbook)], stderr=log)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(name, values, unit, bound):
    p50, p99 = statistics.median(values), percentile(values, 0.99)
    print(f"| {name} | {p50:.2f} | {p99:.2f} | {unit} | {bound} |", flush=True)


def wait_for_field(socket, last):
    client = redis.Redis(unix_socket_path=socket, decode_responses=True)
    for _ in range(500):
        if f'"last":"{last}"' in (client.hget("live_data:latest:quotes", "YM") or ""):
            return
        time.sleep(0.01)
    sys.exit("the stack did not publish within 5 s")


def latency(folder, socket, saves, *settings):
    """Milliseconds from the rename that ends a save to the message at a subscriber."""
    workbook = pathlib.Path(folder) / "book.xlsx"
    workbook_with_last(workbook, 47551)
    arrivals = {}
    arrived = threading.Event()
    subscriber = redis.Redis(unix_socket_path=socket).pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe("live_data:quotes:YM")

    def listen():
        for message in subscriber.listen():
            arrivals[int(re.search(rb'"last":"(\d+)"', message["data"]).group(1))] = time.perf_counter()
            arrived.set()

    threading.Thread(target=listen, daemon=True).start()
    values = []
    with stack(folder, workbook, socket, *settings) as child:
        wait_for_field(socket, 47551)
        for last in range(48000, 48000 + saves):
            workbook_with_last(f"{folder}/saving.tmp", last)
            saved = time.perf_counter()
            os.replace(f"{folder}/saving.tmp", workbook)
            while last not in arrivals:
                arrived.clear()
                if last not in arrivals and not arrived.wait(10):
                    sys.exit(f"save {last} never arrived")
            values.append((arrivals[last] - saved) * 1000)
        resident = resident_mib(child.pid)
    return values, resident


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def cpu_ms(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def wakeups(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M).group(1)) for task in tasks)


def idle(folder, workbook, socket, seconds=30):
    with stack(folder, workbook, socket) as child:
        wait_for_field(socket, 47551)
        time.sleep(1)
        cpu, woken = cpu_ms(child.pid), wakeups(child.pid)
        time.sleep(seconds)
        return cpu_ms(child.pid) - cpu, wakeups(child.pid) - woken, resident_mib(child.pid)


def shutdown(folder, workbook, server, socket, times, stalled):
    """Milliseconds until every supervisor had stopped, as the program reports, and until the process had ended."""
    stopped, ended = [], []
    for _ in range(times):
        with stack(folder, workbook, socket) as child:
            wait_for_field(socket, 47551)
            if stalled:
                server.send_signal(signal.SIGSTOP)
            begun = time.perf_counter()
            child.terminate()
            child.wait()
            ended.append((time.perf_counter() - begun) * 1000)
            if stalled:
                server.send_signal(signal.SIGCONT)
        report = re.search(r"stopped in ([\d.]+)(µs|ms)", pathlib.Path(f"{folder}/log").read_text())
        stopped.append(float(report.group(1)) / (1000 if report.group(2) == "µs" else 1))
        redis.Redis(unix_socket_path=socket).flushall()
    return stopped, ended


def main():
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as (server, socket):
        print("| figure | p50 | p99 | unit | to hold |")
        print("|---|---|---|---|---|")
        values, _ = latency(folder, socket, 300)
        row("save -> Redis subscriber, watching", values, "ms", "p99 <= 10")
        values, _ = latency(folder, socket, 60, "workbook.watch=false", "workbook.interval=100ms")
        row("save -> Redis subscriber, every 100 ms, no watching", values, "ms", "p99 <= 110")
        values, resident = latency(folder, socket, HOUR_OF_POLLS)
        row("resident after an hour's worth of changed polls", [resident], "MiB", "<= 8")
        workbook = pathlib.Path(folder) / "idle.xlsx"
        shutil.copy(WORKBOOK, workbook)
        cpu, woken, resident = idle(folder, workbook, socket)
        row("CPU over 30 s idle, default cadence", [cpu], "ms", "<= 11")
        row("wake-ups over 30 s idle", [woken], "", "")
        row("resident, idle", [resident], "MiB", "<= 8")
        redis.Redis(unix_socket_path=socket).flushall()
        stopped, ended = shutdown(folder, workbook, server, socket, 100, False)
        row("shutdown, everything asleep", stopped, "ms", "p99 <= 5")
        row("SIGTERM -> process gone (the kernel frees the folder watch)", ended, "ms", "")
        stopped, ended = shutdown(folder, workbook, server, socket, 10, True)
        row("shutdown, Redis stalled", stopped, "ms", "<= 200 (bus.timeout)")


main()
