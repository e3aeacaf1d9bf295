"""What anybody sees: only public cameras, cached, and fresh at once after a change."""
import re

import pytest

from gateway import Gateway

OUTSIDE = {"X-Forwarded-For": "203.0.113.5"}  # loopback is a trusted proxy, so this is a client from elsewhere
ACTIVE = ["id", "name", "description", "location", "group_name", "area_id", "is_tunnel", "latitude", "longitude", "status",
          "enable_recording", "video_codec", "stream_key", "thumbnail_path", "thumbnail_updated_at", "area_name"]
STREAM = ["id", "name", "description", "location", "group_name", "area_id", "is_tunnel", "latitude", "longitude", "status",
          "is_online", "last_online_check", "stream_key", "video_codec", "thumbnail_path", "thumbnail_updated_at",
          "area_name", "rt", "rw", "kelurahan", "kecamatan", "streams"]


@pytest.fixture(scope="module")
def gateway():
    with Gateway() as running:
        area = running.admin("POST", "/api/areas", {"name": "North", "kecamatan": "Beji", "kelurahan": "Kukusan", "rw": "3"})
        for name, fields in {"seen": {"area_id": area.json["data"]["id"], "is_tunnel": 1}, "members": {"visibility": "members"},
                             "area": {"visibility": "area"}, "off": {"enabled": 0}, "also seen": {}}.items():
            running.add_camera(name=name, private_rtsp_url=f"rtsp://user:secret-of-it@192.0.2.1/{name.replace(' ', '-')}", **fields)
        yield running


def names(answer):
    assert answer.status == 200, answer
    return [camera["name"] for camera in answer.json["data"]]


def test_anonymous_callers_see_public_enabled_cameras_only_tunnels_last(gateway):
    assert names(gateway.get("/api/cameras/active")) == ["also seen", "seen"]
    assert names(gateway.get("/api/stream")) == ["also seen", "seen"]
    live = gateway.get("/api/live").json["data"]
    assert live["engine"] is None
    assert [(c["id"], c["state"], c["since"]) for c in live["cameras"]] == [(5, "unknown", None), (1, "unknown", None)]
    for number, status in ((1, 200), (2, 404), (3, 404), (4, 404), (99, 404)):
        assert gateway.get(f"/api/stream/{number}").status == status
    assert gateway.get("/api/stream/2").json["message"] == "Camera not found or disabled"
    assert gateway.get("/api/stream/x1").status == 400


def test_the_administrators_view_never_enters_the_shared_cache(gateway):
    gateway.admin("POST", "/api/cache/clear")
    assert set(names(gateway.admin("GET", "/api/cameras/active"))) == {"also seen", "members", "area", "seen"}
    assert names(gateway.get("/api/cameras/active")) == ["also seen", "seen"]
    assert set(names(gateway.admin("GET", "/api/cameras/active"))) == {"also seen", "members", "area", "seen"}


def test_fields_and_their_order_are_the_documented_ones(gateway):
    camera = gateway.get("/api/cameras/active").json["data"][1]
    assert list(camera) == ACTIVE
    assert (camera["area_name"], camera["is_tunnel"], camera["enable_recording"]) == ("North", 1, 0)
    stream = gateway.get("/api/stream").json["data"][1]
    assert list(stream) == STREAM
    assert stream["streams"] == {"hls": None, "webrtc": None} and not stream["is_online"]
    one = gateway.get("/api/stream/1").json["data"]
    assert list(one) == ["camera", "streams"] and one["camera"]["area_name"] == "North"
    assert "data" in gateway.get("/api/areas/public").json
    area = gateway.get("/api/areas/public").json["data"][0]
    assert (area["name"], area["camera_count"], area["rw"]) == ("North", 1, "3")
    assert gateway.get("/api/areas/filters").json["data"] == {
        "kecamatans": ["Beji"], "kelurahans": [{"kelurahan": "Kukusan", "kecamatan": "Beji"}],
        "rws": [{"rw": "3", "kelurahan": "Kukusan", "kecamatan": "Beji"}]}


def test_the_documented_cache_check_with_head_shows_miss_then_hit(gateway):
    gateway.request("POST", "/api/cache/clear")
    first, second = (gateway.request("HEAD", "/api/cameras/active") for _ in range(2))
    assert (first.status, first.headers["x-cache"], second.headers["x-cache"]) == (200, "MISS", "HIT")
    assert first.body == b"" and first.headers["content-length"] == second.headers["content-length"] != "0"
    third = gateway.get("/api/cameras/active?anything=1")
    assert third.headers["x-cache"] == "HIT" and third.headers["x-cache-key"] == first.headers["x-cache-key"]


