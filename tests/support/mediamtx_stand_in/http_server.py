"""A small HTTP/1.1 server that answers the way the engine's Go server does: header order, chunking, 404s, keep-alive."""
import asyncio
import base64
import binascii
import contextlib
import dataclasses
import email.utils
import errno
import http
import json
import os
import urllib.parse

MAX_HEAD_BYTES = 65536
IDLE_S = 30
CHUNKED_ABOVE_BYTES = 2048  # Go gives a length only to bodies that fit its buffer


@dataclasses.dataclass
class Request:
    method: str
    path: str          # decoded
    raw_path: str
    raw_query: str
    headers: dict      # lower-case names
    body: bytes
    remote: tuple

    @property
    def query(self):
        return dict(reversed(urllib.parse.parse_qsl(self.raw_query, keep_blank_values=True)))

    @property
    def ip(self):
        return self.remote[0]

    @property
    def remote_text(self):
        return f"{self.remote[0]}:{self.remote[1]}"

    @property
    def cookies(self):
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}

    def credentials(self):
        """(user, password, token)"""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            with contextlib.suppress(binascii.Error, UnicodeDecodeError):
                user, _, password = base64.b64decode(value).decode().partition(":")
                return user, password, ""
        if kind == "Bearer":
            if ":" in value:
                user, _, password = value.partition(":")
                return user, password, ""
            return "", "", value
        return "", "", ""


@dataclasses.dataclass
class Response:
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    chunked: bool | None = None  # None: as the size says
    raw: bool = False            # the body is everything that is sent, then the connection closes

    @staticmethod
    def json(status, value, **headers):
        body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        return Response(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)

    @staticmethod
    def error(status, text, **headers):
        return Response.json(status, {"status": "error", "error": text}, **headers)

    @staticmethod
    def ok():
        return Response.json(200, {"status": "ok"})

    @staticmethod
    def not_found():
        return Response(404, {"Content-Type": "text/plain"}, b"404 page not found")

    def encode(self, head_only):
        headers = {"Access-Control-Allow-Origin": "*", "Server": "mediamtx", **self.headers}
        lines = [f"HTTP/1.1 {self.status} {http.HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {headers[name]}" for name in sorted(headers)]
        lines.append("Date: " + email.utils.formatdate(usegmt=True))
        chunked = len(self.body) > CHUNKED_ABOVE_BYTES if self.chunked is None else self.chunked
        if self.status == 204:
            return ("\r\n".join(lines) + "\r\n\r\n").encode()
        lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(self.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if head_only:
            return head
        if not chunked:
            return head + self.body
        pieces = [self.body[at:at + 32768] for at in range(0, len(self.body), 32768)]
        return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def split_address(address):
    """(host or None, port) of "127.0.0.1:80", "[::1]:80", ":80"."""
    host, _, port = address.rpartition(":")
    return host.strip("[]") or None, int(port)


class HttpServer:
    """`handler(request)` gives a Response; `faults` may answer in its place."""

    def __init__(self, name, address, handler, faults):
        self.name, self.address, self._handler, self._faults = name, address, handler, faults
        self._server, self._writers = None, set()

    async def start(self):
        """Raises OSError with the engine's text when the address cannot be had."""
        try:
            if self.address.startswith("unix://"):
                path = self.address[len("unix://"):]
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                self._server = await asyncio.start_unix_server(self._serve, path, limit=MAX_HEAD_BYTES)
            else:
                host, port = split_address(self.address)
                self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_HEAD_BYTES, backlog=1024)
        except OSError as error:
            what = "address already in use" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0).lower()
            raise OSError(f"listen tcp {self.address}: bind: {what}") from None

    async def stop(self):
        if self._server:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            self._server = None

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        try:
            remote = writer.get_extra_info("peername") or ("", 0)
            while await self._exchange(reader, writer, remote if isinstance(remote, tuple) else ("", 0)):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError, ValueError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader, writer, remote):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        raw_path, _, raw_query = target.partition("?")
        body = await self._body(reader, headers)
        request = Request(method, urllib.parse.unquote(raw_path), raw_path, raw_query, headers, body, remote)
        response = await self._answer(request)
        if response is None:
            return False
        if response.raw:
            writer.write(response.body)
            await writer.drain()
            return False
        writer.write(response.encode(head_only=method == "HEAD"))
        await writer.drain()
        return version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"

    async def _answer(self, request):
        handled, replacement = await self._faults.before(self.name, request)
        if handled:
            return replacement
        response = self._preflight(request) or await self._handler(request)
        return await self._faults.after(self.name, request, response)

    def _preflight(self, request):
        if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
            return None
        if self.name == "api":
            return Response(204, {"Access-Control-Allow-Methods": "OPTIONS, GET, POST, PATCH, DELETE",
                                  "Access-Control-Allow-Headers": "Authorization, Content-Type"})
        return Response(204, {"Access-Control-Allow-Methods": "OPTIONS, GET", "Access-Control-Allow-Headers": "Authorization, Range"})

    @staticmethod
    async def _body(reader, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                body += (await reader.readexactly(size + 2))[:-2]
                if not size:
                    return body
        return await reader.readexactly(int(headers.get("content-length", 0)))
