"""The HLS server: sessions, CDN mode, and one muxer per path that somebody reads."""
import asyncio
import posixpath
import time
import urllib.parse
import uuid

from .auth import AuthError
from .http_server import HttpServer, Response
from .log import rfc3339
from .muxer import Muxer, NoCodec
from .paths import NoStream, PathError
from .units import seconds

SESSION_S, CLEANUP_S = 30, 10
COOKIE = "HttpOnly; Secure; SameSite=None; Partitioned"


class Session:
    def __init__(self, request, path, is_cdn, query):
        self.id, self.secret = str(uuid.uuid4()), str(uuid.uuid4())
        self.ip, self.remote, self.path, self.is_cdn, self.query = request.ip, request.remote_text, path, is_cdn, query
        self.user, self.user_agent = "", request.headers.get("user-agent", "")
        self.created_ns, self.last, self.bytes = time.time_ns(), time.monotonic(), 0

    def item(self):
        return {"id": self.id, "created": rfc3339(self.created_ns), "remoteAddr": self.remote, "path": self.path, "query": self.query,
                "user": self.user, "userAgent": self.user_agent, "isCDN": self.is_cdn, "outboundBytes": self.bytes}


class PathMuxer:
    """A muxer with its sessions and its end: unused, or its stream gone."""

    def __init__(self, server, path, stream, remote):
        self.server, self.path, self.remote = server, path, remote
        self.created_ns = self.last_ns = time.time_ns()
        self.sessions, self.cdn, self.bytes, self.closed = {}, None, 0, False
        self.id = str(uuid.uuid4())
        self.log("info", f"created (requested by {remote})" if remote else "created automatically")
        self.window = Muxer(server.values, stream, self.log)
        labels = [label for label in path.item()["tracks"] if label != "G711"]
        self.log("info", f"is converting into HLS, {len(labels)} track{'s' if len(labels) > 1 else ''} ({', '.join(labels)})")
        self._task = asyncio.create_task(self._watch(stream))

    def log(self, level, text):
        self.server.log(level, f"[muxer {self.path.name}] {text}")

    async def _watch(self, stream):
        close_after_s = seconds(self.server.values["hlsMuxerCloseAfter"])
        cleanup, activity = time.monotonic() + CLEANUP_S, time.monotonic() + max(close_after_s / 3, 1)
        while True:
            await asyncio.sleep(max(0.01, min(cleanup, activity) - time.monotonic()))
            now = time.monotonic()
            if now >= cleanup:
                cleanup = now + CLEANUP_S
                for session in [*self.sessions.values(), *([self.cdn] if self.cdn else [])]:
                    if now - session.last >= SESSION_S:
                        self.drop(session, "inactive")
            if now >= activity:
                activity = now + max(close_after_s / 3, 1)
                if self.remote and time.time_ns() - self.last_ns >= close_after_s * 1e9:
                    self.close("not used anymore")
                    return

    def drop(self, session, why):
        self.path.remove_reader(session.id)
        self.sessions.pop(session.secret, None)
        if self.cdn is session:
            self.cdn = None
        self.server.log("info", f"[session {session.id[:8]}] closed: {why}")

    def add(self, session):
        if session.is_cdn:
            if self.cdn:
                self.drop(self.cdn, "replaced by new CDN session")
            self.cdn = session
        else:
            self.sessions[session.secret] = session

    def close(self, why):
        if self.closed:
            return
        self.closed = True
        self.window.close()
        for session in [*self.sessions.values(), *([self.cdn] if self.cdn else [])]:
            self.drop(session, "muxer destroyed")
        self.path.remove_reader(self.id)
        self.server.muxers.pop(self.path.name, None)
        self.log("info", f"destroyed: {why}")
        self._task.cancel()

    def find(self, request):
        secret = request.cookies.get("hlsSession") or request.query.get("session", "")
        session = self.sessions.get(secret)
        if session and session.ip == request.ip:
            session.last = time.monotonic()
            return session
        return None

    async def handle(self, session, name, raw_query, is_cdn):
        self.last_ns = time.time_ns()
        response = await self.window.handle(name, raw_query)
        if not is_cdn and response.status == 200:
            response.headers["Cache-Control"] = "private, no-cache"
        for counter in (self, session):
            counter.bytes += len(response.body)
        self.path.outbound_bytes += len(response.body)
        return response

    def item(self):
        return {"path": self.path.name, "created": rfc3339(self.created_ns), "lastRequest": rfc3339(self.last_ns),
                "outboundBytes": self.bytes, "outboundFramesDiscarded": 0, "bytesSent": self.bytes}


