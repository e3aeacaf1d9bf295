"""Administration over the unix socket: changes, refusals, who may, and what a crash leaves."""
import json
import os
import subprocess
import sys
import uuid

import pytest

from gateway import Gateway

ADMIN_ROUTES = [
    ("GET", "/api/cameras"), ("POST", "/api/cameras"), ("GET", "/api/cameras/1"), ("PUT", "/api/cameras/1"),
    ("DELETE", "/api/cameras/1"), ("POST", "/api/cameras/1/rotate-key"), ("GET", "/api/areas"), ("POST", "/api/areas"),
    ("GET", "/api/areas/1"), ("PUT", "/api/areas/1"), ("DELETE", "/api/areas/1"), ("GET", "/api/admin/status"),
    ("GET", "/api/admin/plugins"), ("GET", "/api/admin/config"), ("POST", "/api/admin/reload"),
    ("GET", "/api/admin/db/stats"), ("POST", "/api/admin/db/backup"),
]


@pytest.fixture(scope="module")
def gateway():
    with Gateway() as running:
        yield running


def new_camera(gateway, **fields):
    return gateway.add_camera(**{"name": "Gate", "private_rtsp_url": "rtsp://192.0.2.1/a", **fields})


@pytest.mark.parametrize("method,path", ADMIN_ROUTES)
def test_tcp_is_refused_and_nothing_happens(gateway, method, path):
    body = {"name": "From outside", "private_rtsp_url": "rtsp://192.0.2.66/x"} if method in ("POST", "PUT") else None
    answer = gateway.request(method, path, body)
    assert answer.status == 403, answer
    assert answer.json["success"] is False and answer.json["request_id"]
    names = [camera["name"] for camera in gateway.admin("GET", "/api/cameras").json["data"]]
    assert "From outside" not in names


def test_no_header_makes_a_tcp_client_an_administrator(gateway):
    for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Host": "localhost"}, {"Authorization": "Bearer x"}):
        assert gateway.get("/api/cameras", headers=headers).status == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
def test_another_user_at_the_socket_is_refused(gateway):
    script = ("import http.client, socket, sys\n"
              "c = http.client.HTTPConnection('localhost'); c.sock = socket.socket(socket.AF_UNIX)\n"
              "try:\n  c.sock.connect(sys.argv[1])\n  c.request('GET', '/api/cameras'); r = c.getresponse()\n"
              "  print(r.status, r.read().decode())\n"
              "except PermissionError: print('no way in')\n")
    modes = [(path, path.stat().st_mode & 0o7777) for path in (gateway.directory, gateway.runtime, gateway.socket)]
    try:
        as_nobody = [sys.executable, "-c", script, str(gateway.socket)]
        refused = subprocess.run(as_nobody, user=65534, group=65534, extra_groups=[], capture_output=True, text=True)
        assert refused.stdout.strip() == "no way in", refused
        for path, mode in modes:  # even with every file mode against it, the gateway looks who it is
            path.chmod(0o777)
        refused = subprocess.run(as_nobody, user=65534, group=65534, extra_groups=[], capture_output=True, text=True)
        assert refused.stdout.startswith("403 "), refused
    finally:
        for path, mode in modes:
            path.chmod(mode)


