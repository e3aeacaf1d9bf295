#!/usr/bin/env python3
"""Do slow readers disturb the others? wrk asks for a 500 KB file on keep-alive connections, alone and beside N readers that take a
64 MB file at a few KiB/s through small windows; the same gatehoused, alternating. Prints latencies and the ratio of the p99 medians.

usage: slow_readers.py --build-dir DIR [--slow 50] [--kib-per-second 20] [--conns 50] [--seconds 5] [--rounds 3] [--https] [--limit 1.2]
Ends with 1 where the ratio is beyond the limit. Needs wrk.
"""
import argparse
import os
import pathlib
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from certificates import make_certificate  # noqa: E402
from gateway import Gateway  # noqa: E402
from raw_http import Client  # noqa: E402

UNITS_MS = {"us": 1e-3, "ms": 1, "s": 1e3}


class SlowReaders:
    """Connections that read a little ten times a second until the end of the block."""

    def __init__(self, port, tls, count, kib_per_second):
        self._clients = [Client(("127.0.0.1", port), tls=tls, receive_bytes=8192) for _ in range(count)]
        self._piece, self._end, self.lost = int(kib_per_second * 1024 / 10), threading.Event(), 0
        self._thread = threading.Thread(target=self._read)

    def __enter__(self):
        for client in self._clients:
            client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n").more()
            client.socket.setblocking(False)
        self._thread.start()
        return self

    def _read(self):
        while not self._end.wait(0.1):
            for client in self._clients:
                try:
                    self.lost += not client.socket.recv(self._piece)
                except (BlockingIOError, ssl.SSLWantReadError):
                    pass
                except OSError:
                    self.lost += 1

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        for client in self._clients:
            client.socket.close()


def wrk(url, conns, seconds):
    out = subprocess.run(["wrk", "-t1", f"-c{conns}", f"-d{seconds}s", "--latency", url], capture_output=True, text=True, check=True).stdout
    assert "Socket errors" not in out and "Non-2xx" not in out, out
    found = {int(p): float(v) * UNITS_MS[u] for p, v, u in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", out)}
    return {"p50": found[50], "p99": found[99], "rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--slow", type=int, default=50)
    a.add_argument("--kib-per-second", type=float, default=20)
    a.add_argument("--conns", type=int, default=50)
    a.add_argument("--seconds", type=int, default=5)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--https", action="store_true")
    a.add_argument("--limit", type=float, default=1.2)
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    rows = {"alone": [], "beside slow readers": []}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        web = pathlib.Path(folder) / "web"
        web.mkdir()
        (web / "index.html").write_text("x")
        (web / "seg.bin").write_bytes(os.urandom(500_000))
        (web / "large.bin").write_bytes(bytes(64_000_000))
        config = {"paths": {"web_dir": str(web)}}
        if o.https:
            certificate, key = make_certificate(folder)
            config["https"] = {"listen": ["127.0.0.1:0"], "certificate": str(certificate), "key": str(key)}
        with Gateway(config=config) as gateway:
            scheme, port = ("https", gateway.https_port) if o.https else ("http", gateway.port)
            tls = ssl._create_unverified_context() if o.https else None
            url = f"{scheme}://127.0.0.1:{port}/seg.bin"
            wrk(url, o.conns, 1)
            for number in range(o.rounds):
                for name in list(rows)[::1 if number % 2 else -1]:
                    with SlowReaders(port, tls, o.slow if name != "alone" else 0, o.kib_per_second) as slow:
                        rows[name].append(wrk(url, o.conns, o.seconds))
                    assert slow.lost == 0, f"{slow.lost} slow readers were dropped"
    middle = {name: {k: statistics.median(row[k] for row in mine) for k in mine[0]} for name, mine in rows.items()}
    for name, row in middle.items():
        print(f"{scheme} {o.conns} connections {name}: p50 {row['p50']:.2f} ms, p99 {row['p99']:.2f} ms, {row['rps']:.0f} requests/s")
    ratio = middle["beside slow readers"]["p99"] / middle["alone"]["p99"]
    print(f"p99 beside {o.slow} slow readers ({o.kib_per_second:g} KiB/s each) / alone: {ratio:.2f} (medians of {o.rounds})")
    return 0 if ratio <= o.limit else 1


sys.exit(main())
