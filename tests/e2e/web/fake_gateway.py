"""A stand-in for the gateway as the page sees it: the built files under the real Content-Security-Policy, the two
lists of cameras, and live HLS. Its state is set by the test. Loopback, port 0."""

import contextlib
import http.server
import json
import mimetypes
import pathlib
import re
import threading
import time

CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
       "worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'")

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


def utc(ago_s: float = 0) -> str:
    """A time as the gateway writes it, `ago_s` seconds ago."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - ago_s))


def camera(number: int, name: str, area: str = "", location: str = "", state: str = "live", **live) -> dict:
    """One camera: its row of /api/stream, and its row of /api/live under "live"."""
    key = f"key{number:04d}"
    return {
        "stream": {
            "id": number, "name": name, "description": "", "location": location, "group_name": area or None, "area_id": sum(area.encode()) or None,
            "is_tunnel": 0, "latitude": None, "longitude": None, "status": "active", "is_online": int(state == "live"), "last_online_check": None,
            "stream_key": key, "video_codec": "h264", "thumbnail_path": None, "thumbnail_updated_at": None, "area_name": area or None,
            "rt": None, "rw": None, "kelurahan": None, "kecamatan": None, "streams": {"hls": f"/hls/{key}/index.m3u8", "webrtc": None}},
        "live": {"id": number, "state": state, "since": utc(120), "cause": None, "video_codec": "avc1.42c01f", "audio_codec": None,
                 "width": 1280, "height": 720, "has_sub": True, **live},
    }


class FakeGateway:
    """Serves until `close`. `cameras` may be changed at any time; `failure` set to a status fails what `failing` matches."""

    def __init__(self, web_root: pathlib.Path, cameras: list, streams: dict = None):
        self.web_root = web_root
        self.cameras = cameras
        self.streams = streams or {}
        self.engine = "builtin"
        self.failure = None
        self.failing = re.compile(r"/(api|hls)/")
        self.requests = []
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                gateway._answer(self)

            def handle(self):
                with contextlib.suppress(ConnectionError):  # The page went away.
                    super().handle()

            def log_message(self, *_args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def set_state(self, number: int, state: str, **live):
        for entry in self.cameras:
            if entry["live"]["id"] == number:
                entry["live"].update(state=state, since=utc(), **live)

    def _answer(self, request):
        path = request.path.split("?")[0]
        self.requests.append(path)
        if self.failure and self.failing.match(path):
            return self._json(request, {"success": False, "message": "out of order", "request_id": "test"}, self.failure)
        if path == "/api/stream":
            return self._json(request, {"success": True, "data": [entry["stream"] for entry in self.cameras]})
        if path == "/api/live":
            return self._json(request, {"success": True, "data": {"engine": self.engine, "cameras": [entry["live"] for entry in self.cameras]}})
        hls = re.fullmatch(r"/hls/([a-z0-9]+)/([a-z0-9.-]+)", path)
        if hls:
            stream = self.streams.get(hls.group(1)) or self.streams.get("*")
            found = stream.file(hls.group(2)) if stream else None
            return self._send(request, 200, found[0], found[1]) if found else self._json(request, {"success": False, "message": "no such file"}, 404)
        return self._static(request, "/index.html" if path == "/" else path)

    def _static(self, request, path):
        file = (self.web_root / path.lstrip("/")).resolve()
        if not file.is_relative_to(self.web_root.resolve()) or not file.is_file():
            return self._json(request, {"success": False, "message": "no such file"}, 404)
        self._send(request, 200, mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes())

    def _json(self, request, value, status=200):
        self._send(request, status, "application/json", json.dumps(value).encode())

    @staticmethod
    def _send(request, status, content_type, body):
        try:
            request.send_response(status)
            request.send_header("Content-Type", content_type)
            request.send_header("Content-Length", str(len(body)))
            request.send_header("Cache-Control", "no-cache")
            request.send_header("Content-Security-Policy", CSP)
            request.send_header("X-Content-Type-Options", "nosniff")
            request.end_headers()
            request.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The page went away.
