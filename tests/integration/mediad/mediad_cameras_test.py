"""The real gatehouse-mediad pulls cameras that speak RTSP in ways of their own."""
import os
import subprocess
import tempfile
import time

import pytest

from mediad_process import Mediad, live, pictures_of
from processes import is_sanitized, pss_mb, threads
from scripted_camera import ScriptedCamera, footage


@pytest.fixture
def client():
    with Mediad() as mediad:
        c = mediad.client()
        c.sync({})
        yield c
        c.close()


def pass_time(client, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        client.pump(left)


def hashes(framehash_lines):
    return [line.split(",")[-1].strip() for line in framehash_lines]


def hashes_of_footage():
    with tempfile.NamedTemporaryFile(suffix=".h264") as file:
        file.write(footage())
        file.flush()
        done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "h264", "-i", file.name, "-fps_mode", "passthrough", "-f", "framehash", "-hash",
                               "crc32", "-"], stdout=subprocess.PIPE, text=True, check=True)
    return hashes(line for line in done.stdout.splitlines() if not line.startswith("#"))


def test_packets_before_the_answer_to_play_are_shown_unharmed(client):
    with ScriptedCamera(early=8) as camera:
        client.upsert("cam", camera.url)
        client.wait(lambda: len(client.fragments.get("cam", [])) >= 3, 15, "fragments")
        lines, complaints = pictures_of(client.movie("cam", 1))
    seen = hashes(lines)
    assert complaints == "" and len(seen) >= 20
    assert seen == hashes_of_footage()[:len(seen)]


def test_a_camera_that_refuses_its_sound_shows_its_pictures(client):
    with ScriptedCamera(audio="refused") as camera:
        client.upsert("cam", camera.url)
        client.wait(live(client, "cam"), 10, "picture")
        assert client.states["cam"]["audio"] == "" and client.states["cam"]["note"].startswith("audio is left out")
        assert camera.count("PLAY") == 1


def test_sound_that_is_announced_over_udp_but_never_comes_ends_nothing(client):
    with ScriptedCamera(audio="silent") as camera:
        client.upsert("cam", camera.url, transport=2)
        client.wait(live(client, "cam"), 10, "picture")
        pass_time(client, 22)  # longer than a connection may take to be made
        assert client.states["cam"]["phase"] == "live" and camera.count("PLAY") == 1
        assert {f["run"] for f in client.fragments["cam"]} == {1}


def test_a_keyframe_that_is_late_is_waited_for_where_only_it_has_the_parameter_sets(client):
    with ScriptedCamera(gop=90, first=10, sets_in_sdp=False) as camera:
        client.upsert("cam", camera.url)
        client.wait(live(client, "cam"), 15, "picture")
        assert camera.count("PLAY") == 1


def test_a_keep_alive_that_is_refused_is_sent_again_in_time(client):
    with ScriptedCamera(timeout=4, keep_alive="stale", challenge='Digest realm="camera"') as stale, ScriptedCamera(timeout=4, keep_alive="501") as old:
        client.upsert("stale", stale.url, "viewer", "s3cret")
        client.upsert("old", old.url)
        client.wait(live(client, "stale", "old"), 10, "pictures")
        pass_time(client, 9)
        for camera in (stale, old):
            assert camera.count("PLAY") == camera.count("DESCRIBE") - bool(camera.challenge) == 1, camera.requests
        assert stale.count("GET_PARAMETER") >= 4
        assert old.count("GET_PARAMETER") == 1 and old.count("OPTIONS") >= 4
        assert all(client.states[s]["phase"] == "live" for s in ("stale", "old"))


def test_a_camera_that_has_moved_is_followed_but_not_in_circles(client):
    with ScriptedCamera() as there, ScriptedCamera(moved_to=there.url) as here, ScriptedCamera() as lost:
        lost.moved_to = lost.url
        client.upsert("cam", here.url)
        client.upsert("lost", lost.url)
        client.wait(live(client, "cam"), 10, "picture")
        client.wait(lambda: client.states.get("lost", {}).get("cause") == "camera_error", 10, "cause")
        assert "302" in client.states["lost"]["text"]


def test_a_login_is_not_told_to_whom_a_camera_has_moved(client):
    challenge = 'Basic realm="camera"'
    with ScriptedCamera(challenge=challenge) as there, ScriptedCamera(moved_to=there.url) as here:
        client.upsert("cam", here.url, "viewer", "s3cret")
        client.wait(lambda: client.states.get("cam", {}).get("cause") == "wrong_credentials", 10, "refusal")
        assert there.count("DESCRIBE") >= 1
        assert not any("authorization:" in request.lower() for request in there.requests)


def test_a_login_of_a_kind_that_is_not_supported_is_called_that(client):
    with ScriptedCamera(challenge='Digest realm="camera", algorithm=SHA-256') as camera:
        client.upsert("cam", camera.url, "viewer", "s3cret")
        client.wait(lambda: client.states.get("cam", {}).get("cause") == "camera_error", 10, "cause")
        assert "login" in client.states["cam"]["text"]


def shard_of(client):
    client.wait(lambda: client.shards, 15, "statistics")
    return client.shards[0]["pid"]


def test_sound_without_an_end_fills_no_memory(client):
    with ScriptedCamera(audio="endless") as camera:
        client.upsert("cam", camera.url)
        client.wait(live(client, "cam"), 15, "picture")
        shard, before, deadline = shard_of(client), None, time.monotonic() + 35  # the footage is 40 s
        while camera.sound_bytes < camera.most_sound_bytes:
            pass_time(client, 0.5)
            assert time.monotonic() < deadline, f"{camera.sound_bytes} bytes of sound were taken"
            before = before or pss_mb([shard])
        grown_mb = pss_mb([shard]) - before
        # A sanitizer keeps what is freed.
        assert grown_mb < (60 if is_sanitized(shard) else 8), f"{grown_mb:.1f} MB more after {camera.sound_bytes} bytes"
        assert client.states["cam"]["phase"] == "live" and camera.count("PLAY") == 1
        number = client.fragments["cam"][-1]["number"]
        client.wait(lambda: client.fragments["cam"][-1]["number"] > number, 10, "pictures go on")


def test_ever_new_sources_over_udp_cost_no_threads(client):
    with ScriptedCamera(sources=200) as camera:
        client.upsert("cam", camera.url, transport=2)
        client.wait(live(client, "cam"), 15, "picture")
        shard = shard_of(client)
        before, most = threads([shard]), 0
        for _ in range(12):
            pass_time(client, 0.5)
            most = max(most, threads([shard]))
        assert most <= before + 16, f"{before} threads became {most}"
        number = client.fragments["cam"][-1]["number"]
        client.wait(lambda: client.fragments["cam"][-1]["number"] > number, 10, "pictures go on")
        assert os.path.exists(f"/proc/{shard}") and client.states["cam"]["phase"] == "live" and camera.count("PLAY") == 1
