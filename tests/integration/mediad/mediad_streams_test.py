"""The real gatehouse-mediad pulls simulated cameras: pictures, causes, outages."""
import contextlib
import os
import socketserver
import threading
import time

import pytest

from mediad_process import Mediad, live, pictures_of
from processes import tree
from simcam import SimCam


@pytest.fixture(scope="module")
def cameras():
    with SimCam(cameras=7, cam={1: "gop=1", 2: "codec=h265,bframes=2,audio=aac,aac-units=4,gop=1", 3: "auth=digest,user=viewer,password=s3cret,gop=1",
                                4: "audio=pcma,gop=1", 5: "gop=1", 6: "auth=basic,user=viewer,password=s3cret,gop=1",
                                7: "gop=1,audio=aac,bframes=3"}) as cams:
        yield cams


@pytest.fixture(scope="module")
def mediad():
    with Mediad() as m:
        yield m


def streams_of(client):
    there = set()
    for message in client.log:
        if message["type"] == "StreamState":
            there.add(message["stream"])
        elif message["type"] == "StreamGone":
            there.discard(message["stream"])
    return there


@pytest.fixture
def client(mediad, cameras):
    cameras.command("cam all normal")
    c = mediad.client()
    yield c
    c.sync({})
    c.wait(lambda: "HelloAck" in (m["type"] for m in c.log), 5, "answer")
    c.wait(lambda: not streams_of(c), 10, "streams to go")  # the next test's have the same names
    c.close()


def fragments_of(client, stream, count, seconds=20):
    client.wait(lambda: len(client.fragments.get(stream, [])) >= count, seconds, "%d fragments of %s" % (count, stream))
    return client.fragments[stream]


def check_last_run(client, stream):
    run = client.fragments[stream][-1]["run"]
    pictures, complaints = pictures_of(client.movie(stream, run))
    assert complaints == "" and len(pictures) >= 10
    made = [f for f in client.fragments[stream] if f["run"] == run]
    for before, after in zip(made, made[1:]):
        assert before["decode_time"] + before["duration"] == after["decode_time"]
        assert before["number"] + 1 == after["number"]
        assert after["duration"] <= 90000
        assert before["ends_gop"] == after["keyframe"]
    return client.runs[stream, run]


@pytest.mark.parametrize("number,codec,sound", [(1, "avc1.", ""), (2, "hvc1.", "mp4a.40.2"), (7, "avc1.", "mp4a.40.2")])
def test_pictures_arrive_and_decode_without_a_complaint(client, cameras, number, codec, sound):
    begun = time.monotonic()
    client.sync({"cam": cameras.main(number)})
    fragments_of(client, "cam", 1)
    assert time.monotonic() - begun < 4, "a cold start lasts at most a GOP, the fragment's second and a second more"
    fragments_of(client, "cam", 5)
    run = check_last_run(client, "cam")
    assert run["video"].startswith(codec) and run["audio"] == sound
    assert (run["width"], run["height"]) == (640, 360)
    assert abs(client.fragments["cam"][-1]["wallclock_us"] / 1e6 - time.time()) < 5


@pytest.mark.parametrize("number", [3, 6])
def test_a_camera_with_a_password_is_pulled_with_the_right_one_only_and_the_log_does_not_tell(client, mediad, cameras, number):
    client.sync({})
    client.upsert("cam", cameras.main(number), "viewer", "wr0ng")
    client.wait(lambda: client.states.get("cam", {}).get("cause") == "wrong_credentials", 10, "refusal")
    client.upsert("cam", cameras.main(number), "viewer", "s3cret")
    client.wait(live(client, "cam"), 10, "picture")
    assert "s3cret" not in mediad.log() and "wr0ng" not in mediad.log()


def sockets_of(mediad):
    """Of the process and its shards."""
    count = 0
    for pid in tree(mediad.process.pid):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed since it was listed
                count += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
    return count


def test_connections_that_failed_or_ended_are_closed(client, mediad, cameras):
    client.sync({})

    def fail(number):
        client.states.pop("cam", None)
        client.upsert("cam", cameras.main(3), "viewer", f"wr0ng{number}")
        client.wait(lambda: client.states.get("cam", {}).get("cause") == "wrong_credentials", 10, "refusal")

    def play():
        client.upsert("cam", cameras.main(3), "viewer", "s3cret")
        client.wait(live(client, "cam"), 10, "picture")
    fail(0)
    play()
    before = sockets_of(mediad)
    for number in range(1, 9):
        fail(number)
        play()
    assert sockets_of(mediad) <= before + 2, "of 16 connections more"


def test_sound_other_than_aac_is_dropped_with_a_note(client, cameras):
    client.sync({"cam": cameras.main(4)})
    client.wait(live(client, "cam"), 10, "picture")
    assert client.states["cam"]["audio"] == "" and "PCMA" in client.states["cam"]["note"]


def test_over_udp_pictures_arrive_too(client, cameras):
    client.sync({})
    client.upsert("cam", cameras.main(1), transport=2)
    fragments_of(client, "cam", 4)
    check_last_run(client, "cam")


