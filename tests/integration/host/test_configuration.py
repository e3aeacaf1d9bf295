"""Bad configuration over real processes: everything wrong is told at once, with its place, exit code 78, nothing started."""
import json
import re
import subprocess

import pytest

from gateway import Gateway, build_dir

ALIAS_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))

# What is written into gatehouse.yaml, and what must be said of it.
BAD = {
    "wrong type": ("db:\n  readers: many\n", ["2:12: expected a whole number, found 'many'"]),
    "text for a map": ("db: 5\n", ["1:5: db must be a map of keys"]),
    "list for text": ("paths:\n  web_dir: [a]\n", ["2:12: expected text"]),
    "out of bounds": ("db:\n  readers: 65\n", ["2:12: '65' is out of bounds; allowed is 1 to 64"]),
    "unknown key": ("db:\n  raeders: 5\n", ["2:3: unknown key 'raeders' in db; did you mean 'readers'?"]),
    "unknown section": ("htpp:\n  access_log: true\n", ["1:1: unknown key 'htpp'; did you mean 'http'?"]),
    "duplicate key": ("db:\n  readers: 5\n  readers: 6\n", ["3:3: duplicate key 'readers'; the first is at line 2"]),
    "octal-looking number": ("db:\n  readers: 010\n", ["2:12: '010' looks like an octal number"]),
    "duration without a unit": ("db:\n  read_wait: 200\n", ["2:14: '200' lacks a unit; for seconds write 200s"]),
    "alias bomb": (ALIAS_BOMB, ["1:5: anchors (&name) are not supported"]),
    "tabs": ("db:\n\treaders: 5\nhttp:\n\tloops: 1\n", ["2:1: a tab in the indentation", "4:1: a tab in the indentation"]),
    "empty file": ("", ["1:1: the file is empty"]),
    "10 MB": ("#" * (10 << 20), ["0:0: the file is larger than 1048576 bytes (1 MiB)"]),
    "deep nesting": ("[" * 50 + "]" * 50, ["nested deeper than 32 levels"]),
    "broken yaml": ("db: [1\nhttp: 2\n", ["2:5: not valid YAML"]),
    "two documents": ("db:\n  readers: 5\n---\ndb:\n  readers: 6\n", ["a second document"]),
    "bad address": ("http:\n  listen: [\"here:80\"]\n", ["2:12: 'here:80' is not an address with a port"]),
    "critical but not enabled": ("plugins:\n  critical: [hello]\n", ["2:14: 'hello' is critical but not enabled"]),
    "everything at once": ("db:\n  readers: 0\n  raed_wait: 1s\ncache:\n  memory: 64MB\nhttp:\n  access_log: yes\nwork:\n  threads: 08\n",
                           ["2:12: '0' is out of bounds", "3:3: unknown key 'raed_wait' in db; did you mean 'read_wait'?",
                            "5:11: expected a size", "7:15: expected true or false, found 'yes'",
                            "9:12: '08' looks like an octal number"]),
}


def run(config, *more):
    return subprocess.run([build_dir() / "bin" / "gatehoused", "--config", config, *more], capture_output=True, text=True,
                          timeout=30)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("check_only", [False, True], ids=["start", "check"])
def test_bad_yaml_is_refused_with_its_place(tmp_path, name, check_only):
    text, expected = BAD[name]
    config = tmp_path / "gatehouse.yaml"
    config.write_text(text)
    done = run(config, *(["--check-config"] if check_only else []))
    assert done.returncode == 78, done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
    for part in expected:
        assert any(line.startswith(f"{config}:") and part in line for line in lines), (part, lines)
    assert len(lines) == len(expected), lines
    assert all(re.match(r"[^:]+:\d+:\d+: ", line) for line in lines)


