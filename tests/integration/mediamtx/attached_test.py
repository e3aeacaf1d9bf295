"""Attached mode: our paths in a MediaMTX that somebody else runs; everything else of it is left alone."""
import time

import pytest

from hls_viewer import Viewer
from mediamtx import MediaMtx
from mtx_gateway import QUICK, REPAIRED_S, MtxGateway, attached, path_of, timed
from processes import wait_until
from simcam import SimCam

FOREIGN = {"theirs": {"source": "publisher"}, "gh-theirs": {"source": "rtsp://127.0.0.1:1/x", "sourceOnDemand": True}, "all_others": {}}
PASSWORD = "s3cret-of-camera"


@pytest.fixture(scope="module")
def cam():
    with SimCam(cameras=2, every="gop=1") as cams:
        yield cams


@pytest.fixture
def engine(kind):
    with MediaMtx(kind, paths=FOREIGN, cameras="up") as running:
        yield running


def configured(engine):
    return {item["name"]: item for item in engine.api("GET", "/v3/config/paths/list?itemsPerPage=1000").json["items"]}


def done(answer):
    assert answer.status == 200, answer


def foreign_state(engine):
    return {name: item for name, item in configured(engine).items() if name in FOREIGN}


def test_our_paths_come_and_go_and_theirs_stay_as_they_are(engine, cam):
    before = foreign_state(engine)
    assert set(before) == set(FOREIGN)
    with MtxGateway(attached(engine, **QUICK)) as gateway:
        first, second = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n)) for n in (1, 2)]
        gateway.wait_state(first, "live")
        gateway.wait_state(second, "live")
        gateway.wait_settled()
        assert gateway.details["foreign_paths"] == 3
        kept = engine.path(path_of(second))["availableTime"]

        # Others' hands on our paths.
        name, began = path_of(first), engine.path(path_of(first))["availableTime"]

        def begun_anew():
            return (engine.path(name) or {"availableTime": None})["availableTime"] not in (began, None)
        gateway.repaired("a deleted path is back", lambda: done(engine.api("DELETE", f"/v3/config/paths/delete/{name}")), begun_anew, 2 * REPAIRED_S)
        gateway.repaired("an edited path is as wanted", lambda: done(engine.api("POST", f"/v3/config/paths/replace/{name}", {"source": "publisher"})),
                         lambda: configured(engine)[name]["source"] == cam.main(1), 2 * REPAIRED_S)

        # A change of ours.
        change = {"private_rtsp_url": f"rtsp://admin:{PASSWORD}@127.0.0.1:{cam.rtsp_port}/elsewhere"}
        assert gateway.admin("PUT", f"/api/cameras/{first['id']}", change).status == 200
        timed("a change of URL and credentials is in MediaMTX",
              lambda: configured(engine)[path_of(first)]["source"] == f"rtsp://admin:{PASSWORD}@127.0.0.1:{cam.rtsp_port}/elsewhere", REPAIRED_S)
        gateway.wait_settled()
        gateway.assert_silent(PASSWORD)
        assert gateway.admin("DELETE", f"/api/cameras/{first['id']}").status == 200
        wait_until("the path of a removed camera is gone", lambda: path_of(first) not in configured(engine), 2 * REPAIRED_S)
        assert engine.path(path_of(second))["availableTime"] == kept, "another camera was disturbed"
    assert foreign_state(engine) == before
    if engine.kind == "stand-in":
        assert not [r for r in engine.control("requests api") if r[1] == "PATCH"], "a PATCH can poison MediaMTX"


def test_another_secret_in_its_configuration_is_learnt(engine, cam):
    with MtxGateway(attached(engine, **QUICK), plugins=("mediamtx", "hls-proxy")) as gateway:
        camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1))

        def playlist():
            answer = gateway.get(f"/hls/{camera['stream_key']}/main.m3u8")
            assert answer.status in (200, 503), answer
            return answer.text if answer.status == 200 else ""
        gateway.wait_until("pictures", playlist, 60)
        engine.config["hlsCDNSecret"] = ""
        engine.write_config()
        gateway.wait_health("that there is none is known", lambda h: "has no hlsCDNSecret" in h["summary"], 30)
        gateway.wait_until("no picture without it", lambda: not playlist(), 60)
        engine.config["hlsCDNSecret"] = "another-secret"
        engine.write_config()
        gateway.wait_health("it is known", lambda h: h["status"] == "ok", 30)
        gateway.wait_until("new pictures", playlist, 60)


