"""Decodes what the fragment maker made and compares it, frame by frame, with the movie it was made from."""
import json
import os
import subprocess

import pytest

TOOL = os.path.join(os.environ["GATEHOUSE_BUILD_DIR"], "tests", "fragment_tool")
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "48k", "-ar", "44100", "-use_editlist", "0"]


# What GStreamer's registry never frees is not what is tested here.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", ""))


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Makes each clip once: clip(name, seconds, size, rate, encoder arguments, with sound)."""
    folder = tmp_path_factory.mktemp("clips")

    def clip(name, seconds, video, size="160x120", rate="25", audio=False):
        path = str(folder / (name + ".mp4"))
        if not os.path.exists(path):
            sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"] if audio else []
            run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=%s:r=%s" % (size, rate), *sound,
                "-t", str(seconds), *video, *(AAC if audio else []), path)
        return path
    return clip


def fragments(tmp_path, *steps):
    lines = [json.loads(line) for line in run(TOOL, str(tmp_path / "out"), *steps).stdout.splitlines()]
    runs = {}
    for line in lines:
        if line.pop("fragment", None):
            runs[line["run"]]["fragments"].append(line)
        else:
            runs[line["run"]] = dict(line, fragments=[], path=str(tmp_path / ("out-%d.mp4" % line["run"])))
    for r in runs.values():
        check_fragments(r["fragments"])
    return [runs[k] for k in sorted(runs)]


def check_fragments(made):
    """What holds for every run."""
    assert made[0]["decode_time"] == 0 and made[0]["keyframe"]
    for before, after in zip(made, made[1:]):
        assert before["decode_time"] + before["duration"] == after["decode_time"]
    for f in made:
        assert f["duration"] <= 90000 or f["pictures"] == 1


def frames(path, stream="v"):
    """[(pts, hash of the decoded frame)], and what the decoder complained about."""
    done = run("ffmpeg", "-v", "warning", "-nostdin", "-xerror", "-i", path, "-map", "0:" + stream, "-fps_mode", "passthrough",
               "-enc_time_base", "1:90000" if stream == "v" else "-1", "-f", "framehash", "-hash", "md5", "-")
    rows = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return [(int(r[2]), r[5].strip()) for r in rows], done.stderr


def packets(path, stream):
    out = run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts,dts,duration,size", "-of", "json",
              path).stdout
    return json.loads(out)["packets"]


def check_same_pictures(made_path, source_path, first=0, count=None):
    """The run shows exactly the source's pictures [first, first + count), at the same distances, without complaint."""
    source, _ = frames(source_path)
    source = source[first:] if count is None else source[first:first + count]
    made, complaints = frames(made_path)
    assert complaints == ""
    assert [h for _, h in made] == [h for _, h in source]
    assert [t - made[0][0] for t, _ in made] == [t - source[0][0] for t, _ in source]
    decode_times = [int(p["dts"]) for p in packets(made_path, "v")]
    assert all(a < b for a, b in zip(decode_times, decode_times[1:]))
    assert all(int(p["pts"]) >= int(p["dts"]) for p in packets(made_path, "v"))


@pytest.mark.parametrize("gop", [1, 4, 10])
def test_a_movie_of_any_gop_comes_out_frame_by_frame(clips, tmp_path, gop):
    source = clips("gop%d" % gop, 12, [*X264, "-bf", "0", "-g", str(25 * gop), "-sc_threshold", "0"])
    made, = fragments(tmp_path, "forget-audio", "file=" + source)
    check_same_pictures(made["path"], source)
    keyframes = [f for f in made["fragments"] if f["keyframe"]]
    assert len(keyframes) == -(-12 // gop)
    assert [f["duration"] for f in made["fragments"]] == [90000] * 12


def test_b_frames_are_shown_in_their_order(clips, tmp_path):
    source = clips("bframes", 6, ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "4", "-b_strategy", "0",
                                  "-x264-params", "b-pyramid=normal:keyint=50:scenecut=0"])
    assert any(p["pts"] != p["dts"] for p in packets(source, "v"))
    made, = fragments(tmp_path, "forget-audio", "file=" + source)
    check_same_pictures(made["path"], source)


def test_an_open_gop_with_b_frames_is_shown_in_its_order(clips, tmp_path):
    source = clips("opengop", 6, ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-b_strategy", "0",
                                  "-x264-params", "open-gop=1:keyint=50:scenecut=0"])
    made, = fragments(tmp_path, "forget-audio", "file=" + source)
    check_same_pictures(made["path"], source)


def test_h265_comes_out_frame_by_frame(clips, tmp_path):
    source = clips("hevc", 4, ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1", "-x265-params",
                               "log-level=none:keyint=25:bframes=2:pools=none"])
    made, = fragments(tmp_path, "forget-audio", "file=" + source)
    assert made["video"].startswith("hvc1.1.6.L")
    check_same_pictures(made["path"], source)


@pytest.mark.parametrize("rate", ["30000/1001", "12", "8"])
def test_odd_frame_rates_keep_their_time_stamps(clips, tmp_path, rate):
    source = clips("rate" + rate.replace("/", "_"), 5, [*X264, "-bf", "0", "-g", "40"], rate=rate)
    made, = fragments(tmp_path, "forget-audio", "file=" + source)
    source_frames, _ = frames(source)
    made_frames, complaints = frames(made["path"])
    assert complaints == "" and [h for _, h in made_frames] == [h for _, h in source_frames]
    assert all(abs((m - made_frames[0][0]) - (s - source_frames[0][0])) <= 1
               for (m, _), (s, _) in zip(made_frames, source_frames))


