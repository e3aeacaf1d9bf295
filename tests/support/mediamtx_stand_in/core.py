"""The process: configuration, its reloads and writes one after the other, and the servers that follow from it."""
import asyncio
import contextlib
import random

from . import config
from .api import Api
from .auth import Auth
from .camera import Cameras
from .faults import Faults
from .hls import HlsServer
from .http_server import split_address
from .log import Log, timestamp
from .metrics import Metrics
from .paths import PathManager
from .units import NotFound, Refused, seconds
from .watcher import Watcher

VERSION = "v1.20.1"
ALL_STREAMS_DROP = ("auth", "readTimeout", "writeTimeout", "writeQueueSize", "udp", "rtspAddress", "rtspEncryption", "dumpPackets",
                    "metrics", "log")


class Core:
    """`run` ends with the exit code. `options` are seconds: `retry` between attempts at a camera, `apply-delay` the most between
    the answer of a write and its effect, `auth-pause` the most a refused client is held."""

    def __init__(self, file, camera_state):
        self.file, self.version, self.started = file, VERSION, timestamp()
        self.log, self.faults = Log(), Faults()
        self.options = {"retry": 5.0, "apply-delay": 0.005, "auth-pause": 4.0}
        self.cameras = Cameras(camera_state)
        self.config = self.auth = self.manager = self.metrics = self.hls = self.api = self._rtsp = None
        self._queue, self._stopped = asyncio.Queue(), set()

    # Life

    async def run(self):
        try:
            self.config = config.load(self.file)
        except OSError as error:
            print(f"ERR: open {self.file}: {(error.strerror or str(error)).lower()}", flush=True)
            return 1
        except Refused as error:
            print(f"ERR: {error}", flush=True)
            return 1
        self.log.configure(self.config.values)
        self.log("info", f"MediaMTX {VERSION}, linux, amd64")
        self.log("info", f"configuration loaded from {self.file}")
        try:
            await self._start({})
        except OSError as error:
            self.log("error", str(error))
            await self._stop_all()
            return 1
        with Watcher(self.file, lambda: self._queue.put_nowait(("file", "", {}, None))):
            await self._work()
        await self._stop_all()
        return 0

    def stop(self):
        """As a signal does."""
        self.log("info", "shutting down gracefully")
        self._queue.put_nowait(("stop", "", {}, None))

    async def _work(self):
        while True:
            what, name, fields, done = await self._queue.get()
            if what == "stop":
                return
            try:
                if what == "file":
                    self.log("info", "reloading configuration (file changed)")
                    new = config.load(self.file)
                else:
                    new = self._changed(what, name, fields)
            except (Refused, OSError) as error:
                if done is None:
                    self.log("error", str(error))
                    return
                done.set_exception(error)
                continue
            if done:
                done.set_result(None)
                await asyncio.sleep(random.uniform(0, self.options["apply-delay"]))
                self.log("info", "reloading configuration (API request)")
            try:
                await self._reload(new)
            except OSError as error:
                self.log("error", str(error))
                return

    # Writes

    async def write(self, what, name, fields):
        """Waits for its turn and for validation; raises Refused."""
        done = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((what, name, fields, done))
        await done

    def _changed(self, what, name, fields):
        if what == "patch" and name in self.config.overrides:
            self.config.overrides[name].update(fields)  # the poison: it stays when validation fails below
        new = self.config.clone()
        if what == "global":
            new.values.update(fields)
        elif what == "defaults":
            new.defaults.update(fields)
        elif what == "add":
            if name in new.overrides:
                raise Refused("path already exists")
            new.overrides[name] = dict(fields)
        elif what == "replace":
            new.overrides[name] = dict(fields)
        elif name not in new.overrides:
            raise NotFound
        elif what == "delete":
            del new.overrides[name]
        return new.validate()

    async def _reload(self, new):
        old, self.config = self.config.values, new
        changed = {key for key in old if old[key] != new.values[key]}
        drops = any(key.startswith(ALL_STREAMS_DROP) and key != "authInternalUsers" for key in changed)
        if "authInternalUsers" in changed and not drops:
            self.auth.values = new.values
        keep = {"metrics": not drops, "manager": not drops, "rtsp": not any(key.startswith("rtsp") for key in changed) and not drops}
        keep["hls"] = keep["manager"] and not any(key.startswith("hls") for key in changed)
        keep["api"] = keep["hls"] and keep["rtsp"] and not any(key.startswith("api") for key in changed)
        await self._close_unless(keep)
        await self._start(keep)

    # Servers

    async def _close_unless(self, keep):
        for name in ("api", "hls"):
            server = getattr(self, name)
            if server and not keep.get(name):
                setattr(self, name, None)
                await server.stop()
        if self._rtsp and not keep.get("rtsp"):
            self.log("info", "[RTSP] closing")
            self._rtsp.close()
            self._rtsp = None
        if self.manager and not keep.get("manager"):
            self.manager.close()
            self.manager = None
        if self.metrics and not keep.get("metrics"):
            await self.metrics.stop()
            self.metrics = None

    async def _start(self, keep):
        values = self.config.values
        if self.metrics is None and values["metrics"] and "metrics" not in self._stopped:
            self.metrics = Metrics(self, self.faults)
            await self.metrics.start()
        if self.manager is None:
            self.log.configure(values)
            self.auth = Auth(values, self.log, self.options["auth-pause"])
            self.manager = PathManager(self.log, self.auth, self.cameras, self.options, seconds(values["readTimeout"]))
        async with self.manager.loop:
            self.manager.apply(self.config.paths)
        if self._rtsp is None and values["rtsp"]:
            await self._start_rtsp(values["rtspAddress"])
        if self.hls is None and values["hls"] and "hls" not in self._stopped:
            self.hls = HlsServer(values, self.manager, self.auth, self.log, self.faults)
            await self.hls.start()
        if self.api is None and values["api"] and "api" not in self._stopped:
            self.api = Api(self, self.faults)
            await self.api.start()

    async def _start_rtsp(self, address):
        """Holds the port as the engine would; there is no RTSP behind it."""
        host, port = split_address(address)
        try:
            self._rtsp = await asyncio.start_server(lambda _, writer: writer.close(), host, port)
        except OSError:
            raise OSError(f"listen tcp {address}: bind: address already in use") from None
        self.log("info", f"[RTSP] started with listeners on {address} (TCP/RTSP)")

    async def _stop_all(self):
        with contextlib.suppress(OSError):
            await self._close_unless({})
        self.log("info", "waiting for running hooks")

    async def listen(self, name, on):
        """A test's fault: closes or reopens one server's port."""
        if on:
            self._stopped.discard(name)
            await self._start({})
        else:
            self._stopped.add(name)
            await self._close_unless({other: other != name for other in ("api", "hls", "rtsp", "manager", "metrics")})
