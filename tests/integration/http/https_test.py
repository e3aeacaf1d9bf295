"""The HTTPS door: certificates that are refused and renewed, what TLS is spoken, and bodies that arrive whole."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import warnings

import pytest

from certificates import expire, make_certificate, trusting
from gateway import Gateway, build_dir
from processes import cpu_s
from raw_http import Client, Closed

HERE = pathlib.Path(__file__).resolve().parent


def door(folder, certificate, key, **more):
    """Configuration with an HTTPS door; the files are copies that a test may replace."""
    shutil.copy(certificate, folder / "door.pem")
    shutil.copy(key, folder / "door.key")
    return {"https": {"listen": ["127.0.0.1:0"], "certificate": str(folder / "door.pem"), "key": str(folder / "door.key"), **more}}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A console of one large file, which leaves as a file, not from memory."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "index.html").write_text("<!doctype html><title>Gatehouse</title>")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 40_000)
    return folder


@pytest.fixture(scope="module")
def gateway(files, web, tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    config = {**door(folder, *files, handshake_timeout="500ms"), "paths": {"web_dir": str(web)},
              "http": {"trusted_proxies": [], "max_connections_per_address": 0}}
    with Gateway(plugins=["hello"], config=config) as running:
        yield running


def client(gateway, tls, **more):
    return Client(("127.0.0.1", gateway.https_port), tls=tls, **more)


def metric(gateway, line_start):
    text = gateway.admin("GET", "/metrics").text
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(line_start))


def test_answers_are_those_of_the_plain_door(gateway, files):
    with client(gateway, trusting(files[0])) as tls:
        answer = tls.get("/health")
        assert answer.status == 200 and json.loads(answer.body)["status"] == "ok"
        assert answer["Strict-Transport-Security"] is None
        assert tls.get("/nowhere").status == 404
        assert tls.ask("HEAD", "/health").status == 200
        assert tls.get("/health").status == 200
        tls.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        assert [tls.answer().status for _ in range(100)] == [200] * 100
        assert tls.get("/health", "Connection: close")["Connection"] == "close"
        assert tls.is_closed()


def test_requests_may_arrive_byte_by_byte_and_heads_fill_records(gateway, files):
    with client(gateway, trusting(files[0])) as tls:
        for byte in b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n":
            tls.send(bytes([byte]))
        assert tls.answer().status == 200
        assert tls.get("/health", "X: " + "y" * 15_000).status == 200
        assert tls.get("/health", "X: " + "y" * 30_000).status == 431


def test_large_bodies_arrive_whole_to_quick_and_slow_readers(gateway, files, web):
    wanted = hashlib.sha256((web / "large.bin").read_bytes()).digest()
    with client(gateway, trusting(files[0])) as tls:
        assert hashlib.sha256(tls.get("/large.bin").body).digest() == wanted
        part = tls.get("/large.bin", "Range: bytes=100000-2500000")
        assert part.status == 206 and part.body == (web / "large.bin").read_bytes()[100_000:2_500_001]
    with client(gateway, trusting(files[0]), receive_bytes=4096) as slow:
        slow.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        while b"\r\n\r\n" not in slow.held:
            slow.more()
        assert hashlib.sha256(slow.answer().body).digest() == wanted
        assert slow.answer().status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_tls_with_forward_secrecy_and_resumption(gateway, files, version):
    context = trusting(files[0], minimum_version=version, maximum_version=version)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with client(gateway, context) as first:
        assert first.get("/health").status == 200
        cipher, protocol, bits = first.socket.cipher()
        assert bits >= 128 and ("GCM" in cipher or "CHACHA20" in cipher) and (protocol == "TLSv1.3" or "ECDHE" in cipher)
        assert first.socket.selected_alpn_protocol() == "http/1.1" and not first.socket.session_reused
        session = first.socket.session
    with client(gateway, context, session=session) as second:
        assert second.get("/health").status == 200 and second.socket.session_reused


def test_old_versions_weak_ciphers_and_other_protocols_are_refused(gateway, files):
    old = trusting(files[0])
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    weak = trusting(files[0], maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES128-SHA:AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA")
    other = trusting(files[0])
    other.set_alpn_protocols(["h2"])
    failed = metric(gateway, 'gatehouse_https_handshakes_total{outcome="failed"}')
    for context in (old, weak, other):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client(gateway, context)
    gateway.wait_until("failures are counted",
                       lambda: metric(gateway, 'gatehouse_https_handshakes_total{outcome="failed"}') >= failed + 3)
    with client(gateway, trusting(files[0])) as good:
        assert good.get("/health").status == 200


def test_the_wrong_protocol_at_either_door_is_told_and_counted(gateway, files):
    with Client(("127.0.0.1", gateway.https_port)) as plain:
        answer = plain.get("/health")
        assert answer.status == 400 and "HTTPS" in json.loads(answer.body)["message"] and plain.is_closed()
    with Client(("127.0.0.1", gateway.https_port)) as noise:
        noise.send(os.urandom(2000))
        assert _ends(noise)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Client(("127.0.0.1", gateway.port), tls=trusting(files[0]))
    assert metric(gateway, 'gatehouse_http_wrong_protocol_total{spoken="http"}') == 1
    assert metric(gateway, 'gatehouse_http_wrong_protocol_total{spoken="tls"}') == 1


def _ends(client):
    """An alert may come first."""
    with contextlib.suppress(ConnectionResetError, Closed):
        while True:
            client.more()
    return True


def test_a_handshake_that_does_not_end_is_cut(gateway, files):
    silent = [Client(("127.0.0.1", gateway.https_port)) for _ in range(20)]
    for n, each in enumerate(silent):
        each.send(b"\x16\x03\x01\x02\x00\x01"[:n % 7])
    with client(gateway, trusting(files[0])) as other:
        for _ in range(20):
            assert other.get("/health").status == 200
    for each in silent:
        assert each.is_closed()
        each.socket.close()


def test_half_a_record_is_waited_for_without_a_turn_of_the_loop(gateway, files):
    """Before the handshake, and after an answer that ended the connection: what OpenSSL holds of it no read completes."""
    def waited_for(clients):
        before = cpu_s([gateway.process.pid])
        for each in clients:
            assert _ends(each)
            each.socket.close()
        return cpu_s([gateway.process.pid]) - before
    halves = [Client(("127.0.0.1", gateway.https_port)) for _ in range(4)]
    for half in halves:
        half.send(b"\x16\x03\x01\x02\x00\x01")
    assert waited_for(halves) < 0.2, "of 0.5 s on as many loops as there are cores"
    plain = [Client(("127.0.0.1", gateway.https_port)) for _ in range(4)]
    for each in plain:
        each.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        each.answer()
    assert waited_for(plain) < 0.2, "of 2 s"


def test_one_address_makes_no_more_handshakes_than_its_share(tmp_path, files):
    config = {**door(tmp_path, *files, handshakes_per_address=2), "http": {"trusted_proxies": []}}
    with Gateway(plugins=["hello"], config=config) as gateway:
        shaken = 0
        with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
            for _ in range(60):
                with client(gateway, trusting(files[0])) as one:
                    assert one.get("/hello").status == 200
                    shaken += 1
        assert 20 <= shaken < 60, "ten times as many in a burst, and what came back meanwhile"
        line = 'gatehouse_http_connections_refused_total{limit="handshakes_per_address"}'
        assert metric(gateway, line) == 1
        assert "https.handshakes_per_address (2) is reached" in gateway.log
        other = socket.socket()
        other.bind(("127.0.0.2", 0))
        other.settimeout(10)
        other.connect(("127.0.0.1", gateway.https_port))
        with trusting(files[0]).wrap_socket(other, server_hostname="localhost") as stranger:
            stranger.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert stranger.recv(100).startswith(b"HTTP/1.1 200 "), "another address is not affected"
        with Client(("127.0.0.1", gateway.port)) as plain:
            assert plain.get("/hello").status == 200, "nor is the plain door"
        gateway.wait_until("there are places again", lambda: _shakes(gateway, files))


def _shakes(gateway, files):
    with contextlib.suppress(ConnectionError, ssl.SSLError), client(gateway, trusting(files[0])) as one:
        return one.get("/hello").status == 200
    return False


def test_a_client_that_vanishes_in_a_handshake_or_an_answer_leaves_nothing(gateway, files):
    def descriptors():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
    with client(gateway, trusting(files[0])) as tls:
        assert tls.get("/health").status == 200
    before = descriptors()
    for n in range(200):
        with socket.create_connection(("127.0.0.1", gateway.https_port)) as raw:
            if n % 4 == 0:
                tls = trusting(files[0]).wrap_socket(raw, server_hostname="localhost")
                tls.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
                raw = tls
            elif n % 2:
                raw.sendall(b"\x16\x03\x01\x00\xf0\x01\x00\x00")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # a reset, not an end
            raw.close()
    gateway.wait_until("descriptors are back", lambda: descriptors() <= before)
    assert gateway.running


@pytest.mark.parametrize("reading", [[], ["read"]])
def test_key_updates_without_end_hold_up_nobody(gateway, files, reading):
    flood = subprocess.Popen([sys.executable, HERE / "key_updates.py", str(gateway.https_port), "1000000", *reading],
                             stdout=subprocess.PIPE, text=True)
    try:
        with client(gateway, trusting(files[0])) as other:
            for _ in range(200):
                assert other.get("/health").status == 200
        sent = int(flood.communicate(timeout=60)[0])
        assert 0 < sent < 1_000_000, "the server ends it"
    finally:
        flood.kill()
        flood.wait(10)


# Certificates

def fingerprint(gateway):
    with contextlib.closing(ssl._create_unverified_context().wrap_socket(
            socket.create_connection(("127.0.0.1", gateway.https_port), 10))) as tls:
        return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()


def hash_of(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate).read_text())).hexdigest()


def test_a_renewed_certificate_is_picked_up_and_a_bad_one_refused(tmp_path, web):
    old, renewed = make_certificate(tmp_path, "old", "rsa"), make_certificate(tmp_path, "renewed")
    config = {**door(tmp_path, *old, hsts_max_age="1h"), "paths": {"web_dir": str(web)}}
    with Gateway(plugins=["hello"], config=config) as gateway, client(gateway, trusting(old[0])) as kept, \
            client(gateway, trusting(old[0]), receive_bytes=4096) as downloading:
        assert kept.get("/health")["Strict-Transport-Security"] == "max-age=3600"
        assert gateway.get("/health").headers.get("strict-transport-security") is None
        downloading.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n").more()
        assert fingerprint(gateway) == hash_of(old[0])

        def reload_says(text):
            before = len(gateway.log)
            gateway.reload()
            gateway.wait_until(text, lambda: text in gateway.log[before:])

        shutil.copy(renewed[0], tmp_path / "door.pem")  # half of a renewal: the key is still the old one
        reload_says("does not belong to the certificate")
        assert fingerprint(gateway) == hash_of(old[0])
        for garbage in (b"", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", os.urandom(4000)):
            (tmp_path / "door.pem").write_bytes(garbage)
            reload_says("the running one stays in force")
            assert fingerprint(gateway) == hash_of(old[0])
        shutil.copy(renewed[0], tmp_path / "door.pem")
        shutil.copy(renewed[1], tmp_path / "door.key")
        reload_says("The new configuration is in force")
        assert fingerprint(gateway) == hash_of(renewed[0])
        assert kept.get("/health").status == 200
        assert downloading.answer().body == (web / "large.bin").read_bytes()
        with client(gateway, trusting(renewed[0])) as new:
            assert new.get("/health").status == 200


def refusal(folder, config):
    """What --check-config and the daemon itself say of a configuration, which both must refuse with 78."""
    file = folder / "gatehouse.yaml"
    paths = {"state_dir": str(folder / "state"), "runtime_dir": str(folder / "run"), "plugin_dir": str(build_dir() / "plugins")}
    file.write_text(json.dumps({"paths": paths, **config}, indent=1))
    said = []
    for more in (["--check-config"], []):
        done = subprocess.run([build_dir() / "bin" / "gatehoused", "--config", file, *more], capture_output=True, text=True, timeout=30)
        assert done.returncode == 78, done
        said.append([line for line in done.stderr.splitlines() if line.startswith(str(file))])
    assert said[0] == said[1] and len(said[0]) == 1, said
    where, message = said[0][0].split(": ", 1)
    name, line, column = where.rsplit(":", 2)
    return file.read_text().splitlines()[int(line) - 1][int(column) - 1:], message


def test_bad_files_are_refused_where_they_are_named(tmp_path, files):
    good = door(tmp_path, *files)
    pem, key = tmp_path / "door.pem", tmp_path / "door.key"

    key.chmod(0o644)
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{key}"') and "open to everybody" in message
    key.chmod(0o640)

    other = make_certificate(tmp_path, "other")
    shutil.copy(other[1], key)
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{key}"') and "does not belong to the certificate" in message

    subprocess.run(["openssl", "ec", "-in", files[1], "-aes128", "-passout", "pass:x", "-out", key], check=True, capture_output=True)
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{key}"') and "without a passphrase" in message
    shutil.copy(files[1], key)

    pem.write_text("no certificate")
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{pem}"') and "no certificate in PEM form" in message

    pem.write_bytes(pathlib.Path(files[0]).read_bytes() + b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{pem}"') and "chain is malformed" in message

    weak = make_certificate(tmp_path, "weak", "weak")
    at, message = refusal(tmp_path, door(tmp_path, *weak))
    assert at.startswith(f'"{pem}"') and "too small" in message

    pem.unlink()
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{pem}"') and "No such file" in message
    pem.mkdir()
    at, message = refusal(tmp_path, good)
    assert at.startswith(f'"{pem}"') and "not a regular file" in message


def test_a_door_without_its_files_and_a_relative_path_are_refused(tmp_path, files):
    config = door(tmp_path, *files)
    del config["https"]["key"]
    at, message = refusal(tmp_path, config)
    assert at.startswith("[") and message == "HTTPS needs https.key"
    config = door(tmp_path, *files)
    config["https"]["key"] = "door.key"
    at, message = refusal(tmp_path, config)
    assert at.startswith('"door.key"') and message == "key must be an absolute path"
    config = door(tmp_path, *files)
    config["https"]["listen"] = ["localhost:8443"]
    assert "is not an address with a port" in refusal(tmp_path, config)[1]


def test_an_expired_certificate_serves_and_the_log_says_so(tmp_path):
    certificate, key = make_certificate(tmp_path, "short")
    expire(certificate, key)
    with Gateway(config=door(tmp_path, certificate, key)) as gateway:
        assert "IT HAS EXPIRED" in gateway.log
        assert fingerprint(gateway) == hash_of(certificate)


def test_without_a_certificate_there_is_no_https_door():
    with Gateway() as gateway:
        assert json.loads((gateway.runtime / "ports.json").read_text())["https"] == []
