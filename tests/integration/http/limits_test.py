"""What one client, or too many of them, cannot do to the others at a real gatehoused."""
import contextlib
import json
import os
import resource
import socket
import time

import pytest

from gateway import Gateway
from hostile import address, get
from processes import is_sanitized, pss_mb
from raw_http import Client, Closed


def descriptors(gateway):
    return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))


def test_without_descriptors_it_says_so_and_serves_again_when_they_are_free():
    with Gateway(plugins=["hello"], config={"http": {"idle_timeout": "1h", "max_connections": 10_000}}) as gateway:
        with open(f"/proc/{gateway.process.pid}/maps") as maps:
            if "libubsan" in maps.read():
                pytest.skip("UBSan needs descriptors of its own to check a virtual call")
        early = Client(address(gateway))
        assert early.get("/hello").status == 200
        free = 40
        numbers = [int(name) for name in os.listdir(f"/proc/{gateway.process.pid}/fd")]
        holes = max(numbers) + 1 - len(numbers)
        hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (max(numbers) + 1 + free - holes, hard))
        crowd, refused = [], 0
        for _ in range(free + 40):
            client = Client(address(gateway))
            with contextlib.suppress(Closed, ConnectionError):
                if client.get("/hello").status == 200:
                    crowd.append(client)
                    continue
            client.socket.close()
            refused += 1
        assert crowd and refused >= 20
        assert early.get("/hello").status == 200, "who is in is served"
        gateway.wait_until("it says so", lambda: "cannot accept connections: Too many open files" in gateway.log)
        assert gateway.log.count("cannot accept connections") == 1
        assert "accepted again" not in gateway.log
        for client in crowd:
            client.socket.close()

        def served():
            with contextlib.suppress(Closed, ConnectionError, OSError):
                return gateway.get("/hello").status == 200 and "connections are accepted again" in gateway.log
        gateway.wait_until("new clients are served, and it says so", served)
        early.socket.close()


def test_beyond_max_connections_clients_are_told_when_to_come_again():
    with Gateway(plugins=["hello"], config={"http": {"max_connections": 16}}) as gateway:
        crowd = [Client(address(gateway)) for _ in range(16)]
        assert all(client.get("/hello").status == 200 for client in crowd)
        with Client(address(gateway)) as late:
            late.send(get("/hello"))
            answer = late.answer()
            assert answer.status == 503 and int(answer["Retry-After"]) > 0 and answer["Connection"] == "close"
            assert json.loads(answer.body)["success"] is False and late.is_closed()
        assert gateway.admin("GET", "/hello").status == 200, "the administrator gets in"
        assert "http.max_connections (16) is reached" in gateway.log
        crowd.pop().socket.close()
        gateway.wait_until("the place is free again", lambda: gateway.get("/hello").status == 200)
        for client in crowd:
            client.socket.close()


def test_one_address_takes_no_more_than_its_share():
    limits = {"max_connections_per_address": 5, "trusted_proxies": []}
    with Gateway(plugins=["hello"], config={"http": limits}) as gateway:
        crowd = [Client(address(gateway)) for _ in range(5)]
        assert all(client.get("/hello").status == 200 for client in crowd)
        with Client(address(gateway)) as sixth:
            answer = sixth.answer()
            assert answer.status == 503 and answer["Retry-After"]
        other = socket.socket()
        other.bind(("127.0.0.2", 0))
        other.settimeout(10)
        other.connect(address(gateway))
        other.sendall(get("/hello").encode())
        assert other.recv(100).startswith(b"HTTP/1.1 200 "), "another address is not affected"
        for client in (*crowd, other):
            getattr(client, "socket", client).close()


def test_beyond_the_rate_a_client_is_told_how_long_to_wait_and_others_are_not():
    limits = {"rate_per_address": 2, "trusted_proxies": ["127.0.0.1"]}
    with Gateway(plugins=["hello"], config={"http": limits}) as gateway, Client(address(gateway)) as proxy:
        answers = [proxy.get("/hello", "X-Forwarded-For: 203.0.113.5") for _ in range(20)]
        late = [answer for answer in answers if answer.status != 200]
        assert len(late) >= 10 and {answer.status for answer in late} == {429}
        assert all(int(answer["Retry-After"]) >= 1 and json.loads(answer.body)["success"] is False for answer in late)
        assert proxy.get("/hello", "X-Forwarded-For: 203.0.113.6").status == 200


def test_who_is_behind_a_proxy_is_believed_of_trusted_ones_only():
    def may_see_details(gateway, forwarded):
        return "plugins" in gateway.get("/health", headers={"X-Forwarded-For": forwarded} if forwarded else {}).json
    with Gateway(plugins=["hello"], config={"http": {"trusted_proxies": []}}) as gateway:
        assert may_see_details(gateway, None)
        # Not trusted: that a proxy stands there is seen, whom it speaks for is not believed.
        assert not may_see_details(gateway, "127.0.0.1")
        assert gateway.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status == 403
    with Gateway(plugins=["hello"]) as gateway:
        assert not may_see_details(gateway, "203.0.113.5")
        assert not may_see_details(gateway, "127.0.0.1, 203.0.113.5")
        assert gateway.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status == 403


def test_slow_readers_are_dropped_and_what_they_pinned_is_given_back(tmp_path):
    (tmp_path / "index.html").write_text("x")
    (tmp_path / "large.bin").write_bytes(bytes(20_000_000))
    config = {"http": {"write_stall_timeout": "500ms"}, "paths": {"web_dir": str(tmp_path)}}
    with Gateway(plugins=["hello"], config=config) as gateway:
        assert gateway.get("/hello").status == 200
        before = descriptors(gateway)
        stalled = [Client(address(gateway), receive_bytes=4096).send(get("/large.bin")) for _ in range(30)]
        gateway.wait_until("all of them are dropped", lambda: descriptors(gateway) <= before, 30)
        assert gateway.get("/hello").status == 200
        for client in stalled:
            client.socket.close()


def test_ten_thousand_connections_leave_nothing_behind():
    with Gateway(plugins=["hello"]) as gateway:
        def come_and_go(count):
            for n in range(count):
                with Client(address(gateway)) as client:
                    if n % 2:
                        client.send(get("/hello")).more()
        come_and_go(3000)
        before_mb, before = pss_mb([gateway.process.pid]), descriptors(gateway)
        come_and_go(10_000)
        gateway.wait_until("no descriptor is left", lambda: descriptors(gateway) <= before)
        grown = pss_mb([gateway.process.pid]) - before_mb
        print(f"10,000 connections: {grown:+.2f} MB")
        if is_sanitized(gateway.process.pid):
            pytest.skip("a sanitizer keeps what is freed")
        assert grown < 1


def test_five_hundred_idle_viewers_hold_up_nobody_and_end_at_their_limit():
    with Gateway(plugins=["hello"], config={"http": {"idle_timeout": "1s"}}) as gateway:
        before = descriptors(gateway)
        crowd = [Client(address(gateway)) for _ in range(500)]
        for client in crowd:
            assert client.get("/hello").status == 200
        begin = time.monotonic()
        assert gateway.get("/hello").status == 200
        assert time.monotonic() - begin < 5
        gateway.wait_until("all have ended", lambda: descriptors(gateway) <= before)
        for client in crowd:
            assert client.is_closed()
            client.socket.close()
