"""The test server as a fixture."""
import contextlib, os, pathlib, subprocess, time

from raw_http import Answer, Client, Closed  # noqa: F401: for the tests

SERVER = pathlib.Path(os.environ["GATEHOUSE_BUILD_DIR"]) / "tests" / "front_server"


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
