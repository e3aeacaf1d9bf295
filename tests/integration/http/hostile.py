"""Requests nobody sends by accident, with what must come back; and how to send them to a gateway."""
import contextlib
import socket

from raw_http import Client, Closed

INSIDE = "GET /hello?smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def get(target, *fields, version="HTTP/1.1", host="Host: a"):
    return "\r\n".join([f"GET {target} {version}", *([host] if host else []), *fields]) + "\r\n\r\n"


def post(rest):
    return "POST /api/cache/invalidate HTTP/1.1\r\nHost: a\r\n" + rest


def chunked(rest):
    return post("Transfer-Encoding: chunked\r\n\r\n" + rest)


# One answer of the given status, then the end of the connection, whatever stands behind.
ENDING = {
    # Two readers of one message must never see two lengths.
    "length and coding": (400, post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG")),
    "coding and length": (400, post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG")),
    "two lengths": (400, post("Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")),
    "one length twice": (400, post("Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde")),
    "a list of lengths": (400, post("Content-Length: 5, 5\r\n\r\nabcde")),
    "length in hex": (400, post("Content-Length: 0x5\r\n\r\nabcde")),
    "length with a sign": (400, post("Content-Length: +5\r\n\r\nabcde")),
    "negative length": (400, post("Content-Length: -1\r\n\r\n")),
    "length beyond 64 bits": (400, post("Content-Length: 18446744073709551617\r\n\r\na")),
    "empty length": (400, post("Content-Length:\r\n\r\n")),
    "space before the colon": (400, post("Content-Length : 5\r\n\r\nabcde")),
    "coding before a space": (400, post("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")),
    "vertical tab in the coding": (400, post("Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n")),
    "two codings": (400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n")),
    "a list of codings": (501, post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
    "chunked is not last": (501, post("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")),
    "quoted coding": (501, post('Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n')),
    "unknown coding": (501, post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")),
    "coding in HTTP/1.0": (400, "POST /api/cache/invalidate HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "folded coding": (400, post("X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
    "coding after a bare CR": (400, post("X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
    "coding after a bare LF": (400, post("X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
    "a body for GET": (413, get("/hello", "Content-Length: 5") + "abcde"),
    "a chunked body for GET": (413, get("/hello", "Transfer-Encoding: chunked") + "0\r\n\r\n"),
    "a body beyond the limit": (413, post("Content-Length: 100000000\r\n\r\nabc")),
    # Chunks.
    "chunk longer than said": (400, chunked("5\r\nabcdeXX0\r\n\r\n")),
    "negative chunk": (400, chunked("-5\r\nabcde\r\n0\r\n\r\n")),
    "chunk in 0x": (400, chunked("0x5\r\nabcde\r\n0\r\n\r\n")),
    "chunk after a space": (400, chunked(" 5\r\nabcde\r\n0\r\n\r\n")),
    "chunk beyond 64 bits": (400, chunked("10000000000000005\r\nabcde\r\n0\r\n\r\n")),
    "chunk of nothing but an extension": (400, chunked(";a=b\r\nabcde\r\n0\r\n\r\n")),
    "chunk of terabytes": (413, chunked("fffffffffff\r\nabcde\r\n")),
    "chunk extension without end": (400, chunked("5;" + "a" * 200_000)),
    "trailer without end": (400, chunked("0\r\nX: " + "a" * 200_000)),
    # Heads.
    "no version": (400, "GET /hello\r\n\r\n"),
    "tab for a space": (400, "GET\t/hello\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    "space before the method": (400, " GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no target": (400, "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
    "space in the target": (400, "GET /hello there HTTP/1.1\r\nHost: a\r\n\r\n"),
    "bare line feeds": (400, "GET /hello HTTP/1.1\nHost: a\n\n"),
    "HTTP/2.0": (505, get("/hello", version="HTTP/2.0")),
    "h2c with prior knowledge": (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
    "no Host": (400, get("/hello", host=None)),
    "two Hosts": (400, get("/hello", "Host: b")),
    "one Host twice": (400, get("/hello", "hOST: a")),
    "Host with a space": (400, get("/hello", host="Host: a b")),
    "Host with a path": (400, get("/hello", host="Host: a/b")),
    "Host with a user": (400, get("/hello", host="Host: u@a")),
    "a list of Hosts": (400, get("/hello", host="Host: a, b")),
    "NUL in a value": (400, get("/hello", "X: a\0b")),
    "NUL in a name": (400, get("/hello", "X\0Y: a")),
    "NUL in the target": (400, get("/hello\0")),
    "NUL in the method": (400, "G\0ET /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "escape in a value": (400, get("/hello", "X: \x1b[2J")),
    "DEL in a value": (400, get("/hello", "X: a\x7fb")),
    "CR in a value": (400, get("/hello", "X: a\rb")),
    "folded field": (400, get("/hello", "X: a", " b")),
    "folded field by a tab": (400, get("/hello", "X: a", "\tb")),
    "folded first field": (400, "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"),
    "a name with a space": (400, get("/hello", "Bad Name: x")),
    "no name": (400, get("/hello", ": x")),
    "no colon": (400, get("/hello", "what is this")),
    "umlaut in a name": (400, get("/hello", "Gr\xf6\xdfe: x")),
    "a field of 20 kB": (431, get("/hello", "X: " + "y" * 20_000)),
    "a name of 20 kB": (431, get("/hello", "X" * 20_000 + ": y")),
    "a target of 20 kB": (431, get("/" + "y" * 20_000)),
    "a head that never ends": (431, "GET /hello HTTP/1.1\r\n" + "X: y\r\n" * 40_000),
    "101 fields": (431, get("/hello", *["X: y"] * 100)),
    "an endless method": (431, "A" * 20_000),
    "a long method": (400, "A" * 200 + " /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "unknown expectation": (417, get("/hello", "Expect: the-unexpected")),
    "ClientHello": (400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x9a" * 500),
    "SSH": (400, "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "RDP": (400, "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"),
    "bytes": (400, "\xff\xfe\x01\x00" * 100),
}

# The request is refused or answered; the connection goes on with the next one.
STAYING = {
    "unknown method": (501, "BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "TRACE": (501, "TRACE /hello HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n"),
    "CONNECT": (501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    "method in small letters": (501, "get /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "method of another route": (405, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n"),
    "absolute form": (200, get("http://elsewhere.example:81/hello?x=1")),
    "absolute form without an authority": (400, get("http:///hello")),
    "absolute form with a user": (400, get("http://u:p@a/hello")),
    "another scheme": (400, get("ftp://a/hello")),
    "file scheme": (400, get("file:///etc/passwd")),
    "script scheme": (400, get("javascript:alert(1)")),
    "authority form": (400, get("a:80")),
    "asterisk": (400, get("*")),
    "relative target": (400, get("hello")),
    "fragment": (400, get("/hello#top")),
    "empty Host": (200, get("/hello", host="Host:")),
    "websocket": (200, get("/hello", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x")),
    "h2c upgrade": (200, get("/hello", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")),
    "bytes beyond ASCII in a value": (200, get("/hello", "X: \xff\xfe\xe4")),
    "a thousand parameters": (200, get("/hello?" + "&".join(f"a{n}=%00" for n in range(1000)))),
    "a broken query": (200, get("/hello?%&=%zz&&&%u0000")),
    "a hundred commas": (200, get("/hello", "Accept-Encoding: " + "," * 5000, "If-None-Match: " + '",' * 2000)),
    "admin": (403, get("/api/admin/config")),
    "admin by a field": (403, get("/api/admin/config", "X-Forwarded-For: 127.0.0.1", "X-Original-URL: /", "X-HTTP-Method-Override: GET")),
}

TRAVERSAL = [
    "/../secret.txt", "/./../secret.txt", "/assets/../../secret.txt", "/..", "/../", "/%2e%2e/secret.txt", "/.%2e/secret.txt", "/%2E%2E%2Fsecret.txt",
    "/..%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt", "/\\..\\secret.txt", "/%5c..%5csecret.txt",
    "/%252e%252e/secret.txt", "/%252e%252e%252fsecret.txt", "/%25252e%25252e/secret.txt", "/..%252fsecret.txt",
    "/%c0%ae%c0%ae/secret.txt", "/..%c0%afsecret.txt", "/%e0%80%ae%e0%80%ae/secret.txt", "/%f0%80%80%ae%f0%80%80%ae/secret.txt",
    "/%uff0e%uff0e/secret.txt", "/%ef%bc%8e%ef%bc%8e/secret.txt", "/..%00/secret.txt", "/index.html%00/../secret.txt",
    "/secret.txt%00.html", "/..;/secret.txt", "/;/../secret.txt", "//../secret.txt", "/.../secret.txt", "/....//secret.txt",
    "/%2fetc/passwd", "//etc/passwd", "/hls/../../secret.txt", "/hls/%2e%2e/%2e%2e/secret.txt", "http://a/../secret.txt",
    "/~root/.profile", "/.git/config", "/proc/self/environ", "/%", "/%2", "/%zz", "/\xe4",
]

# Of a file of 4096 bytes: the status and at most so many bytes of body.
RANGES = {
    "bytes=" + ",".join(f"{n}-{n}" for n in range(900)): (200, 4096),
    "bytes=" + "0-," * 900: (200, 4096),
    "bytes=0-4095," * 100: (200, 4096),
    "bytes=0-18446744073709551616": (206, 4096),
    "bytes=18446744073709551615-18446744073709551615": (416, 0),
    "bytes=99999999999999999999999999-": (416, 0),
    "bytes=4096-": (416, 0),
    "bytes=-0": (416, 0),
    "bytes=-99999999999999999999": (206, 4096),
    "bytes=5-2": (200, 4096),
    "bytes=--5": (200, 4096),
    "bytes=-": (200, 4096),
    "bytes=a-b": (200, 4096),
    "bytes": (200, 4096),
    "items=0-5": (200, 4096),
    "bytes=0-0": (206, 1),
    "bytes=0x0-0x5": (200, 4096),
    "bytes=0-5\xff": (200, 4096),
}


def address(gateway):
    return ("127.0.0.1", gateway.port)


def answers_until_the_end(gateway, text):
    """All statuses that come back before the gateway closes the connection."""
    statuses = []
    with Client(address(gateway)) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.send(text.encode("latin-1"))
        with contextlib.suppress(Closed, ConnectionResetError):
            while True:
                statuses.append(client.answer().status)
    return statuses


def answer_and_stay(gateway, text):
    with Client(address(gateway)) as client:
        answer = client.send(text.encode("latin-1")).answer()
        assert client.get("/hello").status == 200
        return answer


def reset(gateway, text):
    """Sends and vanishes, so that the gateway's next move meets a reset."""
    with Client(address(gateway)) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        client.send(text.encode("latin-1"))


def every_request():
    """All of the above as bytes, for those who only want to throw them."""
    texts = [text + INSIDE for _, text in ENDING.values() if len(text) < 30_000]
    texts += [text for _, text in STAYING.values()]
    texts += [get(target) for target in TRAVERSAL] + [get("/large.bin", "Range: " + each) for each in RANGES]
    return [text.encode("latin-1") for text in texts]
