"""packaging/demo.sh as it stands in the README, on this build: a page, pictures, and nothing left behind."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

import pytest

from mediamtx import kinds
from processes import tree, wait_until

DEMO = pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"]) / "packaging" / "demo.sh"
ENGINES = ["builtin"] + (["mediamtx"] if "real" in kinds() else [])
if "mediamtx" not in ENGINES:
    print("NOTE: mediamtx is not on PATH, so the demo with it is SKIPPED")


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def left_of(pids):
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_demo_shows_pictures_and_leaves_nothing_behind(engine):
    # Short: the demo's sockets lie in it.
    with tempfile.TemporaryDirectory(prefix="demo-", dir="/tmp") as folder:
        watch(engine, pathlib.Path(folder))


def watch(engine, folder):
    log = folder / "log"
    with open(log, "wb") as out:
        demo = subprocess.Popen([DEMO, "--build-dir", os.environ["GATEHOUSE_BUILD_DIR"], "--port", "0", "--cameras", "2", "--engine", engine],
                                stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "TMPDIR": str(folder)},
                                # A shell cannot trap what was ignored when it began, as in a job in the background.
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        def address():
            assert demo.poll() is None, log.read_text()
            found = re.search(r"http://localhost:\d+", log.read_text())
            return found and found.group()
        url = wait_until("the demo prints an address", address, 60)
        assert "<title>" in get(url + "/")

        def live():
            return len([c for c in json.loads(get(url + "/api/live"))["data"]["cameras"] if c["state"] == "live"]) == 2
        wait_until("both cameras are live", live, 60)
        camera = json.loads(get(url + "/api/stream"))["data"][0]

        def playlist():
            try:
                return "#EXTM3U" in get(url + camera["streams"]["hls"])
            except urllib.error.HTTPError as answer:
                assert answer.code == 503, answer
                return False
        wait_until("its playlist", playlist, 60)
        ours = tree(demo.pid)
        assert len(ours) >= 3, "the script, the gateway and the cameras"
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0, log.read_text()
        wait_until("every process of it has ended", lambda: not left_of(ours), 10)
        assert sorted(path.name for path in folder.iterdir()) == ["log"], "something is left"
    finally:
        demo.kill()  # its children end with it
        demo.wait(10)
