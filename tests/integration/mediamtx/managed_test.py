"""Managed mode: the gateway writes MediaMTX's file, runs it as a child, and undoes what others do to it."""
import base64
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import ssl
import threading
import time

import pytest

from certificates import make_certificate
from mediamtx import MediaMtx, binary
from mtx_gateway import QUICK, REPAIRED_S, MtxGateway, managed, path_of, timed
from simcam import SimCam

PASSWORD = "s3cret-of-camera"


@pytest.fixture(scope="module")
def cam():
    with SimCam(cameras=3, every="gop=1") as cams:
        yield cams


@pytest.fixture(scope="module")
def shared(kind, cam):
    """One gateway with three live cameras for everything that leaves it as it was."""
    with MtxGateway(managed(kind, **QUICK), plugins=("mediamtx", "hls-proxy")) as gateway:
        gateway.cams = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n), transport="tcp") for n in (1, 2, 3)]
        for camera in gateway.cams:
            gateway.wait_state(camera, "live")
        yield gateway


@pytest.fixture
def gateway(shared):
    """Every camera lives before and after the test, and MediaMTX agrees."""
    shared.wait_settled()
    yield shared
    shared.wait_settled()
    for camera in shared.cams:
        shared.wait_state(camera, "live")


@pytest.fixture
def untouched(gateway):
    """The other two cameras keep their connection: MediaMTX gives a path that it begins anew another time."""
    names = [path_of(camera) for camera in gateway.cams[1:]]
    def connected():
        times = {name: gateway.items()[name]["availableTime"] for name in names}
        return times if all(times.values()) else None
    before = gateway.wait_until("the other cameras are connected", connected, 30)
    yield names
    after = {name: gateway.items()[name]["availableTime"] for name in names}
    assert after == before, "other cameras were disturbed\n" + gateway.log[-3000:]


def wait_read(gateway, seconds=1.5):
    """MediaMTX has read its file: it drops what comes within a second of that, and ends when the file goes away meanwhile."""
    gateway.wait_until("MediaMTX has read its file", lambda: time.time() - gateway.mtx_file.stat().st_mtime > seconds, 30)


def replace_file(file, text):
    """As editors do it: MediaMTX never reads half of it."""
    part = file.with_name("part")
    part.write_text(text)
    part.rename(file)


def config_of(gateway, name):
    return gateway.items("/v3/config/paths/list").get(name)


def test_a_path_edited_by_somebody_else_is_repaired(gateway, untouched):
    name = path_of(gateway.cams[0])
    source = gateway.sources()[name]

    def edit():
        assert gateway.mtx("PATCH", f"/v3/config/paths/patch/{name}", {"source": "rtsp://127.0.0.1:1/other"})[0] == 200
    gateway.repaired("an edited path is repaired", edit, lambda: gateway.sources().get(name) == source, 2 * REPAIRED_S)
    gateway.wait_health("the repair is told", lambda h: h["details"]["last_repair"] and h["details"]["last_repair_why"])


def test_a_path_deleted_by_somebody_else_is_repaired(gateway, untouched):
    name = path_of(gateway.cams[0])

    def delete():
        assert gateway.mtx("DELETE", f"/v3/config/paths/delete/{name}")[0] == 200
    gateway.repaired("a deleted path is repaired", delete, lambda: config_of(gateway, name) is not None, 2 * REPAIRED_S)


def test_a_refused_patch_of_somebody_else_harms_nothing(gateway, untouched):
    name = path_of(gateway.cams[0])
    source = gateway.sources()[name]
    assert gateway.mtx("PATCH", f"/v3/config/paths/patch/{name}", {"source": "rtsp://user@h/x"})[0] == 400
    # Where the configuration is poisoned every write of anybody is refused; the file is read again, and cures it.
    def cured():
        status, _ = gateway.mtx("POST", "/v3/config/paths/replace/visitor", {"source": "publisher"})
        return status == 200
    timed("a poisoned configuration is cured", cured, 2 * REPAIRED_S)
    assert gateway.sources()[name] == source


def settings_of(gateway):
    """MediaMTX's global settings; nothing while it opens its API anew, or does not let us in."""
    try:
        status, settings = gateway.mtx("GET", "/v3/config/global/get")
    except OSError:
        return None
    return settings if status == 200 else None