class HlsServer:
    def __init__(self, values, manager, auth, log, faults):
        self.values, self._manager, self._auth = values, manager, auth
        self.log = lambda level, text: log(level, f"[HLS] {text}")
        self.muxers = {}
        self._http = HttpServer("hls", values["hlsAddress"], self._handle, faults)

    async def start(self):
        await self._http.start()
        self.log("info", f"started with listener on {self.values['hlsAddress']} (TCP/HTTP)")
        self._manager.hls = self
        for path in list(self._manager.paths.values()):
            if path.stream:
                self.path_ready(path)

    async def stop(self):
        self.log("info", "closing")
        self._manager.hls = None
        for muxer in list(self.muxers.values()):
            muxer.close("terminated")
        await self._http.stop()

    def path_ready(self, path):
        if self.values["hlsAlwaysRemux"] and not path.conf["sourceOnDemand"] and path.name not in self.muxers:
            try:
                self._create(path, path.stream, "")
            except (PathError, NoCodec) as error:
                self.log("error", f"[muxer {path.name}] destroyed: {error}")

    def path_not_ready(self, path):
        muxer = self.muxers.get(path.name)
        if muxer:
            muxer.close("terminated")

    def _create(self, path, stream, remote):
        if 0 < path.conf["maxReaders"] <= len(path.readers):
            raise PathError("muxer instance not available")
        muxer = PathMuxer(self, path, stream, remote)
        path.readers[muxer.id] = "hidden"
        self.muxers[path.name] = muxer
        return muxer

    # Requests

    async def _handle(self, request):
        if request.method != "GET":
            return Response.not_found()
        pa = request.path[1:]
        if pa.endswith("/hls.min.js"):
            return Response(200, {"Cache-Control": "max-age=3600", "Content-Type": "application/javascript"}, b"// stand-in\n")
        if pa in ("", "favicon.ico") or pa.endswith("/hls.min.js.map"):
            return Response.not_found()
        secret = self.values["hlsCDNSecret"]
        is_cdn = bool(secret) and request.headers.get("authorization") == f"Bearer {secret}"
        folder, name = posixpath.split(pa)
        if name == "index.m3u8":
            return await (self._cdn_index(request, folder or ".") if is_cdn else self._index(request, folder or "."))
        if name.endswith((".m3u8", ".ts", ".mp4", ".mp")):
            return await self._child(request, folder or ".", name + "4" if name.endswith(".mp") else name, is_cdn)
        if not pa.endswith("/"):
            query = f"?{request.raw_query}" if request.raw_query else ""
            return Response(302, {"Location": f"/{urllib.parse.quote(posixpath.normpath(pa))}/{query}"})
        return await self._page(request, pa[:-1])

    async def _page(self, request, path):
        try:
            await self._manager.find(path, lambda: self._auth.check("read", request, path, "hls"))
        except AuthError as error:
            return await self._refused(error, f"[conn {request.remote_text}]")
        except PathError as error:
            return Response.error(500, str(error))
        return Response(200, {"Cache-Control": "max-age=3600", "Content-Type": "text/html"}, b"<!DOCTYPE html><title>stand-in</title>\n")

    async def _refused(self, error, who):
        await self._auth.pause(error, f"[HLS] {who}")
        extra = {"Www-Authenticate": 'Basic realm="mediamtx"'} if error.ask_credentials else {}
        return Response.error(401, "authentication error", **extra)

    async def _index(self, request, path):
        pairs = urllib.parse.parse_qsl(request.raw_query, keep_blank_values=True)
        if dict(pairs).get("cookieCheck") != "1":
            query = urllib.parse.urlencode(sorted([pair for pair in pairs if pair[0] != "cookieCheck"] + [("cookieCheck", "1")]))
            return Response(302, {"Location": f"{urllib.parse.quote(request.path)}?{query}", "Set-Cookie": f"cookieCheck=1; {COOKIE}"})
        pairs = sorted(pair for pair in pairs if pair[0] != "cookieCheck")
        session = Session(request, path, False, urllib.parse.urlencode(pairs))
        muxer, refusal = await self._open(session, request)
        if refusal:
            return refusal
        cookie = request.cookies.get("cookieCheck") == "1"
        if not cookie:
            pairs = sorted([pair for pair in pairs if pair[0] != "session"] + [("session", session.secret)])
        response = await muxer.handle(session, "index.m3u8", urllib.parse.urlencode(pairs), False)
        if cookie:
            response.headers["Set-Cookie"] = f"hlsSession={session.secret}; {COOKIE}"
        return response

    async def _cdn_index(self, request, path):
        muxer = self.muxers.get(path)
        session = muxer.cdn if muxer else None
        if session:
            session.last = time.monotonic()
        else:
            session = Session(request, path, True, request.raw_query)
            muxer, refusal = await self._open(session, request)
            if refusal:
                return refusal
        return await muxer.handle(session, "index.m3u8", request.raw_query, True)

    async def _open(self, session, request):
        """(muxer, None), or (None, the refusal)."""
        who = f"[session {session.id[:8]}]"
        self.log("info", f"{who} created by {session.remote}{' (CDN)' if session.is_cdn else ''}")
        check = None if session.is_cdn else (
            lambda: self._auth.check("read", request, session.path, "hls", session.id, session.user_agent, session.query))
        try:
            path, stream, session.user = await self._manager.add_reader(session.path, session.id, "hlsSession", check)
        except AuthError as error:
            return None, await self._refused(error, who)
        except NoStream as error:
            return None, Response.error(404, str(error))
        except PathError as error:
            return None, Response.error(500, str(error))
        try:
            muxer = self.muxers.get(session.path)
            if muxer is None:
                if self.values["hlsAlwaysRemux"] and not path.conf["sourceOnDemand"]:
                    raise PathError("muxer is waiting to be created")
                muxer = self._create(path, stream, session.remote)
        except (PathError, NoCodec) as error:
            path.remove_reader(session.id)
            return None, Response.error(500, str(error) or "muxer instance not available")
        muxer.add(session)
        self.log("info", f"{who} is reading from muxer '{session.path}'")
        return muxer, None

    async def _child(self, request, path, name, is_cdn):
        muxer = self.muxers.get(path)
        session = (muxer.cdn if is_cdn else muxer.find(request)) if muxer else None
        if session is None:
            return Response.error(401, "authentication error")
        if is_cdn:
            session.last = time.monotonic()
        return await muxer.handle(session, name, request.raw_query, is_cdn)

    # What the API tells

    def muxer_items(self):
        return [muxer.item() for muxer in sorted(self.muxers.values(), key=lambda m: m.created_ns)]

    def sessions(self):
        found = [session for muxer in self.muxers.values() for session in [*muxer.sessions.values(), *([muxer.cdn] if muxer.cdn else [])]]
        return sorted(found, key=lambda session: session.created_ns)

    def kick(self, session_id):
        for muxer in self.muxers.values():
            for session in [*muxer.sessions.values(), muxer.cdn]:
                if session and session.id == session_id:
                    muxer.drop(session, "kicked")
                    return True
        return False
