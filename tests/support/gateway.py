"""A real gatehoused in a directory of its own: `with Gateway(cameras=[{...}]) as gateway: gateway.get("/health")`."""
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

from processes import tree, wait_until

PR_SET_PDEATHSIG = 1


def build_dir():
    return pathlib.Path(os.environ["GATEHOUSE_BUILD_DIR"])


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _exchange(connection, method, path, body, headers):
    with contextlib.closing(connection):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return Answer(response, response.read())


def _start_time(pid):
    with contextlib.suppress(OSError, ValueError):
        stat = open(f"/proc/{pid}/stat").read()
        fields = stat[stat.rindex(")") + 2:].split()
        return None if fields[0] == "Z" else fields[19]
    return None


def _end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Gateway:
    """`plugins` are enabled, `plugin_config` maps a plugin to its settings, `config` overrides sections of gatehouse.yaml
    ({"db": {"readers": 2}}), `cameras` are bodies for POST /api/cameras. The port is chosen by the kernel at the first
    start and kept at later ones. `with` starts it and stops it in good order; after a failed test or kill() it only
    cleans up."""

    def __init__(self, plugins=(), cameras=(), config=None, plugin_config=None, directory=None, environment=None,
                 ready_s=20):
        self.plugins, self.config, self.plugin_config = list(plugins), config or {}, plugin_config or {}
        self._first_cameras, self._environment, self._ready_s = list(cameras), environment or {}, ready_s
        self._own_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="gh-"))
        self.state, self.runtime = self.directory / "state", self.directory / "run"
        self.config_file, self.log_file = self.directory / "gatehouse.yaml", self.directory / "log"
        self.socket, self.database = self.runtime / "admin.sock", self.state / "gatehouse.db"
        self.master_key = self.directory / "master.key"
        self.process, self.port, self._descendants = None, 0, {}

    # Life

    def __enter__(self):
        try:
            self.start()
            for camera in self._first_cameras:
                self.add_camera(**camera)
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.running:
                self.stop()
            elif kind is not None:
                print(f"--- log of the gateway\n{self.log[-8000:]}\n---")
        finally:
            self._clean_up()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def write_config(self):
        for folder in (self.state, self.runtime, self.directory / "plugins.d"):
            folder.mkdir(mode=0o750, exist_ok=True)
        if not self.master_key.exists():
            self.master_key.touch(mode=0o600)
            self.master_key.write_text(os.urandom(32).hex() + "\n")
        build = build_dir()
        settings = {
            "http": {"listen": [f"127.0.0.1:{self.port}"]},
            "log": {"level": "information", "target": "stderr"},
            "paths": {"state_dir": str(self.state), "runtime_dir": str(self.runtime), "plugin_dir": str(build / "plugins"),
                      "libexec_dir": str(build / "bin"), "web_dir": str(build / "web"),
                      "master_key": str(self.master_key)},
            "plugins": {"enabled": self.plugins},
        }
        for section, keys in self.config.items():
            settings[section] = {**settings.get(section, {}), **keys}
        self.config_file.write_text(json.dumps(settings, indent=1) + "\n")  # JSON is YAML
        for plugin, keys in self.plugin_config.items():
            (self.directory / "plugins.d" / f"{plugin}.yaml").write_text(json.dumps(keys, indent=1) + "\n")

    def start(self, wait=True):
        assert not self.running
        self.write_config()
        (self.runtime / "ports.json").unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if k not in ("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")}
        environment.update(self._environment)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [build_dir() / "bin" / "gatehoused", "--config", self.config_file], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=environment, cwd=self.directory, preexec_fn=_end_with_parent)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"gatehoused ended with {self.process.returncode}:\n{self.log[-4000:]}")
            with contextlib.suppress(OSError, ValueError, LookupError):
                self.port = json.loads((self.runtime / "ports.json").read_text())["http"][0]["port"]
                return True
            return False
        try:
            wait_until("gatehoused opens its doors", ready, self._ready_s, every=0.02)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.log[-4000:]}") from None

    def stop(self, seconds=30):
        """In good order: exit code 0, and nothing left behind."""
        self._note_descendants()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        assert code == 0, f"gatehoused ended with {code}:\n{self.log[-4000:]}"
        wait_until("no process is left", lambda: not self._alive(), 10)
        left = [p.name for p in self.runtime.iterdir() if p.name in ("ports.json", "admin.sock")]
        assert not left, f"left in the runtime directory: {left}"
        wal = self.database.with_name(self.database.name + "-wal")
        assert not wal.exists() or wal.stat().st_size == 0, "the write-ahead log was not folded in"

    def kill(self):
        self._note_descendants()
        self.process.kill()
        self.process.wait(10)

    def restart(self, kill=False):
        if self.running:
            self.kill() if kill else self.stop()
        self.start()

    def reload(self):
        self.write_config()
        self.process.send_signal(signal.SIGHUP)

    def _note_descendants(self):
        self._descendants = {pid: _start_time(pid) for pid in tree(self.process.pid) if pid != self.process.pid}

    def _alive(self):
        return [pid for pid, start in self._descendants.items() if start and _start_time(pid) == start]

    def _clean_up(self):
        if self.running:
            self._note_descendants()
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        for pid in self._alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    # Conversation

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def https_port(self):
        return json.loads((self.runtime / "ports.json").read_text())["https"][0]["port"]

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def request(self, method, path, body=None, headers=None, timeout=15):
        """Over TCP, as anybody."""
        return _exchange(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout), method, path, body, headers)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def admin(self, method, path, body=None, headers=None, timeout=30):
        """Over the unix socket, as the administrator. A `body` that is no text is sent as JSON."""
        return _exchange(_UnixConnection(str(self.socket), timeout), method, path, body, headers)

    def ctl(self, arguments, input=None, check=True, **more):
        """gatehousectl; `check` fails the test unless it ends with 0."""
        done = subprocess.run([build_dir() / "bin" / "gatehousectl", "--socket", self.socket, *map(str, arguments)],
                              input=input if input is not None else "", capture_output=True, text=True, timeout=60, **more)
        assert not check or done.returncode == 0, f"gatehousectl {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def add_camera(self, **fields):
        """Fields of POST /api/cameras; gives the new camera as administrators see it. Public unless said otherwise."""
        answer = self.admin("POST", "/api/cameras", {"visibility": "public", **fields})
        assert answer.status == 201, answer
        return self.camera(answer.json["data"]["id"])

    def camera(self, number):
        answer = self.admin("GET", f"/api/cameras/{number}")
        assert answer.status == 200, answer
        return answer.json["data"]

    def wait_until(self, what, condition, seconds=20.0):
        try:
            return wait_until(what, condition, seconds)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.log[-4000:]}") from None
