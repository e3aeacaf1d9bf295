"""A small client of the protocol between gateway and gatehouse-mediad (see media_protocol/messages.h), for tests."""
import array
import os
import socket
import struct
import time

MAGIC, MAJOR, MINOR = 0x574D4847, 1, 0
PHASES = ["connecting", "live", "offline", "unsupported"]
CAUSES = ["none", "refused", "unreachable", "name_unknown", "wrong_credentials", "not_found", "no_answer", "no_video",
          "unsupported_codec", "no_pictures", "connection_lost", "ended", "bad_url", "camera_error", "worker_restarted",
          "bad_stream"]


def text(s):
    b = s.encode()
    return struct.pack("<H", len(b)) + b


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, fmt):
        value, = struct.unpack_from("<" + fmt, self.data, self.at)
        self.at += struct.calcsize("<" + fmt)
        return value

    def bytes(self, size):
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size:self.at]

    def text(self):
        return self.bytes(self.number("H")).decode()


def decode(data):
    r = Reader(data)
    magic, major, _, kind, _ = (r.number(f) for f in "IHHHH")
    assert (magic, major) == (MAGIC, MAJOR)
    m = {"type": {32: "HelloAck", 33: "StreamState", 34: "RunBegin", 35: "Chunk", 36: "Fragment", 37: "ChunkGone",
                  38: "StreamGone", 39: "Pong", 40: "WorkerStats"}.get(kind, kind)}
    if kind == 32:
        m.update(boot_id=r.number("Q"), pid=r.number("I"), version=r.text())
    elif kind == 33:
        m.update(stream=r.text(), phase=PHASES[r.number("B")], since_us=r.number("q"), cause=CAUSES[r.number("B")],
                 text=r.text(), video=r.text(), audio=r.text(), width=r.number("I"), height=r.number("I"), note=r.text())
    elif kind == 34:
        m.update(stream=r.text(), run=r.number("Q"), timescale=r.number("I"), video=r.text(), audio=r.text(),
                 width=r.number("I"), height=r.number("I"), started_us=r.number("q"))
        m["init"] = r.bytes(r.number("I"))
    elif kind in (35, 37):
        m.update(stream=r.text(), chunk=r.number("Q"))
    elif kind == 36:
        m.update(stream=r.text(), run=r.number("Q"), chunk=r.number("Q"), offset=r.number("Q"), size=r.number("I"),
                 decode_time=r.number("Q"), duration=r.number("I"), keyframe=r.number("B"), number=r.number("Q"),
                 wallclock_us=r.number("q"), ends_gop=r.number("B"))
    elif kind == 38:
        m.update(stream=r.text())
    elif kind == 40:
        m["shards"] = [dict(pid=r.number("I"), streams=r.number("I"), restarts=r.number("I")) for _ in range(r.number("I"))]
    return m


class Client:
    """Connects, greets, and collects what the worker says."""

    def __init__(self, path=None, sock=None):
        self.sock = sock or socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if sock is None:
            self.sock.connect(path)
        self.boot = None
        self.states, self.runs, self.chunks, self.fragments, self.gone = {}, {}, {}, {}, []
        self.history, self.shards, self.log = [], [], []
        self.send(1, text("test"))

    def send(self, kind, body=b"", major=MAJOR):
        self.sock.send(struct.pack("<IHHHH", MAGIC, major, MINOR, kind, 0) + body)

    def upsert(self, stream, url, user="", password="", transport=0):
        self.send(3, text(stream) + text(url) + text(user) + text(password) + struct.pack("<B", transport) + text(stream))

    def sync(self, streams):
        self.send(2)
        for stream, url in streams.items():
            self.upsert(stream, url)
        self.send(5)

    def pump(self, timeout):
        """Takes one message; False when none came in time."""
        self.sock.settimeout(max(timeout, 0.001))
        try:
            data, anc, flags, _ = self.sock.recvmsg(65536, socket.CMSG_SPACE(16))
        except (socket.timeout, BlockingIOError):
            return False
        fds = array.array("i")
        for level, kind, body in anc:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(body[:len(body) - len(body) % 4])
        if not data:
            raise EOFError("the worker closed the connection")
        m = decode(data)
        self.log.append(m)
        s = m.get("stream")
        if m["type"] == "HelloAck":
            self.boot = m
        elif m["type"] == "StreamState":
            self.states[s] = m
            self.history.append(m)
        elif m["type"] == "RunBegin":
            self.runs[s, m["run"]] = m
        elif m["type"] == "Chunk":
            assert len(fds) == 1, "a chunk comes with one descriptor"
            self.chunks[s, m["chunk"]] = fds[0]
        elif m["type"] == "Fragment":
            self.fragments.setdefault(s, []).append(m)
        elif m["type"] == "ChunkGone":
            self.gone.append((s, m["chunk"]))
            os.close(self.chunks.pop((s, m["chunk"])))
        elif m["type"] == "WorkerStats":
            self.shards = m["shards"]
        return True

    def wait(self, condition, timeout, what):
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or not self.pump(left):
                if condition():
                    return
                raise AssertionError("in %g s there was no %s; states: %s" % (
                    timeout, what, {k: (v["phase"], v["text"]) for k, v in self.states.items()}))

    def bytes_of(self, fragment):
        data = os.pread(self.chunks[fragment["stream"], fragment["chunk"]], fragment["size"], fragment["offset"])
        assert len(data) == fragment["size"]
        return data

    def movie(self, stream, run):
        """init section + every fragment of the run that is still in the window."""
        return self.runs[stream, run]["init"] + b"".join(
            self.bytes_of(f) for f in self.fragments[stream] if f["run"] == run and (stream, f["chunk"]) in self.chunks)

    def close(self):
        self.sock.close()
        for fd in self.chunks.values():
            os.close(fd)
        self.chunks.clear()
