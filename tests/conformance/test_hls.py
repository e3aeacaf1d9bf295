"""HLS of the variant that Gatehouse reads, fMP4: CDN mode, sessions, cameras that go and come back."""
import concurrent.futures
import re

import pytest

from captured import FOLDER, Captured, loaded, same_answer, same_head, same_shape, text
from mediamtx import CDN_SECRET
from playlists import boxes, init, names, prefix, sequence, times
from processes import wait_until

AGENT = {"User-Agent": "curl/7.88.1"}
ONE_SECOND = {"cache-control": "public, max-age=1"}  # the captures are of 2 s segments
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def shared(start, cameras):
    dead = "rtsp://127.0.0.1:2/x"
    paths = {"cam1": {"source": cameras.source(1)}, "cam3": {"source": cameras.source(3)}, "one": {"source": cameras.source(1), "maxReaders": 1},
             "quiet": {"source": cameras.source(1)}, "demand": {"source": cameras.source(1), "sourceOnDemand": True},
             "cam6": {"source": dead}, "cam12": {"source": dead, "sourceOnDemand": True, "sourceOnDemandStartTimeout": "500ms"}}
    with start(paths=paths, hasty=False) as engine:
        if engine.kind == "stand-in":
            engine.control(f"camera {dead} down")
        engine.wait_available("cam1")
        engine.wait_available("cam3")
        yield engine


@pytest.fixture
def engine(shared):
    shared.wait_available("cam1")
    assert shared.hls("/cam1/index.m3u8", headers=AGENT).status == 200
    return shared


def media(engine, path="cam1", stream="video1", **more):
    answer = engine.hls(f"/{path}/{stream}_stream.m3u8", **more)
    assert answer.status == 200, answer
    return answer


def seconds_to_2(playlist):
    """A capture of 2 s segments as it looks with those of 1 s."""
    return playlist.replace("2.00000", "1.00000").replace("TARGETDURATION:2", "TARGETDURATION:1")


def like(playlist, capture):
    """The same lines as the captured playlist, names, numbers and dates apart."""
    def plain(value):
        value = re.sub(r"[0-9a-f]{12}_", "PREFIX_", value)
        value = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", "DATE", value)
        value = re.sub(r"(SEQUENCE:|seg|part)\d+", r"\1N", value)
        value = re.sub(r"BANDWIDTH=\d+", "BANDWIDTH=N", value)
        value = re.sub(r"avc1\.[0-9a-f]{6}", "AVC", value)
        return re.sub(r"FRAME-RATE=[0-9.]+", "FRAME-RATE=N", value)
    assert plain(playlist) == plain(seconds_to_2(capture))


# The first request

def test_children_before_any_index_are_401_and_the_first_index_opens_the_muxer(shared):
    captured = Captured("hls/cdn.media.before-index.401")
    same_answer(shared.hls("/quiet/video1_stream.m3u8"), captured)
    index = shared.hls("/quiet/index.m3u8")
    same_head(index, Captured("hls/cdn.index.200"), length_counts=False)
    like(index.text, text("hls/master.fmp4.m3u8"))
    first = media(shared, "quiet")
    same_head(first, Captured("hls/cdn.media.200"), length_counts=False, ours=ONE_SECOND)
    like(first.text, text("hls/media.fmp4.m3u8"))
    assert sequence(first.text) == 0 and [n.split("_")[-1] for n in names(first.text)] == ["seg0.mp4", "seg1.mp4"]


def test_an_on_demand_camera_is_pulled_by_the_first_index(shared):
    assert shared.path("demand")["available"] is False
    assert shared.hls("/demand/index.m3u8").status == 200
    assert shared.path("demand")["available"] is True


@pytest.mark.parametrize("path, capture", [
    ("nope", "cdn.index.unknown-path.500"), ("bad%20name", "cdn.index.bad-name"), ("cam6", "cdn.index.offline.404"),
    ("cam12", "cdn.index.ondemand-timeout.500")])
@pytest.mark.parametrize("cdn", [True, False], ids=["cdn", "viewer"])
def test_index_of_what_cannot_be_seen(shared, path, capture, cdn):
    answer = shared.hls(f"/{path}/index.m3u8?cookieCheck=1" if not cdn else f"/{path}/index.m3u8", cdn=cdn)
    same_answer(answer, Captured(f"hls/{capture}"))


@pytest.mark.parametrize("path", ["nope", "cam6"])
def test_children_without_a_muxer(shared, path):
    same_answer(shared.hls(f"/{path}/video1_stream.m3u8"), Captured("hls/cdn.media.offline.401"))


def test_a_limit_of_one_reader_leaves_no_room_for_the_muxer(shared):
    shared.wait_available("one")
    same_answer(shared.hls("/one/index.m3u8"), Captured("hls/cdn.index.mpegts-h265-unsupported.500"))


# What is served