def test_a_camera_is_created_shown_changed_and_removed(gateway):
    area = gateway.admin("POST", "/api/areas", {"name": "Menteng", "kecamatan": "Menteng", "rw": "03"}).json["data"]
    made = gateway.admin("POST", "/api/cameras", {
        "name": "Gerbang", "private_rtsp_url": "rtsp://192.0.2.9:8554/a?x=1", "sub_rtsp_url": "rtsp://192.0.2.9/b",
        "description": "two\nlines", "location": "Utara", "group_name": "luar", "area_id": area["id"], "latitude": -6.2,
        "longitude": 106.8, "status": "maintenance", "visibility": "members", "transport": "tcp", "video_codec": "h265",
        "enabled": 1, "is_tunnel": True, "enable_recording": 0, "sponsor_name": "ignored"})
    assert made.status == 201 and made.json["message"] == "Camera created successfully"
    assert made.json["data"].keys() >= {"id", "name", "stream_key"}
    assert uuid.UUID(made.json["data"]["stream_key"]).version == 4
    camera = gateway.camera(made.json["data"]["id"])
    assert camera["private_rtsp_url"] == "rtsp://192.0.2.9:8554/a?x=1" and camera["sub_rtsp_url"] == "rtsp://192.0.2.9/b"
    assert (camera["latitude"], camera["longitude"], camera["area_name"]) == (-6.2, 106.8, "Menteng")
    assert (camera["enabled"], camera["is_tunnel"], camera["visibility"], camera["transport"]) == (1, 1, "members", "tcp")
    path = f"/api/cameras/{camera['id']}"
    answer = gateway.admin("PUT", path, {"name": "Pintu", "latitude": None, "sub_rtsp_url": ""})
    assert answer.status == 200 and answer.json == {"success": True, "message": "Camera updated successfully"}
    changed = gateway.camera(camera["id"])
    assert (changed["name"], changed["latitude"], changed["longitude"], changed["sub_rtsp_url"]) == ("Pintu", None, 106.8, None)
    assert (changed["uuid"], changed["stream_key"]) == (camera["uuid"], camera["stream_key"])
    rotated = gateway.admin("POST", path + "/rotate-key").json["data"]
    assert rotated["stream_key"] != camera["stream_key"]
    assert gateway.admin("DELETE", path).json == {"success": True, "message": "Camera deleted successfully"}
    gone = gateway.admin("GET", path)
    assert gone.status == 404 and gone.json["message"] == "Camera not found"
    assert gateway.admin("DELETE", path).status == 404
    assert gateway.admin("PUT", path, {"name": "x"}).status == 404
    assert new_camera(gateway)["id"] > camera["id"]


def test_all_problems_come_at_once_with_their_fields(gateway):
    answer = gateway.admin("POST", "/api/cameras", {
        "name": "", "private_rtsp_url": "http://h/", "area_id": 999999, "latitude": 91, "enabled": "yes", "status": "gone",
        "transport": "quic"})
    assert answer.status == 400
    assert answer.json["success"] is False and answer.json["message"] == "Invalid request data"
    fields = {error["field"] for error in answer.json["errors"]}
    assert fields == {"name", "private_rtsp_url", "area_id", "latitude", "enabled", "status", "transport"}
    assert all(error["message"].startswith(error["field"]) for error in answer.json["errors"])


def test_an_empty_change_is_refused(gateway):
    camera = new_camera(gateway)
    for body in ({}, {"id": 5, "uuid": "x"}):
        answer = gateway.admin("PUT", f"/api/cameras/{camera['id']}", body)
        assert (answer.status, answer.json["message"]) == (400, "No fields to update")


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"name":"a","name":"b"}', "{}{}", "\x00", '{"name":1e999}',
                                  '{"a":' + "[" * 5000 + "]" * 5000 + "}", b'{"name":"\xff"}'])
def test_bodies_that_are_no_json_object_are_refused(gateway, body):
    answer = gateway.admin("POST", "/api/cameras", body, headers={"Content-Type": "application/json"})
    assert answer.status == 400, answer
    assert answer.json["success"] is False


def test_other_bodies_and_large_ones_are_refused(gateway):
    form = gateway.admin("POST", "/api/cameras", "name=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert form.status == 415
    large = gateway.admin("POST", "/api/cameras", {"name": "x" * 70000, "private_rtsp_url": "rtsp://h/"})
    assert large.status == 413


@pytest.mark.parametrize("number", ["abc", "1;x", "-1", "1.0", "0x1", "99999999999999999999", "1%00", "%31%2f"])
def test_ids_are_digits(gateway, number):
    assert gateway.admin("DELETE", f"/api/cameras/{number}").status in (400, 404)
    assert gateway.admin("GET", f"/api/areas/{number}").status in (400, 404)


def test_areas_keep_their_fields_and_are_protected_while_in_use(gateway):
    answer = gateway.admin("POST", "/api/areas", {"name": "Kemang", "rt": "01", "rw": "02", "kelurahan": "Bangka",
                                                  "kecamatan": "Mampang", "latitude": "-6.26", "longitude": ""})
    assert answer.status == 201
    area = answer.json["data"]
    assert (area["rt"], area["rw"], area["kelurahan"], area["kecamatan"]) == ("01", "02", "Bangka", "Mampang")
    assert (area["latitude"], area["longitude"], area["camera_count"]) == (-6.26, None, 0)
    twice = gateway.admin("POST", "/api/areas", {"name": "Kemang"})
    assert (twice.status, twice.json["message"]) == (400, "Area name already exists")
    camera = new_camera(gateway, area_id=area["id"])
    refused = gateway.admin("DELETE", f"/api/areas/{area['id']}")
    assert refused.status == 400
    assert refused.json["message"] == "Cannot delete area. It is currently assigned to 1 cameras."
    gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"area_id": ""})
    assert gateway.admin("DELETE", f"/api/areas/{area['id']}").status == 200
    assert gateway.admin("GET", f"/api/areas/{area['id']}").json["message"] == "Area not found"