def refuses(gateway, password):
    try:
        return gateway.mtx("GET", "/v3/paths/list", password=password)[0] == 401
    except OSError:
        return False


@pytest.mark.parametrize("change", [{"runOnConnect": "true"}, {"hlsSegmentCount": 9}, {"readTimeout": "3s"}, {"authMethod": "internal"},
                                    {"authHTTPExclude": [{"action": "api"}]}],
                         ids=lambda change: next(iter(change)))
def test_a_setting_changed_by_somebody_else_is_undone(gateway, change):
    wait_read(gateway, 4)  # what was repaired before is over
    key, good = next(iter(change)), settings_of(gateway)
    began = time.monotonic()
    assert gateway.mtx("PATCH", "/v3/config/global/patch", change)[0] == 200
    told = "authentication" if key.startswith("auth") else key  # the very next call finds that the hook was not asked
    gateway.wait_health("the repair is told", lambda h: told in h["details"]["last_repair_why"], 2 * REPAIRED_S)
    gateway.wait_until(f"a changed {key} is undone", lambda: settings_of(gateway) == good, 2 * REPAIRED_S)
    print(f"\na changed {key} is undone: {time.monotonic() - began:.2f} s")
    if key.startswith("auth"):  # MediaMTX says what it is told to do before it does it
        gateway.wait_until("it asks for the password again", lambda: refuses(gateway, "wrong"), REPAIRED_S)


