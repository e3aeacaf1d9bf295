"""Viewers while MediaMTX suffers: every segment of them is fetched and its bytes are counted. Nothing is sped up: MediaMTX is asked
as often as on an operator's box, so what is printed is what he gets; the promise is ten seconds, the limit half as much again for a busy machine."""
import contextlib
import os
import signal
import socket
import time

import pytest

from hls_viewer import Viewer
from mtx_gateway import REPAIRED_S, MtxGateway, managed, path_of, timed
from simcam import SimCam

LIMIT_S = 1.5 * REPAIRED_S


class Watcher(Viewer):
    """Fetches each segment once it is listed, as a player does. `sizes` are bytes by sequence number."""

    def __init__(self, gateway, camera):
        super().__init__(gateway, camera)
        self.sizes = {}

    def _look(self, now):
        super()._look(now)
        for segment in now.segments:
            if segment.sequence not in self.sizes:
                self.sizes[segment.sequence] = len(self.fetch(segment.uri))

    def assert_undisturbed(self):
        assert not self.faults, "\n".join(self.faults[:5])
        assert set(self.statuses) == {200}, self.statuses
        numbers = sorted(self.sizes)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), f"segments are missing: {numbers}"
        assert all(size > 1_000 for size in self.sizes.values()), self.sizes
        assert len({segment.discontinuity for segment, _ in self.seen.values()}) == 1, "its stream was begun anew"


@contextlib.contextmanager
def undisturbed(gateway, cameras):
    with contextlib.ExitStack() as stack:
        watchers = [stack.enter_context(Watcher(gateway, camera)) for camera in cameras]
        for watcher in watchers:
            watcher.wait_segments(3)
        yield
        for watcher in watchers:
            watcher.wait_segments(3)
    for watcher in watchers:
        watcher.assert_undisturbed()
        print(f"{len(watcher.sizes)} segments, {sum(watcher.sizes.values())} bytes, none missing")


@pytest.fixture(scope="module")
def cam():
    with SimCam(cameras=3, every="gop=1") as cams:
        yield cams


def start(gateway, cam):
    gateway.cams = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n), transport="tcp") for n in (1, 2, 3)]
    for camera in gateway.cams:
        gateway.wait_state(camera, "live")
        gateway.wait_until("its first playlist", lambda: gateway.get(f"/hls/{camera['stream_key']}/main.m3u8", timeout=30).status == 200, 60)


@pytest.fixture(scope="module")
def shared(kind, cam):
    with MtxGateway(managed(kind), plugins=("mediamtx", "hls-proxy")) as gateway:
        start(gateway, cam)
        yield gateway


@pytest.fixture
def gateway(shared):
    shared.wait_settled()
    time.sleep(1.5)  # MediaMTX drops what comes within a second of its last reload: that costs whoever does it, not us
    yield shared
    shared.wait_settled()


def test_an_edited_path_costs_only_its_own_viewers(gateway):
    name = path_of(gateway.cams[0])
    source = gateway.sources()[name]
    with undisturbed(gateway, gateway.cams[1:]):
        gateway.repaired("an edited path is repaired", lambda: gateway.mtx("PATCH", f"/v3/config/paths/patch/{name}", {"source": "rtsp://127.0.0.1:1/x"}),
                         lambda: gateway.sources().get(name) == source, LIMIT_S)


def test_a_deleted_path_costs_only_its_own_viewers(gateway):
    name = path_of(gateway.cams[0])
    with undisturbed(gateway, gateway.cams[1:]):
        gateway.repaired("a deleted path is repaired", lambda: gateway.mtx("DELETE", f"/v3/config/paths/delete/{name}"),
                         lambda: name in gateway.sources(), LIMIT_S)


def test_an_edited_file_costs_only_the_viewers_of_its_edit(gateway):
    good, source = gateway.mtx_file.read_text(), gateway.sources()[path_of(gateway.cams[0])]
    with undisturbed(gateway, gateway.cams[1:]):
        part = gateway.mtx_file.with_name("part")
        part.write_text(good.replace(source, source.replace("127.0.0.1", "127.0.0.2")))
        part.rename(gateway.mtx_file)
        gateway.wait_until("MediaMTX has the edit", lambda: "127.0.0.2" in str(gateway.sources()), 5)
        timed("an edited file is repaired", lambda: gateway.mtx_file.read_text() == good and "127.0.0.2" not in str(gateway.sources()), LIMIT_S)