def test_a_restarted_or_reloaded_mediamtx_has_our_paths_again(engine, cam):
    with MtxGateway(attached(engine, **QUICK)) as gateway:
        camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1))
        gateway.wait_state(camera, "live")
        engine.restart(kill=True)
        timed("after a restart our path is back", lambda: path_of(camera) in configured(engine), 2 * REPAIRED_S)
        gateway.wait_state(camera, "live")
        gateway.wait_calls(6)  # a reload within a second of its last one would be dropped by MediaMTX
        # Identical: MediaMTX forgets what came through its API.
        gateway.repaired("after a reload our path is back", engine.write_config, lambda: path_of(camera) in configured(engine), 2 * REPAIRED_S)
        gateway.wait_state(camera, "live")
        gateway.wait_settled()


def test_low_latency_of_somebody_elses_mediamtx_is_served_as_plain_hls(kind, cam):
    """Its parts are ignored, nothing waits for them, and MediaMTX is not asked more often than it has something new."""
    with MediaMtx(kind, config={"hlsVariant": "lowLatency"}, cameras="up") as engine:
        with MtxGateway(attached(engine, **QUICK), plugins=("mediamtx", "hls-proxy")) as gateway:
            camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1), transport="tcp")
            base = f"/hls/{camera['stream_key']}/"
            gateway.wait_until("pictures", lambda: gateway.get(base + "main.m3u8", timeout=30).status == 200, 60)

            def asked():
                return sum(float(line.split()[1]) for line in gateway.get("/metrics").text.splitlines()
                           if line.startswith("gatehouse_mediamtx_hls_requests_total"))
            with Viewer(gateway, camera) as viewer:
                viewer.wait_segments(2)
                before, began = asked(), time.monotonic()
                viewer.wait_segments(8)
                rate = (asked() - before) / (time.monotonic() - began)
                text = gateway.get(base + "main.m3u8?_HLS_msn=100000&_HLS_part=3", timeout=30).text
                assert len(viewer.fetch(viewer.newest.last.uri)) > 1_000
            print(f"\nlow latency: {rate:.1f} requests a second ({kind})")
            assert rate < 10, "the parts are polled for"
            assert "#EXT-X-PART" not in text and "CAN-BLOCK-RELOAD" not in text and "PRELOAD" not in text, text
            assert not viewer.faults, "\n".join(viewer.faults[:5])
            assert set(viewer.statuses) == {200}, viewer.statuses


def test_an_absent_mediamtx_is_awaited(engine, cam):
    engine.stop()
    with MtxGateway(attached(engine, **QUICK)) as gateway:
        camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1))
        gateway.wait_health("the absence is told", lambda h: h["status"] == "degraded")
        engine.start()
        timed("after its start our path is there", lambda: path_of(camera) in configured(engine), 2 * REPAIRED_S)
        gateway.wait_state(camera, "live")


def test_somebodys_poison_in_a_foreign_path_is_told_and_ends_with_a_restart(engine, cam):
    with MtxGateway(attached(engine, **QUICK)) as gateway:
        first = gateway.add_camera(name="cam 1", private_rtsp_url=cam.main(1))
        gateway.wait_state(first, "live")
        assert engine.api("PATCH", "/v3/config/paths/patch/theirs", {"source": f"rtsp://user:{PASSWORD}x@h:port/x"}).status == 400
        second = gateway.add_camera(name="cam 2", private_rtsp_url=cam.main(2))
        health = gateway.wait_health("the poison is told", lambda h: "restart MediaMTX" in h["summary"], 60)
        assert health["status"] == "degraded"
        gateway.wait_state(first, "live")
        gateway.assert_silent(PASSWORD)
        engine.restart()
        gateway.wait_state(second, "live")
        gateway.wait_settled()


