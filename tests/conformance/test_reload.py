"""The configuration file: what is seen, what it throws away, what ends the process; and the process's life."""
import json
import os
import socket
import time

import pytest

from mediamtx import MediaMtx
from processes import wait_until

DEAD = {"source": "rtsp://127.0.0.1:1/x", "sourceOnDemand": True}
RELOAD = "reloading configuration (file changed)"


@pytest.fixture
def engine(start):
    with start(paths={"fixed": DEAD}, live=False) as running:
        yield running


def names(engine):
    return [item["name"] for item in engine.api("GET", "/v3/config/paths/list").json["items"]]


def add(engine, name):
    assert engine.api("POST", f"/v3/config/paths/add/{name}", DEAD).status == 200
    wait_until(f"{name} is there", lambda: name in names(engine) and engine.path(name), 5, every=0.01)


def reloads(engine):
    return engine.log.count(RELOAD)


def reload_by(engine, action):
    before = reloads(engine)
    action()
    wait_until("the file is read again", lambda: reloads(engine) > before, 5, every=0.02)


def test_a_rename_without_a_difference_drops_what_the_api_made(engine):
    add(engine, "made")
    started = engine.api("GET", "/v3/info").json["started"]
    reload_by(engine, engine.write_config)
    wait_until("it is gone", lambda: names(engine) == ["fixed"] and not engine.path("made"), 5, every=0.02)
    assert engine.api("GET", "/v3/info").json["started"] == started
    assert engine.running


def test_a_write_in_place_is_seen(engine):
    add(engine, "made")

    def overwrite():
        engine.config_file.write_bytes(engine.config_file.read_bytes())
    reload_by(engine, overwrite)


def test_touch_chmod_and_other_files_are_not_seen(engine):
    add(engine, "made")
    os.utime(engine.config_file)
    os.chmod(engine.config_file, 0o600)
    (engine.directory / "other.yml").write_text("foo: 1\n")
    (engine.directory / "mediamtx.yml.bak").write_text("foo: 1\n")
    part = engine.directory / "renamed"
    part.write_text("foo: 1\n")
    part.rename(engine.directory / "renamed.yml")
    # The watcher has dealt with all of that once it has seen this.
    engine.paths["later"] = DEAD
    assert reloads(engine) == 0 and names(engine) == ["fixed", "made"]
    reload_by(engine, engine.write_config)
    assert reloads(engine) == 1


def test_of_two_quick_renames_the_second_is_lost(engine):
    def both():
        engine.paths["first"] = DEAD
        engine.write_config()
        wait_until("the first is read", lambda: reloads(engine) == 1, 5, every=0.005)
        engine.paths["second"] = DEAD
        engine.write_config()
    began = time.monotonic()
    both()
    if time.monotonic() - began > 0.9:
        pytest.skip("too busy a machine to write twice in a second")
    # An event more than a second later brings both in: had the second been seen, there would be three reloads.
    wait_until("a second has passed", lambda: time.monotonic() - began > 1.3, 5)
    assert names(engine) == ["first", "fixed"]
    engine.paths["third"] = DEAD
    engine.write_config()
    wait_until("all are there", lambda: names(engine) == ["first", "fixed", "second", "third"], 5)
    assert reloads(engine) == 2


def test_what_did_not_change_keeps_running(start, cameras):
    with start(paths={"keep": {"source": cameras.source(1)}, "change": {"source": cameras.source(2)}}) as engine:
        since = {name: engine.wait_available(name)["availableTime"] for name in ("keep", "change")}
        engine.paths["change"]["maxReaders"] = 3
        engine.paths["new"] = DEAD
        engine.write_config()
        wait_until("the new path", lambda: engine.path("new"), 5)
        wait_until("the changed path began anew", lambda: engine.wait_available("change")["availableTime"] != since["change"], 10)
        assert engine.path("keep")["availableTime"] == since["keep"]
        engine.paths["keep"]["record"] = False  # hot, and the same as before
        assert engine.api("POST", "/v3/config/paths/replace/keep", engine.paths["keep"]).status == 200
        assert engine.path("keep")["availableTime"] == since["keep"]


