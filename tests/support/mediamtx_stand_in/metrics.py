"""/metrics, with the series of paths, HLS sessions and HLS muxers."""
from .auth import AuthError
from .http_server import HttpServer, Response


def _line(name, labels, value):
    inner = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inner}}} {value}"


def _paths(items):
    if not items:
        return (["# Paths", "paths 0", "paths_inbound_bytes 0", "paths_outbound_bytes 0", "paths_inbound_frames_in_error 0", "",
                 "# Paths (deprecated)", "paths_bytes_received 0", "paths_bytes_sent 0", "paths_readers 0", ""])
    lines, old = ["# Paths"], ["# Paths (deprecated)"]
    for item in items:
        labels = {"name": item["name"], "state": "ready" if item["ready"] else "notReady"}
        kinds = {}
        for reader in item["readers"]:
            kinds[reader["type"]] = kinds.get(reader["type"], 0) + 1
        lines.append(_line("paths", labels, 1))
        for kind, count in sorted(kinds.items()) or [("", 0)]:
            lines.append(_line("paths_readers", {"name": item["name"], "readerType": kind, "state": labels["state"]}, count))
        lines += [_line("paths_inbound_bytes", labels, item["inboundBytes"]), _line("paths_outbound_bytes", labels, item["outboundBytes"]),
                  _line("paths_inbound_frames_in_error", labels, 0)]
        old += [_line("paths_bytes_received", labels, item["bytesReceived"]), _line("paths_bytes_sent", labels, item["bytesSent"])]
    return [*lines, "", *old, ""]


def _hls(sessions, muxers):
    lines = ["# HLS sessions"]
    for item in sessions:
        labels = {"id": item["id"], "path": item["path"], "remoteAddr": item["remoteAddr"]}
        lines += [_line("hls_sessions", labels, 1), _line("hls_sessions_outbound_bytes", labels, item["outboundBytes"])]
    lines += [] if sessions else ["hls_sessions 0", "hls_sessions_outbound_bytes 0"]
    lines += ["", "# HLS muxers"]
    for item in muxers:
        labels = {"name": item["path"]}
        lines += [_line("hls_muxers", labels, 1), _line("hls_muxers_outbound_bytes", labels, item["outboundBytes"]),
                  _line("hls_muxers_outbound_frames_discarded", labels, 0)]
    lines += [] if muxers else ["hls_muxers 0", "hls_muxers_outbound_bytes 0", "hls_muxers_outbound_frames_discarded 0"]
    lines += ["", "# HLS muxers (deprecated)"]
    lines += [_line("hls_muxers_bytes_sent", {"name": item["path"]}, item["bytesSent"]) for item in muxers] or ["hls_muxers_bytes_sent 0"]
    return [*lines, ""]


class Metrics:
    def __init__(self, core, faults):
        self._core, self._address = core, core.config.values["metricsAddress"]
        self._http = HttpServer("metrics", self._address, self._handle, faults)

    async def start(self):
        await self._http.start()
        self._core.log("info", f"[metrics] started with listener on {self._address} (TCP/HTTP)")

    async def stop(self):
        self._core.log("info", "[metrics] closing")
        await self._http.stop()

    async def _handle(self, request):
        if request.method != "GET" or request.path != "/metrics":
            return Response.not_found()
        try:
            await self._core.auth.check("metrics", request)
        except AuthError as error:
            await self._core.auth.pause(error, f"[metrics] [conn {request.remote_text}]")
            extra = {"Www-Authenticate": 'Basic realm="mediamtx"'} if error.ask_credentials else {}
            return Response.error(401, "authentication error", **extra)
        kind, hls, lines = request.query.get("type", ""), self._core.hls, []
        if kind in ("", "paths"):
            items = await self._core.manager.items()
            lines += _paths([item for item in items if request.query.get("path", item["name"]) == item["name"]])
        if hls and kind in ("", "hls_sessions", "hls_muxers"):
            sessions, muxers = [session.item() for session in hls.sessions()], hls.muxer_items()
            lines += _hls(sessions if kind != "hls_muxers" else [], muxers if kind != "hls_sessions" else [])
        return Response(200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}, ("\n".join(lines) + "\n").encode())
