"""The response cache over real connections."""
import subprocess

import pytest

from front import front


@pytest.fixture()
def server():
    with front() as running:
        yield running


def test_curl_head_twice_shows_miss_and_then_hit(server):
    def curl():
        return subprocess.run(["curl", "-sI", f"http://127.0.0.1:{server.port}/json"], capture_output=True, text=True, check=True, timeout=10).stdout
    first, second = curl(), curl()
    assert "X-Cache: MISS\nX-Cache-Key: /json" in first
    assert "X-Cache: HIT\nX-Cache-Key: /json" in second
    assert server.tell("loads") == "1"


def test_head_fills_the_entry_that_get_is_served_from(server):
    with server.client() as client:
        head = client.ask("HEAD", "/json")
        full = client.get("/json")
        assert head["X-Cache"] == "MISS" and full["X-Cache"] == "HIT"
        assert len(full.body) == int(head["Content-Length"]) > 1000 and full["ETag"] == head["ETag"]
        assert client.get("/json", f"If-None-Match: {full['ETag']}").status == 304


def test_only_declared_parameters_make_entries(server):
    with server.client() as client:
        assert client.get("/json?page=1&utm=x")["X-Cache"] == "MISS"
        assert client.get("/json?utm=y&page=1")["X-Cache"] == "HIT"
        assert client.get("/json?page=2")["X-Cache"] == "MISS"
        assert client.get("/json?area=1&page=1")["X-Cache"] == "MISS"
        assert client.get("/json?page=1&area=1")["X-Cache"] == "HIT"
        assert client.get("/json?page=1&area=1")["X-Cache-Key"] == "/json"


def test_a_tag_invalidates_and_the_ttl_can_be_changed(server):
    with server.client() as client:
        client.get("/json")
        assert client.get("/json")["X-Cache"] == "HIT"
        assert int(server.tell("invalidate cameras")) >= 1
        server.tell("ttl 1")
        assert client.get("/json")["X-Cache"] == "MISS"
        for _ in range(200):
            if client.get("/json")["X-Cache"] == "MISS":
                break
        else:
            pytest.fail("an entry of 1 ms never expired")


def test_many_clients_wait_for_one_load(server):
    clients = [server.client() for _ in range(40)]
    for client in clients:
        client.send("GET /gated/one HTTP/1.1\r\nHost: a\r\n\r\n")
    server.until("inside", 1)
    # One more answered request on each loop shows that the others have been read.
    for _ in range(4):
        assert server.get("/p").status == 200
    server.tell("gate open")
    answers = [client.answer() for client in clients]
    assert {a.body for a in answers} == {b"gated one"}
    assert server.tell("loads") == "1"
    assert server.get("/gated/one")["X-Cache"] == "HIT"
    for client in clients:
        client.socket.close()


def test_a_failed_load_is_told_to_all_and_not_kept(server):
    clients = [server.client() for _ in range(5)]
    for client in clients:
        client.send("GET /gated/error HTTP/1.1\r\nHost: a\r\n\r\n")
    server.until("inside", 1)
    server.tell("gate open")
    answers = [client.answer() for client in clients]
    assert [(answer.status, answer["Retry-After"]) for answer in answers] == [(503, "1")] * 5
    loads = int(server.tell("loads"))
    assert server.get("/gated/error").status == 503
    assert int(server.tell("loads")) == loads + 1
    for client in clients:
        client.socket.close()


def test_a_cookie_goes_to_its_client_alone_and_is_not_stored(server):
    server.tell("gate open")
    for _ in range(2):
        answer = server.get("/gated/cookie")
        assert answer["Set-Cookie"] == "a=b" and answer["X-Cache"] == "MISS"
    assert server.tell("loads") == "2"


def test_a_waiter_whose_client_left_does_not_stop_the_others(server):
    with server.client() as leaver, server.client() as stayer:
        leaver.send("GET /gated/two HTTP/1.1\r\nHost: a\r\n\r\n")
        server.until("inside", 1)
        stayer.send("GET /gated/two HTTP/1.1\r\nHost: a\r\n\r\n")
        leaver.socket.close()
        server.tell("gate open")
        assert stayer.answer().body == b"gated two"


def test_entries_whose_path_is_not_ascii_name_it_escaped(server):
    server.tell("gate open")
    assert server.get("/gated/%C3%A9%20x")["X-Cache-Key"] == "/gated/%C3%A9%20x"