def test_who_does_not_know_the_password_has_no_api(gateway):
    assert gateway.mtx("GET", "/v3/paths/list")[0] == 200
    command = {"runOnConnect": "true"}
    for password in ("", "wrong", gateway.setting("hlsCDNSecret"), gateway.api_password[:-1]):
        for method, path, body in [("GET", "/v3/config/paths/list", None), ("PATCH", "/v3/config/global/patch", command)]:
            assert gateway.mtx(method, path, body, password=password)[0] == 401
    port = int(gateway.setting("apiAddress").rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/v3/config/paths/list")
    assert connection.getresponse().status == 401
    connection.close()
    assert settings_of(gateway)["runOnConnect"] == ""


def test_an_api_that_shuts_the_gateway_out_is_opened_again(gateway):
    wait_read(gateway, 4)
    good = gateway.setting("authHTTPAddress")

    def lock():
        assert gateway.mtx("PATCH", "/v3/config/global/patch", {"authHTTPAddress": "http://127.0.0.1:1/other"})[0] == 200
    gateway.repaired("an API that shuts the gateway out is opened again", lock,
                     lambda: (settings_of(gateway) or {}).get("authHTTPAddress") == good, 2 * REPAIRED_S)


def undone(gateway, what):
    name, repairs, began = path_of(gateway.cams[0]), gateway.details["repairs"], time.monotonic()
    assert gateway.mtx("PATCH", f"/v3/config/{what}", {"runOnRead": "true"})[0] == 200
    gateway.wait_health("it is repaired", lambda h: h["details"]["repairs"] > repairs, 2 * REPAIRED_S)
    gateway.wait_until("the command is gone", lambda: config_of(gateway, name)["runOnRead"] == "", 2 * REPAIRED_S)
    print(f"\na command put on by {what.split('/')[0]} is taken away: {time.monotonic() - began:.2f} s")


def test_a_command_put_on_a_path_is_taken_away(gateway, untouched):
    undone(gateway, f"paths/patch/{path_of(gateway.cams[0])}")


def test_a_command_put_on_every_path_is_taken_away(gateway):
    undone(gateway, "pathdefaults/patch")


def test_an_edited_file_is_written_again(gateway, untouched):
    wait_read(gateway)
    good = gateway.mtx_file.read_text()
    ours = gateway.sources()[path_of(gateway.cams[0])]
    replace_file(gateway.mtx_file, good.replace(ours, ours.replace("127.0.0.1", "127.0.0.2")))
    gateway.wait_until("MediaMTX has the edit", lambda: "127.0.0.2" in str(gateway.sources()), 5)
    timed("an edited file is repaired", lambda: gateway.mtx_file.read_text() == good, 2 * REPAIRED_S)
    timed("and MediaMTX has it", lambda: "127.0.0.2" not in str(gateway.sources()), 2 * REPAIRED_S)
    assert "somebody else changed" in gateway.log


def test_a_file_that_is_removed_or_replaced_by_its_like_comes_back(gateway, untouched):
    wait_read(gateway)
    good = gateway.mtx_file.read_text()
    gateway.mtx_file.unlink()
    timed("a removed file is there again", lambda: gateway.mtx_file.exists() and gateway.mtx_file.read_text() == good, 2 * REPAIRED_S)
    replace_file(gateway.mtx_file, good)
    gateway.wait_settled()
    assert set(gateway.sources()) == {path_of(camera) for camera in gateway.cams}


def test_garbage_in_the_file_ends_mediamtx_and_it_returns(gateway):
    pid = gateway.child_pid
    def ended():
        # MediaMTX drops what comes within a second of its last reload.
        if gateway.child_pid == pid and time.time() - gateway.mtx_file.stat().st_mtime > 1.5:
            gateway.mtx_file.write_text("paths: [")
        return gateway.child_pid not in (0, pid)
    gateway.wait_until("MediaMTX ends and is started again", ended, 3 * REPAIRED_S)
    for camera in gateway.cams:
        gateway.wait_state(camera, "live")


def test_a_killed_mediamtx_returns_with_every_camera_and_another_secret(gateway):
    pid, began, secret = gateway.child_pid, time.monotonic(), gateway.setting("hlsCDNSecret")
    os.kill(pid, signal.SIGKILL)
    gateway.wait_until("MediaMTX is started again", lambda: gateway.child_pid not in (0, pid), 2 * REPAIRED_S)
    for camera in gateway.cams:
        gateway.wait_state(camera, "live")
    print(f"\nafter a kill every camera lives: {time.monotonic() - began:.2f} s")
    assert "ended by signal 9" in gateway.log
    # While it was away its HLS port was anybody's, who may have been told the old one.
    renewed = gateway.setting("hlsCDNSecret")
    assert renewed != secret and renewed in (gateway.runtime / "mediamtx.secrets").read_text()
    assert hook(gateway, question(token=secret))[0] == 401 and hook(gateway, question(token=renewed))[0] == 204
    gateway.assert_silent(secret, renewed)


def test_who_takes_the_hls_port_of_a_mediamtx_that_died_learns_no_secret_that_is_good_later(kind, cam):
    """MediaMTX cannot start while he is there; every camera is read all the time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with MtxGateway(managed(kind, **QUICK, hls_address=f"127.0.0.1:{port}", keep_ready=["all"]), plugins=("mediamtx", "hls-proxy")) as gateway:
        camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1), transport="tcp")
        gateway.wait_state(camera, "live")
        gateway.wait_until("its pictures are read", lambda: gateway.get(f"/hls/{camera['stream_key']}/main.m3u8").status == 200, 40)
        old, pid = gateway.setting("hlsCDNSecret"), gateway.child_pid
        os.kill(pid, signal.SIGKILL)
        gateway.wait_until("it has ended", lambda: not os.path.exists(f"/proc/{pid}"), 10)
        squatter = Squatter(port=port)
        gateway.wait_until("MediaMTX has found the port taken", lambda: gateway.details["child_starts"] >= 3, 40)
        gateway.wait_until("its file has another secret", lambda: gateway.setting("hlsCDNSecret") != old, 10)
        time.sleep(3)  # a reader asks once a second
        squatter.leave()
        gateway.wait_settled(40)
        told = "\n".join(squatter.told)
        assert gateway.setting("hlsCDNSecret") not in told and gateway.api_password not in told
        gateway.wait_until("pictures again", lambda: gateway.get(f"/hls/{camera['stream_key']}/main.m3u8").status == 200, 40)


def test_a_mediamtx_that_ends_without_its_file_returns_at_the_first_try(gateway):
    wait_read(gateway)
    pid, starts, began = gateway.child_pid, gateway.details["child_starts"], time.monotonic()
    gateway.mtx_file.unlink()
    os.kill(pid, signal.SIGKILL)
    gateway.wait_until("MediaMTX is started again", lambda: gateway.child_pid not in (0, pid), 2 * REPAIRED_S)
    for camera in gateway.cams:
        gateway.wait_state(camera, "live")
    print(f"\nafter a kill and without a file every camera lives: {time.monotonic() - began:.2f} s")
    assert gateway.details["child_starts"] == starts + 1


def test_a_change_of_a_camera_reaches_mediamtx_and_nobody_else(gateway, cam, untouched):
    camera, name = gateway.cams[0], path_of(gateway.cams[0])
    port = cam.rtsp_port
    change = {"private_rtsp_url": f"rtsp://admin:{PASSWORD}%2F%40@127.0.0.1:{port}/elsewhere"}
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", change).status == 200
    timed("a change of URL and credentials is in MediaMTX",
          lambda: gateway.sources().get(name) == f"rtsp://admin:{PASSWORD}%2F%40@127.0.0.1:{port}/elsewhere", REPAIRED_S)
    assert os.stat(gateway.mtx_file).st_mode & 0o777 == 0o640
    gateway.wait_settled()
    gateway.assert_silent(PASSWORD, gateway.api_password, gateway.setting("hlsCDNSecret"), gateway.setting("authHTTPAddress").rsplit("/", 1)[1])
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"transport": "udp"}).status == 200
    timed("a change of transport is in MediaMTX", lambda: config_of(gateway, name)["rtspTransport"] == "udp", REPAIRED_S)
    back = {"private_rtsp_url": cam.main(1), "rtsp_user": None, "rtsp_password": None, "transport": "tcp"}
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", back).status == 200
    gateway.wait_until("the camera is as it was", lambda: gateway.sources().get(name) == cam.main(1), REPAIRED_S)


def test_a_disabled_camera_leaves_and_returns(gateway, untouched):
    camera, name = gateway.cams[0], path_of(gateway.cams[0])
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"enabled": False}).status == 200
    gateway.wait_until("its path is gone", lambda: name not in gateway.items(), REPAIRED_S)
    assert gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"enabled": True}).status == 200
    gateway.wait_until("its path is there", lambda: name in gateway.items(), REPAIRED_S)


def hook_place(gateway):
    """Address and secret path of the auth hook."""
    address, secret = re.fullmatch(r"https://(127\.0\.0\.1:\d+)(/\w+)", gateway.setting("authHTTPAddress")).groups()
    host, port = address.split(":")
    return (host, int(port)), secret


def by_tls(plain):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def hook(gateway, body, path=None, method=b"POST"):
    """One exchange with the auth hook: status, seconds."""
    address, secret = hook_place(gateway)
    began = time.monotonic()
    with socket.create_connection(address, 5) as plain, by_tls(plain) as connection:
        shown = hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest()
        assert shown == gateway.setting("authHTTPFingerprint")
        head = b"%s %s HTTP/1.1\r\nHost: hook\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
            method, (secret if path is None else path).encode(), len(body))
        connection.sendall(head)
        try:
            connection.sendall(body)
        except OSError:
            pass
        status = connection.recv(4096).split(b" ")[1:2]
    return int(status[0]) if status else 0, time.monotonic() - began


def question(**fields):
    return json.dumps({"ip": "127.0.0.1", "user": "", "password": "", "token": "", "action": "read", "path": "x", "protocol": "rtsp",
                       "id": None, "query": "", "userAgent": "", **fields}).encode()


def test_the_auth_hook_lets_in_who_knows_a_secret_and_withstands_the_rest(gateway):
    secret = gateway.setting("hlsCDNSecret")
    assert hook(gateway, question())[0] == 401
    assert hook(gateway, question(token=secret))[0] == 204
    assert hook(gateway, question(password=secret, action="publish"))[0] == 401
    for body in (b"", b"{", b"[]", b"\x00" * 100, b"[" * 10_000, b'{"action":' + b"9" * 9_000 + b"}", b'{"action":"read","ip":{}}'):
        assert hook(gateway, body)[0] == 400
    assert hook(gateway, b" " * 50_000)[0] in (413, 0)
    assert hook(gateway, question(token=secret), path="/")[0] == 404
    assert hook(gateway, question(token=secret), path="/" + "x" * 40)[0] == 404
    assert hook(gateway, question(token=secret), method=b"PUT")[0] == 405
    seconds = sorted(hook(gateway, question())[1] for _ in range(200))
    print(f"\nauth hook: median {seconds[100] * 1e3:.2f} ms, slowest of 200 {seconds[-1] * 1e3:.2f} ms")
    assert seconds[100] < 0.05, "the promise, with room"


@pytest.mark.parametrize("slow", [4, 40])
def test_slow_local_clients_do_not_hold_up_mediamtxs_own_question(gateway, kind, slow):
    address, secret = hook_place(gateway)
    half = f"POST {secret} HTTP/1.1\r\nHost: hook\r\nContent-Length: 100\r\n\r\n{{".encode()
    host, port = gateway.setting("rtspAddress").rsplit(":", 1)
    describe = (f"DESCRIBE rtsp://127.0.0.1:{port}/{path_of(gateway.cams[0])} RTSP/1.0\r\nCSeq: 1\r\n"
                f"Authorization: Basic {base64.b64encode(b'reader:' + gateway.setting('hlsCDNSecret').encode()).decode()}\r\n\r\n").encode()

    def asked_by_mediamtx():
        """A reader who knows a secret: MediaMTX asks the hook, which says yes. (Who is refused waits: MediaMTX holds him for seconds.)"""
        with socket.create_connection((host, int(port)), 5) as reader:
            reader.sendall(describe)
            return reader.recv(4096)

    def allowed():
        return next(float(line.split()[1]) for line in gateway.get("/metrics").text.splitlines()
                    if line.startswith('gatehouse_mediamtx_hook_answers_total{answer="allow"}'))
    with contextlib.ExitStack() as hanging:
        for n in range(slow):
            client = hanging.enter_context(socket.create_connection(address, 5))
            client.sendall(half if n % 2 else b"P")
        seconds = sorted(hook(gateway, question())[1] for _ in range(50))  # each within 5 s, or it fails
        if kind == "real":
            before, began = allowed(), time.monotonic()
            answer = asked_by_mediamtx()
            print(f"\nMediaMTX answered a reader after {time.monotonic() - began:.3f} s: {answer[:24]}")
            assert answer.startswith(b"RTSP/1.0 200") and allowed() > before, answer
        print(f"\nauth hook beside {slow} slow clients: median {seconds[25] * 1e3:.2f} ms, slowest of 50 {seconds[-1] * 1e3:.2f} ms")
        assert seconds[25] < 0.05


def test_viewers_get_the_picture_through_the_gateway(gateway):
    key = gateway.cams[0]["stream_key"]
    def playable():
        answer = gateway.get(f"/hls/{key}/main.m3u8")
        assert answer.status in (200, 503), answer
        return answer if answer.status == 200 else None
    playlist = gateway.wait_until("a playlist", playable, 40).text
    segment = [line for line in playlist.splitlines() if line and not line.startswith("#")][-1]
    answer = gateway.get(f"/hls/{key}/{segment}")
    assert answer.status == 200 and len(answer.body) > 1000, answer


def test_metrics_tell_the_state(gateway):
    text = gateway.get("/metrics").text
    for line in ("gatehouse_mediamtx_reachable 1", "gatehouse_mediamtx_paths_wanted 3", "gatehouse_mediamtx_paths_live 3", "gatehouse_mediamtx_drift 0"):
        assert line in text, line


# Gateways of their own from here on


def test_dead_cameras_are_offline_with_a_cause_and_the_log_stays_readable():
    words = {"down": "nothing listens", "unauthorized": "wrong user or password", "not-found": "does not know this path",
             "hang": "does not answer", "silent": "sends no pictures", "rtcp-only": "sends no pictures"}
    with MtxGateway(managed("stand-in", read_timeout="2s", **QUICK)) as gateway:
        cameras = {}
        for n, state in enumerate(words):
            url = f"rtsp://192.0.2.{n + 1}/x"
            gateway.wait_until("the stand-in listens", lambda: told(gateway, f"camera {url} {state}"), 20)
            cameras[state] = gateway.add_camera(name=f"cam {state}", private_rtsp_url=url)
        fine = gateway.add_camera(name="cam fine", private_rtsp_url="rtsp://192.0.2.99/x")
        for state, camera in cameras.items():
            def dead():
                live = gateway.states()[camera["id"]]
                return live["state"] == "offline" and words[state] in (live["cause"] or "")
            gateway.wait_until(f"{state} is offline with its cause", dead, 40)
        gateway.wait_state(fine, "live")
        for state, camera in cameras.items():
            of_it = lambda: [line for line in gateway.log.splitlines() if f"(cam {state}) main: " in line]
            gateway.wait_until(f"{state} is told", of_it, 60)
            url = f"rtsp://192.0.2.{list(words).index(state) + 1}/x"
            gateway.command(f"camera {url} up")
            gateway.wait_state(camera, "live", 60)
            gateway.wait_until(f"{state} is told to be back", lambda: any("gives pictures now" in line for line in of_it()), 60)
            lines = of_it()  # a second cause is a line too: a camera that was told to wake up may end its connection
            assert words[state] in lines[0] and "gives pictures now" in lines[-1] and len(lines) <= 3, lines


def told(gateway, line):
    try:
        gateway.command(line)
        return True
    except OSError:
        return False


def test_a_camera_that_is_given_up_rests_and_comes_back(cam):
    settings = managed("stand-in", dead_after="10s", dead_retry="5s", **QUICK)
    with MtxGateway(settings, plugins=("mediamtx", "hls-proxy"), cameras_are="up") as gateway:
        dead, fine = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n)) for n in (1, 2)]
        gateway.wait_state(dead, "live")
        gateway.command(f"camera {path_of(dead)} down")
        gateway.wait_health("it is given up", lambda h: h["details"]["paths_given_up"] == 1, 60)
        gateway.wait_until("MediaMTX lets it rest", lambda: config_of(gateway, path_of(dead))["sourceOnDemand"], 20)
        assert gateway.states()[dead["id"]]["state"] == "offline"
        gateway.wait_state(fine, "live")
        gateway.command(f"camera {path_of(dead)} up")
        gateway.wait_state(dead, "live", 60)
        # As soon as nobody watches, which the trial itself was, it is pulled all the time again.
        gateway.wait_until("it is pulled all the time", lambda: not config_of(gateway, path_of(dead))["sourceOnDemand"], 90)
        told = gateway.log.count("cam 1")
        gateway.wait_calls(20)
        assert gateway.states()[dead["id"]]["state"] == "live" and gateway.details["paths_given_up"] == 0
        assert gateway.log.count("cam 1") == told, gateway.log[-3000:]


def test_pictures_are_kept_ready_of_chosen_cameras_only(cam):
    with MtxGateway(managed("stand-in", keep_ready=["1"], **QUICK), plugins=("mediamtx", "hls-proxy"), cameras_are="up") as gateway:
        ready, other = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n)) for n in (1, 2)]
        assert ready["id"] == 1
        gateway.wait_state(other, "live")
        gateway.wait_until("its pictures are read", lambda: any(path_of(ready) in str(r) for r in gateway.command("requests hls")), 30)
        assert not any(path_of(other) in str(r) for r in gateway.command("requests hls"))


def test_two_hundred_paths_arrive_within_a_second_of_their_file(kind):
    with MtxGateway(managed(kind, pull="on_demand", **QUICK)) as gateway:
        gateway.wait_settled()
        for n in range(200):
            gateway.add_camera(name=f"cam {n}", private_rtsp_url=f"rtsp://192.0.2.1/{n}")
        gateway.wait_until("all are in the file", lambda: gateway.mtx_file.read_text().count("sourceOnDemand") == 200, 20)
        written = gateway.mtx_file.stat().st_mtime
        gateway.wait_until("all are listed", lambda: len(gateway.items()) == 200, 20)
        print(f"\n200 paths listed {time.time() - written:.2f} s after their file ({kind})")
        gateway.wait_settled()
        writes = gateway.details["writes"]
        assert writes < 20, f"{writes} renames for one go"
        gateway.restart()
        began = time.monotonic()
        gateway.wait_settled()
        print(f"200 paths in a MediaMTX that was started anew: {time.monotonic() - began:.2f} s, {gateway.details['last_apply_seconds']:.2f} s of it until listed")
        assert len(gateway.items()) == 200


def test_without_the_program_the_gateway_serves_and_takes_it_when_it_comes(kind, tmp_path):
    program = tmp_path / "mediamtx"
    with MtxGateway(managed(kind, **{**QUICK, "program": str(program)})) as gateway:
        health = gateway.wait_health("the missing program is told", lambda h: h["status"] == "degraded")
        assert "is not there" in health["summary"], health
        assert gateway.get("/api/live").status == 200
        program.symlink_to(shutil.which(binary(kind)) or binary(kind))
        gateway.wait_settled(60)


def test_a_taken_port_is_told_and_survived(kind):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with MtxGateway(managed(kind, **QUICK, hls_address=f"127.0.0.1:{port}")) as gateway:
            health = gateway.wait_health("the taken port is told", lambda h: "already in use" in h["summary"], 40)
            starts = health["details"]["child_starts"]
            taken.close()
            gateway.wait_settled(60)
            assert gateway.details["child_starts"] < starts + 20


class Squatter:
    """Sits on a port of MediaMTX's and keeps what it is told; with `answers`, by path, it plays MediaMTX."""

    def __init__(self, answers=None, port=0):
        self.passwords, self.told = set(), []
        seen, told = self.passwords, self.told

        class Ears(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                told.append(self.headers.get("Authorization", ""))
                scheme, _, login = told[-1].partition(" ")
                if scheme == "Basic":
                    seen.add(base64.b64decode(login).decode().partition(":")[2])
                answer = (answers or {}).get(self.path.partition("?")[0])
                if answer is None:
                    return self.send_error(500)
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Ears)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever).start()

    def leave(self):
        self.server.shutdown()
        self.server.server_close()


