"""How requests are read: keep-alive, pipelining, bodies, and everything that is no request."""
import json, time

import pytest

from front import Closed, front


@pytest.fixture(scope="module")
def server():
    with front() as running:
        yield running


def error_of(answer):
    document = json.loads(answer.body)
    assert document["success"] is False
    assert document["request_id"] == answer["X-Request-Id"] and len(document["request_id"]) == 16
    assert answer["Cache-Control"] == "no-store"
    return document["message"]


def test_a_connection_serves_many_requests(server):
    with server.client() as client:
        for n in range(50):
            answer = client.get(f"/echo/{n}/x/y?q=a%20b")
            assert answer.status == 200
            assert answer["Connection"] is None
            assert f"p0={n} p1=x/y\nq=a b\n" in answer.body.decode()


def test_a_hundred_pipelined_requests_are_answered_in_order(server):
    with server.client() as client:
        client.send("".join(f"GET /{'worker' if n % 10 == 5 else 'echo'}/{'' if n % 10 == 5 else f'{n}/x'} HTTP/1.1\r\nHost: a\r\n\r\n".replace("/worker/ ", "/worker ") for n in range(100)))
        for n in range(100):
            body = client.answer().body.decode()
            assert "GET /worker?" in body if n % 10 == 5 else f"p0={n} " in body


def test_requests_may_arrive_byte_by_byte(server):
    with server.client() as client:
        for byte in b"\r\n\r\nGET /echo/slow/x HTTP/1.1\r\nHost: a\r\n\r\n":
            client.send(bytes([byte]))
        assert client.answer().status == 200
        for byte in b"POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
            client.send(bytes([byte]))
        assert client.answer().body.endswith(b"body=abc")
        assert client.get("/echo/again/x").status == 200