def test_a_camera_that_was_acknowledged_survives_a_kill(gateway):
    camera = new_camera(gateway, name="Durable")
    gateway.restart(kill=True)
    again = gateway.camera(camera["id"])
    assert again["name"] == "Durable" and again["stream_key"] == camera["stream_key"]
    gateway.admin("PUT", f"/api/cameras/{camera['id']}", {"name": "Still durable"})
    gateway.restart(kill=True)
    assert gateway.camera(camera["id"])["name"] == "Still durable"
    gateway.admin("DELETE", f"/api/cameras/{camera['id']}")
    gateway.restart(kill=True)
    assert gateway.admin("GET", f"/api/cameras/{camera['id']}").status == 404


def test_status_plugins_config_and_database_are_told(gateway):
    status = gateway.admin("GET", "/api/admin/status").json["data"]
    assert status["status"] == "ok" and status["cameras"]["total"] >= 0 and status["engine"] is None
    assert gateway.admin("GET", "/api/admin/plugins").json["data"] == []
    assert str(gateway.state) in gateway.admin("GET", "/api/admin/config").json["data"]["text"]
    stats = gateway.admin("GET", "/api/admin/db/stats").json["data"]
    assert stats["busyErrors"] == 0 and stats["readPoolLimit"] == 5 and isinstance(stats["hitRate"], str)


def test_a_backup_is_a_database_with_the_cameras(gateway):
    import sqlite3
    camera = new_camera(gateway, name="In the backup")
    target = gateway.state / "copy.db"
    answer = gateway.admin("POST", "/api/admin/db/backup", {"path": str(target)})
    assert answer.status == 200, answer
    copy = sqlite3.connect(f"file:{target}?mode=ro", uri=True)
    assert copy.execute("SELECT name FROM core_camera WHERE id = ?", (camera["id"],)).fetchone() == ("In the backup",)
    copy.close()
    for path in ("relative.db", "", None, 5, str(gateway.database), "/nowhere/at/all.db"):
        refused = gateway.admin("POST", "/api/admin/db/backup", {"path": path})
        assert refused.status in (400, 503), (path, refused)
    assert gateway.camera(camera["id"])


def test_a_refused_reload_says_why_and_changes_nothing(gateway):
    good = gateway.config_file.read_text()
    gateway.config_file.write_text(good.replace('"http"', '"htpt"', 1))
    answer = gateway.admin("POST", "/api/admin/reload")
    assert answer.status == 409 and answer.json["success"] is False
    assert any("htpt" in message and "gatehouse.yaml:" in message for message in answer.json["messages"]), answer
    gateway.config_file.write_text(good)
    answer = gateway.admin("POST", "/api/admin/reload")
    assert answer.status == 200 and answer.json["success"] is True
    assert gateway.get("/health").status == 200


def test_the_audit_trail_names_the_administrator(gateway):
    import sqlite3
    new_camera(gateway, name="Told of")
    database = sqlite3.connect(f"file:{gateway.database}?mode=ro", uri=True)
    table = database.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE '%outbox%'").fetchone()[0]
    payloads = [json.loads(row[0]) for row in database.execute(f"SELECT payload FROM {table} WHERE type = 'camera.created'")]
    database.close()
    assert any(p["name"] == "Told of" and p["actor"].startswith(f"uid {os.geteuid()}") for p in payloads), payloads