def test_a_refused_patch_of_somebody_else_costs_nobody(gateway):
    name = path_of(gateway.cams[0])
    with undisturbed(gateway, gateway.cams[1:]):
        assert gateway.mtx("PATCH", f"/v3/config/paths/patch/{name}", {"source": "rtsp://user@h/x"})[0] == 400
        timed("a poisoned configuration takes writes again",
              lambda: gateway.mtx("POST", "/v3/config/paths/replace/visitor", {"source": "publisher"})[0] == 200, LIMIT_S)


def test_a_change_of_one_camera_costs_only_its_own_viewers(gateway, cam):
    camera, name = gateway.cams[0], path_of(gateway.cams[0])
    with undisturbed(gateway, gateway.cams[1:]):
        assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"private_rtsp_url": "rtsp://127.0.0.1:1/elsewhere"}).status == 200
        timed("a change of one camera is in MediaMTX", lambda: gateway.sources().get(name) == "rtsp://127.0.0.1:1/elsewhere", LIMIT_S)
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"private_rtsp_url": cam.main(1)}).status == 200
    timed("and back", lambda: gateway.sources().get(name) == cam.main(1), LIMIT_S)


def test_a_killed_mediamtx_has_its_paths_again_and_every_viewer_goes_on(gateway):
    with contextlib.ExitStack() as stack:
        watchers = [stack.enter_context(Watcher(gateway, camera)) for camera in gateway.cams]
        before = [watcher.wait_segments(3) for watcher in watchers]
        pid = gateway.child_pid
        os.kill(pid, signal.SIGKILL)

        def returned():
            with contextlib.suppress(OSError, LookupError):
                return gateway.child_pid not in (0, pid) and len(gateway.items()) >= 3
        timed("a killed MediaMTX has its paths again", returned, LIMIT_S)
        for watcher, playlist in zip(watchers, before):
            watcher.first_after_discontinuity(playlist.discontinuity, 60)
            watcher.wait_segments(2)
    for watcher in watchers:
        assert not watcher.faults, "\n".join(watcher.faults[:5])
        assert set(watcher.statuses) == {200}, watcher.statuses


def test_an_api_that_is_sick_for_long_costs_no_viewer_and_no_tile_says_offline(cam):
    """Its HLS goes on all the while. The page takes a camera that is said to be offline off the screen."""
    with MtxGateway(managed("stand-in"), plugins=("mediamtx", "hls-proxy")) as gateway:
        start(gateway, cam)
        for fault in ("garbage", "status 401", "delay 30", "hang"):
            with undisturbed(gateway, gateway.cams):
                gateway.command("requests clear")
                began = time.monotonic()
                gateway.command(f"fault api '/v3/*' {fault}")
                gateway.wait_state(gateway.cams[0], "unknown", 40)
                asked = len(gateway.command("requests api"))
                assert asked <= 5 + 3 * (time.monotonic() - began), f"{asked} calls: a busy loop"
                assert {camera["state"] for camera in gateway.states().values()} == {"unknown"}
                gateway.command("fault clear")
                timed(f"after {fault} it is well again", lambda: gateway.health["status"] == "ok", LIMIT_S)
                for camera in gateway.cams:
                    gateway.wait_state(camera, "live")


def test_a_port_that_was_taken_for_long_is_used_as_soon_as_it_is_free(kind):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with MtxGateway(managed(kind, hls_address=f"127.0.0.1:{port}")) as gateway:
            health = gateway.wait_health("the taken port is told", lambda h: "already in use" in h["summary"], 40)
            starts = health["details"]["child_starts"]
            gateway.wait_until("the pause between two tries is at its longest", lambda: gateway.details["child_starts"] >= starts + 6, 60)
            gateway.wait_until("and it waits for the next", lambda: gateway.details["child_pid"] == 0, 20)
            taken.close()
            timed("the port is used", lambda: gateway.health["status"] == "ok", LIMIT_S)