def test_an_address_that_cannot_be_pulled_is_said_to_be_one(client):
    client.sync({"a": "http://127.0.0.1/", "b": "rtsp://user:secret@127.0.0.1/x"})
    client.wait(lambda: {client.states.get(s, {}).get("cause") for s in "ab"} == {"bad_url"}, 5, "objection")
    assert "secret" not in client.states["b"]["text"]


def test_a_path_that_the_camera_does_not_know(client, cameras):
    client.sync({"cam": cameras.main(1).rsplit("/", 1)[0] + "/nowhere"})
    client.wait(lambda: client.states.get("cam", {}).get("cause") == "not_found", 10, "cause")


def test_nobody_listens(client):
    client.sync({"cam": "rtsp://127.0.0.1:1/x"})
    client.wait(lambda: client.states.get("cam", {}).get("cause") == "refused", 10, "cause")


class RudeCamera(socketserver.StreamRequestHandler):
    """Refuses everything in words that are no text."""

    def handle(self):
        number = b""
        for line in self.rfile:
            if line.lower().startswith(b"cseq:"):
                number = line
            if line == b"\r\n":
                self.wfile.write(b"RTSP/1.0 500 \xe4" + "é".encode() * 50 + b"\r\n" + number + b"\r\n")


class RudeCameras(socketserver.ThreadingTCPServer):
    daemon_threads = True


def test_words_of_a_camera_that_are_no_text_are_told_as_text(client):
    with RudeCameras(("127.0.0.1", 0), RudeCamera) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client.sync({"cam": "rtsp://127.0.0.1:%d/x" % server.server_address[1]})
        client.wait(lambda: client.states.get("cam", {}).get("cause") == "camera_error", 10, "cause")
        server.shutdown()
    assert client.states["cam"]["text"].endswith("answers 500 \N{REPLACEMENT CHARACTER}" + "é" * 38)


FAULTS = [("refuse", "refused", 4), ("unauthorized", "wrong_credentials", 4), ("hang describe", "no_answer", 9),
          ("hang setup", "no_answer", 9), ("hang play", "no_answer", 9), ("silent", "no_pictures", 8), ("trickle", "no_pictures", 9)]


@pytest.mark.parametrize("fault,cause,seconds", FAULTS)
def test_each_fault_has_its_cause_and_the_picture_comes_back_by_itself(client, cameras, fault, cause, seconds):
    client.sync({"cam": cameras.main(5)})
    client.wait(live(client, "cam"), 10, "picture")
    cameras.command("cam 5 " + fault)
    client.wait(lambda: any(s["cause"] == cause and s["phase"] == "offline" for s in client.history), seconds, cause)
    last = client.fragments["cam"][-1]
    cameras.command("cam 5 normal")
    client.wait(lambda: client.fragments["cam"][-1]["run"] > last["run"], 8, "picture after " + fault)
    assert client.fragments["cam"][-1]["number"] > last["number"]
    client.wait(live(client, "cam"), 1, "live state")


@pytest.mark.parametrize("event", ["eos", "reset", "jump 5000", "jump -5000", "resolution 320x240"])
def test_each_event_begins_a_new_run(client, cameras, event):
    client.sync({"cam": cameras.main(5)})
    fragments_of(client, "cam", 2)
    run = client.fragments["cam"][-1]["run"]
    cameras.command("cam 5 " + event)
    client.wait(lambda: client.fragments["cam"][-1]["run"] > run, 8, "run after " + event)
    fragments_of(client, "cam", len(client.fragments["cam"]) + 2)
    check_last_run(client, "cam")


def test_the_wrap_of_the_cameras_32_bit_clock_does_not_end_the_run(client, cameras):
    client.sync({"cam": cameras.main(5)})
    client.wait(live(client, "cam"), 10, "picture")
    cameras.command("cam 5 wrap")
    run = client.fragments["cam"][-1]["run"]
    client.wait(lambda: client.fragments["cam"][-1]["run"] > run, 8, "new connection")
    fragments_of(client, "cam", len(client.fragments["cam"]) + 8)
    assert client.fragments["cam"][-1]["run"] == run + 1
    check_last_run(client, "cam")


def test_an_outage_of_three_seconds_costs_at_most_a_gop_and_two_seconds_more(client, cameras):
    client.sync({"cam": cameras.main(5)})
    fragments_of(client, "cam", 3)
    cameras.command("cam 5 refuse")
    last = client.fragments["cam"][-1]
    outage = time.monotonic() + 3
    while time.monotonic() < outage:
        client.pump(outage - time.monotonic())
    cameras.command("cam 5 normal")
    client.wait(lambda: client.fragments["cam"][-1]["run"] > last["run"], 8, "picture")
    first = next(f for f in client.fragments["cam"] if f["run"] > last["run"])
    end_of_old = [f for f in client.fragments["cam"] if f["run"] == last["run"]][-1]
    hole = (first["wallclock_us"] - end_of_old["wallclock_us"]) / 1e6 - end_of_old["duration"] / 90000
    assert 2.5 < hole < 3 + 1 + 2
