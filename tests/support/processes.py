"""Processes of a test or benchmark: started with a log, ended by id; CPU, memory and descendants from /proc."""
import contextlib
import os
import pathlib
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    """A port nobody listens on at this moment, for peers that cannot say which port 0 became."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, seconds=15.0):
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def wait_until(what, condition, seconds=15.0, every=0.1):
    """Waits for `condition()` to be true and returns its value; fails naming `what`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(every)


class Stack:
    """Ends what it started, in reverse order, by id."""

    def __init__(self):
        self._started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._started):
            stop(process)

    def start(self, command, log, **more):
        with open(log, "ab") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)
        self._started.append(process)
        return process


def stop(process, seconds=10):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(seconds)


def tree(pid):
    """The process and its descendants."""
    parent = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError):
                stat = open(f"/proc/{entry}/stat").read()
                parent[int(entry)] = int(stat[stat.rindex(")") + 2:].split()[1])
    found, grew = {pid}, True
    while grew:
        more = {child for child, p in parent.items() if p in found} - found
        found |= more
        grew = bool(more)
    return sorted(found)


def _stat(pid):
    stat = open(f"/proc/{pid}/stat").read()
    return stat[stat.rindex(")") + 2:].split()


def cpu_s(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = _stat(pid)
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def pss_mb(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def memfd_mb(pids):
    """Memory of the distinct memfds the processes hold (a mapped one is in PSS too: an upper bound)."""
    blocks = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if "/memfd:" in os.readlink(f"/proc/{pid}/fd/{fd}"):
                        s = os.stat(f"/proc/{pid}/fd/{fd}")
                        blocks[(s.st_dev, s.st_ino)] = s.st_blocks * 512
    return sum(blocks.values()) / 1048576


def threads(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += len(os.listdir(f"/proc/{pid}/task"))
    return total


def is_sanitized(pid):
    """Whether it runs under a sanitizer, which keeps what is freed and needs memory of its own."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    return any(name in maps for name in ("libasan", "libtsan", "libubsan"))


def mediamtx_conf(paths, rtsp=None, hls=None, api=None, extra=""):
    """A MediaMTX configuration with only the wanted servers on, all on loopback; HLS always remuxes."""
    conf = "logLevel: warn\nlogDestinations: [stdout]\nrtmp: no\nwebrtc: no\nsrt: no\nmoq: no\nmetrics: no\npprof: no\nplayback: no\n"
    conf += f"rtsp: yes\nrtspAddress: 127.0.0.1:{rtsp}\nrtspTransports: [tcp]\n" if rtsp else "rtsp: no\n"
    conf += f"api: yes\napiAddress: 127.0.0.1:{api}\n" if api else "api: no\n"
    if hls:
        conf += f"hls: yes\nhlsAddress: 127.0.0.1:{hls}\nhlsAlwaysRemux: yes\nhlsVariant: fmp4\nhlsSegmentCount: 7\nhlsSegmentDuration: 2s\n"
    else:
        conf += "hls: no\n"
    return conf + extra + "paths:\n" + paths
