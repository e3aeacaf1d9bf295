"""The whole way of a picture: simulated cameras, media worker, gateway, page. A real Chromium reads the clock in the
picture of every camera: the right camera, young, advancing, and again after each process on the way was killed, without
reloading the page.
"""
import os
import pathlib
import signal
import statistics
import time

import pytest

import processes
from browser import chromium
from gateway import Gateway
from live_page import Page, add_cameras, now_ms
from simcam import SimCam

CAMERAS = 3


@pytest.fixture(scope="module")
def stage():
    with SimCam(cameras=CAMERAS) as simcam, Gateway(plugins=["media-worker", "hls-proxy"]) as gateway:
        with chromium() as driver:
            page = Page(driver, gateway.url + "/", add_cameras(gateway, simcam))
            page.assert_pictures_come("first pictures", 60)
            yield simcam, gateway, page


def media_processes(gateway):
    """Command lines of the worker's processes: (supervisor pids, shard pids)."""
    supervisors, shards = [], []
    for pid in processes.tree(gateway.process.pid):
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if command[0].endswith(b"gatehouse-mediad"):
            (shards if b"--shard" in command else supervisors).append(pid)
    return supervisors, shards


def test_all_three_cameras_show_the_right_young_advancing_picture(stage):
    _, _, page = stage
    ages = []
    for _ in range(20):
        clocks = page.healthy()
        if clocks:
            ages += [c["age"] for c in clocks.values()]
        time.sleep(0.3)
    assert len(ages) >= 30
    print(f"glass to glass through the page: median {statistics.median(ages):.0f} ms, worst {max(ages)} ms, {len(ages)} readings")


def test_pictures_come_back_after_a_shard_was_killed(stage):
    _, gateway, page = stage
    _, shards = media_processes(gateway)
    assert shards
    os.kill(shards[0], signal.SIGKILL)
    page.assert_pictures_come("after a shard was killed", 40, now_ms() + 1000)


def test_pictures_come_back_after_the_media_worker_was_killed(stage):
    _, gateway, page = stage
    supervisors, _ = media_processes(gateway)
    assert len(supervisors) == 1
    os.kill(supervisors[0], signal.SIGKILL)
    page.assert_pictures_come("after mediad was killed", 60, now_ms() + 1000)


def test_pictures_come_back_after_the_gateway_was_killed_and_restarted(stage):
    _, gateway, page = stage
    gateway.kill()
    time.sleep(2)
    gateway.restart()
    page.assert_pictures_come("after the gateway was killed", 60, now_ms())


def test_pictures_come_back_after_a_camera_was_away(stage):
    simcam, _, page = stage
    simcam.command("cam 1 refuse")
    simcam.command("cam 1 reset")
    time.sleep(5)
    simcam.command("cam 1 normal")
    page.assert_pictures_come("after a camera was away", 60, now_ms() + 500)


def test_the_console_shows_no_script_error(stage):
    _, _, page = stage
    errors = [e["message"] for e in page.driver.get_log("browser")
              if e["level"] == "SEVERE" and "Failed to load resource" not in e["message"] and "net::ERR" not in e["message"]]
    assert not errors, errors
