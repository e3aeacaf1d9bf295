"""A MediaMTX for a test, the stand-in or the real one: `with MediaMtx("stand-in", paths={...}) as engine: engine.api("GET", "/v3/info")`."""
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import control_line
from gateway import Answer
from processes import wait_until

CDN_SECRET = "cdn-secret-0123456789"
STAND_IN = pathlib.Path(__file__).parent / "mediamtx_stand_in" / "mediamtx-stand-in"


class ControlError(RuntimeError):
    """The stand-in answered "error: ..."."""


def kinds():
    """What there is on this machine: always the stand-in, and the real MediaMTX when it is on PATH."""
    return ["stand-in"] + (["real"] if shutil.which("mediamtx") else [])


def binary(kind):
    return str(STAND_IN) if kind == "stand-in" else shutil.which("mediamtx")


def free_ports(count):
    """Different ports nobody listens on now. MediaMTX cannot be asked which one port 0 became."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def send_command(path, line, timeout=10):
    """One command to the stand-in whose control socket is at `path` (README.md there); the JSON of its answer, or None."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        return control_line.ask(connection, line, ControlError)


def _end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class MediaMtx:
    """One process with a directory and ports of its own, kept across restarts. `config` overrides settings of the file
    (None leaves a setting out), `paths` are its paths. `cameras` is the state the stand-in's cameras start in ("auto" looks
    whether the source's address accepts connections), `commands` are given to it before each start. `with` starts it and
    ends it by its pid."""

    def __init__(self, kind="stand-in", config=None, paths=None, cameras="auto", commands=(), directory=None, ready_s=15):
        self.kind, self.config, self.paths, self.cameras = kind, dict(config or {}), dict(paths or {}), cameras
        self.commands = list(commands)
        self._own_directory, self._ready_s = directory is None, ready_s
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="mtx-"))
        self.config_file, self.log_file = self.directory / "mediamtx.yml", self.directory / "mediamtx.log"
        self.control_socket = self.directory / "mediamtx.yml.control"
        self.api_port, self.hls_port, self.metrics_port, self.rtsp_port = free_ports(4)
        self.process = None

    # Life

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, failure, *_):
        if failure:
            print(f"--- log of MediaMTX ({self.kind})\n{self.log[-6000:]}\n---")
        self.close()

    def settings(self):
        """The whole configuration as it is written."""
        base = {"logLevel": "info", "api": True, "apiAddress": f"127.0.0.1:{self.api_port}", "metrics": True,
                "metricsAddress": f"127.0.0.1:{self.metrics_port}", "rtsp": True, "rtspAddress": f"127.0.0.1:{self.rtsp_port}",
                "rtspTransports": ["tcp"], "rtmp": False, "webrtc": False, "srt": False, "moq": False, "playback": False, "pprof": False,
                "hls": True, "hlsAddress": f"127.0.0.1:{self.hls_port}", "hlsVariant": "fmp4", "hlsSegmentDuration": "1s",
                "hlsSegmentCount": 7, "hlsAlwaysRemux": False, "hlsCDNSecret": CDN_SECRET, "pathDefaults": {"rtspTransport": "tcp"}}
        base.update(self.config)
        return {**{key: value for key, value in base.items() if value is not None}, "paths": self.paths}

    def write_text(self, text):
        """Replaces the file by an atomic rename."""
        part = self.directory / ".mediamtx.yml.new"
        part.write_text(text)
        part.rename(self.config_file)

    def write_config(self):
        self.write_text(json.dumps(self.settings(), indent=1) + "\n")  # JSON is YAML

    def start(self, wait=True, write=True):
        assert not self.running
        if write:
            self.write_config()
        if self.kind == "stand-in":
            (self.directory / "mediamtx.yml.commands").write_text("".join(line + "\n" for line in self.commands))
        environment = {**os.environ, "MEDIAMTX_STAND_IN_CAMERAS": self.cameras}
        environment.pop("MEDIAMTX_STAND_IN_CONTROL", None)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([binary(self.kind), str(self.config_file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.directory, env=environment, preexec_fn=_end_with_parent)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def ready():
            assert self.running, f"MediaMTX ({self.kind}) ended with {self.process.returncode}:\n{self.log[-3000:]}"
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.api_port), 1).close()
                return True
            return False
        wait_until(f"MediaMTX ({self.kind}) answers", ready, self._ready_s, every=0.02)

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds=15):
        """In good order; gives the exit code."""
        if self.running:
            self.process.terminate()
        return self.wait_end(seconds)

    def wait_end(self, seconds=15):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"MediaMTX ({self.kind}) did not end within {seconds} s:\n{self.log[-3000:]}") from None

    def kill(self):
        if self.running:
            self.process.kill()
        if self.process:
            self.process.wait(10)

    def restart(self, kill=False, write=True):
        self.kill() if kill else self.stop()
        self.start(write=write)

    def close(self):
        self.kill()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    # Conversation

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def request(self, port, method, path, body=None, headers=None, timeout=30):
        """`body` that is no text is sent as JSON. Redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        with contextlib.closing(connection):
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(response, response.read())

    def api(self, method, path, body=None, **more):
        return self.request(self.api_port, method, path, body, **more)

    def hls(self, path, cdn=True, headers=None, method="GET", **more):
        """`cdn`: with the CDN secret, as Gatehouse reads; else as an ordinary viewer."""
        headers = {**({"Authorization": f"Bearer {CDN_SECRET}"} if cdn else {}), **(headers or {})}
        return self.request(self.hls_port, method, path, headers=headers, **more)

    def metrics(self, query=""):
        return self.request(self.metrics_port, "GET", "/metrics" + query)

    def path(self, name):
        """The path's runtime item, or None."""
        answer = self.api("GET", f"/v3/paths/get/{name}")
        return answer.json if answer.status == 200 else None

    def wait_available(self, name, available=True, seconds=20):
        def there():
            item = self.path(name)
            return item if item and item["available"] == available else None
        return wait_until(f"path {name} is {'' if available else 'un'}available", there, seconds, every=0.05)

    def control(self, line, timeout=10):
        """A command of the stand-in; see mediamtx_stand_in/README.md."""
        assert self.kind == "stand-in", "only the stand-in can be told what to do"
        return send_command(self.control_socket, line, timeout)
