"""Starts gatehouse-simcam for a test: `with SimCam(cameras=3) as cams: cams.command("cam 1 freeze")`."""

import json
import os
import select
import signal
import socket
import subprocess
import time

import control_line


class SimCamError(RuntimeError):
    """The program did not start, or answered "error: ..."."""


def _binary():
    return os.path.join(os.environ["GATEHOUSE_BUILD_DIR"], "bin", "gatehouse-simcam")


class SimCam:
    """Simulated cameras, ended when the `with` block or the test process ends.

    `cam` maps a camera's number to its settings: {2: "codec=h265,gop=4"}; `args` are further command line options.
    `cameras` is the list of {"number", "main", "sub"} of the ready line.
    """

    def __init__(self, cameras=1, *, sub=False, clip=None, every=None, cam=None, args=(), binary=None, ready_timeout_s=30):
        self._argv = [binary or _binary(), "--die-with-parent", "--cameras", str(cameras)]
        if sub:
            self._argv.append("--sub")
        if clip:
            self._argv += ["--clip", str(clip)]
        if every:
            self._argv += ["--all", every]
        for number, settings in (cam or {}).items():
            self._argv += ["--cam", f"{number}:{settings}"]
        self._argv += list(args)
        self._ready_timeout_s = ready_timeout_s
        self._process = None
        self._control = None
        self.cameras = []
        self.rtsp_port = self.control_port = None

    @property
    def pid(self):
        return self._process.pid

    def main(self, number):
        return self.cameras[number - 1]["main"]

    def sub(self, number):
        return self.cameras[number - 1]["sub"]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        try:
            ready = json.loads(self._ready_line())
            self.cameras = ready["cameras"]
            self.rtsp_port, self.control_port = ready["rtsp_port"], ready["control_port"]
            self._control = socket.create_connection(("127.0.0.1", self.control_port), timeout=10)
        except BaseException:
            self.stop()
            raise

    def _ready_line(self):
        deadline = time.monotonic() + self._ready_timeout_s
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise SimCamError(f"no ready line within {self._ready_timeout_s} s")
            chunk = os.read(self._process.stdout.fileno(), 65536)
            if not chunk:
                raise SimCamError(f"ended with exit code {self._process.wait()} before it was ready")
            line += chunk
        return line

    def command(self, text):
        """Sends one command; returns the JSON of its answer (None for a bare ok), raises SimCamError on an error."""
        return control_line.ask(self._control, text, SimCamError)

    def stats(self, number):
        return self.command(f"cam {number} stats")

    def stop(self, timeout_s=8):
        """Ends the process by its pid; returns its exit code."""
        if self._control:
            self._control.close()
            self._control = None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()
        return self._process.returncode
