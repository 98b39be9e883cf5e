"""The release binary as its users meet it: latency, start, status, stop, and what it costs while nothing happens."""
import contextlib
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

import redis

import bars
import workbooks

PROGRAM = workbooks.ROOT / "target/release/thor-stack"
PEERS = workbooks.ROOT / "benches/peers.py"
MARKETS = ["Japan", "China", "India", "Germany", "United Kingdom", "Pre_USA", "USA", "Canada", "Mexico"]
POLL_INTERVAL = 3


@contextlib.contextmanager
def redis_server(folder):
    socket = f"{folder}/redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL
    )
    try:
        client = redis.Redis(unix_socket_path=socket)
        until(lambda: os.path.exists(socket) and client.ping())
        yield socket
    finally:
        server.kill()
        server.wait()


def until(done, patience=20):
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            sys.exit("bench: gave up waiting")
        time.sleep(0.005)


@contextlib.contextmanager
def running(command, **options):
    child = subprocess.Popen([str(word) for word in command], **options)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def run_command(home, workbook, *settings):
    sets = [word for setting in settings for word in ("--set", setting)]
    return [PROGRAM, "--home", home, *sets, "run", "--workbook", workbook]


@contextlib.contextmanager
def stack(home, workbook, *settings):
    """A stack in the foreground whose first quotes are there."""
    os.makedirs(home, exist_ok=True)
    with open(f"{home}/log", "w") as log, running(run_command(home, workbook, *settings), stderr=log) as child:
        until(lambda: b'"cycles":0' not in status(home) and b'"quotes":11' in status(home))
        yield child


def status(home):
    return subprocess.run([PROGRAM, "--home", home, "status", "--json"], capture_output=True).stdout.replace(b": ", b":")


def of_process(pid, file, pattern):
    """The sum over the process's threads of a number in a file of each."""
    numbers = (re.search(pattern, (task / file).read_text(), re.M) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())
    return sum(int(number[1]) for number in numbers)


def cpu(pid):
    return of_process(pid, "schedstat", r"^(\d+)") / 1e9


def wake_ups(pid):
    return of_process(pid, "status", r"^voluntary_ctxt_switches:\s+(\d+)")


def resident(pid):
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def latencies(context, publisher, channel, pattern, times):
    """Seconds from the rename that ends a save to the message at a subscriber of another process."""
    workbook = f"{context.folder}/latency.xlsx"
    workbooks.save(workbook, workbooks.real_with_last(47_000))
    arrivals, arrived = {}, threading.Event()
    subscriber = redis.Redis(unix_socket_path=context.socket).pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe(channel)

    def listen():
        with contextlib.suppress(redis.ConnectionError, ValueError, AttributeError):
            for message in subscriber.listen():
                arrivals[int(re.search(pattern, message["data"])[1])] = time.perf_counter()
                arrived.set()

    def wait_for(last):
        while last not in arrivals:
            arrived.clear()
            if last not in arrivals and not arrived.wait(10):
                sys.exit(f"bench: save {last} never arrived")
        return arrivals[last]

    threading.Thread(target=listen, daemon=True).start()
    values = []
    with publisher(workbook):
        wait_for(47_000)
        for last in range(48_000, 48_000 + times):
            data = workbooks.real_with_last(last)
            begun = time.perf_counter()
            workbooks.save(workbook, data)
            values.append(wait_for(last) - begun)
    subscriber.close()
    return values


def save_to_subscriber(context):
    own = lambda workbook: stack(context.home(), workbook, f"bus.url=redis+unix://{context.socket}")
    theirs = lambda workbook: running([sys.executable, PEERS, "watch", workbook, context.socket])
    values = latencies(context, own, "live_data:quotes:YM", rb'"last":"(\d+)"', context.few(400, 100))
    others = latencies(context, theirs, "python:YM", rb'"Last": "(\d+)', context.few(60, 20))
    context.table.add("save → subscriber", values, "python-calamine, a look every 100 ms", others)


def start_status_stop(context):
    """The commands that scripts use, on a stack in the background."""
    workbook, home = f"{context.folder}/commands.xlsx", context.home()
    workbooks.save(workbook, workbooks.real(0))
    command = lambda *words: timed([PROGRAM, "--home", home, *words])
    imported = [sys.executable, "-c", "import redis, openpyxl"]
    starts, stops, asked, floors, imports = [], [], [], [], []
    for _ in range(context.few(30, 8)):
        starts.append(command("start", "--workbook", workbook))
        asked += [command("status", "--json") for _ in range(4)]
        floors += [timed(["true"]) for _ in range(4)]
        stops.append(command("stop"))
        imports.append(timed(imported))
    context.table.add("start → ready", starts, "python that has imported redis and openpyxl", imports)
    context.table.add("status --json", asked, "true", floors)
    context.table.add("stop → stopped", stops, "true", floors)


