"""The way of a picture through a real MediaMTX kept in its desired state: killed, restarted, poisoned, its file edited, with a
Chromium on three cameras whose page is never reloaded. The clock on the canvas is the proof. Needs `mediamtx` on PATH.
"""
import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import time

import pytest

import processes
from browser import chromium
from gateway import Gateway
from live_page import Page, add_cameras, now_ms
from simcam import SimCam

pytestmark = pytest.mark.skipif(not shutil.which("mediamtx"), reason="mediamtx is not on PATH: no picture went through a real MediaMTX")

CAMERAS = 3
FREE = "127.0.0.1:0"


class Stage:
    def __init__(self, simcam, gateway, page):
        self.simcam, self.gateway, self.page = simcam, gateway, page

    def engine_pid(self):
        """Of the MediaMTX that the gateway runs; None while there is none."""
        for pid in processes.tree(self.gateway.process.pid)[1:]:
            try:
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command[0].endswith(b"mediamtx"):
                return pid
        return None

    def config_file(self):
        pid = self.engine_pid()
        return pathlib.Path(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1].decode())

    def api(self, method, path, body=None):
        address = next(json.loads(line.split(":", 1)[1]) for line in self.config_file().read_text().splitlines()
                       if line.startswith('"apiAddress":'))
        host, port = address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=15)
        password = (self.gateway.runtime / "mediamtx.secrets").read_text().splitlines()[4]
        headers = {"Authorization": "Basic " + base64.b64encode(f"gatehouse:{password}".encode()).decode()}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def our_paths(self):
        status, text = self.api("GET", "/v3/config/paths/list?itemsPerPage=100")
        assert status == 200, text
        return [item["name"] for item in json.loads(text)["items"]]


@pytest.fixture(scope="module")
def stage():
    settings = {"mediamtx": {"run": "child", "api_address": FREE, "hls_address": FREE, "rtsp_address": FREE}}
    with SimCam(cameras=CAMERAS) as simcam, Gateway(plugins=["mediamtx", "hls-proxy"], plugin_config=settings) as gateway:
        with chromium() as driver:
            page = Page(driver, gateway.url + "/", add_cameras(gateway, simcam))
            page.assert_pictures_come("first pictures", 90)
            yield Stage(simcam, gateway, page)


def test_all_three_cameras_show_the_right_young_advancing_picture(stage):
    ages = []
    for _ in range(20):
        clocks = stage.page.healthy()
        if clocks:
            ages += [c["age"] for c in clocks.values()]
        time.sleep(0.3)
    assert len(ages) >= 30
    print(f"glass to glass through MediaMTX and the page: median {statistics.median(ages):.0f} ms, worst {max(ages)} ms, {len(ages)} readings")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_pictures_come_back_after_mediamtx_was_ended(stage, how):
    before = stage.engine_pid()
    os.kill(before, how)
    processes.wait_until("another MediaMTX runs", lambda: stage.engine_pid() not in (None, before), 20)
    stage.page.assert_pictures_come(f"after MediaMTX got {how.name}", 60, now_ms() + 1000)


def test_pictures_come_back_after_its_configuration_was_poisoned(stage):
    """One refused PATCH makes every later write fail, and its refused values come alive later (mediamtx.md, section 8.4)."""
    name = stage.our_paths()[0]
    status, _ = stage.api("PATCH", f"/v3/config/paths/patch/{name}", {"source": "foo://x", "sourceOnDemandCloseAfter": "44s"})
    assert status == 400
    stage.page.assert_pictures_come("after a refused PATCH by somebody else", 60, now_ms() + 12_000)
    # The gateway's own later changes still reach it.
    number = next(iter(stage.page.number_of))
    answer = stage.gateway.admin("PUT", f"/api/cameras/{number}", {"transport": "tcp"})
    assert answer.status == 200, answer
    stage.page.assert_pictures_come("after a camera was edited on top of that", 60, now_ms() + 3000)


def test_pictures_come_back_after_somebody_deleted_a_path(stage):
    name = stage.our_paths()[-1]
    status, text = stage.api("DELETE", f"/v3/config/paths/delete/{name}")
    assert status == 200, text
    processes.wait_until("the path is there again", lambda: name in stage.our_paths(), 15)
    stage.page.assert_pictures_come("after a path was deleted", 60, now_ms() + 3000)


def without_secret(text):
    return [line for line in text.splitlines() if not line.startswith('"hlsCDNSecret"')]


@pytest.mark.parametrize("edit", ['"paths": {}\n', "", "this: is not\n  a: mediamtx file\n"], ids=["emptied", "truncated", "spoilt"])
def test_pictures_come_back_after_the_file_was_touched_by_hand(stage, edit):
    file = stage.config_file()
    good = file.read_text()
    file.write_text(good.split('"paths":')[0] + edit if edit.startswith('"paths') else edit)
    # A MediaMTX that ended over it gets another secret.
    processes.wait_until("the file is ours again", lambda: without_secret(file.read_text()) == without_secret(good), 20)
    stage.page.assert_pictures_come("after the file was edited", 90, now_ms() + 3000)


def test_pictures_come_back_after_the_gateway_was_killed_and_restarted(stage):
    stage.gateway.kill()
    time.sleep(2)
    stage.gateway.restart()
    stage.page.assert_pictures_come("after the gateway was killed", 90, now_ms())


def test_pictures_come_back_after_a_camera_was_away(stage):
    stage.simcam.command("cam 1 refuse")
    stage.simcam.command("cam 1 reset")
    time.sleep(5)
    stage.simcam.command("cam 1 normal")
    stage.page.assert_pictures_come("after a camera was away", 60, now_ms() + 500)
