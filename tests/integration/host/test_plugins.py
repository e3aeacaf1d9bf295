"""Plugins that are missing, fail, hang or kill the process: the rest runs on and everything is said."""
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from breadcrumb import calls_under_way
from gateway import Gateway, build_dir


def gateway_with(plugins, config=None, **plugin_config):
    return Gateway(plugins=plugins, config={"paths": {"plugin_dir": str(build_dir() / "test-plugins")}, **(config or {})},
                   plugin_config={name.replace("_", "-"): keys for name, keys in plugin_config.items()})


def plugin(gateway, name):
    return next(p for p in gateway.get("/health").json["plugins"] if p["name"] == name)


def test_a_plugin_whose_so_is_gone_takes_only_its_function_away(tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir(mode=0o755)
    for name in ("hello", "hls-proxy"):
        if (build_dir() / "plugins" / f"{name}.so").exists():
            shutil.copy(build_dir() / "plugins" / f"{name}.so", plugins)
    (plugins / "hls-proxy.so").unlink(missing_ok=True)
    with Gateway(plugins=["hello", "hls-proxy"], config={"paths": {"plugin_dir": str(plugins)}}) as gateway:
        health = gateway.get("/health").json
        assert health["status"] == "degraded"
        assert plugin(gateway, "hls-proxy")["state"] == "refused"
        assert "there is no file" in plugin(gateway, "hls-proxy")["reason"]
        answer = gateway.get("/hls/x/index.m3u8")
        assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
        assert "hls-proxy is not running" in answer.json["message"]
        assert gateway.get("/hello").status == 200
        assert "hls-proxy" in gateway.ctl(["plugins"]).stdout

        # Back on the disk, a reload is enough.
        (plugins / "hello.so").rename(plugins / "away")
        gateway.plugins = ["hello"]
        gateway.reload()
        gateway.wait_until("the line is gone", lambda: gateway.get("/hls/x").status == 404)
        assert "hls-proxy is not enabled" in gateway.get("/hls/x").json["message"]
        assert gateway.get("/health").json["status"] == "ok"


def test_taking_a_line_out_of_the_yaml_takes_the_function_away_by_reload():
    with gateway_with(["fx-provider", "fx-user", "fx-plain"]) as gateway:
        assert gateway.get("/fx-user/number").status == 200
        gateway.plugins = ["fx-user", "fx-plain"]
        gateway.reload()
        gateway.wait_until("fx-user is blocked", lambda: plugin(gateway, "fx-user")["state"] == "blocked")
        assert "requires fx/1, which no loaded plugin provides" in plugin(gateway, "fx-user")["reason"]
        assert gateway.get("/fx-user/number").status == 503
        assert gateway.get("/fx-provider/number").status == 404
        assert gateway.get("/fx-plain/number").status == 200
        assert gateway.get("/health").json["status"] == "degraded"
        gateway.plugins = ["fx-user", "fx-plain", "fx-provider"]
        gateway.reload()
        gateway.wait_until("all is well", lambda: gateway.get("/health").json["status"] == "ok")
        assert gateway.get("/fx-user/number").status == 200


def test_a_start_that_hangs_does_not_hang_the_daemon(tmp_path):
    with gateway_with(["fx-plain", "fx-other"], {"plugins": {"start_deadline": "500ms"}},
                      fx_plain={"hang_in": "start", "hang_until": str(tmp_path / "never")}) as gateway:
        assert plugin(gateway, "fx-plain")["state"] == "hung"
        assert gateway.get("/fx-plain/number").status == 503
        assert gateway.get("/fx-other/number").status == 200
        assert "its thread is abandoned" in gateway.log


def test_a_start_that_hangs_and_a_taken_port_end_the_process_in_one_piece(tmp_path):
    """The abandoned thread still runs in the plugin when the doors cannot be opened: nothing may be torn down under it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gateway = gateway_with(["fx-plain"], {"plugins": {"start_deadline": "500ms", "stop_deadline": "500ms"},
                                              "http": {"listen": [f"127.0.0.1:{taken.getsockname()[1]}"]}},
                               fx_plain={"hang_in": "start", "hang_until": str(tmp_path / "never")})
        gateway.start(wait=False)
        try:
            assert gateway.process.wait(20) == 1
            assert "its thread is abandoned" in gateway.log and "Address already in use" in gateway.log
            assert "Sanitizer" not in gateway.log
        finally:
            gateway._clean_up()


def test_a_failing_plugin_comes_back_by_itself(tmp_path):
    (tmp_path / "obstacle").touch()
    with gateway_with(["fx-plain"], fx_plain={"fail_while": str(tmp_path / "obstacle")}) as gateway:
        assert gateway.get("/health").json["status"] == "degraded"
        answer = gateway.get("/fx-plain/number")
        assert answer.status == 503 and "retry-after" in answer.headers
        (tmp_path / "obstacle").unlink()
        gateway.wait_until("it runs", lambda: plugin(gateway, "fx-plain")["state"] == "running")
        assert gateway.get("/fx-plain/number").status == 200


def test_a_critical_plugin_that_cannot_run_ends_the_service():
    gateway = gateway_with(["fx-gone", "fx-plain"], {"plugins": {"critical": ["fx-gone"]}})
    gateway.start(wait=False)
    try:
        assert gateway.process.wait(20) == 1
        assert "The critical plugin fx-gone is not running" in gateway.log
        checked = subprocess.run([build_dir() / "bin" / "gatehoused", "--config", gateway.config_file, "--check-config"], capture_output=True, text=True, timeout=30)
        assert checked.returncode == 78 and "plugin fx-gone would not run" in checked.stderr and "it is critical" in checked.stderr, checked
    finally:
        gateway._clean_up()


def die_in_the_plugin(gateway, how):
    """One life: a request goes into the plugin and the process dies there."""
    asking = threading.Thread(target=lambda: swallow(lambda: gateway.get("/fx-plain/act")))
    asking.start()
    if how == signal.SIGKILL:
        gateway.wait_until("the request is in the plugin",
                           lambda: ("fx-plain", "route fx-plain.act") in calls_under_way(gateway.runtime / "breadcrumb"))
        gateway.process.kill()
    assert gateway.process.wait(20) == -how
    asking.join(20)


def swallow(work):
    try:
        work()
    except Exception:
        pass


def check_quarantine(gateway):
    assert plugin(gateway, "fx-plain")["state"] == "quarantined"
    assert gateway.get("/health").json["status"] == "degraded"
    assert "fx-plain goes into quarantine" in gateway.log
    assert gateway.get("/fx-other/number").status == 200


SANITIZED = re.search(r"^GATEHOUSE_SANITIZE:STRING=.+$", (build_dir() / "CMakeCache.txt").read_text(), re.M)


@pytest.mark.skipif(bool(SANITIZED), reason="a sanitizer ends the process in its own way")
def test_a_plugin_that_crashes_the_process_three_times_is_quarantined(tmp_path):
    gateway = gateway_with(["fx-plain", "fx-other"], fx_plain={"crash_in": "route"})
    with gateway:
        for life in range(3):
            die_in_the_plugin(gateway, signal.SIGSEGV)
            gateway.start()
            if life < 2:
                assert plugin(gateway, "fx-plain")["state"] == "running"
                assert "ended by SIGSEGV" in gateway.log and "held against plugin fx-plain (route fx-plain.act)" in gateway.log
        check_quarantine(gateway)
        # It stays so over an orderly restart, and ends with the operator's word.
        gateway.restart()
        check_quarantine(gateway)
        assert "gatehousectl plugins release fx-plain" in plugin(gateway, "fx-plain")["reason"]
        refused = gateway.ctl(["plugins", "release", "fx-other"], check=False)
        assert refused.returncode != 0 and "in quarantine" in refused.stderr
        gateway.ctl(["plugins", "release", "fx-plain"])
        assert plugin(gateway, "fx-plain")["state"] == "running"
        gateway.restart()
        assert plugin(gateway, "fx-plain")["state"] == "running"


def test_kill_9_in_a_plugins_call_counts_as_well(tmp_path):
    gateway = gateway_with(["fx-plain", "fx-other"],
                           fx_plain={"hang_in": "route", "hang_until": str(tmp_path / "never")})
    with gateway:
        for _ in range(3):
            die_in_the_plugin(gateway, signal.SIGKILL)
            gateway.start()
        check_quarantine(gateway)


def test_kill_9_outside_every_plugin_is_nobodys_fault():
    with gateway_with(["fx-plain"]) as gateway:
        for _ in range(4):
            gateway.restart(kill=True)
        assert plugin(gateway, "fx-plain")["state"] == "running"
        assert "ended without a trace" in gateway.log
        assert not (gateway.state / "plugin-deaths.json").exists()