def test_who_sits_on_mediamtxs_port_learns_nothing_that_opens_its_api(kind):
    squatter = Squatter()
    with MtxGateway(managed(kind, **QUICK, api_address=f"127.0.0.1:{squatter.port}")) as gateway:
        try:
            gateway.wait_until("the gateway has called twice", lambda: len(squatter.passwords) > 1, 40)
        finally:
            squatter.leave()
        gateway.wait_settled(60)
        assert gateway.api_password not in squatter.passwords and "" not in squatter.passwords
        for password in list(squatter.passwords)[:2]:
            assert gateway.mtx("GET", "/v3/paths/list", password=password)[0] == 401


def test_who_plays_mediamtx_is_not_believed_and_learns_no_secret(tmp_path):
    nothing = {"itemCount": 0, "pageCount": 0, "items": []}
    api = Squatter({"/v3/info": {"version": "v1.20.1", "started": "2026-01-01T00:00:00Z"}, "/v3/paths/list": nothing,
                    "/v3/config/paths/list": nothing, "/v3/config/global/get": {}})
    hls = Squatter()
    settings = managed("stand-in", **QUICK, run="service", config_dir=str(tmp_path), keep_ready=["all"],
                       api_address=f"127.0.0.1:{api.port}", hls_address=f"127.0.0.1:{hls.port}", rtsp_address="127.0.0.1:8554")
    with MtxGateway(settings, plugins=("mediamtx", "hls-proxy")) as gateway:
        try:
            gateway.add_camera(name="cam", private_rtsp_url="rtsp://192.0.2.1/x")
            gateway.wait_until("it was called some times", lambda: len(api.told) >= 5, 40)
            health = gateway.wait_health("it is told", lambda h: h["status"] == "degraded")
            assert "did not ask the gateway's auth hook" in health["summary"] and not health["details"]["reachable"]
            assert hls.told == []
        finally:
            api.leave()
            hls.leave()


