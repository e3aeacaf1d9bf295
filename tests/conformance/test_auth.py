"""The auth hook: what it is asked, what a refusal looks like, and what waits while it thinks."""
import base64
import concurrent.futures
import hashlib
import socket
import ssl

import pytest

from captured import Captured, loaded, same_head, text
from certificates import make_certificate
from hook import Hook
from processes import wait_until

EXCLUDE = [{"action": "api"}, {"action": "metrics"}, {"action": "pprof"}]
AGENT = {"User-Agent": "curl/7.88.1"}


@pytest.fixture(scope="module")
def shared_hook():
    with Hook() as hook:
        yield hook


@pytest.fixture(scope="module")
def shared(start, cameras, shared_hook):
    with start(config={"authMethod": "http", "authHTTPAddress": shared_hook.url, "authHTTPExclude": EXCLUDE},
               paths={"cam1": {"source": cameras.source(1)}, "cam2": {"source": cameras.source(2)}}) as engine:
        engine.wait_available("cam1")
        engine.wait_available("cam2")
        yield engine


@pytest.fixture
def hook(shared_hook):
    shared_hook.forget()
    return shared_hook


@pytest.fixture
def engine(shared, hook):
    return shared


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def index(engine, query="", headers=None, path="cam1"):
    return engine.hls(f"/{path}/index.m3u8?cookieCheck=1{query}", cdn=False, headers={**AGENT, **(headers or {})})


@pytest.mark.parametrize("capture, query, headers", [
    ("hls-read.anonymous-with-query", "&token=viewer-token-1", {}), ("hls-read.basic", "", basic("alice", "s3cret")),
    ("hls-read.bearer", "", {"Authorization": "Bearer viewer-token-1"})])
def test_a_viewers_index_asks_the_hook_once(engine, hook, capture, query, headers):
    assert index(engine, query, headers).status == 200
    wanted = loaded(f"auth/{capture}.json")
    call, = hook.calls
    assert list(call.items()) == list({**wanted, "id": call["id"]}.items())
    assert len(call["id"]) == 36


def test_the_page_asks_without_an_id(engine, hook):
    assert engine.hls("/cam1/?x=1", cdn=False, headers=AGENT).status == 200
    assert hook.calls == [loaded("auth/hls-read.page.json")]


def test_the_hooks_request_itself(engine, hook):
    index(engine)
    (line, headers), = hook.heads
    wanted = loaded("auth/request-headers.json")
    assert line == wanted["request_line"]
    varying = {"Host": hook.url.split("/")[2], "Content-Length": headers["Content-Length"]}
    assert headers == {**wanted["headers"], **varying}


def test_children_and_cdn_readers_do_not_ask(engine, hook):
    assert engine.hls("/cam1/index.m3u8").status == 200
    assert engine.hls("/cam1/video1_stream.m3u8").status == 200
    assert hook.calls == []


def test_api_and_metrics_ask_unless_excluded(start, hook):
    with start(config={"authMethod": "http", "authHTTPAddress": hook.url}, live=False) as engine:
        hook.forget()
        assert engine.api("GET", "/v3/paths/list?page=0", headers=basic("admin", "apipass")).status == 200
        assert engine.metrics().status == 200
        assert hook.calls == [loaded("auth/api.basic.json"), loaded("auth/metrics.anonymous.json")]
        hook.status = 403
        refused, captured = engine.api("GET", "/v3/info"), Captured("api/unauthorized.anonymous.401")
        same_head(refused, captured)
        assert refused.body == captured.body
        held = engine.api("GET", "/v3/info", headers=basic("admin", "wrong"))
        same_head(held, Captured("api/unauthorized.wrong-credentials.401"))


def test_refused_viewers(engine, hook):
    hook.status = 403
    anonymous = index(engine)
    same_head(anonymous, Captured("hls/normal.index.denied-anonymous.401"))
    same_head(index(engine, headers=basic("alice", "wrong")), Captured("hls/normal.index.denied-with-credentials.401"))
    wait_until("the log has the hook's reason", lambda: "server replied with code 403: denied" in engine.log, 5)