@pytest.mark.parametrize("path", ["/api/cameras/active", "/api/stream", "/api/stream/5", "/api/live"])
def test_a_change_shows_at_once(gateway, path):
    def shown():
        gateway.get(path)
        return gateway.get(path)
    before = shown()
    gateway.admin("PUT", "/api/cameras/5", {"enabled": 0})
    hidden = gateway.get(path)
    assert hidden.headers.get("x-cache") != "HIT" and hidden.body != before.body
    shown()
    gateway.admin("PUT", "/api/cameras/5", {"enabled": 1})
    back = gateway.get(path)
    assert back.headers["x-cache"] == "MISS" and back.body == before.body


def test_a_renamed_area_shows_at_once(gateway):
    gateway.get("/api/cameras/active"), gateway.get("/api/areas/public")
    gateway.admin("PUT", "/api/areas/1", {"name": "South"})
    assert gateway.get("/api/cameras/active").json["data"][1]["area_name"] == "South"
    assert gateway.get("/api/areas/public").json["data"][0]["name"] == "South"
    gateway.admin("PUT", "/api/areas/1", {"name": "North"})


def test_cache_statistics_and_their_counts(gateway):
    for base in ("/api/cache", "/api/admin/cache"):
        gateway.request("POST", base + "/clear")
        before = gateway.get(base + "/stats").json["data"]
        for _ in range(4):
            gateway.get("/api/cameras/active")
        after = gateway.get(base + "/stats").json["data"]
        assert (after["hits"] - before["hits"], after["misses"] - before["misses"], after["sets"] - before["sets"]) == (3, 1, 1)
        assert after["size"] == 1 and len(after["keys"]) == 1 and "/api/cameras/active" in after["keys"][0]
        assert re.fullmatch(r"\d{1,3}\.\d\d%", after["hitRate"])
        assert after["caches"][0]["name"]


def test_invalidation_by_pattern(gateway):
    for pattern in ("/api/cameras", "middleware:GET:/api/cameras"):
        gateway.get("/api/cameras/active"), gateway.get("/api/stream")
        answer = gateway.request("POST", "/api/cache/invalidate", {"pattern": pattern})
        assert answer.json == {"success": True, "message": "Invalidated 1 cache entries", "count": 1}
        assert gateway.get("/api/stream").headers["x-cache"] == "HIT"
        assert gateway.get("/api/cameras/active").headers["x-cache"] == "MISS"
    for body in ({}, {"pattern": ""}, {"pattern": None}, {"pattern": 5}):
        answer = gateway.request("POST", "/api/cache/invalidate", body)
        assert (answer.status, answer.json["message"]) == (400, "Pattern is required")


def test_clearing_says_what_it_did(gateway):
    gateway.get("/api/cameras/active")
    assert gateway.request("POST", "/api/cache/clear").json == {"success": True, "message": "Cache cleared"}
    gateway.get("/api/cameras/active")
    assert gateway.admin("POST", "/api/admin/cache/clear").json == {
        "success": True, "message": "Cache cleared successfully. 1 entries removed.", "data": {"cleared": 1}}


@pytest.mark.parametrize("method,path", [("GET", "/api/cache/stats"), ("POST", "/api/cache/clear"),
                                         ("POST", "/api/cache/invalidate"), ("GET", "/api/admin/cache/stats"),
                                         ("POST", "/api/admin/cache/clear"), ("GET", "/metrics")])
def test_what_is_for_this_machine_is_refused_from_elsewhere(gateway, method, path):
    body = {"pattern": "/"} if method == "POST" else None
    assert gateway.request(method, path, body, headers=OUTSIDE).status == 403
    assert gateway.request(method, path, body).status == 200


def test_health_is_short_for_the_world_and_detailed_for_this_machine(gateway):
    world = gateway.get("/health", headers=OUTSIDE).json
    assert list(world) == ["status", "timestamp", "timestampLocal", "timezone", "security"]
    assert world["status"] == "ok"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", world["timestamp"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", world["timestampLocal"])
    assert re.fullmatch(r"\S+ \(\S+, UTC[+-]\d+(:\d\d)?\)", world["timezone"])
    assert set(world["security"]) == {"rateLimiting", "apiKeyValidation", "csrfProtection", "securityHeaders"}
    assert not (world["security"]["apiKeyValidation"] or world["security"]["csrfProtection"] or world["security"]["rateLimiting"])
    for here in (gateway.get("/health").json, gateway.admin("GET", "/health").json):
        assert {"version", "uptimeSeconds", "engine", "db", "cache", "descriptors", "plugins"} <= set(here)


def test_health_says_what_the_security_really_is_and_where_it_is():
    with Gateway(config={"http": {"rate_per_address": 1000}}, environment={"TZ": "Asia/Jakarta"}) as gateway:
        health = gateway.get("/health").json
        assert health["security"]["rateLimiting"] is True
        assert health["timestampLocal"].endswith("+07:00") and health["timezone"] == "Asia/Jakarta (WIB, UTC+7)"


def test_metrics_are_prometheus_text(gateway):
    answer = gateway.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r"^gatehouse_\w+(\{[^}]*\})? [0-9.e+-]+$", answer.text, re.M)