def test_a_service_that_is_not_found_is_taken_for_the_newest_and_an_older_one_in_turn(tmp_path):
    engine = MediaMtx("stand-in", cameras="up")
    settings = managed("stand-in", **{**QUICK, "program": str(tmp_path / "elsewhere")}, run="service", config_dir=str(engine.directory),
                       api_address=f"127.0.0.1:{engine.api_port}", hls_address=f"127.0.0.1:{engine.hls_port}",
                       rtsp_address=f"127.0.0.1:{engine.rtsp_port}")
    try:
        with MtxGateway(settings) as gateway:
            gateway.wait_until("it is taken for the newest", lambda: engine.config_file.exists() and '"moq"' in engine.config_file.read_text(), 20)
            gateway.wait_until("it is taken for an older one", lambda: '"moq"' not in engine.config_file.read_text(), 60)
            engine.start(write=False)
            gateway.wait_settled()
            gateway.wait_until("it has said which it is", lambda: '"moq"' in engine.config_file.read_text(), 20)
    finally:
        engine.close()


def test_a_mediamtx_of_its_own_service_is_not_disturbed_by_restarts_of_the_gateway(kind, cam):
    engine = MediaMtx(kind, cameras="up")
    settings = managed(kind, **QUICK, run="service", config_dir=str(engine.directory), api_address=f"127.0.0.1:{engine.api_port}",
                       hls_address=f"127.0.0.1:{engine.hls_port}", rtsp_address=f"127.0.0.1:{engine.rtsp_port}")
    try:
        with MtxGateway(settings) as gateway:
            camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1))
            gateway.wait_until("the file is there", lambda: engine.config_file.exists() and path_of(camera) in engine.config_file.read_text(), 20)
            engine.start(write=False)
            gateway.wait_state(camera, "live")
            began, written = gateway.items()[path_of(camera)]["availableTime"], engine.config_file.stat()
            for kill in (False, True):
                gateway.restart(kill=kill)
                gateway.wait_settled()
                gateway.wait_state(camera, "live")
            assert engine.config_file.stat().st_ino == written.st_ino, "the same file was written anew"
            assert gateway.items()[path_of(camera)]["availableTime"] == began, "the camera was connected anew"
    finally:
        engine.close()


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_who_takes_the_hooks_port_while_the_gateway_is_away_opens_nothing(kind, scheme, tmp_path):
    """A program of the machine that says yes to every question. With its own certificate, or without one, it is asked none."""
    engine = MediaMtx(kind, cameras="up")
    settings = managed(kind, **QUICK, run="service", config_dir=str(engine.directory), api_address=f"127.0.0.1:{engine.api_port}",
                       hls_address=f"127.0.0.1:{engine.hls_port}", rtsp_address=f"127.0.0.1:{engine.rtsp_port}")
    try:
        with MtxGateway(settings) as gateway:
            gateway.wait_until("the file is there", engine.config_file.exists, 20)
            engine.start(write=False)
            gateway.wait_settled()
            address, _ = hook_place(gateway)
            gateway.stop()
            with impostor(address, make_certificate(tmp_path) if scheme == "https" else None) as questions:
                assert gateway.mtx("GET", "/v3/config/paths/list")[0] == 401
                assert gateway.mtx("PATCH", "/v3/config/global/patch", {"runOnConnect": "true"})[0] == 401
                assert questions == []
                gateway.start()  # elsewhere, since its port is taken
                gateway.wait_settled()
                assert hook_place(gateway)[0] != address and questions == []
    finally:
        engine.close()


