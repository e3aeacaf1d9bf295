"""The whole way of a picture: simulated camera, media worker, gateway, HLS; and what a player sees of every fault."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from gateway import Gateway, build_dir
from hls_viewer import Viewer, parse
from processes import tree, wait_until
from simcam import SimCam

PLUGINS = ["media-worker", "hls-proxy"]
GOP_S = 2
BUSY_S = 2  # what a busy machine may add to every bound


@pytest.fixture(scope="module")
def cam():
    with SimCam(cameras=1, sub=True, every=f"gop={GOP_S}") as cams:
        yield cams


@pytest.fixture(autouse=True)
def normal(cam):
    yield
    cam.command("cam 1 normal")


@pytest.fixture
def gateway():
    with Gateway(plugins=PLUGINS) as running:
        yield running


def add(gateway, cam, **fields):
    return gateway.add_camera(name="yard", private_rtsp_url=cam.main(1), transport="tcp", **fields)


def playing(gateway, camera, file="main.m3u8", seconds=30):
    def ready():
        answer = gateway.get(f"/hls/{camera['stream_key']}/{file}")
        assert answer.status in (200, 503), answer
        return answer if answer.status == 200 else None
    return gateway.wait_until(f"{file} can be played", ready, seconds)


def worker_pid(gateway):
    for pid in tree(gateway.process.pid):
        arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if arguments[0].endswith(b"gatehouse-mediad") and b"--shard" not in arguments:
            return pid
    raise AssertionError("there is no media worker")


def no_faults(viewer, allowed=(200, 503)):
    assert not viewer.faults, "\n".join(viewer.faults[:5])
    assert set(viewer.statuses) <= set(allowed), viewer.statuses


def test_a_player_plays_both_renditions(gateway, cam):
    began = time.monotonic()
    camera = add(gateway, cam, sub_rtsp_url=cam.sub(1))
    playing(gateway, camera)
    print(f"cold start {time.monotonic() - began:.2f} s")
    playing(gateway, camera, "sub.m3u8")
    index = gateway.get(f"/hls/{camera['stream_key']}/index.m3u8")
    assert index.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert index.headers["access-control-allow-origin"] == "*"
    assert index.text.count("#EXT-X-STREAM-INF") == 2 and 'CODECS="avc1.' in index.text and "RESOLUTION=" in index.text
    probed = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", f"{gateway.url}/hls/{camera['stream_key']}/index.m3u8"],
        capture_output=True, check=True, timeout=60).stdout)
    assert {s["codec_name"] for s in probed["streams"] if s["codec_type"] == "video"} == {"h264"}
    decoded = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", f"{gateway.url}/hls/{camera['stream_key']}/main.m3u8", "-t", "4",
         "-f", "null", "-"], capture_output=True, text=True, timeout=60)
    assert decoded.returncode == 0 and not decoded.stderr.strip(), decoded.stderr


@pytest.mark.parametrize("settings, video, audio, codecs", [
    ("codec=h265,gop=2", "hevc", None, ('CODECS="hvc1.', 'CODECS="hev1.')),
    ("audio=aac,gop=2", "h264", "aac", ("mp4a.40.2",)),
])
def test_h265_and_sound_are_declared_and_decoded(gateway, settings, video, audio, codecs):
    with SimCam(cameras=1, every=settings) as other:
        camera = gateway.add_camera(name="other", private_rtsp_url=other.main(1), transport="tcp")
        playing(gateway, camera)
        index = gateway.get(f"/hls/{camera['stream_key']}/index.m3u8").text
        assert any(word in index for word in codecs), index
        url = f"{gateway.url}/hls/{camera['stream_key']}/index.m3u8"
        probed = json.loads(subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_streams", url],
                                           capture_output=True, check=True, timeout=60).stdout)["streams"]
        assert {s["codec_type"]: s["codec_name"] for s in probed} == {"video": video, **({"audio": audio} if audio else {})}
        decoded = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", url, "-t", "5", "-f", "null", "-"],
                                 capture_output=True, text=True, timeout=60)
        assert decoded.returncode == 0 and not decoded.stderr.strip(), decoded.stderr


def test_answers_carry_what_players_and_caches_need(gateway, cam):
    camera = add(gateway, cam)
    playlist = parse(playing(gateway, camera).text)
    base = f"/hls/{camera['stream_key']}/"
    segment = gateway.get(base + playlist.last.uri)
    assert segment.headers["content-type"] == "video/mp4"
    assert segment.headers["cache-control"] == "public, max-age=3600, immutable"
    assert segment.body[4:8] in (b"moof", b"styp")
    assert gateway.get(base + playlist.last.init).body[4:8] == b"ftyp"
    head = gateway.request("HEAD", base + playlist.last.uri)
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) == len(segment.body)
    part = gateway.get(base + playlist.last.uri, headers={"Range": "bytes=4-7"})
    assert part.status == 206 and part.body == segment.body[4:8]
    assert gateway.get(base + playlist.last.uri, headers={"If-None-Match": segment.headers["etag"]}).status == 304
    assert gateway.get(base + f"main_{playlist.last.sequence + 100}.m4s").status == 404
    assert gateway.get(base + "sub.m3u8").status == 404
    gateway.wait_until("the viewer is counted", lambda: "gatehouse_hls_viewers 1" in gateway.get("/metrics").text)


def test_a_restricted_camera_looks_like_none(gateway, cam):
    hidden = add(gateway, cam, visibility="area")
    known = gateway.get(f"/hls/{hidden['stream_key']}/index.m3u8")
    unknown = gateway.get("/hls/00000000-0000-4000-8000-000000000000/index.m3u8")
    assert known.status == unknown.status == 404
    for answer in (known, unknown):
        answer.body = {k: v for k, v in answer.json.items() if k != "request_id"}
        answer.headers.pop("date", None)
    assert known.body == unknown.body and set(known.headers) == set(unknown.headers)


def test_an_outage_of_three_seconds_costs_no_more_than_outage_gop_and_two_seconds(gateway, cam):
    camera = add(gateway, cam)
    playing(gateway, camera)
    with Viewer(gateway, camera) as viewer:
        old = viewer.wait_segments(2).last.discontinuity
        cam.command("cam 1 refuse")
        cam.command("cam 1 reset")
        began = time.monotonic()
        time.sleep(3)
        outage = time.monotonic() - began
        cam.command("cam 1 normal")
        first, listed = viewer.first_after_discontinuity(old)
        took = listed - began
        print(f"outage of {outage:.1f} s cost {took:.2f} s")
        viewer.wait_segments(2)
    no_faults(viewer, allowed=(200,))
    assert first.discontinuity == old + 1
    assert took <= outage + GOP_S + 2 + BUSY_S


def test_a_blip_of_twenty_seconds_is_never_a_404_and_its_files_stay(gateway, cam):
    camera = add(gateway, cam)
    playing(gateway, camera)
    with Viewer(gateway, camera) as viewer:
        old = viewer.wait_segments(3).last.discontinuity
        cam.command("cam 1 refuse")
        cam.command("cam 1 reset")
        until = time.monotonic() + 20
        gateway.wait_until("the camera is offline",
                           lambda: gateway.camera(camera["id"])["state"] == "offline", 10)
        while time.monotonic() < until:
            viewer.fetch(viewer.newest.last.uri)
            assert gateway.get(viewer.base + "index.m3u8").status == 200
            time.sleep(0.5)
        cam.command("cam 1 normal")
        viewer.first_after_discontinuity(old)
    no_faults(viewer, allowed=(200,))


def test_a_killed_worker_costs_a_discontinuity_and_no_number_goes_back(gateway, cam):
    camera = add(gateway, cam)
    playing(gateway, camera)
    with Viewer(gateway, camera) as viewer:
        old = viewer.wait_segments(2).last.discontinuity
        os.kill(worker_pid(gateway), signal.SIGKILL)
        began = time.monotonic()
        _, listed = viewer.first_after_discontinuity(old)
        print(f"new pictures {listed - began:.2f} s after the kill")
        viewer.wait_segments(2)
    no_faults(viewer, allowed=(200,))


@pytest.fixture
def service(tmp_path):
    """A media worker that outlives the gateway, as the system's service does."""
    with Gateway(plugins=PLUGINS, plugin_config={"media-worker": {"mode": "service"}}) as gateway:
        worker = subprocess.Popen(
            [build_dir() / "bin" / "gatehouse-mediad", "--socket", gateway.runtime / "media.sock", "--die-with-parent"],
            stdin=subprocess.DEVNULL)
        try:
            yield gateway
        finally:
            worker.terminate()
            worker.wait(10)


