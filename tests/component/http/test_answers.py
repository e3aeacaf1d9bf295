"""How answers are made: ranges, conditions, origins, failures of handlers."""
import json, time

import pytest

from front import front


@pytest.fixture(scope="module")
def server():
    with front(origin="https://console.example") as running:
        yield running


def segment(first, length):
    return bytes(ord("a") + i % 26 for i in range(first, first + length))


@pytest.mark.parametrize("value,first,length", [("bytes=0-0", 0, 1), ("bytes=100-199", 100, 100), ("bytes=499990-", 499990, 10),
                                                 ("bytes=-5", 499995, 5), ("bytes=0-9999999", 0, 500_000)])
def test_a_range_of_a_file_body_is_206(server, value, first, length):
    answer = server.get("/seg", f"Range: {value}")
    assert answer.status == 206
    assert answer["Content-Range"] == f"bytes {first}-{first + length - 1}/500000"
    assert answer["ETag"] and answer["Cache-Control"] and answer["Content-Type"] == "video/mp4"
    assert answer.body == segment(first, length)


def test_a_range_of_a_body_in_memory_is_206(server):
    answer = server.get("/p", "Range: bytes=2-4")
    assert answer.status == 206 and answer.body == b"ppp" and answer["Content-Range"] == "bytes 2-4/2048"


def test_unsatisfiable_ranges_are_416_with_the_size(server):
    with server.client() as client:
        answer = client.get("/seg", "Range: bytes=500000-")
        assert answer.status == 416 and answer["Content-Range"] == "bytes */500000" and answer.body == b""
        assert client.get("/seg").status == 200


@pytest.mark.parametrize("value", ["bytes=x", "bytes=5-1", "items=0-1", "bytes=0-1,5-6", "nonsense"])
def test_malformed_ranges_and_several_ranges_give_the_whole(server, value):
    answer = server.get("/seg", f"Range: {value}")
    assert answer.status == 200 and len(answer.body) == 500_000


def test_if_range_keeps_a_part_only_of_the_same_entity(server):
    tag = server.get("/seg", "Range: bytes=0-0")["ETag"]
    assert server.get("/seg", "Range: bytes=0-0", f"If-Range: {tag}").status == 206
    assert server.get("/seg", "Range: bytes=0-0", 'If-Range: "other"').status == 200
    assert server.get("/seg", "Range: bytes=0-0", f"If-Range: W/{tag}").status == 200
    assert server.get("/seg", "Range: bytes=0-0", "If-Range: Tue, 24 Nov 2026 03:00:00 GMT").status == 200


def test_head_and_routes_without_ranges_ignore_them(server):
    with server.client() as client:
        head = client.ask("HEAD", "/seg", "Range: bytes=0-0")
        assert head.status == 200 and head["Content-Length"] == "500000"
        assert client.get("/worker", "Range: bytes=0-0").status == 200


def test_a_known_tag_is_304_without_a_body(server):
    with server.client() as client:
        tag = client.get("/p")["ETag"]
        for value in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            answer = client.get("/p", f"If-None-Match: {value}")
            assert answer.status == 304 and answer["ETag"] == tag and answer["Content-Length"] is None
            assert answer["Cache-Control"] == "no-cache" and answer["Date"] and answer["Content-Type"] is None
        assert client.ask("HEAD", "/p", f"If-None-Match: {tag}").status == 304
        assert client.get("/p", 'If-None-Match: "x"').status == 200
        assert client.get("/p", f"If-None-Match: {tag}", "Range: bytes=0-0").status == 304


def test_every_answer_has_a_date_and_may_not_be_sniffed(server):
    for target in ("/p", "/nowhere", "/worker"):
        answer = server.get(target)
        assert answer["X-Content-Type-Options"] == "nosniff" and answer["Date"].endswith(" GMT") and answer["Server"] is None


def test_listed_origins_are_echoed_with_credentials(server):
    answer = server.get("/worker", "Origin: https://console.example")
    assert answer["Access-Control-Allow-Origin"] == "https://console.example"
    assert answer["Access-Control-Allow-Credentials"] == "true" and answer["Vary"] == "Origin"


def test_foreign_origins_may_read_without_fields_and_change_nothing(server):
    with server.client() as client:
        answer = client.get("/worker", "Origin: https://evil.example")
        assert answer.status == 200 and answer["Access-Control-Allow-Origin"] is None and answer["Vary"] == "Origin"
        assert client.ask("POST", "/post", "Origin: https://evil.example").status == 403
        assert client.ask("POST", "/post", "Origin: null").status == 403
        assert client.ask("POST", "/post", "Origin: https://console.example").status == 201
        assert client.ask("POST", "/post", "Origin: http://gate:3000", host="gate:3000").status == 201
        assert client.ask("POST", "/post", "Origin: http://gate:3001", host="gate:3000").status == 403


