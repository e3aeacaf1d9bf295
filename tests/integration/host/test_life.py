"""Starting once, draining, ending in a hurry."""
import signal
import subprocess
import threading

from breadcrumb import calls_under_way
from gateway import Gateway, build_dir


def fixtures(**more):
    return {"paths": {"plugin_dir": str(build_dir() / "test-plugins")}, **more}


class Slow:
    """A request that waits in the plugin fx-plain until it is let go."""

    def __init__(self, gateway):
        self.gateway, self.answer, self.failure = gateway, None, None
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        try:
            self.answer = self.gateway.get("/fx-plain/act", timeout=30)
        except Exception as failure:
            self.failure = failure


def slow_gateway(tmp_path, **http):
    return Gateway(plugins=["fx-plain"], config=fixtures(http={"drain_deadline": "20s", **http}),
                   plugin_config={"fx-plain": {"hang_in": "route", "hang_until": str(tmp_path / "go")}})


def begin_slow_request(gateway):
    slow = Slow(gateway)
    gateway.wait_until("the request is in the plugin",
                       lambda: ("fx-plain", "route fx-plain.act") in calls_under_way(gateway.runtime / "breadcrumb"))
    return slow


def test_sigterm_lets_a_slow_request_finish(tmp_path):
    gateway = slow_gateway(tmp_path)
    with gateway:
        slow = begin_slow_request(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_until("the doors close", lambda: not (gateway.runtime / "ports.json").exists())
        assert gateway.running and slow.thread.is_alive()
        (tmp_path / "go").touch()
        assert gateway.process.wait(20) == 0
        slow.thread.join(10)
        assert slow.failure is None and slow.answer.status == 200 and slow.answer.text == "calm"
        assert slow.answer.headers.get("connection") == "close"
        assert "Ended in order" in gateway.log


def test_a_second_sigterm_does_not_wait(tmp_path):
    gateway = slow_gateway(tmp_path, drain_deadline="5m")
    with gateway:
        slow = begin_slow_request(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_until("the doors close", lambda: not (gateway.runtime / "ports.json").exists())
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_until("the hurry is told", lambda: "Asked again to end" in gateway.log)
        assert gateway.process.wait(20) == 0
        slow.thread.join(10)
        assert slow.answer is None or slow.answer.status >= 500


def test_the_drain_has_an_end(tmp_path):
    gateway = slow_gateway(tmp_path, drain_deadline="500ms")
    gateway.config["plugins"] = {"stop_deadline": "500ms"}
    with gateway:
        slow = begin_slow_request(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(20) == 0
        slow.thread.join(10)
        assert "Some connections had to be cut" in gateway.log


def test_a_second_gateway_on_the_same_state_is_refused():
    with Gateway(plugins=["hello"]) as gateway:
        second = subprocess.run([build_dir() / "bin" / "gatehoused", "--config", gateway.config_file], capture_output=True,
                                text=True, timeout=30)
        assert second.returncode == 1
        assert f"gatehoused.lock is held by process {gateway.process.pid}" in second.stderr
        assert gateway.get("/hello").status == 200
        assert (gateway.runtime / "ports.json").exists() and gateway.socket.exists()


def test_a_port_that_is_taken_is_told():
    with Gateway(plugins=["hello"]) as first, Gateway(plugins=["hello"]) as second:
        second.stop()
        second.config["http"] = {"listen": [f"127.0.0.1:{first.port}"]}
        second.start(wait=False)
        assert second.process.wait(20) == 1
        assert str(first.port) in second.log.splitlines()[-1] and "gatehoused: " in second.log.splitlines()[-1]


def test_open_files_are_raised_and_reported():
    with Gateway(plugins=["hello"]) as gateway:
        limits = open(f"/proc/{gateway.process.pid}/limits").read()
        soft, hard = next(line.split()[3:5] for line in limits.splitlines() if line.startswith("Max open files"))
        assert int(soft) == min(int(hard), 1_048_576)
        assert f"At most {soft} open files" in gateway.log
        if int(soft) < 65_536:
            assert "fewer than the 65536 that many viewers need" in gateway.log
        gateway.wait_until("open files are counted", lambda: any(
            line.startswith("gatehouse_open_files ") and float(line.split()[1]) > 5
            for line in gateway.get("/metrics").text.splitlines()))


def test_arguments_that_are_wrong_are_told():
    done = subprocess.run([build_dir() / "bin" / "gatehoused", "--colour"], capture_output=True, text=True)
    assert done.returncode == 2 and "unknown argument --colour" in done.stderr
    done = subprocess.run([build_dir() / "bin" / "gatehoused", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("gatehoused 0.")
