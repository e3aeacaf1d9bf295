"""The other two variants, and muxers without a request."""
import re
import shutil
import subprocess

import pytest

from captured import Captured, same_answer, same_head, text
from playlists import init, names, sequence
from processes import wait_until
from test_hls import ONE_SECOND, like, media


@pytest.fixture(scope="module")
def mpegts(start, cameras):
    with start(config={"hlsVariant": "mpegts"}, paths={"cam3": {"source": cameras.source(3)}, "cam4": {"source": cameras.source(4)}}) as engine:
        engine.wait_available("cam3")
        engine.wait_available("cam4")
        yield engine


@pytest.fixture(scope="module")
def low_latency(start, cameras):
    with start(config={"hlsVariant": "lowLatency"}, paths={"cam1": {"source": cameras.source(1)}}) as engine:
        engine.wait_available("cam1")
        assert engine.hls("/cam1/index.m3u8").status == 200
        yield engine


def test_mpegts(mpegts):
    index = mpegts.hls("/cam3/index.m3u8")
    like(index.text, text("hls/master.mpegts.h264-aac.m3u8"))
    playlist = wait_until("two segments", lambda: _with(mpegts, 2), 15, every=0.1)
    same_head(playlist, Captured("hls/cdn.media.mpegts.200"), length_counts=False, ours=ONE_SECOND)
    like(playlist.text, "".join(text("hls/media.mpegts.m3u8").splitlines(keepends=True)[:5 + 2 * 3]))
    segment = mpegts.hls(f"/cam3/{names(playlist.text)[-1]}")
    same_head(segment, Captured("hls/cdn.segment.mpegts.200"))
    assert len(segment.body) % 188 == 0 and set(segment.body[::188]) == {0x47}


def _with(engine, count):
    playlist = media(engine, "cam3", "main")
    assert len(names(playlist.text)) <= count
    return playlist if len(names(playlist.text)) == count else None


def test_mpegts_is_playable(mpegts, tmp_path):
    assert shutil.which("ffprobe"), "ffmpeg is among the test packages"
    assert mpegts.hls("/cam3/index.m3u8").status == 200
    file = tmp_path / "all.ts"
    file.write_bytes(b"".join(mpegts.hls(f"/cam3/{name}").body for name in names(media(mpegts, "cam3", "main").text)))
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file],
                           capture_output=True, text=True, timeout=30)
    assert (set(probe.stdout.split()), probe.stderr) == ({"h264", "aac"}, "")


def test_mpegts_cannot_carry_h265(mpegts):
    same_answer(mpegts.hls("/cam4/index.m3u8"), Captured("hls/cdn.index.mpegts-h265-unsupported.500"))


def test_low_latency_playlists(low_latency):
    like(low_latency.hls("/cam1/index.m3u8").text, text("hls/master.ll.m3u8"))
    playlist = media(low_latency)
    same_head(playlist, Captured("hls/cdn.media.ll.200"), length_counts=False)
    lines = playlist.text.splitlines()
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:10", "#EXT-X-TARGETDURATION:1"]
    assert re.fullmatch(r"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=\d\.\d{5},CAN-SKIP-UNTIL=6\.00000", lines[3])
    assert re.fullmatch(r"#EXT-X-PART-INF:PART-TARGET=0\.\d{5}", lines[4])
    uris = names(playlist.text)
    assert len(uris) == 7 and sequence(playlist.text) + 6 == int(re.search(r"seg(\d+)", uris[-1])[1])
    assert lines.count("#EXT-X-GAP") == uris.count("gap.mp4") == max(0, 7 - sequence(playlist.text))
    assert lines[-1].startswith("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=")
    assert low_latency.hls("/cam1/gap.mp4").status == 404
    same_head(low_latency.hls(f"/cam1/{uris[-1]}"), Captured("hls/cdn.segment.ll.200"))
    assert low_latency.hls(f"/cam1/{init(playlist.text)}").status == 200


def _last(engine):
    playlist = media(engine).text
    return sequence(playlist) + len(names(playlist)) - 1


@pytest.mark.parametrize("query, capture", [
    ("_HLS_msn=x", "msn-not-a-number"), ("_HLS_msn=100000", "msn-too-far"), ("_HLS_msn=0", "msn-too-old"), ("_HLS_part=1", "part-without-msn")])
def test_reload_points_that_cannot_be(low_latency, query, capture):
    wait_until("the window has moved", lambda: _last(low_latency) >= 8, 10, every=0.1)
    same_answer(low_latency.hls(f"/cam1/video1_stream.m3u8?{query}"), Captured(f"hls/cdn.media.ll.{capture}.400"))


def _newest(playlist):
    """(last whole segment, parts there are of the next)"""
    whole = int(re.search(r"_seg(\d+)\.mp4$", names(playlist)[-1])[1])
    return whole, playlist[playlist.rindex("_seg"):].count("#EXT-X-PART:")


@pytest.mark.parametrize("query, parts", [("", 1), ("&_HLS_part=0", 1), ("&_HLS_part=2", 3)])
def test_a_blocking_reload_waits_for_its_part(low_latency, query, parts):
    wanted = _last(low_latency) + 2
    answer = low_latency.hls(f"/cam1/video1_stream.m3u8?_HLS_msn={wanted}{query}")
    same_head(answer, Captured("hls/cdn.media.ll.msn-next.200"), length_counts=False)
    assert _newest(answer.text) >= (wanted - 1, parts), "a segment without a part means its first part"


def test_a_delta_playlist_leaves_old_segments_out(low_latency):
    answer = low_latency.hls("/cam1/video1_stream.m3u8?_HLS_skip=YES")
    same_head(answer, Captured("hls/cdn.media.ll.skip-yes.200"))
    skipped = int(re.search(r"#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)", answer.text)[1])
    assert skipped + len(names(answer.text)) == 7 and skipped > 0 and "#EXT-X-MAP" not in answer.text


def test_the_hinted_part_is_answered_when_it_is_there(low_latency):
    hint = re.search(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', media(low_latency).text)[1]
    part = low_latency.hls(f"/cam1/{hint}")
    same_head(part, Captured("hls/cdn.part.ll.hinted.200"))
    assert part.body[4:8] == b"moof"


def test_always_remux_needs_no_request(start, cameras):
    paths = {"cam1": {"source": cameras.source(1)}, "demand": {"source": cameras.source(2), "sourceOnDemand": True}}
    with start(config={"hlsAlwaysRemux": True}, paths=paths) as engine:
        wait_until("a muxer", lambda: engine.api("GET", "/v3/hlsmuxers/list").json["itemCount"] == 1, 10)
        assert engine.api("GET", "/v3/hlsmuxers/list").json["items"][0]["path"] == "cam1"
        assert engine.hls("/cam1/video1_stream.m3u8").status == 401, "a session all the same"
        assert engine.path("demand")["available"] is False
