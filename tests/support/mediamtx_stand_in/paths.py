"""Paths and their sources, and the manager whose one loop everything waits for."""
import asyncio
import contextlib
import re
import time
import urllib.parse

from .camera import LABELS, PROPS, Stream, probe
from .log import rfc3339
from .units import seconds
from .validation import check_path_name, is_pattern

NEVER = "0001-01-01T00:00:00Z"
SOURCE_TYPES = {"rtsp": "rtspSource", "rtsps": "rtspSource", "rtmp": "rtmpSource", "rtmps": "rtmpSource", "http": "hlsSource",
                "https": "hlsSource", "srt": "srtSource", "whep": "webRTCSource", "wheps": "webRTCSource", "moqt": "moqSource"}
SLATE_BYTES_PER_S = 12000


class NoStream(Exception):
    """The engine answers 404."""


class PathError(Exception):
    """The engine answers 500."""


class Path:
    """One path at run time. `stream` is there while readers are accepted."""

    def __init__(self, manager, name, conf):
        self.name, self.conf, self._manager = name, conf, manager
        self.stream, self.readers, self.outbound_bytes = None, {}, 0
        self._available_ns = self._online_ns = None  # since when
        self._created_ns = time.time_ns()
        self._ready = asyncio.Event()
        self._source = self._deadline = self._close_timer = None
        self.static = conf["source"] not in ("publisher", "redirect")
        self._label = "RTSP source" if "rtsp" in conf["source"].split(":")[0] else "source"
        if self.static and not conf["sourceOnDemand"]:
            self._start_source("started")

    def _log(self, level, text):
        self._manager.log(level, f"[path {self.name}] {text}")

    # The source

    def _start_source(self, how):
        self._log("info", f"[{self._label}] {how}")
        self._source = asyncio.create_task(self._run_source())

    def _stop_source(self, why):
        if self._source:
            self._source.cancel()
            self._source = None
            self._log("info", f"[{self._label}] stopped: {why}")
        self._unavailable()

    async def _run_source(self):
        while True:
            try:
                await self._session()
            except OSError as error:
                self._unavailable()
                self._log("error", f"[{self._label}] {error}")
            await asyncio.sleep(self._manager.options["retry"])

    def _address(self):
        url = urllib.parse.urlsplit(self.conf["source"])
        with contextlib.suppress(ValueError):
            return f"{url.hostname}:{url.port or 554}"
        return url.netloc

    async def _session(self):
        """One attempt at the camera; ends with OSError."""
        camera, timeout_s = self._manager.cameras.of(self.name, self.conf["source"]), self._manager.read_timeout_s
        connection = None
        if camera.state == "auto":
            connection = await probe(self.conf["source"], timeout_s)
        try:
            await self._refusals(camera, timeout_s)
            self._available(Stream(camera, camera.state not in ("silent", "rtcp-only")))
            await self._play(camera, connection, timeout_s)
        finally:
            if connection:
                connection[1].close()

    async def _refusals(self, camera, timeout_s):
        address = self._address()
        if camera.state == "down":
            raise OSError(f"dial tcp {address}: connect: connection refused")
        if camera.state == "unauthorized":
            raise OSError("bad status code: 401 (Unauthorized)")
        if camera.state == "not-found":
            raise OSError("bad status code: 404 (Not Found)")
        if camera.state in ("hang", "frozen", "unreachable"):
            text = f"dial tcp {address}: i/o timeout" if camera.state == "unreachable" else "request timed out"
            try:
                await asyncio.wait_for(camera.changed(), timeout_s)
            except asyncio.TimeoutError:
                raise OSError(text) from None
            raise OSError("EOF")

    async def _play(self, camera, connection, timeout_s):
        resets, silent_since = camera.resets, None
        while True:
            if camera.resets != resets or camera.state in ("down", "unauthorized", "not-found", "hang", "unreachable"):
                raise OSError(f"read tcp 127.0.0.1:40000->{self._address()}: read: connection reset by peer")
            self.stream.flow(camera.state in ("up", "auto"))
            silent = camera.state in ("silent", "frozen")
            silent_since = (silent_since or time.monotonic()) if silent else None
            waits = [asyncio.ensure_future(camera.changed())]
            if connection:
                waits.append(asyncio.ensure_future(connection[0].read(4096)))
            left = max(0.0, silent_since + timeout_s - time.monotonic()) if silent else None
            try:
                await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if connection and waits[1].done() and not (waits[1].exception() is None and waits[1].result()):
                    raise OSError(f"read tcp 127.0.0.1:40000->{self._address()}: read: connection reset by peer")
            finally:
                for wait in waits:
                    wait.cancel()
            if silent and not waits[0].done() and time.monotonic() >= silent_since + timeout_s:
                raise OSError("TCP timeout")

    def _available(self, stream):
        self.stream = stream
        self._available_ns = self._online_ns = time.time_ns()
        self._ready.set()
        labels = [LABELS[track] for track in stream.tracks]
        self._log("info", f"stream is available and online, {len(labels)} track{'s' if len(labels) > 1 else ''} ({', '.join(labels)})")
        self._manager.path_ready(self)

    def _unavailable(self):
        if self.stream:
            stream, self.stream = self.stream, None
            self._available_ns, self.outbound_bytes = None, 0
            self._ready.clear()
            stream.end()
            self._manager.path_not_ready(self)

    def close(self):
        self._stop_source("path is closing")
        if self._close_timer:
            self._close_timer.cancel()

    # Readers

    async def add_reader(self, reader_id, kind):
        """The stream; raises NoStream or PathError. `kind` "hidden" readers count but are not listed."""
        if not self.stream:
            if not (self.static and self.conf["sourceOnDemand"]):
                raise NoStream(f"no stream is available on path '{self.name}'")
            await self._demand()
        if 0 < self.conf["maxReaders"] <= len(self.readers):
            raise PathError("maximum reader count reached")
        if self._close_timer:
            self._close_timer.cancel()
        self.readers[reader_id] = kind
        return self.stream

    async def _demand(self):
        if not self._source:
            self._start_source("started on demand")
            self._deadline = time.monotonic() + seconds(self.conf["sourceOnDemandStartTimeout"])
        try:
            await asyncio.wait_for(self._ready.wait(), max(0.0, self._deadline - time.monotonic()))
        except asyncio.TimeoutError:
            if not self.stream:
                self._stop_source("timed out")
                raise PathError(f"source of path '{self.name}' has timed out") from None

    def remove_reader(self, reader_id):
        self.readers.pop(reader_id, None)
        if not self.readers and self.conf["sourceOnDemand"] and self._source:
            after_s = seconds(self.conf["sourceOnDemandCloseAfter"])
            self._close_timer = asyncio.get_running_loop().call_later(after_s, self._close_idle)

    def _close_idle(self):
        if not self.readers:
            self._stop_source("not needed by anyone")
            self._manager.path_idle(self)

    # What the API tells

    def item(self):
        always = self.conf["alwaysAvailable"]
        available_ns = self._created_ns if always else self._available_ns
        available = always or self.stream is not None
        online = self.stream is not None if always else self.static
        kind = SOURCE_TYPES.get(self.conf["source"].split(":")[0].split("+")[0], "rtspSource")
        online_time = (rfc3339(self._online_ns) if self._online_ns else NEVER) if online else None
        inbound = self.stream.inbound_bytes() if self.stream else 0
        if always:
            inbound += int((time.time_ns() - self._created_ns) / 1e9 * SLATE_BYTES_PER_S)
        tracks = self.stream.tracks if self.stream else ("h264",) if always else ()
        since = rfc3339(available_ns) if available else None
        return {"name": self.name, "confName": self.conf["name"], "ready": available, "readyTime": since, "available": available,
                "availableTime": since, "online": online, "onlineTime": online_time,
                "source": {"type": kind, "id": ""} if self.static else None,
                "tracks": [LABELS[track] for track in tracks],
                "tracks2": [{"codec": LABELS[track], "codecProps": PROPS[track]} for track in tracks],
                "readers": [{"type": kind, "id": reader} for reader, kind in sorted(self.readers.items()) if kind != "hidden"],
                "inboundBytes": inbound, "outboundBytes": self.outbound_bytes, "inboundFramesInError": 0,
                "bytesReceived": inbound, "bytesSent": self.outbound_bytes}


