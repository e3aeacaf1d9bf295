"""The operator's command against a real gateway."""
import json
import os
import subprocess

import pytest

from gateway import Gateway, build_dir


@pytest.fixture(scope="module")
def gateway():
    with Gateway() as running:
        yield running


def ctl_json(gateway, *arguments):
    return json.loads(gateway.ctl([*arguments, "--json"]).stdout)


def test_empty_lists_say_what_to_do_next(gateway):
    assert "gatehousectl cameras add" in gateway.ctl(["cameras", "list"]).stdout
    assert "gatehousectl areas add" in gateway.ctl(["areas", "list"]).stdout
    assert "plugins.enabled" in gateway.ctl(["plugins"]).stdout


def test_the_life_of_a_camera(gateway):
    assert "Area 1 'North' added." in gateway.ctl(["areas", "add", "--name", "North", "--rw", "03"]).stdout
    done = gateway.ctl(["cameras", "add", "--name", "Gate 1", "--url", "rtsp://192.0.2.1/a", "--user", "admin", "--password-stdin",
                        "--area", "North", "--latitude", "-6.2", "--longitude", "106.8", "--transport", "tcp"], input="pass word\n")
    assert done.stdout.startswith("Camera 1 'Gate 1' added.")
    assert "--visibility public" in done.stdout
    shown = ctl_json(gateway, "cameras", "show", "Gate 1")["data"]
    assert (shown["area_name"], shown["latitude"], shown["transport"], shown["has_password"]) == ("North", -6.2, "tcp", True)
    assert ctl_json(gateway, "cameras", "show", shown["uuid"])["data"]["id"] == 1
    gateway.ctl(["cameras", "edit", "1", "--visibility", "public", "--sub-url", "rtsp://192.0.2.1/b", "--disabled"])
    changed = ctl_json(gateway, "cameras", "show", "1")["data"]
    assert (changed["visibility"], changed["sub_rtsp_url"], changed["enabled"]) == ("public", "rtsp://192.0.2.1/b", 0)
    gateway.ctl(["cameras", "edit", "1", "--no-sub", "--no-area", "--no-credentials", "--enabled"])
    changed = ctl_json(gateway, "cameras", "show", "1")["data"]
    assert (changed["sub_rtsp_url"], changed["area_id"], changed["has_password"], changed["has_user"]) == (None, None, False, False)
    listed = gateway.ctl(["cameras", "list"]).stdout.splitlines()
    assert listed[0].split() == ["ID", "NAME", "STATE", "VISIBLE", "TO", "AREA", "ADDRESS", "REMARK"]
    assert "Gate 1" in listed[1] and "rtsp://192.0.2.1/a" in listed[1]
    old_key = changed["stream_key"]
    assert "New stream key" in gateway.ctl(["cameras", "rotate-key", "1"]).stdout
    assert ctl_json(gateway, "cameras", "show", "1")["data"]["stream_key"] != old_key
    assert gateway.ctl(["cameras", "remove", "1"], check=False).returncode == 2  # nobody to ask
    assert "removed" in gateway.ctl(["cameras", "remove", "Gate 1", "--yes"]).stdout
    assert ctl_json(gateway, "cameras", "list")["data"] == []


def test_an_address_from_standard_input_may_hold_the_password(gateway):
    gateway.ctl(["cameras", "add", "--name", "Piped", "--url", "-"], input="rtsp://u:p%40ss@192.0.2.2/a\n")
    camera = ctl_json(gateway, "cameras", "show", "Piped")["data"]
    assert camera["private_rtsp_url"] == "rtsp://192.0.2.2/a" and camera["has_password"]
    gateway.ctl(["cameras", "remove", "Piped", "--yes"])


@pytest.mark.parametrize("url", ["rtsp://u:secret@192.0.2.2/a", "rtsp://u:se/cret@192.0.2.2/a", "u:secret@192.0.2.2"])
def test_a_password_in_the_command_line_is_refused_and_nothing_is_added(gateway, url):
    for option in (["--url", url], ["--url", "rtsp://h/", "--sub-url", url]):
        done = gateway.ctl(["cameras", "add", "--name", "Leaky", *option], check=False)
        assert done.returncode == 2 and "--password-stdin" in done.stderr and "secret" not in done.stderr
    assert "Leaky" not in gateway.ctl(["cameras", "list"]).stdout


def test_areas(gateway):
    gateway.ctl(["areas", "add", "--name", "Pasar", "--kelurahan", "Kemang", "--latitude", "-6.3"])
    gateway.ctl(["areas", "edit", "Pasar", "--description", "Market", "--kecamatan", "Mampang"])
    area = ctl_json(gateway, "areas", "show", "Pasar")["data"]
    assert (area["kelurahan"], area["kecamatan"], area["description"], area["latitude"]) == ("Kemang", "Mampang", "Market", -6.3)
    assert "Pasar" in gateway.ctl(["areas", "list"]).stdout and "Mampang" in gateway.ctl(["areas", "show", "Pasar"]).stdout
    gateway.ctl(["cameras", "add", "--name", "In it", "--url", "rtsp://h/", "--area", "Pasar"])
    refused = gateway.ctl(["areas", "remove", "Pasar", "--yes"], check=False)
    assert refused.returncode == 1 and "currently assigned to 1 cameras" in refused.stderr
    gateway.ctl(["cameras", "remove", "In it", "--yes"])
    gateway.ctl(["areas", "remove", "Pasar", "--yes"])


