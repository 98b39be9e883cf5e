"""What others would write in Python, run by scripts/bench beside the stack.

  peers.py contest openpyxl|calamine WORKBOOK SOCKET   polls when told on standard input, as benches/figures/contest.rs
  peers.py watch WORKBOOK SOCKET                       looks every 100 ms and publishes what it finds
  peers.py threads                                     five threads that wake as the stack's workers do, and do nothing
  peers.py sleep FOLDER|-                              sleeps, with a watch of the folder or without
"""
import ctypes
import json
import os
import signal
import sys
import threading
import time

import redis


def rows_by_openpyxl(path):
    import openpyxl
    import warnings

    warnings.simplefilter("ignore")  # of styles that no cell here has

    workbook = openpyxl.load_workbook(path, data_only=True)
    rows = list(workbook["LiveData"].iter_rows(values_only=True))
    workbook.close()
    return rows


def rows_by_calamine(path):
    import python_calamine

    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("LiveData").to_python()


def quotes(rows):
    header = [str(name) for name in rows[0]]
    for row in rows[1:]:
        if row[1]:
            yield str(row[1]), json.dumps(dict(zip(header, (str(cell) for cell in row))))


def publish_one_by_one(client, found):
    for symbol, message in found:
        client.hset("openpyxl:latest", symbol, message)
        client.publish(f"openpyxl:{symbol}", message)


def publish_in_a_pipeline(client, found):
    pipeline = client.pipeline(transaction=False)
    found = list(found)
    pipeline.hset("python:latest", mapping=dict(found))
    for symbol, message in found:
        pipeline.publish(f"python:{symbol}", message)
    pipeline.execute()


PROGRAMS = {"openpyxl": (rows_by_openpyxl, publish_one_by_one), "calamine": (rows_by_calamine, publish_in_a_pipeline)}


def contest(program, path, client):
    read, publish = PROGRAMS[program]

    def poll():
        begun = time.perf_counter_ns()
        publish(client, quotes(read(path)))
        return time.perf_counter_ns() - begun

    poll()
    print("ready", flush=True)
    for line in sys.stdin:
        print(*(poll() for _ in range(int(line))), flush=True)


def watch(path, client):
    seen = None
    while True:
        stat = os.stat(path)
        if seen != (stat.st_ino, stat.st_mtime_ns):
            seen = (stat.st_ino, stat.st_mtime_ns)
            publish_in_a_pipeline(client, quotes(rows_by_calamine(path)))
        time.sleep(0.1)


def threads():
    never = threading.Event()

    def wake(period):
        while not never.wait(period):
            pass

    for period in (3, 0.5, 5, 1, 30):
        threading.Thread(target=wake, args=(period,), daemon=True).start()
    never.wait()


def sleep(folder):
    libc = ctypes.CDLL(None)
    if folder != "-":
        assert libc.inotify_add_watch(libc.inotify_init(), folder.encode(), 0x3C6) >= 0
    print("ready", flush=True)
    signal.pause()


def main():
    match sys.argv[1:]:
        case ["contest", program, path, socket]:
            contest(program, path, redis.Redis(unix_socket_path=socket))
        case ["watch", path, socket]:
            watch(path, redis.Redis(unix_socket_path=socket))
        case ["threads"]:
            threads()
        case ["sleep", folder]:
            sleep(folder)


main()