def test_the_window_moves_and_its_times_go_on(engine):
    first = media(engine).text
    older = times(engine.hls(f"/cam1/{names(first)[-1]}").body)
    number = sequence(first) + len(names(first))

    def next_one():
        playlist = media(engine).text
        return playlist if names(playlist)[-1].endswith(f"seg{number}.mp4") else None
    playlist = wait_until("the next segment", next_one, 10, every=0.05)
    newer = times(engine.hls(f"/cam1/{names(playlist)[-1]}").body)
    assert newer[0] == older[0] + 1 == number
    assert newer[1] == older[1] + older[2], "decode times go on without a gap"
    assert newer[2] == 90000
    assert init(playlist) == init(first)


def test_files_of_the_window(engine):
    playlist = media(engine).text
    head = engine.hls(f"/cam1/{init(playlist)}")
    same_head(head, Captured("hls/cdn.init.200"), length_counts=False)
    assert list(boxes(head.body))[:2] == ["ftyp", "moov"] and "mvex" in boxes(head.body)
    captured = boxes((FOLDER / "hls/init.fmp4.mp4").read_bytes())
    assert boxes(head.body)["mdhd"][12:16] == captured["mdhd"][12:16], "the time scale"
    segment = engine.hls(f"/cam1/{names(playlist)[-1]}")
    same_head(segment, Captured("hls/cdn.segment.200"))
    assert list(boxes(segment.body)) == ["moof", "mfhd", "traf", "tfhd", "tfdt", "trun", "mdat"]
    assert engine.hls(f"/cam1/{names(playlist)[-1][:-1]}").body == segment.body, ".mp is .mp4"
    ranged = engine.hls(f"/cam1/{names(playlist)[-1]}", headers={"Range": "bytes=0-9"})
    same_head(ranged, Captured("hls/cdn.segment.range.200"))
    assert ranged.body == segment.body


def test_compression_and_conditions_are_ignored(engine):
    answer = media(engine, headers={"Accept-Encoding": "gzip", "If-None-Match": "*"})
    assert "content-encoding" not in answer.headers and answer.text.startswith("#EXTM3U\n")


@pytest.mark.parametrize("file, method, capture", [
    ("video9_stream.m3u8", "GET", "cdn.media.unknown-stream.404"), ("000000000000_video1_seg0.mp4", "GET", "cdn.segment.of-previous-muxer.404"),
    ("index.m3u8", "POST", "cdn.media.unknown-stream.404")])
def test_names_nobody_knows(engine, file, method, capture):
    same_answer(engine.hls(f"/cam1/{file}", method=method), Captured(f"hls/{capture}"))


@pytest.mark.parametrize("file", ["index.m3u8", "video1_stream.m3u8"])
def test_head_is_404(engine, file):
    same_head(engine.hls(f"/cam1/{file}", method="HEAD"), Captured("hls/cdn.media.unknown-stream.404"))


def test_a_segment_that_is_to_come_is_404(engine):
    playlist = media(engine).text
    same_answer(engine.hls(f"/cam1/{prefix(playlist)}_video1_seg{sequence(playlist) + 1000}.mp4"), Captured("hls/cdn.segment.gone.404"))


def test_queries_are_copied_into_every_uri(engine):
    index = engine.hls("/cam1/index.m3u8?tok=1").text
    assert names(index) == ["video1_stream.m3u8?tok=1"]
    playlist = media(engine).text
    asked = engine.hls("/cam1/video1_stream.m3u8?tok=1&_HLS_msn=4").text
    assert {uri.partition("?")[2] for uri in [*names(asked), init(asked)]} == {"tok=1"}
    assert init(asked) == init(playlist) + "?tok=1"


def test_sound_is_a_rendition_of_its_own(shared):
    index = shared.hls("/cam3/index.m3u8").text
    like(index, text("hls/master.fmp4.h264-aac.m3u8"))
    playlist = media(shared, "cam3", "audio2").text
    like(playlist, text("hls/media.fmp4.audio.m3u8"))
    assert shared.hls(f"/cam3/{init(playlist)}").headers["content-type"] == "audio/mp4"
    times(shared.hls(f"/cam3/{names(playlist)[0]}").body)
    assert shared.path("cam3")["tracks"] == ["H264", "MPEG-4 Audio"]
    same_shape(shared.path("cam3")["tracks2"], loaded("api/paths-get.ready-h264-aac.json")["tracks2"])


def test_root_page_and_slash(engine):
    same_answer(engine.hls("/"), Captured("hls/root.404"))
    redirect, captured = engine.hls("/cam1"), Captured("hls/normal.no-slash.302")
    same_answer(redirect, captured)
    assert redirect.headers["location"] == captured.headers["location"]
    assert engine.hls("/cam1/", cdn=False).headers["content-type"] == "text/html"


# Ordinary viewers