@pytest.mark.parametrize("burst", [1, 4])
def test_sound_is_complete_with_one_and_with_several_units_per_packet(clips, tmp_path, burst):
    source = clips("sound", 8, [*X264, "-bf", "0", "-g", "50"], audio=True)
    made, = fragments(tmp_path, "burst=%d" % burst, "file=" + source)
    assert made["audio"] == "mp4a.40.2"
    check_same_pictures(made["path"], source)
    source_units, made_units = packets(source, "a"), packets(made["path"], "a")
    assert [p["size"] for p in made_units] == [p["size"] for p in source_units]
    times = [int(p["pts"]) for p in made_units]
    assert [b - a for a, b in zip(times, times[1:])] == [1024] * (len(times) - 1)
    _, complaints = frames(made["path"], "a")
    assert complaints == ""


def test_sound_begins_with_the_picture(clips, tmp_path):
    source = clips("sound", 8, [*X264, "-bf", "0", "-g", "50"], audio=True)
    made, = fragments(tmp_path, "file=" + source)
    first = {s: packets(made["path"], s)[0] for s in "va"}
    assert int(first["v"]["pts"]) / 90000 == 0
    assert 0 <= int(first["a"]["pts"]) / 44100 < 0.03


def test_joined_in_mid_gop_it_begins_with_the_next_keyframe(clips, tmp_path):
    source = clips("gop4", 12, [*X264, "-bf", "0", "-g", "100", "-sc_threshold", "0"])
    made, = fragments(tmp_path, "forget-audio", "skip=30", "file=" + source)
    check_same_pictures(made["path"], source, first=100)


def test_joined_in_mid_gop_with_leading_pictures_nothing_undecodable_is_shown(clips, tmp_path):
    source = clips("opengop", 6, ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-b_strategy", "0",
                                  "-x264-params", "open-gop=1:keyint=50:scenecut=0"])
    made, = fragments(tmp_path, "forget-audio", "skip=10", "file=" + source)
    source_frames, _ = frames(source)
    made_frames, complaints = frames(made["path"])
    # The encoder's reference marking names pictures from before the join; that is all a decoder may complain about.
    assert [line for line in complaints.splitlines() if "mmco: unref short failure" not in line] == []
    assert [h for _, h in made_frames] == [h for _, h in source_frames[-len(made_frames):]]
    assert len(made_frames) >= 95


def test_a_change_of_resolution_begins_a_new_run(clips, tmp_path):
    small = clips("small", 3, [*X264, "-bf", "0", "-g", "25"])
    large = clips("large", 3, [*X264, "-bf", "0", "-g", "25"], size="320x240")
    made = fragments(tmp_path, "forget-audio", "file=" + small, "shift=3", "file=" + large)
    assert [(r["width"], r["height"]) for r in made] == [(160, 120), (320, 240)]
    check_same_pictures(made[0]["path"], small)
    check_same_pictures(made[1]["path"], large)


def test_a_change_of_parameter_sets_begins_a_new_run(clips, tmp_path):
    one = clips("small", 3, [*X264, "-bf", "0", "-g", "25"])
    other = clips("main", 3, [*X264, "-bf", "0", "-g", "25", "-profile:v", "main", "-coder", "1", "-x264-params", "cabac=1"])
    made = fragments(tmp_path, "forget-audio", "file=" + one, "shift=3", "file=" + other)
    assert len(made) == 2 and made[0]["video"] != made[1]["video"]
    check_same_pictures(made[0]["path"], one)
    check_same_pictures(made[1]["path"], other)


@pytest.mark.parametrize("shift,runs", [(3, 1), (4.2, 1), (5, 2), (3600, 2), (0, 2), (-10, 2)])
def test_a_jump_of_the_clock_begins_a_new_run_and_a_small_gap_does_not(clips, tmp_path, shift, runs):
    source = clips("small", 3, [*X264, "-bf", "0", "-g", "25"])
    made = fragments(tmp_path, "forget-audio", "shift=20", "file=" + source, "shift=%g" % (20 + shift), "file=" + source)
    assert len(made) == runs
    shown = [frames(r["path"]) for r in made]
    assert sum(len(f) for f, _ in shown) == 150
    assert all(complaints == "" for _, complaints in shown)
    if runs == 2:
        for r in made:
            check_same_pictures(r["path"], source)


def test_the_end_of_a_run_completes_its_last_fragment(clips, tmp_path):
    source = clips("sound", 8, [*X264, "-bf", "0", "-g", "50"], audio=True)
    made = fragments(tmp_path, "file=" + source, "end", "shift=8", "file=" + source)
    assert len(made) == 2
    for r in made:
        check_same_pictures(r["path"], source)


def test_the_boxes_are_as_players_expect_them(clips, tmp_path):
    source = clips("sound", 8, [*X264, "-bf", "0", "-g", "50"], audio=True)
    made, = fragments(tmp_path, "file=" + source)
    data = open(made["path"], "rb").read()
    boxes, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        boxes.append((data[at + 4:at + 8].decode(), at, size))
        at += size
    assert at == len(data)
    assert [b[0] for b in boxes] == ["ftyp", "moov"] + ["moof", "mdat"] * len(made["fragments"])
    sizes = [boxes[i][2] + boxes[i + 1][2] for i in range(2, len(boxes), 2)]
    assert sizes == [f["size"] for f in made["fragments"]]
    for sequence, (_, at, size) in enumerate(b for b in boxes if b[0] == "moof"):
        moof = data[at:at + size]
        assert moof.count(b"traf") == 2, "all tracks are in one moof"
        assert int.from_bytes(moof[moof.index(b"mfhd") + 8:][:4], "big") == sequence + 1
        assert moof[moof.index(b"tfdt") + 4] == 1, "decode times have 64 bits"
