"""A host in Python: `host.py CASE CONFIG`, one function a case, which fails by an exception."""

import _ctypes
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "django" / "quotes"))
import thor_stack

CONFIG = sys.argv[2]
LIBRARY = ctypes.CDLL(os.environ["THOR_LIBRARY"])
STACK = thor_stack.Stack(LIBRARY)


def until(found):
    deadline = time.monotonic() + 20
    while not found():
        assert time.monotonic() < deadline, STACK.status()
        time.sleep(0.005)


def threads():
    names = []
    for path in pathlib.Path("/proc/self/task").glob("*/comm"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended since it was listed
            names.append(path.read_text().strip())
    return names


def last_error():
    buffer = ctypes.create_string_buffer(4096)
    assert LIBRARY.thor_stack_last_error(buffer, 4096) >= 0
    return buffer.value.decode()


def in_child(body):
    """Runs `body` in a forked child, and fails if that fails or hangs."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            body()
            os._exit(0)
        except BaseException as error:
            print("in the child:", repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status == 0, status


def life():
    assert STACK.version
    assert STACK.status()["state"] == "stopped"
    STACK.stop()
    assert STACK.start(CONFIG) == (True, "")
    status = STACK.status()
    assert status["state"] == "running" and status["pid"] == os.getpid() and status["schema"] == 1, status
    until(lambda: STACK.status()["supervisors"][0]["cycles"] > 0)
    assert "ExcelPollerSupe" in threads()
    started, reason = STACK.start(CONFIG)
    assert not started and "was started in this process" in reason, reason
    STACK.stop()
    assert STACK.status()["state"] == "stopped"
    assert "ExcelPollerSupe" not in threads()
    STACK.stop()
    assert STACK.start(CONFIG)[0] is False
    log = pathlib.Path(CONFIG).with_name("home").joinpath("thor-stack.log").read_text()
    assert "[INFO ] started; home" in log and "ExcelPollerSupervisor: stopped" in log, log


def arguments():
    wrong = LIBRARY.thor_stack_start(None)
    assert wrong == -1 and "null" in last_error(), wrong
    assert LIBRARY.thor_stack_start(b"/tmp/\xff.toml") == -1 and "UTF-8" in last_error()
    assert LIBRARY.thor_stack_start(b"/nowhere/desk.toml") == -2 and "/nowhere/desk.toml" in last_error()
    bad = pathlib.Path(CONFIG).with_name("bad.toml")
    bad.write_text('[workbook]\ninterval = "soon"\nsheets = 1\n')
    assert LIBRARY.thor_stack_start(str(bad).encode()) == -2
    assert "bad.toml:2: workbook.interval" in last_error() and "bad.toml:3: workbook.sheets" in last_error()
    file = pathlib.Path(CONFIG).with_name("file.toml")
    file.write_text(f'home = "{bad}"\n')
    assert LIBRARY.thor_stack_start(str(file).encode()) == -3 and "is not a folder" in last_error()
    for read in (LIBRARY.thor_stack_status_json, LIBRARY.thor_stack_last_error):
        assert read(None, 100) == -1
        assert read(None, 0) == -1
    buffer = ctypes.create_string_buffer(b"x" * 8, 8)
    for size in (0, 1, 8):
        needed = LIBRARY.thor_stack_status_json(buffer, size)
        assert needed <= -64, needed
        assert "are enough" in last_error()
        assert size == 0 or buffer.raw[:1] == b"\0"
    enough = ctypes.create_string_buffer(-needed)
    written = LIBRARY.thor_stack_status_json(enough, -needed)
    assert written == -needed - 1 == len(enough.value), (written, needed)
    json.loads(enough.value)
    huge = ctypes.c_size_t(-1)
    assert LIBRARY.thor_stack_status_json(enough, huge) == written
    assert STACK.start(CONFIG)[0], "a start that failed can be tried again"


def many_threads():
    codes, failures = [], []

    def all_at_once():
        try:
            codes.append(LIBRARY.thor_stack_start(CONFIG.encode()))
            for _ in range(200):
                STACK.status()
                last_error()
            assert LIBRARY.thor_stack_start(None) == -1 and "null" in last_error()
        except Exception as error:
            failures.append(error)

    everybody = [threading.Thread(target=all_at_once) for _ in range(16)]
    [thread.start() for thread in everybody]
    [thread.join() for thread in everybody]
    assert not failures, failures
    assert sorted(codes) == [0] + [1] * 15, codes
    assert threads().count("ExcelPollerSupe") <= 1
    stoppers = [threading.Thread(target=STACK.stop) for _ in range(8)]
    [thread.start() for thread in stoppers]
    [thread.join() for thread in stoppers]
    until(lambda: STACK.status()["state"] == "stopped")


def fork_with_a_stack():
    STACK.start(CONFIG)

    def child():
        text = ctypes.create_string_buffer(4096)
        began = time.monotonic()
        assert LIBRARY.thor_stack_status_json(text, 4096) == -4
        assert f"forked from process {os.getppid()}" in last_error(), last_error()
        assert LIBRARY.thor_stack_stop(60_000) == -4
        assert LIBRARY.thor_stack_start(CONFIG.encode()) == -4
        assert LIBRARY.thor_stack_version()
        assert time.monotonic() - began < 5

    for _ in range(20):
        in_child(child)
    assert STACK.status()["state"] == "running"
    until(lambda: "ExcelPollerSupe" in threads())


def fork_before_any_stack():
    def child():
        assert STACK.start(CONFIG) == (True, "")
        assert STACK.status()["state"] == "running"
        STACK.stop()

    in_child(child)
    STACK.start(CONFIG)
    assert STACK.status()["state"] == "running"
    STACK.stop()
    in_child(lambda: STACK.start(CONFIG))  # nothing of it is left to be inherited


def unload():
    # Before anything ran here nothing else keeps it loaded: threads and thread-locals would.
    _ctypes.dlclose(LIBRARY._handle)
    assert "libthor_stack" in pathlib.Path("/proc/self/maps").read_text(), "the library is gone"
    STACK.start(CONFIG)
    until(lambda: "ExcelPollerSupe" in threads())
    before = STACK.status()["supervisors"][0]["cycles"]
    until(lambda: STACK.status()["supervisors"][0]["cycles"] > before)


def wait_for_a_signal():
    # A shell's background job starts with SIGINT ignored, and Python then installs no handler: this is Python's own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    STACK.start(CONFIG)
    try:
        print("state", STACK.status()["state"], flush=True)  # from now on the test may signal
        # Python looks for signals between its own steps: one that comes just before a sleep begins is seen after it.
        for _ in range(600):
            time.sleep(0.1)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        STACK.stop()
        sys.exit(3)


def stand_by():
    began = time.monotonic()
    assert STACK.start(CONFIG) == (True, "")
    took = time.monotonic() - began
    status = STACK.status()
    print("state", status["state"], status.get("holder"), flush=True)
    assert took < 2, took
    until(lambda: STACK.status()["state"] == "running")
    print("took over", flush=True)


def stop_while_standing_by():
    STACK.start(CONFIG)
    assert STACK.status()["state"] == "standby"
    began = time.monotonic()
    STACK.stop(60_000)
    assert time.monotonic() - began < 5
    assert STACK.status()["state"] == "stopped"
    assert "thor-attendant" not in threads()


def be_asked_from_outside():
    STACK.start(CONFIG)
    print("state", STACK.status()["state"], flush=True)
    until(lambda: STACK.status()["state"] == "stopped")
    assert "ExcelPollerSupe" not in threads()
    assert STACK.start(CONFIG)[0] is False


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("done", flush=True)