def test_the_dance_of_a_viewer_without_cookies(engine):
    first, captured = engine.hls("/cam1/index.m3u8?jwt=abc", cdn=False), Captured("hls/hls-session/1.index.302")
    same_answer(first, captured)
    assert (first.headers["location"], first.headers["set-cookie"]) == (captured.headers["location"], captured.headers["set-cookie"])
    index = engine.hls(first.headers["location"], cdn=False)
    same_head(index, Captured("hls/hls-session/2a.index-no-cookie.200"), length_counts=False)
    child, = names(index.text)
    assert re.fullmatch(f"video1_stream\\.m3u8\\?jwt=abc&session={UUID}", child)
    playlist = engine.hls(f"/cam1/{child}", cdn=False)
    same_head(playlist, Captured("hls/hls-session/3a.media.200"), length_counts=False)
    tail = child.partition("?")[2]
    assert {uri.partition("?")[2] for uri in [*names(playlist.text), init(playlist.text)]} == {tail}
    same_head(engine.hls(f"/cam1/{names(playlist.text)[-1]}", cdn=False), Captured("hls/hls-session/4a.segment.200"))
    gone = engine.hls(f"/cam1/{prefix(playlist.text)}_video1_seg99999.mp4?{tail}", cdn=False)
    same_answer(gone, Captured("hls/hls-session/segment-gone.404"))


def test_the_dance_of_a_viewer_with_cookies(engine):
    index = engine.hls("/cam1/index.m3u8?cookieCheck=1&jwt=abc", cdn=False, headers={"Cookie": "cookieCheck=1"})
    captured = Captured("hls/hls-session/2b.index-with-cookie.200")
    same_head(index, captured, length_counts=False)
    cookie = re.fullmatch(f"hlsSession=({UUID}); (.*)", index.headers["set-cookie"])
    assert cookie[3] == captured.headers["set-cookie"].partition("; ")[2]
    assert names(index.text) == ["video1_stream.m3u8?jwt=abc"]
    with_cookie = {"Cookie": f"hlsSession={cookie[1]}"}
    playlist = media(engine, cdn=False, headers=with_cookie)
    same_head(playlist, Captured("hls/hls-session/3b.media-with-cookie.200"), length_counts=False)
    assert playlist.text in (media(engine).text, media(engine, cdn=False, headers=with_cookie).text)


@pytest.mark.parametrize("query, capture", [("", "child-no-session"), (f"?session={'0' * 8}-0000-4000-8000-{'0' * 12}", "child-unknown-session"),
                                            ("?session=x", "child-unknown-session")])
def test_children_without_a_session(engine, query, capture):
    same_answer(engine.hls(f"/cam1/video1_stream.m3u8{query}", cdn=False), Captured(f"hls/hls-session/{capture}.401"))


def test_a_wrong_secret_is_an_ordinary_viewer(engine):
    answer = engine.hls("/cam1/index.m3u8", cdn=False, headers={"Authorization": f"Bearer {CDN_SECRET}x"})
    captured = Captured("hls/wrong-cdn-secret.index.302")
    same_answer(answer, captured)
    assert (answer.headers["location"], answer.headers["set-cookie"]) == (captured.headers["location"], captured.headers["set-cookie"])


def test_what_the_api_tells_of_muxers_and_sessions(engine):
    muxers, sessions = engine.api("GET", "/v3/hlsmuxers/list").json, engine.api("GET", "/v3/hlssessions/list").json
    same_shape(muxers, loaded("api/hlsmuxers-list.json"))
    same_shape(sessions, loaded("api/hlssessions-list.json"))
    mine = [s for s in sessions["items"] if s["path"] == "cam1" and s["isCDN"]]
    assert len(mine) == 1 and mine[0]["userAgent"] == "curl/7.88.1"
    assert {"type": "hlsSession", "id": mine[0]["id"]} in engine.path("cam1")["readers"]
    assert engine.api("GET", f"/v3/hlssessions/get/{mine[0]['id']}").json["id"] == mine[0]["id"]
    assert engine.api("GET", "/v3/hlsmuxers/get/cam1").json["path"] == "cam1"
    same_answer(engine.api("POST", "/v3/hlssessions/kick/abc"), Captured("api/rtspsessions-kick.bad-uuid.400"))
    same_answer(engine.api("POST", f"/v3/hlssessions/kick/{'0' * 8}-0000-4000-8000-{'0' * 12}"), Captured("api/rtspsessions-kick.unknown.404"))
    same_answer(engine.api("POST", f"/v3/hlssessions/kick/{mine[0]['id']}"), Captured("api/rtspsessions-kick.200"))
    assert engine.hls("/cam1/video1_stream.m3u8").status == 401, "the kicked CDN session"


def test_a_hundred_viewers_of_one_path_share_a_muxer(engine):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: engine.hls("/cam1/index.m3u8"), range(100)))
    assert {answer.status for answer in answers} == {200} and len({answer.text for answer in answers}) == 1
    assert [m["path"] for m in engine.api("GET", "/v3/hlsmuxers/list").json["items"]].count("cam1") == 1


def test_a_dead_camera_is_tried_every_5_seconds(shared):
    def attempts():
        found = re.findall(r"(?m)^\d{4}/\d\d/\d\d (\d\d):(\d\d):(\d\d) ERR \[path cam6\] .*connection", shared.log)
        return found if len(found) >= 3 else None
    at = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in wait_until("three attempts", attempts, 30)]
    gaps = [(after - before) % 86400 for before, after in zip(at, at[1:])]
    assert gaps and all(gap >= 4 for gap in gaps[1:]), gaps
