"""Starts the real gatehouse-mediad for a test and ends it by its pid."""
import os
import signal
import subprocess
import tempfile
import time

from mediad_client import Client

BINARY = os.path.join(os.environ["GATEHOUSE_BUILD_DIR"], "bin", "gatehouse-mediad")


class Mediad:
    def __init__(self, *arguments, journal=False):
        self.folder = tempfile.TemporaryDirectory(prefix="mediad-")
        self.socket = os.path.join(self.folder.name, "media.sock")
        self.log_path = os.path.join(self.folder.name, "log")
        self.arguments = arguments
        self.journal = journal  # whether systemd would have said that stderr is the journal

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            file = os.fstat(log.fileno())
            environment = {**os.environ, "JOURNAL_STREAM": f"{file.st_dev}:{file.st_ino}" if self.journal else "1:1"}
            self.process = subprocess.Popen([BINARY, "--socket", self.socket, "--die-with-parent", *self.arguments],
                                            stdin=subprocess.DEVNULL, stderr=log, env=environment)
        deadline = time.monotonic() + 10
        while not os.path.exists(self.socket):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def client(self):
        return Client(self.socket)


def live(client, *streams):
    return lambda: all(client.states.get(s, {}).get("phase") == "live" for s in streams)


def pictures_of(movie):
    """Decodes the bytes of a run; (number of pictures, what the decoder complained about, sound samples)."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(movie)
        file.flush()
        done = subprocess.run(["ffmpeg", "-v", "warning", "-nostdin", "-i", file.name, "-map", "0:v", "-fps_mode", "passthrough", "-f",
                               "framehash", "-hash", "crc32", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
    return [line for line in done.stdout.splitlines() if not line.startswith("#")], done.stderr