def test_an_empty_line_that_comes_in_two_halves_is_ignored_like_a_whole_one():
    with front(head_timeout=300, idle_timeout=600) as server:
        with server.client() as fresh, server.client() as kept:
            assert kept.get("/echo/a/b").status == 200
            for client in (fresh, kept):
                client.send(b"\r").is_quiet(0.1)
                client.send(b"\n")
            assert fresh.is_closed() and kept.is_closed()
        with server.client() as client:
            client.send(b"\r").is_quiet(0.1)
            client.send(b"\nGET /echo/a/b HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.answer().status == 200


def test_nonsense_after_a_head_request_is_answered_with_a_body(server):
    with server.client() as client:
        client.send("HEAD /echo/a/b HTTP/1.1\r\nHost: a\r\n\r\n\x01\x02 nonsense\r\n\r\n")
        assert client.answer(head_only=True).status == 200
        answer = client.answer()
        assert answer.status == 400 and error_of(answer)


def test_http_1_0_closes_unless_asked_to_stay(server):
    with server.client() as client:
        client.send("GET /echo/a/b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert client.answer()["Connection"] == "keep-alive"
        client.send("GET /echo/a/b HTTP/1.0\r\n\r\n")
        assert client.answer()["Connection"] == "close"
        assert client.is_closed()


def test_connection_close_is_obeyed(server):
    with server.client() as client:
        assert client.get("/echo/a/b", "Connection: close")["Connection"] == "close"
        assert client.is_closed()


def test_head_is_get_without_its_body(server):
    with server.client() as client:
        full = client.get("/p")
        head = client.ask("HEAD", "/p")
        assert head.status == 200 and head["Content-Length"] == str(len(full.body)) and head["ETag"] == full["ETag"]
        assert client.ask("HEAD", "/nothing").status == 404
        assert client.get("/p").body == full.body


def test_bodies_with_a_length_and_in_chunks_reach_the_handler(server):
    with server.client() as client:
        assert client.ask("POST", "/post", body="x" * 90_000).body.endswith(b"x" * 90_000)
        client.send("PUT /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for n in range(200):
            client.send(f"{100:x};note\r\n{'y' * 100}\r\n")
        client.send("0\r\nX-Trailer: 1\r\n\r\nGET /echo/next/x HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.answer()
        assert answer.status == 201 and answer.body.endswith(b"=" + b"y" * 20_000)
        assert b"p0=next" in client.answer().body
        client.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /echo/tail/x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.answer().body.endswith(b"body=abc")
        assert b"p0=tail" in client.answer().body
        assert client.ask("POST", "/post", "Content-Length: 0").body.endswith(b"body=")


def test_100_continue_is_sent_where_the_body_is_wanted_and_not_where_it_is_refused(server):
    with server.client() as client:
        client.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.answer().status == 100
        assert client.send("abc").answer().body.endswith(b"body=abc")
        client.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")
        assert client.answer().status == 413
        assert client.is_closed()


def test_bodies_beyond_the_limit_are_refused_and_the_client_can_read_why(server):
    with server.client() as client:
        answer = client.ask("POST", "/post", body="x" * 500_000)
        assert answer.status == 413 and answer["Connection"] == "close"
        assert "too large" in error_of(answer)
    with server.client() as client:
        client.send("POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + ("4000\r\n" + "x" * 0x4000 + "\r\n") * 8)
        assert client.answer().status == 413
    with server.client() as client:
        client.send("GET /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        assert client.answer().status == 413


def test_an_unknown_path_is_404_in_the_one_error_shape(server):
    answer = server.get("/nowhere")
    assert answer.status == 404 and answer["Content-Type"] == "application/json; charset=utf-8"
    assert error_of(answer)


def test_a_known_path_with_another_method_is_405_and_says_which(server):
    with server.client() as client:
        answer = client.ask("DELETE", "/post")
        assert answer.status == 405 and answer["Allow"] == "POST, PUT, OPTIONS"
        assert client.ask("POST", "/p")["Allow"] == "GET, HEAD, OPTIONS"
        assert error_of(client.get("/post"))


def test_methods_nobody_knows_are_501(server):
    for method in ("BREW", "TRACE", "CONNECT", "PROPFIND", "get"):
        with server.client() as client:
            assert client.ask(method, "/p").status == 501, method


def test_options_tells_the_methods(server):
    with server.client() as client:
        answer = client.ask("OPTIONS", "/post")
        assert answer.status == 204 and answer["Allow"] == "POST, PUT, OPTIONS"
        assert client.ask("OPTIONS", "*").status == 204
        assert client.get("*").status == 400


def test_the_absolute_form_is_a_target_like_any_other(server):
    assert b"GET /echo/a/b?q=1" in server.get("http://elsewhere.example/echo/a/b?q=1").body


@pytest.mark.parametrize("target", ["/a/../p", "/./p", "/%2e%2e/p", "/..%2fp", "/%2fp", "/p%00", "/p%", "/%c0%afp", "/a\\b", "/p#x", "p", "ftp://a/p"])
def test_targets_that_mean_different_things_to_different_readers_are_refused(server, target):
    assert server.get(target).status == 400


SMUGGLING = [
    "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "Content-Length: 5, 5\r\n\r\nabcde",
    "Content-Length: 0x5\r\n\r\nabcde",
    "Content-Length: +5\r\n\r\nabcde",
    "Content-Length : 5\r\n\r\nabcde",
    "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n",
    "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("rest", SMUGGLING)
def test_ambiguous_framing_is_refused_and_nothing_after_it_is_read(server, rest):
    with server.client() as client:
        client.send(f"POST /post HTTP/1.1\r\nHost: a\r\n{rest}GET /echo/smuggled/x HTTP/1.1\r\nHost: a\r\n\r\n".encode("latin-1"))
        answer = client.answer()
        assert answer.status in (400, 501) and answer["Connection"] == "close"
        assert client.is_closed()


@pytest.mark.parametrize("text", [
    "GET /p HTTP/1.1\r\n\r\n", "GET /p HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /p HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET /p\r\n\r\n", "GET /p HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", "GET /p HTTP/1.1\nHost: a\n\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "GET /p HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", "GET /p HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"])
def test_bytes_that_are_no_request_are_400_and_the_end(server, text):
    with server.client() as client:
        assert client.send(text.encode("latin-1")).answer().status == 400
        assert client.is_closed()


def test_other_versions_are_505(server):
    with server.client() as client:
        assert client.send("GET /p HTTP/2.0\r\nHost: a\r\n\r\n").answer().status == 505


def test_a_huge_head_and_too_many_fields_are_431(server):
    with server.client() as client:
        client.send("GET /p HTTP/1.1\r\nHost: a\r\nX: " + "y" * 17_000)
        assert client.answer().status == 431
        assert client.is_closed()
    with server.client() as client:
        client.send("GET /p HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 101 + "\r\n")
        assert client.answer().status == 431
    with server.client() as client:
        assert client.get("/p", "X: " + "y" * 15_000).status == 200


def test_a_client_that_goes_away_is_forgotten(server):
    server.until("connections", 0)
    with server.client() as client:
        client.send("GET /p HT")
        server.until("connections", 1)
    server.until("connections", 0)


def test_half_closed_clients_get_their_answer(server):
    with server.client() as client:
        client.send("GET /worker HTTP/1.1\r\nHost: a\r\n\r\n")
        client.socket.shutdown(1)
        assert client.answer().status == 200
        assert client.is_closed()


def test_slow_heads_and_slow_bodies_are_408_and_idle_connections_just_end():
    with front(head_timeout=500, body_timeout=500, idle_timeout=800) as server:
        with server.client() as head, server.client() as body, server.client() as idle, server.client() as silent:
            head.send("GET /p HTTP/1.1\r\n")
            body.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
            assert idle.get("/p").status == 200
            assert head.answer().status == 408
            assert body.answer().status == 408
            assert silent.is_closed()
            assert idle.is_closed()
        begin = time.monotonic()
        with server.client() as drip:
            with pytest.raises((Closed, ConnectionError, AssertionError)):
                for byte in b"GET /p HTTP/1.1\r\nX: " + b"y" * 200:
                    drip.send(bytes([byte]))
                    assert drip.is_quiet(0.05)
            assert time.monotonic() - begin < 5
        assert server.metric("gatehouse_http_timeouts_total") >= 3