def ledger_commands(context):
    """What a trader asks of ten years of history, from the start of the program to its end."""
    home = pathlib.Path(context.home())
    home.mkdir(parents=True)
    kept = subprocess.run([context.figures, "history", "10"], check=True, capture_output=True, text=True).stdout.strip()
    shutil.copy(kept, home / "ledger.db")
    for words in ("sessions", "sessions --outcome PENDING --json", "stats", "stats --market USA --json"):
        command = [PROGRAM, "--home", home, *words.split()]
        samples = [timed(command) for _ in range(context.few(60, 20))]
        context.table.add(f"`{words}`, the whole command, 10 years", samples)


def timed(command):
    begun = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def shutdown(context):
    """A SIGTERM to a stack whose workers all sleep.

    Until the process is gone the kernel takes its time to free a watch of a folder, whoever holds one, so the stack is
    measured with and without, each beside a bare program with and without.
    """
    workbook, reported = f"{context.folder}/shutdown.xlsx", []
    workbooks.save(workbook, workbooks.real(0))
    gone, bare = {True: [], False: []}, {True: [], False: []}
    for watches in [True, False] * context.few(100, 15):
        home = context.home()
        with stack(home, workbook, f"workbook.watch={str(watches).lower()}") as child:
            gone[watches].append(termination(child))
        said = re.search(r"stopped in ([\d.]+)(µs|ms|s)", pathlib.Path(f"{home}/log").read_text())
        reported.append(float(said[1]) * {"µs": 1e-6, "ms": 1e-3, "s": 1}[said[2]])
        with running([sys.executable, PEERS, "sleep", context.folder if watches else "-"], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            bare[watches].append(termination(child))
    context.table.add("shutdown, as the stack reports it", reported)
    context.table.add("SIGTERM → process gone", gone[True], "a Python program that watches a folder", bare[True])
    context.table.add("SIGTERM → process gone, workbook.watch = false", gone[False], "a Python program that only sleeps", bare[False])


def termination(child):
    begun = time.perf_counter()
    child.terminate()
    os.waitpid(child.pid, 0)
    child.returncode = 0
    return time.perf_counter() - begun


def closed_markets(home):
    """Closes every market for these days."""
    os.makedirs(home, exist_ok=True)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    days = [today + datetime.timedelta(days=day) for day in range(-2, 3)]
    table = '[[calendar.override]]\nmarket = "{}"\ndate = "{}"\nclosed = true\n'
    pathlib.Path(home, "calendar.toml").write_text("".join(table.format(market, day) for market in MARKETS for day in days))


def quiet(context):
    """Default cadence and config, all supervisors; nothing was saved for an hour and no market is open."""
    workbook, home, wait = f"{context.folder}/quiet.xlsx", context.home(), context.few(60, 30)
    workbooks.save(workbook, workbooks.real(0))
    hour_ago = time.time() - 3600
    os.utime(workbook, (hour_ago, hour_ago))
    closed_markets(home)
    with stack(home, workbook) as child, running([sys.executable, PEERS, "threads"]) as threads:
        time.sleep(2)
        before = [(cpu(pid), wake_ups(pid)) for pid in (child.pid, threads.pid)]
        time.sleep(wait)
        after = [(cpu(pid), wake_ups(pid)) for pid in (child.pid, threads.pid)]
    (ours, woken), (theirs, their_woken) = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(before, after)]
    context.table.add("CPU of 30 s idle", [ours * 30 / wait], "five Python threads", [theirs * 30 / wait])
    beyond = max(0, woken / wait - 1 / POLL_INTERVAL)
    context.table.add(
        "wake-ups a second beyond the polls, markets closed", [beyond], "five Python threads", [their_woken / wait], bars.count
    )


def memory(context):
    """A minute of polls of changing saves, all supervisors, beside a Python program that only polls and publishes."""
    workbook, minute = f"{context.folder}/memory.xlsx", context.few(66, 36)
    workbooks.save(workbook, workbooks.real(0))
    with stack(context.home(), workbook, f"bus.url=redis+unix://{context.socket}") as child:
        with running([sys.executable, PEERS, "watch", workbook, context.socket]) as peer:
            deadline = time.monotonic() + minute
            for tick in range(10_000):
                if time.monotonic() > deadline:
                    break
                workbooks.save(workbook, workbooks.real(tick % 9))
                time.sleep(POLL_INTERVAL)
            ours, theirs = resident(child.pid), resident(peer.pid)
    context.table.add(
        "resident after a minute of polls", [ours], "a Python program that does only this", [theirs], bars.mebibytes
    )


def size(context):
    """As it is, with the names of functions for the stacks of crashes, and without."""
    stripped = f"{context.folder}/stripped"
    subprocess.run(["strip", "-o", stripped, PROGRAM], check=True)
    context.table.add("size of the program, stripped", [os.path.getsize(stripped)], show=bars.mebibytes)
    context.table.add("size of the program", [PROGRAM.stat().st_size], show=bars.mebibytes)
