"""A Redis server of one's own, a way to it that can be cut, and a reader that notices every torn batch."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import traceback


def free_port():
    """Below those that the system hands out: while a server is away, no client may be given its port."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = random.randrange(10_000, 32_000)
            probe.bind(("127.0.0.1", port))
            return port


class Client:
    """As much of the protocol as is needed here."""

    def __init__(self, port, timeout=5.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def call(self, *words):
        self.send(*words)
        return self.read()

    def send(self, *words):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.text(int(rest))
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return rest.decode()

    def text(self, length):
        data = self.file.read(length + 2)
        if len(data) < length + 2:
            raise ConnectionError("closed in the middle of an answer")
        return data[:-2].decode()

    def close(self):
        self.file.close()
        self.socket.close()


class Server:
    def __init__(self):
        self.folder, self.port, self.child = tempfile.mkdtemp(prefix="redis"), free_port(), None
        self.start()

    def start(self):
        self.child = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder, "--daemonize", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ConnectionError, RuntimeError):
                client = Client(self.port, 1.0)
                client.call("PING")
                client.close()
                return
            time.sleep(0.01)
        raise RuntimeError("redis-server does not answer")

    def stop(self):
        if self.child:
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
            self.child.wait()
            self.child = None

    def stall(self, seconds):
        self.child.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.child.send_signal(signal.SIGCONT)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Proxy:
    """The network between program and server: `pass`, `cut` (refuses and closes), `stall` (swallows nothing, moves nothing),
    `slow` (each piece late), or a connection closed in the middle of what is said."""

    def __init__(self, port):
        self.target, self.mode, self.delay, self.pairs, self.lock = port, "pass", 0.0, [], threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port, self.closed = self.listener.getsockname()[1], False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.closed:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.mode == "cut":
                    raise OSError("cut")
                far = socket.create_connection(("127.0.0.1", self.target), 1.0)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.pairs.append((near, far))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.relay, args=(source, sink), daemon=True).start()

    def relay(self, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                while self.mode == "stall" and not self.closed:
                    time.sleep(0.005)
                if self.mode == "slow":
                    time.sleep(self.delay)
                if self.mode == "half":
                    sink.sendall(piece[: len(piece) // 2])
                    break
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def set(self, mode, delay=0.0):
        self.mode, self.delay = mode, delay
        if mode == "cut":
            self.drop()

    def drop(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def close(self):
        self.closed, self.mode = True, "cut"
        self.listener.close()
        self.drop()


class Reader:
    """Reads hash and messages as any other program would; what no reader may see is in `lost`."""

    def __init__(self, server, symbols):
        self.server, self.symbols, self.lost, self.reads, self.messages = server, symbols, [], 0, 0
        self.seqs, self.ending, self.pause = {}, threading.Event(), 0.01
        self.threads = [threading.Thread(target=self.live, args=(body,), daemon=True) for body in (self.poll, self.listen)]
        for thread in self.threads:
            thread.start()

    def live(self, body):
        """A reader that dies sees nothing more: what it died of is a loss."""
        try:
            body()
        except Exception:
            self.lost.append(f"its own end: {traceback.format_exc()}")

    def is_reading(self):
        return bool(self.reads and self.messages) and all(thread.is_alive() for thread in self.threads)

    def hash(self, client):
        flat = client.call("HGETALL", "live_data:latest:quotes")
        return {flat[at]: json.loads(flat[at + 1]) for at in range(0, len(flat), 2)}

    def look(self, quotes):
        """One reading of the hash is one save: all symbols, one number."""
        if not quotes:
            return  # a server that began anew
        self.reads += 1
        if missing := self.symbols - quotes.keys():
            self.lost.append(f"the hash lacks {sorted(missing)}")
        if len(numbers := {quote["volume"] for quote in quotes.values()}) > 1:
            self.lost.append(f"the hash mixes the saves {sorted(map(str, numbers))}")

    def poll(self):
        client = None
        while not self.ending.wait(self.pause):
            try:
                client = client or Client(self.server.port)
                self.look(self.hash(client))
            except (OSError, ConnectionError, RuntimeError):
                client = None
                time.sleep(0.02)

    def listen(self):
        while not self.ending.is_set():
            with contextlib.suppress(OSError, ConnectionError, RuntimeError):
                listener, asker = Client(self.server.port, 0.5), Client(self.server.port)
                listener.send("PSUBSCRIBE", "live_data:quotes:*")
                while not self.ending.is_set():
                    try:
                        said = listener.read()
                    except TimeoutError:
                        break  # a half-read answer cannot be gone on with
                    if said[0] == "pmessage":
                        self.hear(json.loads(said[3]), asker)
                listener.close()
                asker.close()
            time.sleep(0.02)

    def hear(self, quote, asker):
        self.messages += 1
        symbol, seq = quote["symbol"], quote["seq"]
        if seq <= self.seqs.get(symbol, 0):
            self.lost.append(f"{symbol}: message {seq} after {self.seqs[symbol]}")
        self.seqs[symbol] = seq
        if self.messages % 50 == 0 and (held := asker.call("HGET", "live_data:latest:quotes", symbol)):
            if json.loads(held)["seq"] < seq:
                self.lost.append(f"{symbol}: a message came before its field of the hash")

    def close(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(6)