BAD = [("paths: {\n", None), ("- a\n", "cannot unmarshal array"), ("noSuchField: 1\n", 'json: unknown field "noSuchField"'),
       ("paths:\n  x:\n    sourc: y\n", 'json: unknown field "sourc"'), ("paths:\n  x:\n    source: foo://y\n", "invalid source: 'foo://y'"),
       ("readTimeout: 5\n", "json: cannot unmarshal number into Go value of type string"), ("api: maybe\n", "json: cannot unmarshal string"),
       ("api: yes\napi: no\n", 'mapping key "api" already defined'), ("writeQueueSize: 1000\n", "'writeQueueSize' must be a power of two"),
       ("authMethod: http\n", "'authHTTPAddress' is empty"), ("hlsVariant: x\n", "invalid HLS variant: 'x'"),
       ("authHTTPExclude:\n- action: x\n", "invalid auth action: 'x'"), ("paths: 5\n", "cannot unmarshal number")]


@pytest.mark.parametrize("text, error", BAD[:4], ids=range(4))
def test_a_bad_file_ends_the_running_process_with_0(engine, text, error):
    engine.write_text(text)
    assert engine.wait_end(10) == 0
    assert RELOAD in engine.log and (error is None or f"ERR {error}" in engine.log or error in engine.log)
    assert "waiting for running hooks" in engine.log


@pytest.mark.parametrize("text, error", BAD, ids=range(len(BAD)))
def test_a_bad_file_at_start_ends_it_with_1(kind, text, error, tmp_path):
    engine = MediaMtx(kind, directory=tmp_path)
    engine.write_text(text)
    engine.start(wait=False, write=False)
    assert engine.wait_end(10) == 1
    assert engine.log.startswith("ERR: ") and (error or "") in engine.log


def test_no_file_ends_it_with_1(kind, tmp_path):
    engine = MediaMtx(kind, directory=tmp_path)
    engine.start(wait=False, write=False)
    assert engine.wait_end(10) == 1
    assert engine.log == f"ERR: open {engine.config_file}: no such file or directory\n"


@pytest.mark.parametrize("port", ["api_port", "hls_port", "metrics_port", "rtsp_port"])
def test_a_taken_port_ends_it_with_1(kind, port, tmp_path):
    engine = MediaMtx(kind, directory=tmp_path)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", getattr(engine, port)))
        holder.listen()
        engine.start(wait=False)
        assert engine.wait_end(10) == 1
    assert f"ERR listen tcp 127.0.0.1:{getattr(engine, port)}: bind: address already in use" in engine.log


def test_a_port_taken_by_a_reload_ends_it_too(engine):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        engine.config["hlsAddress"] = f"127.0.0.1:{holder.getsockname()[1]}"
        engine.write_config()
        assert engine.wait_end(10) == 0
    assert "bind: address already in use" in engine.log


def test_sigterm_ends_it_in_good_order(engine):
    assert engine.stop() == 0
    lines = engine.log.splitlines()
    assert lines[-1].endswith("INF waiting for running hooks")
    assert any(line.endswith("INF shutting down gracefully") for line in lines)


def test_after_a_kill_api_paths_are_gone_and_started_is_new(engine):
    add(engine, "made")
    started = engine.api("GET", "/v3/info").json["started"]
    engine.restart(kill=True, write=False)
    assert names(engine) == ["fixed"]
    assert engine.api("GET", "/v3/info").json["started"] != started


def test_log_lines(engine):
    head = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
    import re
    log = engine.log
    for line in ("INF MediaMTX v1.20.1", f"INF configuration loaded from {engine.config_file}",
                 f"INF \\[API\\] started with listener on 127.0.0.1:{engine.api_port} \\(TCP/HTTP\\)",
                 f"INF \\[HLS\\] started with listener on 127.0.0.1:{engine.hls_port} \\(TCP/HTTP\\)"):
        assert re.search(f"(?m)^{head} {line}", log), (line, log)


def test_structured_log_lines(start):
    with start(config={"logStructured": True}, paths={"p": {"source": "rtsp://127.0.0.1:1/x"}}, live=False) as engine:
        wait_until("an attempt failed", lambda: "connection refused" in engine.log, 5)
        lines = [json.loads(line) for line in engine.log.splitlines()]
        assert all(list(line) == ["timestamp", "level", "message"] for line in lines)
        assert ("ERR", "[path p] [RTSP source] dial tcp 127.0.0.1:1: connect: connection refused") in [(x["level"], x["message"]) for x in lines]
