"""What one client, or too many of them, cannot do to the others."""
import socket, time

import pytest

from front import Client, Closed, front


def reader(server, receive_bytes=4096):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(10)
    client.connect(("127.0.0.1", server.port))
    return client


def test_slow_readers_hold_up_nobody_and_are_dropped_when_they_stall():
    with front(stall_timeout=1000, loops=1) as server:
        slow = [reader(server) for _ in range(20)]
        for client in slow:
            client.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(100)
        begin = time.monotonic()
        for _ in range(20):
            assert server.get("/p").status == 200
        assert time.monotonic() - begin < 1
        server.until("connections", 0)
        for client in slow:
            client.close()
        assert server.metric("gatehouse_http_timeouts_total") >= 20


def test_a_slow_reader_that_goes_on_reading_gets_everything_and_what_it_asked_ahead():
    with front(stall_timeout=1000) as server, reader(server, 65536) as client:
        client.sendall(b"GET /seg HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/ahead/x HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nrest")
        total, last = 0, b""
        pauses = 8
        while data := client.recv(1 << 20):
            total += len(data)
            last = (last + data)[-10:]
            if pauses and total > 300_000:
                pauses -= 1
                time.sleep(0.3)
        assert total > 64_500_000


def test_a_reader_that_only_trickles_is_dropped_however_steadily_it_reads():
    with front(stall_timeout=500, least_rate=5_000_000) as server, reader(server) as slow:
        slow.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        end, total = time.monotonic() + 15, 0
        try:
            while data := slow.recv(2048):
                assert time.monotonic() < end
                total += len(data)
                time.sleep(0.01)
        except ConnectionResetError:
            pass
        assert total < 20_000_000
        assert server.metric("gatehouse_http_timeouts_total") == 1


def test_a_body_that_only_trickles_is_408_however_steadily_it_comes():
    with front(body_timeout=500, least_rate=1_000_000) as server, server.client() as slow:
        slow.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n")
        end = time.monotonic() + 15
        while slow.is_quiet(0.05):
            assert time.monotonic() < end
            slow.send("x")
        assert slow.answer().status == 408


def test_connections_beyond_the_limit_are_told_503():
    with front(max_connections=3) as server:
        clients = [server.client() for _ in range(3)]
        assert all(client.get("/p").status == 200 for client in clients)
        with server.client() as extra:
            answer = extra.answer()
            assert answer.status == 503 and answer["Retry-After"] and extra.is_closed()
        clients.pop().socket.close()
        server.until("connections", 2)
        assert server.get("/p").status == 200
        assert server.tell("refused") == "1"
        for client in clients:
            client.socket.close()


def test_one_address_has_no_more_than_its_share():
    with front(per_address=2, trusted="192.0.2.1") as server:
        with server.client() as one, server.client() as two:
            assert one.get("/p").status == two.get("/p").status == 200
            with server.client() as three:
                assert three.answer().status == 503
        server.until("connections", 0)
        assert server.get("/p").status == 200


def test_trusted_proxies_are_exempt_from_the_share():
    with front(per_address=1) as server:
        clients = [server.client() for _ in range(4)]
        assert all(client.get("/p").status == 200 for client in clients)
        for client in clients:
            client.socket.close()


def test_requests_beyond_the_rate_are_429_by_the_client_behind_the_proxy():
    with front(rate=1) as server, server.client() as client:
        seen = [client.get("/p", "X-Forwarded-For: 203.0.113.5").status for _ in range(5)]
        assert seen[:2] == [200, 200] and 429 in seen[2:]
        answer = client.get("/p", "X-Forwarded-For: 203.0.113.5")
        assert answer.status == 200 or int(answer["Retry-After"]) >= 1
        assert client.get("/p", "X-Forwarded-For: 203.0.113.6").status == 200
        assert server.metric("gatehouse_http_rate_limited_total") >= 1


def test_forwarded_clients_are_believed_of_trusted_proxies_only():
    with front(trusted="192.0.2.1") as server:
        assert b"client=127.0.0.1 " in server.get("/echo/a/b", "X-Forwarded-For: 203.0.113.5").body
    with front() as server:
        body = server.get("/echo/a/b", "X-Forwarded-For: 6.6.6.6", "x-forwarded-for: 203.0.113.5, 127.0.0.1").body
        assert b"client=203.0.113.5 loopback=no" in body
        assert b"client=127.0.0.1 loopback=yes" in server.get("/echo/a/b").body


def test_local_routes_are_closed_to_whoever_comes_through_a_proxy():
    with front() as server:
        assert server.get("/local").status == 200
        for field in ("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Real-IP: 127.0.0.1", "Via: 1.1 proxy"):
            assert server.get("/local", field).status == 403, field
        # A proxy that appends a line of its own leaves the client's first one as it is.
        assert server.get("/local", "X-Forwarded-For:", "X-Forwarded-For: 203.0.113.5").status == 403
        assert server.get("/local", "X-Forwarded-For:").status == 403
        assert server.get("/admin").status == 403


def test_local_routes_are_closed_to_pages_that_have_their_own_name_point_here():
    with front() as server:
        for host in ("localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "gate", "192.0.2.7"):
            assert server.get("/local", host=host).status == 200, host
        for host in ("evil.example", "evil.example:3000", "127.0.0.1.evil.example", "localhost."):
            assert server.get("/local", host=host).status == 403, host
        assert server.get("/p", host="evil.example").status == 200


def test_a_full_worker_queue_is_503_with_retry_after():
    with front(workers=1, queue=2) as server:
        clients = [server.client() for _ in range(6)]
        clients[0].send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        server.until("inside", 1)
        for client in clients[1:]:
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        end = time.monotonic() + 10
        while len(refused := [c for c in clients if not c.is_quiet(0.01)]) < 3:
            assert time.monotonic() < end
        answers = [client.answer() for client in refused]
        assert [(a.status, a["Retry-After"]) for a in answers] == [(503, "1")] * 3
        server.tell("gate open")
        assert [client.answer().status for client in clients if client not in refused] == [200] * 3
        for client in clients:
            client.socket.close()


def test_without_descriptors_clients_are_turned_away_and_later_served_again():
    with front(nofile=120, loops=2) as server:
        if server.tell("sanitized") == "yes":
            pytest.skip("UBSan needs descriptors of its own to check a virtual call")
        with server.client() as early:
            assert early.get("/p").status == 200
            server.tell("eat 0")
            for _ in range(5):
                with server.client() as late:
                    assert late.is_closed()
            assert early.get("/seg").status == 200
            assert int(server.tell("accept_errors")) >= 5
            server.tell("spit")
            end = time.monotonic() + 10
            while time.monotonic() < end:
                try:
                    if server.get("/p").status == 200:
                        break
                except (Closed, ConnectionError):
                    pass
            assert server.get("/p").status == 200
        said = server.end()
        assert said.count("cannot accept connections") == 1


def test_the_worker_lane_does_not_hold_up_the_loops():
    with front(workers=2) as server:
        with server.client() as slow, server.client() as other:
            for client in (slow, other):
                client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until("inside", 2)
            assert server.get("/p").status == 200
            assert int(server.tell("silence")) < 1000
            server.tell("gate open")
            assert slow.answer().status == other.answer().status == 200
