"""Doors, drain, withdrawal of routes, the unix door, the access log."""
import os, pathlib, socket, stat, subprocess, sys, tempfile, time

import pytest

from front import SERVER, Client, Closed, front


def test_closing_the_doors_ends_idle_connections_and_lets_busy_ones_finish():
    with front() as server:
        with server.client() as idle, server.client() as busy, server.client() as half:
            assert idle.get("/p").status == 200 and half.get("/p").status == 200
            busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until("inside", 1)
            half.send("GET /p HTTP/1.1\r\nHost")
            time.sleep(0.1)
            server.tell("close_doors")
            assert idle.is_closed()
            with pytest.raises(OSError):
                server.client()
            assert server.tell("drain 200") == "late"
            half.send(": a\r\n\r\n")
            assert half.answer()["Connection"] == "close"
            server.tell("gate open")
            answer = busy.answer()
            assert answer.status == 200 and answer["Connection"] == "close" and busy.is_closed()
            assert server.tell("drain 5000") == "empty"


def test_a_slow_reader_is_closed_after_the_answer_during_which_the_doors_closed():
    with front() as server, server.client() as slow:
        slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        slow.more()
        server.tell("close_doors")
        assert slow.answer().status == 200 and slow.is_closed()
        assert server.tell("drain 5000") == "empty"


def test_a_client_that_had_just_connected_is_still_served():
    with front() as server:
        with server.client() as fresh:
            server.until("connections", 1)
            server.tell("close_doors")
            assert fresh.get("/p")["Connection"] == "close"
        assert server.tell("drain 5000") == "empty"


def test_stopping_with_requests_under_way_ends_them():
    server = front()
    running = server.__enter__()
    client = running.client()
    client.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n")
    running.until("parked", 1)
    running.end()
    assert client.is_closed()
    client.socket.close()


def test_a_port_in_use_is_a_clear_refusal():
    with front() as server:
        second = subprocess.run([SERVER, f"listen=127.0.0.1:{server.port}"], input="", capture_output=True, text=True, timeout=20)
        assert second.returncode == 1 and f"http.listen: cannot bind 127.0.0.1:{server.port}: Address already in use" in second.stderr
        third = subprocess.run([SERVER, "listen=localhost:0"], input="", capture_output=True, text=True, timeout=20)
        assert third.returncode == 1 and "http.listen: 'localhost:0'" in third.stderr


def test_ipv6_has_its_own_door():
    if not pathlib.Path("/proc/net/if_inet6").read_text():
        pytest.skip("no IPv6 on this machine")
    with front(listen="[::1]:0") as server, Client(("::1", server.port)) as client:
        assert b"client=::1 loopback=yes" in client.get("/echo/a/b").body
        with pytest.raises(OSError):
            server.client()


def test_a_kernel_without_ipv6_keeps_nobody_from_ipv4():
    with front(listen="[::]:0", listen_also="127.0.0.1:0", no_ipv6=1) as server:
        assert server.get("/p").status == 200
        assert "http.listen: [::]:0 is left out, this kernel has no IPv6" in server.end()
    alone = subprocess.run([SERVER, "listen=[::]:0", "no_ipv6=1"], input="", capture_output=True, text=True, timeout=20)
    assert alone.returncode == 1 and "http.listen: cannot open a socket for [::]:0: Address family not supported" in alone.stderr


def test_a_withdrawn_route_is_gone_and_its_running_request_is_answered():
    with front() as server, server.client() as client, server.client() as other:
        client.send("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
        server.until("inside", 1)
        server.tell("withdraw_later gone")
        # Until the route has gone a request of ours would wait at the gate, so the list of methods is asked for.
        end = time.monotonic() + 10
        while other.ask("OPTIONS", "/gone").status != 404:
            assert time.monotonic() < end
        server.tell("gate open")
        assert client.answer().body == b"still here"


def test_a_route_may_withdraw_itself():
    with front() as server:
        assert server.get("/self").body == b"withdrew myself"
        assert server.get("/self").status == 404


@pytest.fixture()
def folder():
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        yield path


def test_the_unix_door_knows_administrators_and_the_tcp_door_has_none(folder):
    path = f"{folder}/admin.sock"
    with front(admin_socket=path) as server:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
        with Client(path) as client:
            answer = client.get("/admin")
            assert answer.status == 200 and f"caller=admin uid {os.getuid()}".encode() in answer.body
            assert b"client=unix loopback=yes" in answer.body
            assert client.get("/json")["X-Cache"] is None
        assert server.get("/admin").status == 403
        assert server.get("/json")["X-Cache"] == "MISS"
    assert not os.path.exists(path)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_strangers_at_the_unix_door_are_told_403_and_closed(folder):
    path = f"{folder}/admin.sock"
    with front(admin_socket=path, admin_group="gatehouse-admin-that-is-not-there") as server:
        os.chmod(path, 0o666)  # as if a careless administrator had
        program = ("import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
                   "s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])\n"
                   "s.sendall(b'GET /p HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'); data = b''\n"
                   "while True:\n d = s.recv(4096)\n if not d: break\n data += d\nprint(data.decode())")
        said = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, timeout=20, check=True).stdout
        assert said.startswith("HTTP/1.1 403 ") and "Connection: close" in said
        assert server.get("/p").status == 200


def test_a_socket_file_that_is_left_over_is_replaced_and_one_in_use_is_not(folder):
    path = f"{folder}/admin.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(path)
    stale.close()
    with front(admin_socket=path):
        second = subprocess.run([SERVER, f"admin_socket={path}"], input="", capture_output=True, text=True, timeout=20)
        assert second.returncode == 1 and "in use by another process" in second.stderr
        with Client(path) as client:
            assert client.get("/p").status == 200
    pathlib.Path(path).write_text("precious")
    refused = subprocess.run([SERVER, f"admin_socket={path}"], input="", capture_output=True, text=True, timeout=20)
    assert refused.returncode == 1 and "is not a socket" in refused.stderr
    assert pathlib.Path(path).read_text() == "precious"


def test_the_access_log_tells_everything_but_secrets():
    with front(access_log=1) as server, server.client() as client:
        assert client.get("/echo/secret-key/x?token=secret-token", "X-Forwarded-For: 203.0.113.5", "Cookie: secret-cookie").status == 200
        assert client.get("/nowhere?secret-query").status == 404
        said = server.end()
    lines = [line for line in said.splitlines() if "access " in line]
    assert len(lines) == 2 and "secret" not in said
    assert "access 203.0.113.5 GET /echo/{a}/{b*} 200 " in lines[0]
    assert "access 127.0.0.1 GET - 404 " in lines[1]


def test_nothing_is_logged_about_ordinary_requests():
    with front() as server:
        server.get("/p")
        server.get("/nowhere")
        with server.client() as client:
            client.send("garbage\x00").answer()
        assert server.end() == ""