def test_all_files_are_read_and_nothing_is_started(tmp_path):
    gateway = Gateway(plugins=["hello", "fx-plain"], directory=tmp_path,
                      config={"paths": {"plugin_dir": str(build_dir() / "test-plugins")}, "db": {"readers": 0}},
                      plugin_config={"fx-plain": {"number": 77, "nmber": 1}})
    gateway.write_config()
    done = run(gateway.config_file)
    assert done.returncode == 78
    assert "gatehouse.yaml:" in done.stderr and "'0' is out of bounds; allowed is 1 to 64" in done.stderr
    assert "fx-plain.yaml:2:12: '77' is out of bounds; allowed is 0 to 9" in done.stderr
    assert "fx-plain.yaml:3:2: unknown key 'nmber' in fx-plain; did you mean 'number'?" in done.stderr
    assert not (tmp_path / "state" / "gatehouse.db").exists()
    assert not (tmp_path / "run" / "ports.json").exists()
    assert not (tmp_path / "run" / "admin.sock").exists()


def test_a_bad_plugin_file_alone_keeps_the_service_from_starting(tmp_path):
    gateway = Gateway(plugins=["hello"], directory=tmp_path, plugin_config={"hello": {"greting": "x"}})
    gateway.write_config()
    done = run(gateway.config_file)
    assert done.returncode == 78, done
    assert "hello.yaml:2:2: unknown key 'greting' in hello; did you mean 'greeting'?" in done.stderr
    assert not (tmp_path / "state" / "gatehouse.db").exists()


def test_a_good_configuration_is_called_good(tmp_path):
    gateway = Gateway(plugins=["hello", "nowhere"], directory=tmp_path)
    gateway.write_config()
    done = run(gateway.config_file, "--check-config")
    assert done.returncode == 0, done
    assert "The configuration is good." in done.stdout
    assert "warning: plugin nowhere would not run: there is no file" in done.stderr
    assert not (tmp_path / "state" / "gatehouse.db").exists()


def test_a_file_of_comments_means_defaults(tmp_path):
    config = tmp_path / "gatehouse.yaml"
    config.write_text("# nothing yet\n")
    assert run(config, "--check-config").returncode == 0


def test_a_missing_file_is_told(tmp_path):
    done = run(tmp_path / "no.yaml")
    assert done.returncode == 78
    assert done.stderr == f"{tmp_path / 'no.yaml'}:0:0: the file does not exist\n"


def test_a_refused_reload_leaves_everything_as_it_runs():
    with Gateway(plugins=["hello"], plugin_config={"hello": {"greeting": "Good day"}}) as gateway:
        gateway.plugin_config["hello"] = {"greeting": 5, "loud": True}
        gateway.config["db"] = {"readers": 99}
        gateway.reload()
        gateway.wait_until("the refusal is told", lambda: "the running one stays in force" in gateway.log)
        gateway.wait_until("the reload is through", lambda: "reload" in gateway.get("/health").json)
        answer = gateway.get("/health").json
        assert answer["status"] == "ok" and answer["plugins"][0]["state"] == "running"
        assert answer["reload"]["applied"] is False
        messages = "\n".join(answer["reload"]["messages"])
        assert "unknown key 'loud' in hello" in messages and "'99' is out of bounds" in messages
        assert gateway.get("/hello").json["data"]["greeting"] == "Good day"
        status = gateway.ctl(["status"]).stdout
        assert "refused" in status or "unknown key 'loud'" in status, status

        gateway.plugin_config["hello"] = {"greeting": "Good evening"}
        gateway.config["db"] = {"readers": 4}
        gateway.reload()
        gateway.wait_until("the new greeting", lambda: gateway.get("/hello").json["data"]["greeting"] == "Good evening")
        gateway.wait_until("the reload is through", lambda: gateway.get("/health").json["reload"]["applied"])
        assert "db.readers takes effect when the service is started again" in gateway.get("/health").json["reload"]["messages"]


def test_a_reload_over_the_admin_door_answers_with_its_problems():
    with Gateway(plugins=["hello"]) as gateway:
        gateway.plugin_config["hello"] = {"greting": "x"}
        gateway.write_config()
        done = gateway.ctl(["config", "show"])
        assert "http.listen" in done.stdout
        answer = gateway.admin("POST", "/api/admin/reload")
        assert answer.status >= 400, answer
        assert "unknown key 'greting'" in json.dumps(answer.json)
        assert gateway.get("/hello").status == 200
