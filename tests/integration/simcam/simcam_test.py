"""Conformance of the simulated camera: what its README promises, seen from outside over RTSP."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest
import simcam_blocks
from simcam import SimCam, SimCamError
from viewer import Rtsp, Viewer, is_fresh, probe

FAST = "gop=0.5"


@pytest.fixture(scope="module")
def cams():
    with SimCam(cameras=3, sub=True, every=FAST) as running:
        yield running


@pytest.fixture(autouse=True)
def back_to_normal(request):
    yield
    if "cams" in request.fixturenames:
        request.getfixturevalue("cams").command("cam all normal")


def test_each_camera_shows_its_own_number_and_the_present_time(cams):
    for number in (1, 2, 3):
        with Viewer(cams.main(number)) as viewer:
            first = viewer.until(lambda clock, n=number: is_fresh(clock, n), 8)
            later = viewer.until(lambda clock, since=first: clock is not None and clock[1] > since[1] + 500, 4)
            assert is_fresh(later, number)


def test_the_sub_stream_is_smaller_and_shows_the_same_clock(cams):
    stream = probe(cams.sub(2))["streams"][0]
    assert (stream["width"], stream["height"]) == (320, 180)
    with Viewer(cams.sub(2), 320, 180) as viewer:
        viewer.until(lambda clock: is_fresh(clock, 2), 8)


def test_the_clock_survives_scaling(cams):
    for size in ((1280, 720), (320, 180), (480, 270)):
        with Viewer(cams.main(1), *size) as viewer:
            viewer.until(lambda clock: is_fresh(clock, 1), 8)


def test_the_picture_arrives_over_udp_too(cams):
    with Viewer(cams.main(1), transport="udp") as viewer:
        viewer.until(lambda clock: is_fresh(clock, 1), 8)


def test_the_javascript_decoder_reads_the_same_clock_from_rgba(cams):
    argv = ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", cams.main(2), "-frames:v", "1", "-f", "rawvideo"]
    done = subprocess.run(argv + ["-pix_fmt", "rgba", "-"], capture_output=True, timeout=15, check=True)
    script = ("const {decodeClockBlocks} = require(process.argv[1]);"
              "const data = require('fs').readFileSync(0);"
              "console.log(JSON.stringify(decodeClockBlocks({data, width: 640, height: 360})));"
              "console.log(decodeClockBlocks({data: data.fill(99), width: 640, height: 360}));")
    decoder = os.path.join(os.environ["GATEHOUSE_SOURCE_DIR"], "tests", "support", "simcam_blocks.js")
    node = subprocess.run(["node", "-e", script, decoder], input=done.stdout, capture_output=True, timeout=15, check=True)
    clock, nothing = node.stdout.decode().split()
    found = json.loads(clock)
    gray = bytes(sum(done.stdout[i:i + 3]) // 3 for i in range(0, len(done.stdout), 4))
    assert (found["camera"], found["utcMs"]) == simcam_blocks.decode(gray, 640, 360)
    assert is_fresh((found["camera"], found["utcMs"]), 2, 10000) and nothing == "null"


def test_stats_count_sessions_and_connects(cams):
    before = cams.stats(1)
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        now = cams.stats(1)
        assert (now["sessions"], now["connects"]) == (before["sessions"] + 1, before["connects"] + 1)
    deadline = time.monotonic() + 5
    while cams.stats(1)["sessions"] != before["sessions"]:
        assert time.monotonic() < deadline


def test_unknown_commands_are_refused_with_a_reason(cams):
    for line in ("cam 9 freeze", "cam 1 explode", "nonsense", "cam 1 resolution 7x7", "cam 1 jump soon", ""):
        with pytest.raises(SimCamError, match="error: "):
            cams.command(line)


def test_oversized_and_garbled_input_ends_only_its_own_connection(cams):
    host_port = cams.main(1).split("/")[2].split(":")
    for address, data in ((host_port, b"DESCRIBE " + b"x" * 200_000), (host_port, b"\0\r\n\r\n"),
                          (host_port, b"SETUP rtsp://a/cam1 RTSP/1.0\r\nContent-Length: 99999999999\r\n\r\n"),
                          (("127.0.0.1", cams.control_port), b"y" * 5000)):
        with socket.create_connection((address[0], int(address[1])), timeout=5) as client:
            with pytest.raises((EOFError, ConnectionResetError, BrokenPipeError)):
                client.sendall(data)
                if client.recv(1) == b"":
                    raise EOFError
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
    assert cams.stats(1)["fault"] == "normal"


def test_a_viewer_may_come_the_moment_another_leaves(cams):
    for _ in range(25):
        with Rtsp(cams.main(1)) as rtsp:
            rtsp.play()


def test_freeze_keeps_frames_coming_with_one_picture(cams):
    with Viewer(cams.main(1)) as viewer:
        viewer.until(lambda clock: is_fresh(clock, 1), 8)
        cams.command("cam 1 freeze")
        time_of = lambda: viewer.until(lambda clock: clock is not None, 3)[1]
        seen = [time_of() for _ in range(30)]
        assert len(set(seen[-10:])) == 1
        cams.command("cam 1 normal")
        viewer.until(lambda clock: is_fresh(clock, 1) and clock[1] > seen[-1], 4)


def test_silent_stops_rtp_but_leaves_the_connection_open(cams):
    with Rtsp(cams.main(1), timeout_s=2) as rtsp:
        rtsp.play()
        assert rtsp.timestamps(0.5)
        cams.command("cam 1 silent")
        with pytest.raises(TimeoutError):
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                rtsp.socket.settimeout(1)
                channel, _ = rtsp.packet()
                assert channel != 0 or time.monotonic() < deadline - 9, "RTP goes on"
        assert rtsp.ask("OPTIONS")[0] == 200
        cams.command("cam 1 normal")
        assert rtsp.timestamps(1)


def test_refuse_closes_the_port_and_normal_opens_the_same_one_again(cams):
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        cams.command("cam 1 refuse")
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                rtsp.packet()
    with pytest.raises(ConnectionRefusedError):
        Rtsp(cams.main(1))
    with Viewer(cams.main(2)) as neighbour:
        neighbour.until(lambda clock: is_fresh(clock, 2), 8)
    cams.command("cam 1 normal")
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()


def test_unauthorized_answers_401(cams):
    cams.command("cam 1 unauthorized")
    with Rtsp(cams.main(1)) as rtsp:
        status, head, _ = rtsp.ask("DESCRIBE")
        assert status == 401 and "WWW-Authenticate: Digest" in head and "CSeq: 1" in head


@pytest.mark.parametrize("stage", ["describe", "setup"])
def test_hang_leaves_the_request_and_all_later_ones_unanswered(cams, stage):
    cams.command(f"cam 1 hang {stage}")
    with Rtsp(cams.main(1), timeout_s=2) as rtsp:
        assert rtsp.ask("OPTIONS")[0] == 200
        if stage == "setup":
            assert rtsp.ask("DESCRIBE")[0] == 200
        with pytest.raises(TimeoutError):
            rtsp.ask(stage.upper(), rtsp.url + ("/stream=0" if stage == "setup" else ""))
        with pytest.raises(TimeoutError):
            rtsp.ask("OPTIONS")


def test_trickle_sends_a_byte_a_second(cams):
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        cams.command("cam 1 trickle")
        rtsp.socket.setblocking(False)
        started = time.monotonic()
        arrived = []
        while time.monotonic() < started + 4:
            try:
                arrived.append((time.monotonic() - started, len(rtsp.socket.recv(65536))))
            except BlockingIOError:
                time.sleep(0.02)  # the measuring interval, not a wait for a condition
        late = sum(count for when, count in arrived if when > 1)
        assert 2 <= late <= 4, arrived


def test_reset_ends_the_connection_with_rst_once(cams):
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        cams.command("cam 1 reset")
        with pytest.raises(ConnectionResetError):
            while True:
                rtsp.packet()
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()


def test_reset_every_repeats(cams):
    cams.command("cam 1 reset-every 0.7")
    for _ in range(2):
        with Rtsp(cams.main(1)) as rtsp:
            with pytest.raises(ConnectionResetError):
                rtsp.play()
                while True:
                    rtsp.packet()


def test_resolution_changes_in_the_running_stream(cams):
    with Viewer(cams.main(1)) as viewer:
        viewer.until(lambda clock: is_fresh(clock, 1), 8)
        cams.command("cam 1 resolution 320x180")
        changed = time.time() * 1000
        viewer.until(lambda clock: is_fresh(clock, 1) and clock[1] > changed + 500, 6)
    assert probe(cams.main(1))["streams"][0]["width"] == 320


def test_gop_changes_the_distance_of_keyframes(cams):
    cams.command("cam 2 gop 1")
    packets = [p for p in probe(cams.main(2), packets=True, read_s=3)["packets"] if p["codec_type"] == "video"]
    keys = [i for i, packet in enumerate(packets) if packet["flags"].startswith("K")]
    assert len(keys) >= 2 and all(b - a == 15 for a, b in zip(keys, keys[1:])), keys


def test_jump_moves_the_rtp_timestamps_once(cams):
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        before = rtsp.timestamps(0.5)[-1]
        cams.command("cam 1 jump 60000")
        after = rtsp.timestamps(0.7)[-1]
        assert 60 <= ((after - before) & 0xFFFFFFFF) / 90000 < 62


def test_wrap_makes_the_timestamps_wrap_five_seconds_later(cams):
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        cams.command("cam 1 wrap")
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                rtsp.packet()
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        seen = rtsp.timestamps(6.5)
    assert (1 << 32) - seen[0] < 6 * 90000 and seen[-1] < 3 * 90000
    steps = [(b - a) & 0xFFFFFFFF for a, b in zip(seen, seen[1:])]
    assert max(steps) < 90000


def test_eos_ends_the_stream_and_a_new_viewer_gets_a_new_one(cams):
    with Viewer(cams.main(3)) as viewer:
        viewer.until(lambda clock: is_fresh(clock, 3), 8)
        cams.command("cam 3 eos")
        with pytest.raises(EOFError):
            viewer.until(lambda clock: False, 8)
    with Viewer(cams.main(3)) as viewer:
        viewer.until(lambda clock: is_fresh(clock, 3), 8)


def test_codecs_b_frames_audio_and_logins_are_as_asked():
    settings = {
        1: f"codec=h265,{FAST},audio=aac,aac-units=3",
        2: f"bframes=2,{FAST},audio=pcma",
        3: f"{FAST},user=u,password=p,auth=digest",
        4: f"{FAST},user=u,password=p,auth=basic,audio=aac",
    }
    with SimCam(cameras=4, cam=settings) as cams:
        h265 = {s["codec_type"]: s for s in probe(cams.main(1))["streams"]}
        assert (h265["video"]["codec_name"], h265["audio"]["codec_name"]) == ("hevc", "aac")
        h264 = {s["codec_type"]: s for s in probe(cams.main(2))["streams"]}
        assert (h264["video"]["has_b_frames"], h264["audio"]["codec_name"]) == (2, "pcm_alaw")
        for number in (1, 2):
            with Viewer(cams.main(number)) as viewer:
                viewer.until(lambda clock, n=number: is_fresh(clock, n), 10)
        with Rtsp(cams.main(1)) as rtsp:
            rtsp.play()
            packets = [rtsp.packet() for _ in range(60)]
            assert any(channel == 2 and data[12:14] == (3 * 16).to_bytes(2, "big") for channel, data in packets)
        for number, scheme in ((3, "Digest"), (4, "Basic")):
            with Rtsp(cams.main(number)) as rtsp:
                status, head, _ = rtsp.ask("DESCRIBE")
                assert status == 401 and f"WWW-Authenticate: {scheme}" in head
            assert probe(cams.main(number).replace("rtsp://", "rtsp://u:p@"))["streams"]
            with pytest.raises(subprocess.CalledProcessError):
                probe(cams.main(number).replace("rtsp://", "rtsp://u:wrong@"))


def test_cameras_without_an_encoder_are_told_apart_and_obey_too():
    with SimCam(cameras=3, every="source=blocks,gop=1,fps=10", cam={3: "width=1280,height=720"}) as cams:
        for number in (1, 2):
            with Viewer(cams.main(number)) as viewer:
                clocks = [viewer.picture(8) for _ in range(15)]
            shown = [clock for clock in clocks if clock]
            assert len(shown) >= 12 and all(is_fresh(clock, number, 15000) for clock in shown), clocks
            assert all(90 <= b[1] - a[1] <= 110 for a, b in zip(shown, shown[1:])), shown
        with Viewer(cams.main(3)) as viewer:
            viewer.until(lambda clock: is_fresh(clock, 3), 8)
            cams.command("cam 3 resolution 640x360")
            viewer.until(lambda clock, since=time.time() * 1000: is_fresh(clock, 3) and clock[1] > since + 300, 5)
            with pytest.raises(SimCamError, match="640, 1280"):
                cams.command("cam 3 resolution 320x180")
            cams.command("cam 3 freeze")
            seen = [viewer.picture(3) for _ in range(15)]
            assert len(set(seen[-5:])) == 1 and seen[-1] is not None


def test_a_viewer_who_joins_between_keyframes_finds_the_parameter_sets_in_the_sdp():
    with SimCam(cameras=2, every="gop=30,warm=1", cam={2: "source=blocks"}) as cams:
        for number in (1, 2):
            for _ in range(2):
                with Rtsp(cams.main(number)) as rtsp:
                    assert "sprop-parameter-sets=" in rtsp.play()


@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
def test_a_clip_loops_with_timestamps_that_run_on(tmp_path, encoder):
    clip = tmp_path / "clip.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-t", "1", "-c:v", encoder,
                    "-preset", "ultrafast", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p", str(clip)], check=True, timeout=30, stderr=subprocess.DEVNULL)
    with SimCam(cameras=2, clip=clip) as cams:
        with Rtsp(cams.main(2)) as rtsp:
            rtsp.play()
            seen = sorted(set(rtsp.timestamps(2.5)))
        assert len(seen) > 50 and all(abs(b - a - 3600) <= 2 for a, b in zip(seen, seen[1:])), seen
        with pytest.raises(SimCamError, match="clip"):
            cams.command("cam 1 freeze")
        cams.command("cam 1 normal")


def test_one_port_serves_all_cameras_when_asked():
    with SimCam(cameras=2, every=FAST, args=["--one-port"]) as cams:
        assert cams.main(1).split("/")[2] == cams.main(2).split("/")[2]
        for number in (1, 2):
            with Viewer(cams.main(number)) as viewer:
                viewer.until(lambda clock, n=number: is_fresh(clock, n), 8)


def test_it_ends_on_sigterm_on_quit_and_with_its_parent():
    cams = SimCam(cameras=2)
    cams.start()
    with Rtsp(cams.main(1)) as rtsp:
        rtsp.play()
        assert cams.stop() == 0
    cams = SimCam(cameras=1)
    cams.start()
    cams.command("quit")
    assert cams._process.wait(8) == 0
    cams.stop()
    script = ("import os,sys,simcam; c = simcam.SimCam(); c.start(); print(c.pid, c.control_port, flush=True); sys.stdin.read()")
    parent = subprocess.Popen(["/usr/bin/python3", "-c", script], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    port = int(parent.stdout.readline().split()[1])
    with socket.create_connection(("127.0.0.1", port), timeout=8) as control:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert control.recv(1) == b""
    parent.stdout.close()
    parent.stdin.close()


def test_bad_options_are_refused_with_exit_code_64():
    binary = os.path.join(os.environ["GATEHOUSE_BUILD_DIR"], "bin", "gatehouse-simcam")
    for spec in ("1:codec=vp8", "7:fps=5", "1:fps=0", "1:colour=red", "1:source=blocks,width=320", "1:auth=basic"):
        done = subprocess.run([binary, "--cam", spec], capture_output=True, timeout=10)
        assert done.returncode == 64 and b"gatehouse-simcam: " in done.stderr, (spec, done)