HOT = {"name", "record", "recordPath", "recordFormat", "recordPartDuration", "recordMaxPartSize", "recordSegmentDuration",
       "recordDeleteAfter", "forward"}


def _cold(conf):
    return {key: value for key, value in conf.items() if key not in HOT}


class PathManager:
    """Everything under `loop` happens one after the other, the auth hook included: that is the engine's trap."""

    def __init__(self, log, auth, cameras, options, read_timeout_s):
        self.log, self.auth, self.cameras, self.options, self.read_timeout_s = log, auth, cameras, options, read_timeout_s
        self.paths, self._confs, self.loop, self.hls = {}, {}, asyncio.Lock(), None

    def apply(self, confs):
        """Under `loop`: closes what left or changed, makes what is new."""
        for name, path in list(self.paths.items()):
            conf = confs.get(path.conf["name"])
            if conf is None or (is_pattern(conf["name"]) and name in confs):
                self._close(path)
            elif _cold(conf) != _cold(path.conf):
                self._close(path)
            else:
                path.conf = conf
        self._confs = confs
        for name, conf in confs.items():
            if name not in self.paths and not is_pattern(name):
                self.paths[name] = Path(self, name, conf)

    def _close(self, path):
        self.paths.pop(path.name, None)
        path.close()

    def close(self):
        for path in list(self.paths.values()):
            self._close(path)

    def _find(self, name):
        if name in self._confs:
            return self._confs[name]
        complaint = check_path_name(name)
        if complaint:
            raise PathError(f"invalid path name: {complaint} ({name})")
        patterns = [n for n in self._confs if is_pattern(n)]
        for pattern in sorted(patterns, key=lambda n: (n in ("all", "all_others"), n)):
            if re.search("^.*$" if pattern[0] != "~" else pattern[1:], name):
                return self._confs[pattern]
        raise PathError(f"path '{name}' is not configured")

    async def find(self, name, authenticate):
        async with self.loop:
            conf = self._find(name)
            await authenticate()
            return conf

    async def add_reader(self, name, reader_id, kind, authenticate=None):
        """(path, stream, user); raises AuthError, NoStream, PathError."""
        async with self.loop:
            conf = self._find(name)
            user = await authenticate() if authenticate else ""
            path = self.paths.get(name)
            if path is None:
                path = self.paths[name] = Path(self, name, conf)
        return path, await path.add_reader(reader_id, kind), user

    def path_ready(self, path):
        if self.hls:
            self.hls.path_ready(path)

    def path_not_ready(self, path):
        if self.hls:
            self.hls.path_not_ready(path)

    def path_idle(self, path):
        if is_pattern(path.conf["name"]):
            self.paths.pop(path.name, None)

    async def items(self):
        async with self.loop:
            return [self.paths[name].item() for name in sorted(self.paths)]
