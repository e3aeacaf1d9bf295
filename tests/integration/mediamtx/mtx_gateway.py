"""A gateway with the plugin mediamtx, and what its tests ask of it."""
import base64
import http.client
import json
import pathlib
import time

from gateway import Gateway
from mediamtx import binary, send_command
from processes import wait_until

PREFIX = "gh-"
QUICK = {"poll": "500ms", "poll_settling": "200ms", "check": "1s", "settle": "500ms"}
REPAIRED_S = 10  # the promise; the deadlines below leave room for a busy machine


def managed(kind, **settings):
    return {"mode": "managed", "run": "child", "program": binary(kind), "api_address": "127.0.0.1:0", "hls_address": "127.0.0.1:0",
            "rtsp_address": "127.0.0.1:0", "hls_segment": "1s", **settings}


def attached(engine, **settings):
    return {"mode": "attached", "attached_api_url": f"http://127.0.0.1:{engine.api_port}",
            "attached_hls_url": f"http://127.0.0.1:{engine.hls_port}", **settings}


class MtxGateway(Gateway):
    def __init__(self, settings, plugins=("mediamtx",), cameras_are="up", **more):
        super().__init__(plugins=list(plugins), plugin_config={"mediamtx": settings},
                         environment={"MEDIAMTX_STAND_IN_CAMERAS": cameras_are}, **more)
        self.settings = settings

    # What the gateway says

    @property
    def health(self):
        plugins = self.admin("GET", "/health").json["plugins"]
        return next(p for p in plugins if p["name"] == "mediamtx")["health"]

    @property
    def details(self):
        return self.health["details"]

    def wait_health(self, what, condition, seconds=30):
        def there():
            health = self.health
            return health if condition(health) else None
        return self.wait_until(what, there, seconds)

    def wait_settled(self, seconds=30):
        """MediaMTX has every path as wanted, and was asked since."""
        return self.wait_health("MediaMTX has every path as wanted", lambda h: h["status"] == "ok" and "has every path as wanted" in h["summary"], seconds)

    def repaired(self, what, harm, as_wanted, seconds):
        """Does harm, and waits until the gateway has counted a repair since and MediaMTX is as wanted: what was as wanted all along is
        no repair. MediaMTX answers a change after its configuration has it, so what is as wanted later was repaired."""
        self.wait_settled()
        before = self.details["repairs"]
        harm()
        timed(what, lambda: self.details["repairs"] > before and as_wanted(), seconds)

    def api_calls(self):
        return next(float(line.split()[1]) for line in self.get("/metrics").text.splitlines() if line.startswith("gatehouse_mediamtx_api_calls "))

    def wait_calls(self, more):
        """Time passes: the gateway has asked MediaMTX so many times more."""
        before = self.api_calls()
        self.wait_until(f"{more} calls of MediaMTX's API", lambda: self.api_calls() >= before + more, 60)

    def states(self):
        return {c["id"]: c for c in self.get("/api/live").json["data"]["cameras"]}

    def wait_state(self, camera, state, seconds=40):
        def there():
            live = self.states().get(camera["id"])
            return live if live and live["state"] == state else None
        return self.wait_until(f"camera {camera['id']} is {state}", there, seconds)

    def assert_silent(self, *secrets):
        said = {"log": self.log, "health": json.dumps(self.admin("GET", "/health").json), "metrics": self.get("/metrics").text,
                "cameras": self.admin("GET", "/api/cameras").text}
        for place, text in said.items():
            for secret in secrets:
                assert secret not in text, f"a secret is in the {place}"

    # Its managed MediaMTX

    @property
    def mtx_file(self):
        return pathlib.Path(self.settings["config_dir"] if self.settings.get("config_dir") else self.runtime / "mediamtx") / "mediamtx.yml"

    def setting(self, key):
        """A setting of the rendered file: each is a line of JSON."""
        for line in self.mtx_file.read_text().splitlines():
            if line.startswith(f'"{key}": '):
                return json.loads(line[len(key) + 4:])
        raise LookupError(key)

    @property
    def child_pid(self):
        return self.details["child_pid"]

    def command(self, line):
        """To the stand-in that is the gateway's child."""
        return send_command(self.runtime / "mediamtx" / "mediamtx.yml.control", line)

    @property
    def api_password(self):
        """An administrator's; the gateway's own calls have another each."""
        return (self.runtime / "mediamtx.secrets").read_text().splitlines()[4]

    def mtx(self, method, path, body=None, timeout=10, password=None):
        """MediaMTX's API, as an administrator who looked up the password; or as somebody with another."""
        login = f"gatehouse:{self.api_password if password is None else password}"
        headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
        port = int(self.setting("apiAddress").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data and answer.status == 200 else data
        finally:
            connection.close()

    def items(self, listing="/v3/paths/list"):
        status, body = self.mtx("GET", listing + "?itemsPerPage=1000")
        assert status == 200, body
        return {item["name"]: item for item in body["items"]}

    def sources(self):
        return {name: item["source"] for name, item in self.items("/v3/config/paths/list").items()}


def path_of(camera, role="main"):
    return PREFIX + camera["uuid"].replace("-", "") + "-" + role


def timed(what, condition, seconds):
    """Waits and prints how long it took."""
    began = time.monotonic()
    value = wait_until(what, condition, seconds, every=0.02)
    print(f"\n{what}: {time.monotonic() - began:.2f} s")
    return value