def test_a_killed_gateway_goes_on_with_the_same_names_where_the_worker_lives_on(service, cam):
    camera = add(service, cam)
    playing(service, camera)
    with Viewer(service, camera) as viewer:
        before = viewer.wait_segments(3)
        bytes_before = {s.uri: viewer.fetch(s.uri) for s in before.segments[-2:]}
        service.restart(kill=True)
        began = time.monotonic()
        playing(service, camera)
        print(f"playlists are back {time.monotonic() - began:.2f} s after the doors opened")
        for uri, content in bytes_before.items():
            assert viewer.fetch(uri) == content
        after = viewer.wait_segments(3)
    no_faults(viewer, allowed=(200, 503, 0))
    assert after.last.discontinuity == before.last.discontinuity, "nothing was lost, so nothing is discontinuous"


def test_a_killed_gateway_with_a_worker_of_its_own_goes_on_above(gateway, cam):
    camera = add(gateway, cam)
    playing(gateway, camera)
    with Viewer(gateway, camera) as viewer:
        before = viewer.wait_segments(2)
        worker = worker_pid(gateway)
        gateway.restart(kill=True)
        wait_until("the old worker ends with its gateway", lambda: not pathlib.Path(f"/proc/{worker}").exists(), 10)
        viewer.first_after_discontinuity(before.last.discontinuity)
        viewer.wait_segments(2)
    no_faults(viewer, allowed=(200, 503, 0))