def test_refusals_end_with_1_and_name_the_fields(gateway):
    done = gateway.ctl(["cameras", "add", "--name", "x" * 101, "--url", "http://h/", "--latitude", "91"], check=False)
    assert done.returncode == 1
    for word in ("name must not be longer", "private_rtsp_url must begin with rtsp://", "latitude must be from -90 to 90"):
        assert word in done.stderr
    done = gateway.ctl(["cameras", "show", "99"], check=False)
    assert (done.returncode, done.stderr.strip()) == (1, "gatehousectl: Camera not found")
    done = gateway.ctl(["cameras", "show", "99", "--json"], check=False)
    assert done.returncode == 1 and json.loads(done.stdout)["success"] is False
    assert "there is no camera 'nobody'" in gateway.ctl(["cameras", "show", "nobody"], check=False).stderr


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["cameras"], ["cameras", "add"], ["cameras", "show"], ["cameras", "list", "extra"],
                                       ["cameras", "edit", "1"], ["cameras", "add", "--name", "a", "--url", "rtsp://h/", "--latitude", "x"],
                                       ["cameras", "add", "--name", "a", "--url", "rtsp://h/", "--enabled", "--disabled"],
                                       ["cameras", "add", "--name", "a", "--url", "-"]])
def test_wrong_command_lines_end_with_2(gateway, arguments):
    done = gateway.ctl(arguments, check=False)
    assert done.returncode == 2 and done.stderr, done


def test_help_and_version_end_with_0(gateway):
    assert "--password-stdin" in gateway.ctl(["cameras", "add", "--help"]).stdout
    assert gateway.ctl(["--version"]).stdout.startswith("gatehousectl ")


def test_status_caches_database_and_configuration(gateway):
    assert "ok, version" in gateway.ctl(["status"]).stdout
    assert ctl_json(gateway, "status")["data"]["status"] == "ok"
    assert ctl_json(gateway, "plugins")["data"] == []
    gateway.get("/api/cameras/active")
    assert "HIT RATE" in gateway.ctl(["cache", "stats"]).stdout
    assert "1 entries removed" in gateway.ctl(["cache", "clear"]).stdout
    assert "busyErrors:" in gateway.ctl(["db", "stats"]).stdout
    assert "http.listen" in gateway.ctl(["config", "show"]).stdout
    assert "Configuration reloaded" in gateway.ctl(["reload"]).stdout


def test_a_backup_goes_where_the_operator_says(gateway):
    target = gateway.state / "by-hand.db"
    assert str(target) in gateway.ctl(["db", "backup", "by-hand.db"], cwd=gateway.state).stdout
    assert target.read_bytes().startswith(b"SQLite format 3")
    gateway.ctl(["db", "backup", target])  # in the place of the one before
    refused = gateway.ctl(["db", "backup", "/nowhere/x.db"], check=False)
    assert refused.returncode == 1 and "No such file" in refused.stderr and "/var/lib/gatehouse/" in refused.stderr


def mounts_of_its_own():
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


@pytest.mark.skipif(not mounts_of_its_own(), reason="this machine does not let us mount")
@pytest.mark.parametrize("there_before", [False, True])
def test_a_backup_that_only_the_gateway_sees_is_no_success(gateway, there_before):
    """As with the service's private /tmp: two places of one name."""
    place = gateway.directory / f"private-{there_before}"
    place.mkdir()
    older = "touch $0/x.db && " if there_before else ""
    done = subprocess.run(["unshare", "--mount", "sh", "-c", f'mount -t tmpfs none "$0" && {older}exec "$@"', place,
                           build_dir() / "bin/gatehousectl", "--socket", gateway.socket, "db", "backup", place / "x.db"],
                          capture_output=True, text=True, timeout=60)
    assert (place / "x.db").exists(), "the gateway has written it in its own"
    assert done.returncode == 1 and "/var/lib/gatehouse/" in done.stderr and not done.stdout


def test_a_configuration_is_checked_by_the_daemon_beside(gateway):
    assert gateway.ctl(["config", "check", "--config", gateway.config_file]).returncode == 0
    bad = gateway.directory / "bad.yaml"
    bad.write_text("htpp:\n  listen: []\n")
    done = gateway.ctl(["config", "check", "--config", bad], check=False)
    assert done.returncode == 78 and "bad.yaml:1:" in done.stdout + done.stderr


def test_without_a_gateway_it_ends_with_3_and_says_what_to_do(tmp_path):
    def run(socket, **environment):
        return subprocess.run([build_dir() / "bin" / "gatehousectl", *socket, "status"], capture_output=True, text=True, timeout=20,
                              env={"PATH": "/usr/bin", **environment})
    done = run(["--socket", str(tmp_path / "admin.sock")])
    assert done.returncode == 3 and str(tmp_path / "admin.sock") in done.stderr and "systemctl start gatehouse" in done.stderr
    assert str(tmp_path / "by-env") in run([], GATEHOUSE_ADMIN_SOCKET=str(tmp_path / "by-env")).stderr
    assert run(["--socket", "x" * 200]).returncode == 2


def test_a_gateway_that_stops_answering_is_noticed(tmp_path):
    import socket
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "s"))
        deaf.listen(1)
        client = subprocess.Popen([build_dir() / "bin" / "gatehousectl", "--socket", str(tmp_path / "s"), "status"],
                                  stderr=subprocess.PIPE, text=True)
        connection, _ = deaf.accept()
        connection.recv(100)
        connection.close()
        assert client.wait(20) == 3
        assert "ended the conversation" in client.stderr.read()
