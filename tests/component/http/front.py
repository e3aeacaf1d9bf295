"""The test server as a fixture, and a client that sends exactly the bytes it is told to."""
import contextlib, os, pathlib, select, socket, subprocess, time

SERVER = pathlib.Path(os.environ["GATEHOUSE_BUILD_DIR"]) / "tests" / "front_server"


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
    """One connection. Every wait has a deadline."""

    def __init__(self, address, seconds=10):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout=seconds)
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


class Front:
    def __init__(self, **options):
        arguments = [f"{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen([SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("PORT "), (line, self.process.stderr.read())
        self.port = int(line.split()[1])

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def client(self, seconds=10):
        return Client(("127.0.0.1", self.port), seconds)

    def get(self, target, *fields, **more):
        with self.client() as client:
            return client.get(target, *fields, **more)

    def until(self, command, wanted, seconds=10):
        end = time.monotonic() + seconds
        while (seen := self.tell(command)) != str(wanted):
            assert time.monotonic() < end, f"{command}: {seen}, not {wanted}"
            time.sleep(0.01)

    def metric(self, line_start):
        text = self.tell(f"metrics {line_start}")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.split(";") if line)

    def end(self):
        """Ends it and gives what it said on its standard error."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        said = self.process.stderr.read()
        assert self.process.returncode == 0, said
        return said


@contextlib.contextmanager
def front(**options):
    server = Front(**options)
    try:
        yield server
    finally:
        server.end()
