"""A camera's password: sealed at rest, opened by the key alone, shown nowhere."""
import os
import subprocess

from gateway import Gateway, build_dir

SECRETS = ["Kata-Sandi-1", "kata sandi#2", "petugas-jaga", "Sub-Sandi-3"]


def spelled(secret):
    """The ways a secret may leak."""
    import base64
    import urllib.parse
    raw = secret.encode()
    return {raw, urllib.parse.quote(secret).encode(), urllib.parse.quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"=")[:-1],
            raw.hex().encode(), secret.encode("utf-16-le")}


def test_credentials_appear_nowhere():
    with Gateway(config={"log": {"level": "trace"}, "http": {"access_log": True}}) as gateway:
        seen = []

        def admin(method, path, body=None):
            answer = gateway.admin(method, path, body)
            seen.append(answer.body)
            return answer

        made = admin("POST", "/api/cameras", {"name": "A", "visibility": "public", "private_rtsp_url":
                                             "rtsp://petugas-jaga:Kata-Sandi-1@192.0.2.1/a",
                                             "sub_rtsp_url": "rtsp://192.0.2.1/b", "sub_rtsp_password": "Sub-Sandi-3"})
        assert made.status == 201
        number = made.json["data"]["id"]
        assert admin("PUT", f"/api/cameras/{number}", {"rtsp_password": "kata sandi#2"}).status == 200
        # refused inputs must not echo what they held
        for body in ({"private_rtsp_url": "rtsp://petugas-jaga:Kata-Sandi-1@host:99999/"},
                     {"private_rtsp_url": "rtsp://petugas-jaga:Kata-Sandi-1%@host/"},
                     {"private_rtsp_url": "rtsp://petugas-jaga:Kata-Sandi-1/x@host/"},
                     {"private_rtsp_url": "http://petugas-jaga:Kata-Sandi-1@host/"},
                     {"private_rtsp_url": "rtsp://petugas-jaga:Kata-Sandi-1@host/", "rtsp_password": "kata sandi#2"},
                     {"rtsp_password": "Kata-Sandi-1\n"}, {"rtsp_password": ["Kata-Sandi-1"]},
                     '{"rtsp_password":"Kata-Sandi-1"', '{"rtsp_password":"Kata-Sandi-1","rtsp_password":"x"}'):
            headers = {"Content-Type": "application/json"} if isinstance(body, str) else None
            answer = gateway.admin("PUT", f"/api/cameras/{number}", body, headers=headers)
            assert answer.status == 400, answer
            seen.append(answer.body)
        camera = gateway.camera(number)
        assert camera["has_password"] and camera["has_user"] and camera["sub_has_password"]
        for path in ("/api/cameras", f"/api/cameras/{number}", "/api/admin/status", "/api/admin/config", "/api/admin/db/stats",
                     "/api/cameras/active", "/api/stream", f"/api/stream/{number}", "/api/live", "/health", "/metrics",
                     "/api/cache/stats"):
            answer = admin("GET", path)
            assert answer.status == 200, answer
            seen.append(gateway.get(path).body)
        backup = gateway.state / "backup.db"
        assert admin("POST", "/api/admin/db/backup", {"path": str(backup)}).status == 200
        done = gateway.ctl(["cameras", "show", number])
        seen += [done.stdout.encode(), done.stderr.encode()]
        at_work = b"".join(path.read_bytes() for path in gateway.state.iterdir() if path.is_file())
        command_lines = b"".join(open(f"/proc/{pid}/cmdline", "rb").read() for pid in [gateway.process.pid])
        environment = open(f"/proc/{gateway.process.pid}/environ", "rb").read()
        gateway.stop()
        folded = b"".join(path.read_bytes() for path in gateway.state.iterdir() if path.is_file())
        places = {"answers": b"\n".join(seen), "log": gateway.log.encode(), "database at work": at_work,
                  "database at rest": folded, "command line": command_lines, "environment": environment}
        assert b"192.0.2.1" in places["database at work"] and b"192.0.2.1" in places["database at rest"]
        assert b"camera" in places["log"].lower() or b"POST" in places["log"]
        for place, content in places.items():
            for secret in SECRETS:
                for form in spelled(secret):
                    assert form not in content, f"{secret!r} ({form!r}) in {place}"