def test_media_is_for_every_origin(server):
    for origin in ("https://evil.example", "https://console.example", None):
        answer = server.get("/seg", *([f"Origin: {origin}"] if origin else []))
        assert answer["Access-Control-Allow-Origin"] == "*" and answer["Access-Control-Allow-Credentials"] is None


def test_preflight_follows_the_same_rules(server):
    def preflight(target, origin, method):
        with server.client() as client:
            return client.ask("OPTIONS", target, f"Origin: {origin}", f"Access-Control-Request-Method: {method}")
    allowed = preflight("/post", "https://console.example", "POST")
    assert allowed.status == 204 and allowed["Access-Control-Allow-Origin"] == "https://console.example"
    assert "POST" in allowed["Access-Control-Allow-Methods"] and "Content-Type" in allowed["Access-Control-Allow-Headers"]
    assert preflight("/post", "https://evil.example", "POST").status == 403
    media = preflight("/seg", "https://evil.example", "GET")
    assert media.status == 204 and media["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("lane", ["loop", "worker"])
def test_what_leaves_a_handler_becomes_an_answer(server, lane):
    with server.client() as client:
        known = client.get(f"/throw/{lane}/error")
        assert known.status == 503 and known["Retry-After"] == "1"
        assert json.loads(known.body)["message"] == "the database is asleep"
        unknown = client.get(f"/throw/{lane}/other")
        assert unknown.status == 500 and b"secret detail" not in unknown.body
        assert client.get(f"/throw/{lane}/drop").status == 500
        assert client.get(f"/throw/{lane}/late").body == b"said before it threw"
        assert client.get("/p").status == 200
    end = time.monotonic() + 10  # the last handler threw after it had answered
    while server.metric(f'gatehouse_http_handler_failures_total{{owner="core",route="throw.{lane}"}}') < 3:
        assert time.monotonic() < end


@pytest.mark.parametrize("lane", ["loop", "worker"])
def test_a_handler_cannot_split_its_answer(server, lane):
    answer = server.get(f"/inject/{lane}")
    assert answer["X-One"] == "a  X-Two: b" and answer["X-Two"] is None
    assert answer.all("Content-Length") == ["2"] and answer["X Bad"] is None


def test_routes_of_a_plugin_that_is_down_say_so(server):
    down = server.get("/down/anything")
    assert down.status == 503 and down["Retry-After"] == "5" and b"is restarting" in down.body
    never = server.get("/down/never/x")
    assert never.status == 404 and never["Retry-After"] is None


def test_responders_may_answer_later_from_another_thread_or_be_dropped(server):
    for how, status in (("send", 200), ("drop", 500)):
        with server.client() as client:
            client.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until("parked", 1)
            assert client.is_quiet()
            server.tell(f"unpark {how}")
            assert client.answer().status == status
            assert client.get("/p").status == 200


def test_an_answer_for_a_client_that_left_harms_nobody(server):
    server.until("connections", 0)
    with server.client() as client:
        client.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n")
        server.until("parked", 1)
    server.tell("unpark send")
    server.until("connections", 0)
    assert server.get("/p").status == 200


def test_large_bodies_leave_whole(server):
    with server.client(30) as client:
        answer = client.get("/large")
        assert len(answer.body) == 64_000_000 and answer.body == segment(0, 26 * 100) * (64_000_000 // 2600) + segment(0, 64_000_000 % 2600)
        assert client.get("/p").status == 200


def test_a_plain_poco_handler_serves_a_route(server):
    with server.client() as client:
        answer = client.get("/poco/a%20b?c", "X-To: me")
        assert answer.status == 200 and answer.body == b"GET /poco/a%20b?c 127.0.0.1 " and answer["X-From"] == "me"
        assert answer["Content-Type"] == "text/plain" and answer["Transfer-Encoding"] is None and len(answer.all("Date")) == 1
        assert client.ask("POST", "/poco/x", body="hello").body == b"POST /poco/x 127.0.0.1 hello"
        assert client.ask("HEAD", "/poco/x").status == 200
        moved = client.get("/poco/redirect")
        assert moved.status == 302 and moved["Location"] == "/p"
        for failing in ("silent", "throw", "endless"):
            failed = client.get(f"/poco/{failing}")
            assert failed.status == 500 and b"secret" not in failed.body, failing