@contextlib.contextmanager
def impostor(address, certificate):
    """An auth hook of somebody else; gives the questions it was asked."""
    questions = []

    class Yes(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            questions.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(address, Yes) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield questions
        finally:
            server.shutdown()
            thread.join()


def test_mediamtx_ends_with_a_gateway_that_is_killed(kind):
    with MtxGateway(managed(kind, **QUICK)) as gateway:
        gateway.wait_settled()
        pid = gateway.child_pid
        gateway.kill()
        gateway.wait_until("MediaMTX has ended", lambda: not os.path.exists(f"/proc/{pid}"), 10)


def test_a_sick_api_is_told_and_recovered_from():
    with MtxGateway(managed("stand-in", **QUICK, api_timeout="500ms")) as gateway:
        camera = gateway.add_camera(name="cam", private_rtsp_url="rtsp://192.0.2.1/x")
        gateway.wait_state(camera, "live")
        for fault, words in [("garbage", "makes no sense"), ("status 401", "refuses the gateway"), ("delay 30", ""), ("drop", ""),
                             ("huge json 50000000", ""), ("hang", "")]:
            gateway.command("requests clear")
            gateway.command(f"fault api '/v3/*' {fault}")
            began = time.monotonic()
            gateway.wait_health(f"{fault} is told", lambda h: h["status"] == "degraded" and words in h["summary"])
            gateway.wait_state(camera, "unknown")  # nothing is known of it: its pictures may flow all the while
            asked = len(gateway.command("requests api"))
            assert asked <= 5 + 5 * (time.monotonic() - began), f"{asked} calls: a busy loop"
            gateway.command("fault clear")
            timed(f"recovered from {fault}", lambda: gateway.health["status"] == "ok", 3 * REPAIRED_S)
        gateway.wait_state(camera, "live")


def test_a_wrong_version_is_told():
    with MtxGateway(managed("stand-in", **QUICK)) as gateway:
        gateway.wait_settled()
        for version, words in [("v1.15.3", "is old"), ("v2.0.0", "is not supported"), ("v1.8.0", "is not supported"),
                               ("something else", "names no version")]:
            gateway.command(f"version '{version}'")
            gateway.wait_health(f"{version} is told", lambda h: h["status"] == "degraded" and words in h["summary"])
        gateway.command("version v1.20.1")
        gateway.wait_settled()
