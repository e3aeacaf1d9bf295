"""The Debian packages on a clean Debian 12: what an installation gives, that it serves, what an upgrade and a removal leave,
and a third-party plugin built against what gatehouse-dev installed. The tests follow each other on one machine."""
import gzip
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

import chroot
import debs
from processes import Stack, wait_until
from receiver import Receiver
from simcam import SimCam

pytestmark = pytest.mark.skipif(chroot.reason_against() is not None, reason=str(chroot.reason_against()))

CONFIG, KEY, STATE = "/etc/gatehouse/gatehouse.yaml", "/etc/gatehouse/keys/master.key", "/var/lib/gatehouse"
ENABLED = ["gatehouse.service", "gatehouse-media.service"]
UNITS = [*ENABLED, "gatehouse-mediamtx.service"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return debs.build(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def box(packages):
    machine = chroot.Chroot()
    try:
        install(machine, packages)
        yield machine
    finally:
        machine.remove()


def install(machine, packages):
    shutil.rmtree(machine.path("/packages"), ignore_errors=True)
    machine.path("/packages").mkdir()
    for deb in packages.values():
        shutil.copy(deb, machine.path("/packages"))
    return machine.apt("install", *[f"/packages/{deb.name}" for deb in packages.values()])


def edit(machine, name, old, new):
    file = machine.path(name)
    text = file.read_text()
    assert old in text, f"{old!r} is not in {name}"
    file.write_text(text.replace(old, new))


def unit_groups(box):
    [line] = [line for line in box.path("/lib/systemd/system/gatehouse.service").read_text().splitlines() if line.startswith("SupplementaryGroups=")]
    return ["gatehouse", *line.partition("=")[2].split()]


class Service:
    """gatehoused as its unit runs it, but for the sandbox: its user and groups, no capabilities, the key as a credential."""

    def __init__(self, box, stack, log):
        self.box, self.log = box, log
        credentials = box.path("/run/credentials/gatehouse.service")
        credentials.mkdir(parents=True, exist_ok=True)
        shutil.copy(box.path(KEY), credentials)
        owner = box.path("/run/gatehouse").stat()
        os.chown(credentials / "master.key", owner.st_uid, owner.st_gid)
        environment = {**chroot.ENVIRONMENT, "CREDENTIALS_DIRECTORY": "/run/credentials/gatehouse.service"}
        self.process = stack.start(box.command(["gatehoused", "--config", CONFIG], user="gatehouse", groups=unit_groups(box)), log, env=environment)
        ports = box.path("/run/gatehouse/ports.json")
        self.wait("gatehoused opens its door", ports.exists)
        self.url = f"http://127.0.0.1:{json.loads(ports.read_text())['http'][0]['port']}"

    def wait(self, what, condition):
        try:
            return wait_until(what, condition, 60)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log.read_text()[-4000:]}") from None

    def get(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=15) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def json(self, path):
        return json.loads(self.get(path)[1])

    def ctl(self, *arguments):
        return self.box.run(["gatehousectl", *arguments]).stdout


def test_users_groups_and_places(box):
    names = box.run(["id", "-nG", "gatehouse"]).stdout.split()
    assert {"gatehouse", "gatehouse-mtx"} <= set(names) and "gatehouse-admin" not in names
    assert box.run(["getent", "passwd", "gatehouse", "gatehouse-mtx"]).stdout.count("nologin") == 2
    assert box.run(["getent", "group", "gatehouse-admin"]).stdout
    stat = box.run(["stat", "-c", "%U %G %a %n", STATE, "/run/gatehouse", "/run/gatehouse-mtx", "/etc/gatehouse/keys", KEY]).stdout
    assert stat.splitlines() == [f"gatehouse gatehouse 750 {STATE}", "gatehouse gatehouse 755 /run/gatehouse",
                                 "gatehouse gatehouse-mtx 750 /run/gatehouse-mtx", "root root 700 /etc/gatehouse/keys",
                                 f"root root 600 {KEY}"]
    assert len(box.path(KEY).read_bytes()) == 32


def test_units_are_good_and_enabled_where_they_need_nothing_from_elsewhere(box):
    for unit in UNITS:
        done = box.run(["systemd-analyze", "verify", "--man=no", f"/lib/systemd/system/{unit}"])
        assert not done.stderr.strip(), done.stderr
        enabled = box.path(f"/etc/systemd/system/multi-user.target.wants/{unit}").is_symlink()
        assert enabled == (unit in ENABLED), unit


def test_every_page_that_a_unit_names_is_installed(box):
    wanted = {"man1/gatehousectl.1", "man5/gatehouse.yaml.5", "man8/gatehoused.8", "man8/gatehouse-mediad.8"}
    for page in wanted:
        assert ".SH SYNOPSIS" in gzip.decompress(box.path(f"/usr/share/man/{page}.gz").read_bytes()).decode()
    for unit in UNITS:
        for line in box.path(f"/lib/systemd/system/{unit}").read_text().splitlines():
            if line.startswith("Documentation=man:"):
                name, section = line.removeprefix("Documentation=man:").rstrip(")").split("(")
                assert f"man{section}/{name}.{section}" in wanted


def test_documents_that_the_manual_names_are_there_by_that_name(box):
    page = gzip.decompress(box.path("/usr/share/man/man5/gatehouse.yaml.5.gz").read_bytes()).decode()
    named = "/usr/share/doc/gatehouse/reference/configuration.md"
    assert named in page and box.path(named).is_file()


def test_the_installed_configuration_is_good(box):
    assert box.run(["gatehoused", "--check-config"], user="gatehouse").stdout == "The configuration is good.\n"
    assert "enabled: [media-worker, hls-proxy]" in box.path(CONFIG).read_text()
    assert 'listen: ["[::]:3000", "0.0.0.0:3000"]' in box.path(CONFIG).read_text()
    assert "\nmode: service\n" in box.path("/etc/gatehouse/plugins.d/media-worker.yaml").read_text()
    conffiles = box.run(["dpkg-query", "-W", "-f", "${Conffiles}", "gatehouse"]).stdout
    listed = {line.split()[0] for line in conffiles.splitlines() if line.strip()}
    assert {CONFIG, "/etc/gatehouse/plugins.d/hls-proxy.yaml", "/etc/gatehouse/plugins.d/media-worker.yaml"} <= listed
    assert not any("keys" in name for name in listed)


@pytest.fixture(scope="module")
def webhook(box, packages, tmp_path_factory):
    """The example, built outside the tree against what gatehouse and gatehouse-dev install, and installed into the box."""
    work = tmp_path_factory.mktemp("webhook")
    for name in ("gatehouse", "gatehouse-dev"):
        subprocess.run(["dpkg-deb", "--extract", packages[name], work / "prefix"], check=True)
    source = work / "prefix/usr/share/doc/gatehouse-dev/examples/state-webhook"
    build = work / "build"
    for command in (["cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={work}/prefix/usr", "-DCMAKE_BUILD_TYPE=Release"],
                    ["cmake", "--build", build], ["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error"],
                    ["cmake", "--install", build]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    [made] = (work / "prefix/usr/lib").glob("*/gatehouse/plugins/state-webhook.so")
    inside = "/" + str(made.relative_to(work / "prefix"))
    shutil.copy(made, box.path(inside))
    return source


def test_it_serves_page_and_pictures_and_loads_a_third_party_plugin(box, webhook, tmp_path):
    edit(box, CONFIG, 'listen: ["[::]:3000", "0.0.0.0:3000"]', 'listen: ["127.0.0.1:0"]')
    with Stack() as stack, Receiver(first_answers=[503]) as receiver, SimCam(cameras=1) as cameras:
        stack.start(box.command(["/usr/libexec/gatehouse/gatehouse-mediad", "--socket", "/run/gatehouse/media.sock"],
                                user="gatehouse"), tmp_path / "mediad.log", env=chroot.ENVIRONMENT)
        service = Service(box, stack, tmp_path / "gatehoused.log")
        assert service.json("/health")["status"] == "ok"
        page = service.get("/")[1].decode()
        script = page.split('src="')[1].split('"')[0]
        assert "<title>" in page and service.get(script)[0] == 200
        assert "ok" in service.ctl("status")
        assert_members_of_gatehouse_admin_may_administer(box)
        assert "cannot use" not in service.log.read_text()

        enable_webhook(box, webhook, receiver.port)
        service.process.send_signal(signal.SIGHUP)
        service.wait("the plugin runs", lambda: "state-webhook" in service.ctl("plugins") and "running" in service.ctl("plugins"))
        service.ctl("cameras", "add", "--name", "Front gate", "--url", cameras.main(1), "--visibility", "public")
        service.wait("the camera is live", lambda: [c["state"] for c in service.json("/api/live")["data"]["cameras"]] == ["live"])
        playlist = service.json("/api/stream/1")["data"]["streams"]["hls"]
        service.wait("the camera has pictures", lambda: b"#EXTM3U" in service.get(playlist)[1])

        service.wait("the receiver has heard it", lambda: "live" in [event["state"] for event in receiver.accepted()])
        status, fields, event = receiver.received[0]
        assert status == 503 and fields["X-Gatehouse-Secret"] == "s3cret"
        assert event == receiver.accepted()[0], "what was refused once was not sent again"
        assert event["event"] == "camera_state" and event["camera"]["name"] == "Front gate"
        assert "s3cret" not in service.log.read_text()
        service.process.terminate()
        assert service.process.wait(60) == 0


def assert_members_of_gatehouse_admin_may_administer(box):
    box.run(["useradd", "--no-create-home", "ordinary"])
    assert box.run(["gatehousectl", "status"], user="ordinary", check=False).returncode != 0
    box.run(["usermod", "--append", "--groups", "gatehouse-admin", "ordinary"])
    assert "ok" in box.run(["gatehousectl", "status"], user="ordinary").stdout


def enable_webhook(box, source, port):
    settings = box.path("/etc/gatehouse/plugins.d/state-webhook.yaml")
    shutil.copy(source / "state-webhook.yaml", settings)
    edit(box, settings.relative_to(box.root), "http://127.0.0.1:8080/cameras", f"http://127.0.0.1:{port}/hook")
    edit(box, settings.relative_to(box.root), 'secret_file: ""', "secret_file: /etc/gatehouse/state-webhook.secret")
    box.path("/etc/gatehouse/state-webhook.secret").write_text("s3cret\n")
    box.run(["sh", "-c", "cd /etc/gatehouse && chgrp gatehouse state-webhook.secret && chmod 0640 state-webhook.secret"])
    edit(box, CONFIG, "enabled: [media-worker, hls-proxy]", "enabled: [media-worker, hls-proxy, state-webhook]")


def test_an_upgrade_keeps_edits_and_key_and_brings_the_rest(box, packages, tmp_path):
    edited, key = box.path(CONFIG).read_text(), box.path(KEY).read_bytes()

    def later(name, tree):
        if name == "gatehouse":
            for file in ("gatehouse.yaml", "plugins.d/hls-proxy.yaml"):
                with open(tree / "etc/gatehouse" / file, "a") as out:
                    out.write("# later\n")
    install(box, debs.newer(packages, tmp_path, later))
    assert box.run(["dpkg-query", "-W", "-f", "${Version}", "gatehouse"]).stdout.endswith("+later")
    assert box.path(CONFIG).read_text() == edited
    assert box.path("/etc/gatehouse/plugins.d/hls-proxy.yaml").read_text().endswith("# later\n")
    assert box.path(KEY).read_bytes() == key
    assert box.path(STATE + "/gatehouse.db").exists()
    box.run(["gatehoused", "--check-config"], user="gatehouse")


def test_an_upgrade_leaves_mediamtx_running_and_a_removal_ends_it(box):
    """debhelper's own snippet for a unit that it does not start would stop it on every upgrade, and nobody would start it again."""
    scripts = {name: box.path(f"/var/lib/dpkg/info/gatehouse.{name}") for name in ("preinst", "prerm")}
    assert not scripts["preinst"].exists() or "gatehouse-mediamtx" not in scripts["preinst"].read_text()
    assert "stop gatehouse-mediamtx.service" in scripts["prerm"].read_text()


def test_a_missing_key_beside_a_database_is_told_not_replaced(box):
    kept = box.path(KEY).rename(box.path(KEY + ".kept"))
    done = box.run(["/var/lib/dpkg/info/gatehouse.postinst", "configure", "0"])
    assert "master.key is missing" in done.stderr and not box.path(KEY).exists()
    kept.rename(box.path(KEY))


def test_a_removal_keeps_what_belongs_to_the_operator_and_a_purge_keeps_footage(box, packages):
    footage = box.path(STATE + "/recordings/camera/2026.mp4")
    footage.parent.mkdir(parents=True)
    footage.write_bytes(b"footage")
    box.apt("remove", *packages)
    assert not box.path("/usr/sbin/gatehoused").exists() and not box.path("/lib/systemd/system/gatehouse.service").exists()
    for kept in (CONFIG, KEY, STATE + "/gatehouse.db", footage.relative_to(box.root)):
        assert box.path(kept).exists(), kept

    said = box.run(["dpkg", "--purge", "gatehouse", "gatehouse-media"])
    assert "gatehouse: /var/lib/gatehouse is kept" in said.stdout + said.stderr
    for gone in (CONFIG, KEY, "/etc/gatehouse/keys", STATE + "/gatehouse.db", "/etc/systemd/system/multi-user.target.wants/gatehouse.service"):
        assert not os.path.lexists(box.path(gone)), gone
    assert footage.read_bytes() == b"footage"
    assert box.path("/etc/gatehouse/state-webhook.secret").exists(), "a file of the operator's own is gone"

    install(box, packages)
    assert len(box.path(KEY).read_bytes()) == 32 and footage.exists()


def test_a_purge_without_footage_leaves_nothing_and_says_nothing(box, packages, tmp_path):
    shutil.rmtree(box.path(STATE + "/recordings"))  # as the operator was told
    edit(box, CONFIG, 'listen: ["[::]:3000", "0.0.0.0:3000"]', 'listen: ["127.0.0.1:0"]')
    with Stack() as stack:
        service = Service(box, stack, tmp_path / "gatehoused.log")
        service.process.terminate()
        assert service.process.wait(60) == 0
    for deaths in ("plugin-deaths.json", "plugin-deaths.json.new"):
        box.path(f"{STATE}/{deaths}").touch()
    assert box.path(STATE + "/gatehouse.db").exists()
    said = box.apt("purge", *packages)
    assert "is kept" not in said.stdout + said.stderr
    assert not box.path(STATE).exists(), os.listdir(box.path(STATE))
    assert not box.path("/etc/gatehouse/plugins.d/media-worker.yaml").exists()