def test_a_hook_that_refuses_connections_refuses_viewers(start, cameras):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/auth"
        with start(config={"authMethod": "http", "authHTTPAddress": url, "authHTTPExclude": EXCLUDE},
                   paths={"cam1": {"source": cameras.source(1)}}) as engine:
            engine.wait_available("cam1")
            assert index(engine).status == 401
            assert engine.hls("/cam1/index.m3u8").status == 200


def fingerprint(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()


def test_a_hook_by_tls_is_held_to_its_fingerprint_and_to_nothing_else(start, tmp_path):
    own, other = make_certificate(tmp_path), make_certificate(tmp_path, "other")
    with Hook(own) as hook:
        config = {"authMethod": "http", "authHTTPAddress": hook.url}
        with start(config={**config, "authHTTPFingerprint": fingerprint(own[0]).upper()}, live=False) as engine:
            assert engine.api("GET", "/v3/paths/list?page=0", headers=basic("admin", "apipass")).status == 200
            assert hook.calls == [loaded("auth/api.basic.json")]
        for wanted in (fingerprint(other[0]), ""):  # somebody else's; without one, what the machine trusts
            hook.forget()
            with start(config={**config, "authHTTPFingerprint": wanted}, live=False) as engine:
                assert engine.api("GET", "/v3/info").status == 401
                assert hook.calls == []


def test_a_hook_that_thinks_holds_up_the_path_manager_and_nothing_else(engine, hook):
    assert engine.hls("/cam1/index.m3u8").status == 200  # a muxer runs
    hook.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(index, engine) for _ in range(3)]
        wait_until("the hook was asked", lambda: hook.active == 1, 10)
        waiting = [pool.submit(engine.api, "GET", "/v3/paths/list"), pool.submit(engine.metrics),
                   pool.submit(engine.hls, "/cam2/index.m3u8")]
        # These are answered while the hook thinks:
        assert engine.api("GET", "/v3/info").status == 200
        assert engine.api("GET", "/v3/config/paths/get/cam1").status == 200
        assert engine.api("GET", "/v3/hlsmuxers/list").json["items"][0]["path"] == "cam1"
        assert engine.metrics("?type=hls_muxers").status == 200
        assert engine.hls("/cam1/index.m3u8").status == 200
        assert engine.hls("/cam1/video1_stream.m3u8").status == 200
        write = {"source": "rtsp://127.0.0.1:1/x", "sourceOnDemand": True}
        assert engine.api("POST", "/v3/config/paths/replace/new1", write, timeout=9).status == 200
        second = pool.submit(engine.api, "POST", "/v3/config/paths/replace/new2", write)
        # and these wait for it:
        assert not any(each.done() for each in [*readers, *waiting, second])
        assert hook.active == 1
        hook.gate.set()
        assert [reader.result(30).status for reader in readers] == [200] * 3
        assert [each.result(30).status for each in waiting] == [200] * 3
        assert second.result(30).status == 200
    assert hook.most_active == 1, "one call after the other"
    assert len(hook.calls) == 3


def test_internal_users(start, cameras):
    users = [{"user": "any", "ips": ["127.0.0.1/32"], "permissions": [{"action": "api"}]},
             {"user": "alice", "pass": "s3cret", "permissions": [{"action": "read", "path": "cam1"}]}]
    with start(config={"authInternalUsers": users}, paths={"cam1": {"source": cameras.source(1)}, "cam2": {"source": cameras.source(2)}}) as engine:
        alice = basic("alice", "s3cret")
        assert index(engine).status == 401
        assert engine.hls("/cam1/", cdn=False, headers=alice).status == 200
        assert engine.hls("/cam1/", cdn=False, headers=basic("alice", "wrong")).status == 401
        assert index(engine, headers=alice, path="cam2").status == 401
        assert engine.metrics().status == 401


def test_metrics_of_a_path_that_is_there(engine):
    lines = [line.rsplit(" ", 1)[0] for line in text("metrics/paths.ready.prom").splitlines() if line]
    shown = [line.rsplit(" ", 1)[0] for line in engine.metrics("?type=paths&path=cam1").text.splitlines() if line]
    readers = [line for line in shown if line.startswith("paths_readers")]
    assert [line for line in shown if line not in readers] == [line for line in lines if not line.startswith("paths_readers")]
