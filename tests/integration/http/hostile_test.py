"""A real gatehoused and requests nobody sends by accident: the right refusal, nobody else disturbed, no memory lost."""
import contextlib
import json
import select
import socket
import time

import pytest

from gateway import Gateway
from hostile import (ENDING, INSIDE, RANGES, STAYING, TRAVERSAL, address, answer_and_stay, answers_until_the_end,
                     every_request, get, reset)
from processes import is_sanitized, pss_mb
from raw_http import Client, Closed

SECRET = "the words nobody may read"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "secret.txt").write_text(SECRET)
    web = folder / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Gatehouse</title>")
    (web / "large.bin").write_bytes(bytes(range(256)) * 16)
    with Gateway(plugins=["hello"], config={"paths": {"web_dir": str(web)}}) as running:
        yield running
        assert running.get("/health").json["status"] == "ok"


@pytest.fixture(autouse=True)
def alive(gateway):
    """After each test the same process answers others at once."""
    yield
    assert gateway.running
    assert gateway.get("/hello", timeout=5).status == 200


@pytest.mark.parametrize("case", ENDING)
def test_one_refusal_and_the_end(gateway, case):
    status, text = ENDING[case]
    assert answers_until_the_end(gateway, text + INSIDE) == [status]


@pytest.mark.parametrize("case", STAYING)
def test_an_answer_and_the_connection_goes_on(gateway, case):
    status, text = STAYING[case]
    answer = answer_and_stay(gateway, text)
    assert answer.status == status and answer["Upgrade"] is None
    if status >= 400:
        assert json.loads(answer.body)["success"] is False
    assert b"secret" not in answer.body


@pytest.mark.parametrize("target", TRAVERSAL)
def test_no_path_leads_out_of_the_console(gateway, target):
    answer = answer_and_stay(gateway, get(target))
    assert answer.status in (400, 404), answer.status
    assert SECRET.encode() not in answer.body and b"root:" not in answer.body


@pytest.mark.parametrize("value", RANGES, ids=lambda value: value[:40])
def test_hostile_ranges_cost_no_more_than_the_file(gateway, value):
    status, most = RANGES[value]
    answer = answer_and_stay(gateway, get("/large.bin", "Range: " + value))
    assert (answer.status, answer["Content-Type"] or "") != (206, "multipart/byteranges")
    assert answer.status == status and len(answer.body) <= max(most, 400)


def test_a_hundred_pipelined_requests_are_answered_in_order(gateway):
    with Client(address(gateway)) as client:
        client.send("".join(get("/hello" if n % 3 else f"/nothing-{n}") for n in range(100)))
        assert [client.answer().status for _ in range(100)] == [200 if n % 3 else 404 for n in range(100)]


def test_thousands_pipelined_without_reading_wait_in_the_kernel(gateway):
    before = pss_mb([gateway.process.pid])
    with Client(address(gateway), receive_bytes=4096) as client:
        client.socket.setblocking(False)
        request, taken = get("/large.bin").encode() * 50, 0
        while select.select([], [client.socket], [], 0.5)[1]:
            with contextlib.suppress(BlockingIOError):
                taken += client.socket.send(request)
            assert taken < 100_000_000, "somebody buffers all of it"
        # A sanitizer's own memory grows with what it watches.
        assert pss_mb([gateway.process.pid]) < before + (20 if is_sanitized(gateway.process.pid) else 2)


def test_resets_in_the_middle_of_everything(gateway):
    for n in range(300):
        reset(gateway, ["GET /hel", "POST /api/cache/invalidate HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{",
                        "POST /api/cache/invalidate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                        get("/large.bin") * 20, get("/api/cameras/active"), ""][n % 6])


def test_half_closed_clients_get_their_answers_and_half_requests_end(gateway):
    with Client(address(gateway)) as client:
        client.send(get("/hello") + get("/api/cameras/active")).socket.shutdown(socket.SHUT_WR)
        assert client.answer().status == client.answer().status == 200
        assert client.is_closed()
    for half in ("GET /hello HTTP/1.1\r\nHo", "POST /api/cache/invalidate HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"):
        with Client(address(gateway)) as client:
            client.send(half).socket.shutdown(socket.SHUT_WR)
            assert client.is_closed()


def test_slow_heads_trickles_and_idlers_hit_their_limits():
    limits = {"head_timeout": "500ms", "body_timeout": "500ms", "idle_timeout": "500ms", "write_stall_timeout": "500ms"}
    with Gateway(plugins=["hello"], config={"http": limits}) as gateway:
        cache = "POST /api/cache/invalidate HTTP/1.1\r\nHost: a\r\n"
        head = Client(address(gateway)).send("GET /hello HT")
        body = Client(address(gateway)).send(cache + "Content-Length: 50\r\n\r\n{")
        silent, idle, empty_lines = (Client(address(gateway)) for _ in range(3))
        assert idle.get("/hello").status == 200
        drips = [Client(address(gateway)).send(start) for start in
                 ("GET /hello HTTP/1.1\r\nX: ", cache + "Content-Length: 60000\r\n\r\n", cache + "Transfer-Encoding: chunked\r\n\r\n5;")]
        ended, deadline = set(), time.monotonic() + 20
        while len(ended) < 3 and time.monotonic() < deadline:  # a byte in good time, for ever
            for n, drip in enumerate(drips):
                if n not in ended and select.select([drip.socket], [], [], 0.02)[0]:
                    ended.add(n)
                elif n not in ended:
                    drip.send("a")
            with contextlib.suppress(OSError):
                empty_lines.send("\r\n")
        assert len(ended) == 3
        assert [drip.answer().status for drip in drips] == [408, 408, 408]
        assert head.answer().status == body.answer().status == 408
        assert silent.is_closed() and idle.is_closed()
        with contextlib.suppress(Closed, ConnectionError):
            while not empty_lines.is_closed(0.1):
                assert time.monotonic() < deadline + 20
                empty_lines.send("\r\n")
        for client in (head, body, silent, idle, empty_lines, *drips):
            client.socket.close()


def throw(gateway, requests, count):
    """One connection each, eight at a time, so that none waits for another's end."""
    waiting, sent = {}, 0
    poll = select.poll()
    while sent < count or waiting:
        while sent < count and len(waiting) < 8:
            client = socket.create_connection(address(gateway), 10)
            with contextlib.suppress(OSError):
                client.sendall(requests[sent % len(requests)])
            waiting[client.fileno()] = client
            poll.register(client, select.POLLIN)
            sent += 1
        events = poll.poll(10_000)
        assert events, "an answer, or the end, comes at once"
        for number, _ in events:
            poll.unregister(number)
            client = waiting.pop(number)
            with contextlib.suppress(OSError):
                client.recv(65536)
            client.close()


def test_ten_thousand_hostile_requests_leave_no_memory_behind(gateway):
    requests = every_request()
    throw(gateway, requests, 3000)  # pools and caches have their size
    before = pss_mb([gateway.process.pid])
    throw(gateway, requests, 10_000)
    grown = pss_mb([gateway.process.pid]) - before
    print(f"10,000 hostile requests: {grown:+.2f} MB")
    if is_sanitized(gateway.process.pid):
        pytest.skip("a sanitizer keeps what is freed")
    assert grown < 1