def test_somebodys_poison_in_our_path_is_cured(engine, cam):
    with MtxGateway(attached(engine, **QUICK)) as gateway:
        first = gateway.add_camera(name="cam 1", private_rtsp_url=cam.main(1))
        gateway.wait_state(first, "live")
        assert engine.api("PATCH", f"/v3/config/paths/patch/{path_of(first)}", {"source": "rtsp://user@h/x"}).status == 400
        second = gateway.add_camera(name="cam 2", private_rtsp_url=cam.main(2))
        timed("a new camera comes in spite of the poison", lambda: path_of(second) in configured(engine), 60)
        gateway.wait_state(second, "live", 60)
        gateway.wait_settled()
        assert configured(engine)[path_of(first)]["source"] == cam.main(1)


def test_a_mediamtx_of_1_9_is_kept_in_shape_and_called_old(cam):
    with MediaMtx("stand-in", paths=FOREIGN, cameras="up", commands=["old"]) as engine:
        with MtxGateway(attached(engine, **QUICK)) as gateway:
            first, second = [gateway.add_camera(name=f"cam {n}", private_rtsp_url=cam.main(n)) for n in (1, 2)]
            for camera in (first, second):
                live = gateway.wait_state(camera, "live")
                assert live["video_codec"].startswith("avc1"), live
            health = gateway.wait_health("its age is told", lambda h: h["status"] == "degraded" and "older than v1.15.2 is old" in h["summary"])
            print("\n" + health["summary"])
            gateway.wait_calls(6)
            writes = gateway.details["writes"]
            gateway.wait_calls(12)
            assert gateway.details["writes"] == writes, "it is written again and again"
            before = gateway.details["repairs"]
            done(engine.api("DELETE", f"/v3/config/paths/delete/{path_of(first)}"))
            timed("a deleted path is back", lambda: path_of(first) in configured(engine) and gateway.details["repairs"] > before, 2 * REPAIRED_S)
            engine.control("camera * down")
            gateway.wait_state(second, "offline")
            engine.control("camera * up")
            gateway.wait_state(second, "live")


def test_wrong_credentials_are_told(kind, tmp_path, cam):
    users = [{"user": "any", "pass": "", "ips": [], "permissions": [{"action": "read"}]},
             {"user": "boss", "pass": "bosspass", "ips": [], "permissions": [{"action": "api"}]}]
    with MediaMtx(kind, config={"authInternalUsers": users}, cameras="up") as engine:
        secret = tmp_path / "api"
        secret.write_text("boss:wrong-pass\n")
        with MtxGateway(attached(engine, attached_credentials_file=str(secret), api_timeout="6s", **QUICK)) as gateway:
            camera = gateway.add_camera(name="cam", private_rtsp_url=cam.main(1))
            gateway.wait_health("the refusal is told", lambda h: "user or password" in h["summary"], 40)
            gateway.assert_silent("wrong-pass")
            gateway.stop()
            secret.write_text("boss:bosspass\n")
            gateway.start()
            gateway.wait_state(camera, "live")
            gateway.assert_silent("bosspass")


def test_two_hundred_paths_arrive_by_api(engine):
    with MtxGateway(attached(engine, pull="on_demand", **QUICK)) as gateway:
        engine_ready = len(configured(engine))
        for n in range(200):
            gateway.add_camera(name=f"cam {n}", private_rtsp_url=f"rtsp://192.0.2.1/{n}")
        gateway.stop()
        for name in [n for n in configured(engine) if n not in FOREIGN]:
            engine.api("DELETE", f"/v3/config/paths/delete/{name}")
        gateway.start()
        began = time.monotonic()
        wait_until("all are there", lambda: len(configured(engine)) == engine_ready + 200, 60, every=0.1)
        print(f"\n200 paths by API: {time.monotonic() - began:.2f} s ({engine.kind})")
        gateway.wait_settled()
        gateway.wait_calls(4)  # what was repaired just now is checked
        writes = gateway.details["writes"]
        gateway.wait_calls(12)
        assert gateway.details["writes"] == writes, "a steady state writes nothing"
