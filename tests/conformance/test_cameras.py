"""What is seen of a camera that is there, goes, comes back, or keeps silent."""
import concurrent.futures

import pytest

from captured import Captured, loaded, same_answer, same_head, same_shape
from playlists import names, prefix, sequence
from processes import wait_until


@pytest.fixture(scope="module")
def shared(start, cameras):
    paths = {"cam1": {"source": cameras.source(1)}, "cam2": {"source": cameras.source(2)}, "cam3": {"source": cameras.source(3)},
             "cam4": {"source": cameras.source(4)}}
    with start(config={"readTimeout": "2s"}, paths=paths) as engine:
        yield engine


@pytest.fixture
def engine(shared, cameras):
    yield shared
    for number in (1, 2):
        cameras.tell(number, "up")


def test_a_camera_that_is_there(engine):
    first = engine.wait_available("cam1")
    same_shape(first, {**loaded("api/paths-get.ready-h264.json"), "name": "cam1"})
    assert first["readyTime"] == first["availableTime"] and first["source"] == {"type": "rtspSource", "id": ""}
    grown = wait_until("bytes come", lambda: engine.path("cam1")["inboundBytes"] > first["inboundBytes"], 5)
    assert grown and engine.path("cam1")["bytesReceived"] > 0


def test_h265(engine):
    item = engine.wait_available("cam4")
    assert item["tracks"] == ["H265"]
    same_shape(item["tracks2"], loaded("api/paths-get.ready-h265.json")["tracks2"])


def test_a_camera_that_goes_takes_its_muxer_and_comes_back_as_another(engine, cameras):
    before = engine.wait_available("cam2")
    assert engine.hls("/cam2/index.m3u8").status == 200
    old = engine.hls("/cam2/video1_stream.m3u8").text
    cameras.tell(2, "reset")
    gone = engine.wait_available("cam2", available=False)
    same_shape(gone, loaded("api/paths-list.offline-after-connection-lost.json")["items"][0])
    assert gone["online"] is True and gone["onlineTime"] == before["onlineTime"], "stale"
    assert gone["inboundBytes"] == 0
    same_answer(engine.hls("/cam2/video1_stream.m3u8"), Captured("hls/cdn.media.camera-gone.401"))
    missing, captured = engine.hls("/cam2/index.m3u8"), Captured("hls/cdn.index.camera-gone.404")
    same_head(missing, captured)
    assert missing.text == captured.text.replace("cam1", "cam2")
    after = engine.wait_available("cam2")
    assert after["availableTime"] > before["availableTime"]
    # Nobody asked for the index: the children stay 401 although the camera is back.
    same_answer(engine.hls("/cam2/video1_stream.m3u8"), Captured("hls/cdn.media.camera-gone.401"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        index = pool.submit(engine.hls, "/cam2/index.m3u8")
        wait_until("the session is there", lambda: engine.hls(f"/cam2/{names(old)[-1]}").status == 404, 10, every=0.05)
        same_answer(engine.hls(f"/cam2/{names(old)[-1]}"), Captured("hls/cdn.segment.of-previous-muxer.404"))
        assert index.result(30).status == 200
    new = engine.hls("/cam2/video1_stream.m3u8").text
    assert sequence(new) == 0 and prefix(new) != prefix(old) and "DISCONTINUITY" not in new


def test_a_camera_that_goes_while_requests_wait(engine, cameras):
    engine.wait_available("cam1")
    engine.api("POST", "/v3/config/paths/replace/blink", {"source": cameras.source(1)})
    wait_until("it is configured", lambda: engine.path("blink"), 5)
    engine.wait_available("blink")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        index = pool.submit(engine.hls, "/blink/index.m3u8")
        wait_until("a muxer", lambda: "blink" in [m["path"] for m in engine.api("GET", "/v3/hlsmuxers/list").json["items"]], 10, every=0.02)
        child = pool.submit(engine.hls, "/blink/video1_stream.m3u8")
        wait_until("the child waits", lambda: not child.done() and not index.done(), 1)
        cameras.tell(1, "reset")
        answers = index.result(30), child.result(30)
    for answer, capture in zip(answers, ("index", "media")):
        if answer.status == 401:
            continue  # the child came too late to wait
        same_answer(answer, Captured(f"hls/cdn.{capture}.muxer-died-while-blocked.500"))
    assert answers[0].status == 500


def test_rtcp_alone_keeps_a_path_ready_without_a_byte(engine, cameras):
    engine.wait_available("cam1")
    cameras.tell(1, "rtcp-only")
    still = wait_until("bytes stand still", lambda: _stands(engine, "cam1"), 20)
    assert still["ready"] is True and still["available"] is True
    cameras.tell(1, "up")
    wait_until("bytes come again", lambda: engine.path("cam1")["inboundBytes"] != still["inboundBytes"], 20)


def _stands(engine, name):
    """The item, when two readings with other answers between them show the same bytes."""
    first = engine.path(name)
    for _ in range(20):
        engine.api("GET", "/v3/paths/list")
        if engine.path(name)["inboundBytes"] != first["inboundBytes"]:
            return None
    return first if engine.path(name)["available"] else None


def test_refusals_are_told_apart_only_in_the_log(engine, cameras):
    lines = {1: ("down", "connection refused"), 2: ("unauthorized", "bad status code: 401 (Unauthorized)"), 3: ("hang", "request timed out")}
    try:
        for number, (state, _) in lines.items():
            engine.wait_available(f"cam{number}")
            cameras.tell(number, state)
        for number, (state, line) in lines.items():
            wait_until(f"the log says {line}", lambda: f"ERR [path cam{number}] [RTSP source] " in engine.log and line in engine.log, 25)
            wanted = {**loaded("api/paths-get.offline-unreachable.json"), "name": f"cam{number}", "confName": f"cam{number}"}
            assert {**engine.path(f"cam{number}"), "onlineTime": None} == {**wanted, "onlineTime": None}
    finally:
        cameras.tell(3, "up")


def test_a_first_request_ends_when_its_muxer_is_not_used_any_more(start, cameras):
    with start(config={"hlsMuxerCloseAfter": "2s"}, paths={"cam2": {"source": cameras.source(2)}}) as engine:
        try:
            engine.wait_available("cam2")
            cameras.tell(2, "rtcp-only")
            wait_until("no byte comes", lambda: _stands(engine, "cam2"), 20)
            same_answer(engine.hls("/cam2/index.m3u8"), Captured("hls/cdn.index.muxer-died-while-blocked.500"))
            wait_until("the log says why", lambda: "destroyed: not used anymore" in engine.log, 5)
        finally:
            cameras.tell(2, "up")
