"""What systemd hears, and what the unit files say."""
import configparser
import os
import pathlib
import shlex
import socket
import subprocess

from gateway import Gateway
from processes import wait_until

TOP = pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"])


class Systemd:
    """The receiving end of sd_notify(3)."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.heard = []

    def hear(self):
        while True:
            try:
                self.heard.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return "\n".join(self.heard)

    def wait_for(self, text):
        wait_until(f"systemd hears {text}", lambda: text in self.hear(), 20)


def test_systemd_hears_of_every_turn(tmp_path):
    systemd = Systemd(tmp_path / "notify")
    with Gateway(plugins=["hello"], environment={"WATCHDOG_USEC": "6000000"}) as gateway:
        gateway.stop()
        # The helper keeps its children from the real systemd; here they get this one.
        gateway._environment["NOTIFY_SOCKET"] = systemd.path
        gateway.start()
        systemd.wait_for("READY=1\nSTATUS=1 of 1 plugins are running")
        systemd.wait_for("WATCHDOG=1")
        gateway.reload()
        systemd.wait_for("RELOADING=1\nMONOTONIC_USEC=")
        systemd.heard.clear()
        gateway.plugin_config["hello"] = {"greting": 1}
        gateway.reload()
        systemd.wait_for("STATUS=The last reload was refused; 1 of 1 plugins are running")
        gateway.stop()
        systemd.wait_for("STOPPING=1")


def unit(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(TOP / "systemd" / name)
    return parser


def test_the_unit_restarts_what_may_be_restarted_and_feeds_a_watchdog():
    service = unit("gatehouse.service")["Service"]
    assert service["Type"] == "notify"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["RestartPreventExitStatus"] == "78"
    assert service["RuntimeDirectoryPreserve"] == "yes"
    assert "WatchdogSec" in service and "LoadCredential" in service
    for name in ("gatehouse.service", "gatehouse-media.service"):
        for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp"):
            assert unit(name)["Service"][key] == "yes"
        assert unit(name)["Service"]["ProtectSystem"] == "strict"


def test_no_unit_is_given_up_and_none_holds_up_the_boot_for_ever():
    for name in ("gatehouse.service", "gatehouse-media.service", "gatehouse-mediamtx.service"):
        assert unit(name)["Unit"]["StartLimitIntervalSec"] == "0" and "StartLimitBurst" not in unit(name)["Unit"], name
        assert unit(name)["Service"]["Restart"] == "always", name
        assert unit(name)["Service"].get("TimeoutStartSec") != "infinity", name


def test_mediamtx_says_what_it_waits_for(tmp_path):
    file = tmp_path / "mediamtx.yml"
    command = unit("gatehouse-mediamtx.service")["Service"]["ExecStartPre"].replace("\\\n", " ").replace("$$", "$")
    program, option, script = shlex.split(command.replace("/run/gatehouse-mtx/mediamtx.yml", str(file)))
    with subprocess.Popen([program, option, script], stdout=subprocess.PIPE, text=True) as waiting:
        try:
            said = waiting.stdout.readline()
            assert str(file) in said and "plugins.enabled" in said and "reload gatehouse" in said
            file.write_text("hls: yes\n")
            assert waiting.wait(20) == 0 and not waiting.stdout.read()
        finally:
            waiting.kill()
    assert subprocess.run([program, option, script], capture_output=True, timeout=20, check=True).stdout == b"", "nothing to wait for"
