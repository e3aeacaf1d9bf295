"""What the conformance test looks at a camera with: ffmpeg's pictures, ffprobe's packets, and bare RTSP."""

import json
import os
import select
import socket
import subprocess
import time

import simcam_blocks


class Viewer:
    """ffmpeg decoding a stream over TCP; every picture comes as (camera, UTC ms), None where no clock is readable."""

    def __init__(self, url, width=640, height=360, transport="tcp"):
        self._size = (width, height)
        self._process = subprocess.Popen(
            ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", transport, "-fflags", "nobuffer", "-flags", "low_delay",
             "-fpsprobesize", "0", "-analyzeduration", "1000000",
             "-i", url, "-vf", f"scale={width}:{height}", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def picture(self, timeout_s):
        """The next picture's clock; raises TimeoutError when none comes, EOFError when the stream is over."""
        width, height = self._size
        deadline = time.monotonic() + timeout_s
        while len(self._pending) < width * height:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise TimeoutError
            chunk = os.read(self._process.stdout.fileno(), width * height - len(self._pending))
            if not chunk:
                raise EOFError
            self._pending += chunk
        gray, self._pending = self._pending, b""
        return simcam_blocks.decode(gray, width, height)

    def until(self, wanted, timeout_s):
        """Pictures until `wanted(clock)`; returns that one, or raises TimeoutError or EOFError."""
        deadline = time.monotonic() + timeout_s
        while True:
            clock = self.picture(max(deadline - time.monotonic(), 0))
            if wanted(clock):
                return clock


def age_ms(clock):
    return time.time() * 1000 - clock[1]


def is_fresh(clock, camera, limit_ms=3000):
    return clock is not None and clock[0] == camera and -100 <= age_ms(clock) < limit_ms


def probe(url, *, packets=False, timeout_s=15, transport="tcp", read_s=3):
    """ffprobe's JSON: streams, and with `packets` what arrived in the first seconds. Raises CalledProcessError."""
    argv = ["ffprobe", "-v", "error", "-rtsp_transport", transport, "-analyzeduration", "1000000", "-fpsprobesize", "0",
            "-of", "json", "-show_streams"]
    if packets:
        argv += ["-show_packets", "-read_intervals", f"%+{read_s}"]
    done = subprocess.run(argv + [url], capture_output=True, timeout=timeout_s, check=True)
    return json.loads(done.stdout)


class Rtsp:
    """Just enough RTSP over a socket to see exactly what a camera does."""

    def __init__(self, url, timeout_s=5):
        self.url = url
        host, port = url.split("/")[2].split("@")[-1].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self._cseq = 0
        self.inbox = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, method, url=None, **headers):
        """Sends a request and returns (status, head, body); interleaved packets before the answer are skipped."""
        self._cseq += 1
        lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            self._fill(1)
            if self.inbox.startswith(b"$"):
                self.packet()
                continue
            while b"\r\n\r\n" not in self.inbox:
                self._fill(len(self.inbox) + 1)
            head, _, self.inbox = self.inbox.partition(b"\r\n\r\n")
            head = head.decode()
            length = next((int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")), 0)
            self._fill(length)
            body, self.inbox = self.inbox[:length].decode(), self.inbox[length:]
            return int(head.split()[1]), head, body

    def play(self):
        """DESCRIBE, SETUP of every stream over TCP, PLAY; returns the SDP."""
        status, head, sdp = self.ask("DESCRIBE")
        assert status == 200, head
        session = {}
        controls = [line[10:] for line in sdp.splitlines() if line.startswith("a=control:")][1:]
        for index, control in enumerate(controls):
            url = control if control.startswith("rtsp:") else f"{self.url}/{control}"
            status, head, _ = self.ask("SETUP", url, Transport=f"RTP/AVP/TCP;unicast;interleaved={2 * index}-{2 * index + 1}", **session)
            assert status == 200, head
            line = next(line for line in head.splitlines() if line.startswith("Session:"))
            session = {"Session": line.split(":")[1].split(";")[0].strip()}
        status, head, _ = self.ask("PLAY", **session)
        assert status == 200, head
        return sdp

    def _fill(self, wanted):
        while len(self.inbox) < wanted:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError
            self.inbox += chunk

    def packet(self):
        """The next interleaved packet: (channel, bytes)."""
        self._fill(4)
        assert self.inbox.startswith(b"$"), self.inbox[:40]
        length = int.from_bytes(self.inbox[2:4], "big")
        self._fill(4 + length)
        channel, data = self.inbox[1], self.inbox[4:4 + length]
        self.inbox = self.inbox[4 + length:]
        return channel, data

    def timestamps(self, seconds, channel=0):
        """RTP timestamps of `channel` that arrive within `seconds`."""
        seen = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            got, data = self.packet()
            if got == channel:
                seen.append(int.from_bytes(data[4:8], "big"))
        return seen
