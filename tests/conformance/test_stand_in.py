"""What only the stand-in has: faults on command, so that tests that rely on them rely on something."""
import http.client
import json
import time

import pytest

from mediamtx import ControlError, MediaMtx
from playlists import init
from processes import wait_until

CAM = {"source": "rtsp://127.0.0.1:1/cam1"}
DEAD = {"source": "rtsp://127.0.0.1:1/x", "sourceOnDemand": True}


@pytest.fixture(scope="module")
def shared():
    with MediaMtx("stand-in", paths={"cam": CAM, "demand": DEAD}, cameras="up") as engine:
        engine.wait_available("cam")
        yield engine


@pytest.fixture
def engine(shared):
    yield shared
    shared.control("fault clear")


def test_an_error_for_some_paths_only(engine):
    engine.control("fault api '/v3/paths/*' status 401")
    assert engine.api("GET", "/v3/paths/list").status == 401
    assert engine.api("GET", "/v3/info").status == 200
    engine.control("fault clear")
    assert engine.api("GET", "/v3/paths/list").status == 200


def test_garbage_and_too_much_of_it(engine):
    engine.control("fault api /v3/info garbage")
    with pytest.raises(ValueError):
        json.loads(engine.api("GET", "/v3/info").body)
    for kind in ("playlist", "line", "json", "init", "zeros"):
        engine.control("fault clear")
        engine.control(f"fault hls * huge {kind} 300000")
        assert len(engine.hls("/cam/index.m3u8").body) > 290000


def test_bodies_from_files(engine, tmp_path):
    (tmp_path / "index").write_text("#EXTM3U\nhostile\n")
    (tmp_path / "raw").write_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
    engine.control(f"fault hls '*/index.m3u8' file 200 text/plain '{tmp_path / 'index'}'")
    engine.control(f"fault api /v3/info raw '{tmp_path / 'raw'}'")
    assert engine.hls("/cam/index.m3u8").text == "#EXTM3U\nhostile\n"
    assert engine.api("GET", "/v3/info").body in (b"hello", b"hello!")


def test_late_never_cut_and_dropped_answers(engine):
    engine.control("fault api /v3/info delay 0.4")
    began = time.monotonic()
    assert engine.api("GET", "/v3/info").status == 200 and time.monotonic() - began >= 0.4
    engine.control("fault api /v3/paths/list hang")
    with pytest.raises(TimeoutError):
        engine.api("GET", "/v3/paths/list", timeout=0.5)
    engine.control("fault api /v3/hlsmuxers/list drop")
    with pytest.raises(http.client.RemoteDisconnected):
        engine.api("GET", "/v3/hlsmuxers/list")
    engine.control("fault hls '*init.mp4' truncate 10")
    assert engine.hls("/cam/index.m3u8").status == 200
    assert len(engine.hls(f"/cam/{init(engine.hls('/cam/video1_stream.m3u8').text)}").body) == 10


def test_another_version(engine):
    engine.control("version v1.9.0")
    assert engine.api("GET", "/v3/info").json["version"] == "v1.9.0"


@pytest.mark.parametrize("name, ask", [("api", lambda engine: engine.api("GET", "/v3/info")), ("hls", lambda engine: engine.hls("/")),
                                       ("metrics", lambda engine: engine.metrics())])
def test_a_port_closes_and_opens(engine, name, ask):
    engine.control(f"listener {name} off")
    with pytest.raises(OSError):
        ask(engine)
    engine.control(f"listener {name} on")
    assert ask(engine).status in (200, 404)
    assert engine.running


def test_reads_are_as_stale_as_it_is_told(engine):
    engine.control("option apply-delay 0.3")
    try:
        seen = set()
        for count in range(1, 7):
            body = {**DEAD, "maxReaders": count}
            assert engine.api("POST", "/v3/config/paths/replace/stale", body).status == 200
            answer = engine.api("GET", "/v3/config/paths/get/stale")
            seen.add(answer.status == 200 and answer.json["maxReaders"] == count)
            wait_until("applied", lambda: engine.api("GET", "/v3/config/paths/get/stale").json.get("maxReaders") == count, 5, every=0.02)
        assert False in seen
    finally:
        engine.control("option apply-delay 0.005")


def test_what_was_asked_is_remembered(engine):
    engine.control("requests clear")
    engine.api("GET", "/v3/info")
    engine.hls("/x")
    assert engine.control("requests api") == [["api", "GET", "/v3/info"]]
    assert [entry[0] for entry in engine.control("requests")] == ["api", "hls"]


@pytest.mark.parametrize("state", ["frozen", "silent"])
def test_cameras_that_stop_sending(state):
    with MediaMtx("stand-in", config={"readTimeout": "500ms"}, paths={"cam": CAM}, cameras="up", commands=["option retry 1"]) as engine:
        engine.wait_available("cam")
        engine.control(f"camera cam {state}")
        engine.wait_available("cam", available=False)
        assert "TCP timeout" in engine.log
        if state == "silent":
            assert engine.wait_available("cam")["inboundBytes"] == 0
        engine.control("camera cam up")
        wait_until("bytes come", lambda: engine.path("cam")["inboundBytes"] > 0, 15)


@pytest.mark.parametrize("line", ["nonsense", "camera cam1 flying", "camera", "fault api", "fault api * boil", "listener rtsp off",
                                  "option x 1", "'"])
def test_commands_nobody_knows(engine, line):
    with pytest.raises(ControlError):
        engine.control(line)


def test_it_dies_on_command():
    with MediaMtx("stand-in") as engine:
        with pytest.raises(ControlError):
            engine.control("exit 3")
        assert engine.wait_end(5) == 3
