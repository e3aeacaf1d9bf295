"""An HTTP client that sends exactly the bytes it is told to."""
import select
import socket


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def __getitem__(self, name):
        values = [v for n, v in self.fields if n.lower() == name.lower()]
        return values[-1] if values else None

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]


class Closed(Exception):
    pass


class Client:
    """One connection to (host, port) or the path of a unix socket; by TLS with an ssl.SSLContext. Every wait has a deadline."""

    def __init__(self, address, seconds=10, tls=None, session=None, receive_bytes=None):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            self.socket.connect(address)
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self.socket = socket.socket(family)
            if receive_bytes:  # before the connection, since it bounds the window
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            self.socket.settimeout(seconds)
            self.socket.connect(address)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", session=session)
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed(self.held)
        self.held += data

    def answer(self, head_only=False):
        while b"\r\n\r\n" not in self.held:
            self.more()
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines[0]
        status = int(lines[0].split(" ")[1])
        fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        answer = Answer(status, fields, b"")
        length = int(answer["Content-Length"] or 0)
        if head_only or status in (204, 304) or status < 200:
            return answer
        pieces, there = [self.held], len(self.held)
        while there < length:
            if not (data := self.socket.recv(1 << 20)):
                raise Closed(b"".join(pieces))
            pieces.append(data)
            there += len(data)
        held = b"".join(pieces)
        answer.body, self.held = held[:length], held[length:]
        return answer

    def ask(self, method, target, *fields, body=b"", host="gate"):
        body = body if isinstance(body, bytes) else body.encode()
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return self.answer(head_only=method == "HEAD")

    def get(self, target, *fields, **more):
        return self.ask("GET", target, *fields, **more)

    def is_closed(self, seconds=5):
        """True when the server ends the connection without another byte within the time."""
        if self.held:
            return False
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def is_quiet(self, seconds=0.2):
        return not self.held and not select.select([self.socket], [], [], seconds)[0]