def test_another_key_leaves_cameras_listed_and_says_what_is_wrong():
    with Gateway() as gateway:
        camera = gateway.add_camera(name="Sealed", private_rtsp_url="rtsp://u:secret-word@192.0.2.1/a")
        assert camera["credentials_problem"] is None
        gateway.stop()
        gateway.master_key.write_text(os.urandom(32).hex())
        gateway.start()
        assert [c["name"] for c in gateway.get("/api/cameras/active").json["data"]] == ["Sealed"]
        problem = gateway.camera(camera["id"])["credentials_problem"]
        assert "Sealed" in problem and "another key" in problem
        assert "does not open the credentials of 1 camera" in gateway.log
        assert "another key" in gateway.ctl(["cameras", "list"]).stdout
        gateway.ctl(["cameras", "edit", "Sealed", "--url", "-"], input="rtsp://u:new-word@192.0.2.1/a\n")
        assert gateway.camera(camera["id"])["credentials_problem"] is None


def refused_start(gateway):
    gateway.start(wait=False)
    code = gateway.process.wait(20)
    return code, gateway.log


def test_without_a_key_the_gateway_says_how_to_make_one():
    gateway = Gateway(config={"paths": {"master_key": "/nowhere/master.key"}})
    try:
        code, log = refused_start(gateway)
        assert code != 0
        assert "openssl rand -hex 32 > /nowhere/master.key" in log
        assert not gateway.database.exists() or not os.path.exists("/nowhere")
    finally:
        gateway._clean_up()


def test_a_key_that_others_can_read_is_refused():
    gateway = Gateway()
    try:
        gateway.write_config()
        gateway.master_key.chmod(0o644)
        code, log = refused_start(gateway)
        assert code != 0 and "chmod 0600" in log
        assert gateway.master_key.read_text().strip() not in log
    finally:
        gateway._clean_up()


def test_a_key_in_the_state_directory_is_made_at_first_start_and_kept():
    gateway = Gateway()
    gateway.config = {"paths": {"master_key": str(gateway.state / "master.key")}}
    with gateway:
        key = gateway.state / "master.key"
        first = key.read_text()
        assert key.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(first)) == 32
        assert "key" in gateway.log.lower() and first.strip() not in gateway.log
        camera = gateway.add_camera(name="A", private_rtsp_url="rtsp://u:p@192.0.2.1/a")
        gateway.restart()
        assert key.read_text() == first
        assert gateway.camera(camera["id"])["credentials_problem"] is None


def test_the_key_of_systemd_goes_before_the_file(tmp_path):
    (tmp_path / "master.key").write_bytes(os.urandom(32))
    (tmp_path / "master.key").chmod(0o400)
    gateway = Gateway(config={"paths": {"master_key": "/nowhere/master.key"}},
                      environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    with gateway:
        gateway.add_camera(name="A", private_rtsp_url="rtsp://u:p@192.0.2.1/a")


def test_gatehousectl_shows_no_password_to_the_process_list():
    with Gateway() as gateway:
        client = subprocess.Popen([build_dir() / "bin" / "gatehousectl", "--socket", gateway.socket, "cameras", "add", "--name", "A",
                                   "--url", "rtsp://192.0.2.1/a", "--user", "u", "--password-stdin"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        command_line = open(f"/proc/{client.pid}/cmdline", "rb").read()
        assert client.communicate("Kata-Sandi-1\n", timeout=20)[0].startswith("Camera 1 'A' added.")
        assert client.returncode == 0
        assert b"Kata-Sandi-1" not in command_line
        assert gateway.camera(1)["has_password"]
