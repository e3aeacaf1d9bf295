"""The Control API, /v3."""
import re
import uuid

from .auth import AuthError
from .decoding import DEFAULTS, decode, parse_json
from .http_server import HttpServer, Response
from .units import NotFound, Refused

MAX_BODY_BYTES = 10 * 1024 * 1024


def _number(text):
    if not re.match(r"^\d+\Z", text):
        raise Refused(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) >= 2**31:
        raise Refused(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)


def paginate(items, query):
    """The engine's page of `items`; raises Refused."""
    per_page = _number(query["itemsPerPage"]) if query.get("itemsPerPage") else 100
    if not per_page:
        raise Refused("invalid items per page")
    page = _number(query["page"]) if query.get("page") else 0
    return {"itemCount": len(items), "pageCount": -(-len(items) // per_page), "items": items[page * per_page:(page + 1) * per_page]}


def as_v1_9(item):
    """A path as MediaMTX told of it before v1.16: what is newer is left out."""
    return {key: item[key] for key in ("name", "confName", "source", "ready", "readyTime", "tracks", "bytesReceived", "bytesSent", "readers")}


class Api:
    """`core` keeps the configuration, `core.manager` the paths, `core.hls` the HLS server or None."""

    def __init__(self, core, faults):
        self._core, self._faults = core, faults
        self._address = core.config.values["apiAddress"]
        self._http = HttpServer("api", self._address, self._handle, faults)
        self._routes = {
            ("GET", "info"): self._info,
            ("POST", "auth/jwks/refresh"): self._nothing,
            ("GET", "config/global/get"): self._global_get,
            ("PATCH", "config/global/patch"): self._global_patch,
            ("GET", "config/pathdefaults/get"): self._defaults_get,
            ("PATCH", "config/pathdefaults/patch"): self._defaults_patch,
            ("GET", "config/paths/list"): self._config_list,
            ("GET", "paths/list"): self._paths_list,
            ("GET", "hlsmuxers/list"): self._muxers_list,
            ("GET", "hlssessions/list"): self._sessions_list,
        }
        self._named = {
            ("GET", "config/paths/get"): self._config_get,
            ("POST", "config/paths/add"): self._config_write("add"),
            ("POST", "config/paths/replace"): self._config_write("replace"),
            ("PATCH", "config/paths/patch"): self._config_write("patch"),
            ("DELETE", "config/paths/delete"): self._config_write("delete"),
            ("GET", "paths/get"): self._path_get,
            ("GET", "hlsmuxers/get"): self._muxer_get,
            ("GET", "hlssessions/get"): self._session_get,
            ("POST", "hlssessions/kick"): self._session_kick,
        }

    async def start(self):
        await self._http.start()
        self._core.log("info", f"[API] started with listener on {self._address} (TCP/HTTP)")

    async def stop(self):
        self._core.log("info", "[API] closing")
        await self._http.stop()

    async def _handle(self, request):
        if not request.path.startswith("/v3/") or request.method == "HEAD":
            return Response.not_found()
        try:
            await self._core.auth.check("api", request)
        except AuthError as error:
            await self._core.auth.pause(error, f"[API] [conn {request.remote_text}]")
            extra = {"Www-Authenticate": 'Basic realm="mediamtx"'} if error.ask_credentials else {}
            return Response.error(401, "authentication error", **extra)
        try:
            return await self._route(request)
        except NotFound as error:
            return self._failed(404, error)
        except Refused as error:
            return self._failed(400, error)

    def _failed(self, status, error):
        self._core.log("error", f"[API] {error}")
        return Response.error(status, str(error))

    async def _route(self, request):
        what = request.path[len("/v3/"):]
        handler = self._routes.get((request.method, what))
        if handler:
            if what.startswith("hls") and not self._core.hls:
                return Response.not_found()
            return await handler(request)
        for (method, prefix), handler in self._named.items():
            if request.method == method and what.startswith(prefix + "/"):
                if what.startswith("hls") and not self._core.hls:
                    return Response.not_found()
                name = what[len(prefix) + 1:]
                if not name:
                    raise Refused("invalid name")
                return await handler(request, name)
        for protocol in ("rtspconns", "rtspsessions"):
            if request.method == "GET" and what == f"{protocol}/list" and self._core.config.values["rtsp"]:
                return Response.json(200, paginate([], request.query))
        return Response.not_found()

    # Global

    async def _nothing(self, _):
        return Response.ok()

    async def _info(self, _):
        if self._faults.old:  # since v1.15.2
            return Response.not_found()
        return Response.json(200, {"version": self._faults.version or self._core.version, "started": self._core.started})

    async def _global_get(self, _):
        values = dict(self._core.config.values)
        if self._faults.old:
            del values["hlsCDNSecret"]  # since v1.18
        values["authInternalUsers"] = [{**user, "pass": "<redacted>" if user["pass"] else ""} for user in values["authInternalUsers"]]
        return Response.json(200, values)

    async def _defaults_get(self, _):
        return Response.json(200, self._core.config.defaults)

    async def _global_patch(self, request):
        await self._core.write("global", "", self._fields(request, DEFAULTS["global"]))
        return Response.ok()

    async def _defaults_patch(self, request):
        await self._core.write("defaults", "", self._fields(request, DEFAULTS["path"]))
        return Response.ok()

    @staticmethod
    def _fields(request, shape):
        if len(request.body) > MAX_BODY_BYTES:
            raise Refused("read limit exceeded")
        return decode(parse_json(request.body), shape)

    # Paths

    async def _config_list(self, request):
        paths = self._core.config.paths
        return Response.json(200, paginate([paths[name] for name in sorted(paths)], request.query))

    async def _config_get(self, _, name):
        path = self._core.config.paths.get(name)
        if path is None:
            self._core.log("error", "[API] path configuration not found")
            return Response.error(404, "path configuration not found")
        return Response.json(200, path)

    def _config_write(self, what):
        async def handler(request, name):
            fields = {} if what == "delete" else self._fields(request, DEFAULTS["path"])
            await self._core.write(what, name, fields)
            return Response.ok()
        return handler

    async def _paths_list(self, request):
        items = await self._core.manager.items()
        return Response.json(200, paginate([as_v1_9(item) for item in items] if self._faults.old else items, request.query))

    async def _path_get(self, _, name):
        for item in await self._core.manager.items():
            if item["name"] == name:
                return Response.json(200, item)
        raise NotFound

    # HLS

    async def _muxers_list(self, request):
        return Response.json(200, paginate(self._core.hls.muxer_items(), request.query))

    async def _muxer_get(self, _, name):
        for item in self._core.hls.muxer_items():
            if item["path"] == name:
                return Response.json(200, item)
        return self._failed(404, "muxer not found")

    async def _sessions_list(self, request):
        return Response.json(200, paginate([session.item() for session in self._core.hls.sessions()], request.query))

    @staticmethod
    def _uuid(text):
        if len(text) != 36:
            raise Refused(f"invalid UUID length: {len(text)}")
        try:
            return str(uuid.UUID(text))
        except ValueError:
            raise Refused("invalid UUID format") from None

    async def _session_get(self, _, text):
        wanted = self._uuid(text)
        for session in self._core.hls.sessions():
            if session.id == wanted:
                return Response.json(200, session.item())
        return self._failed(404, "session not found")

    async def _session_kick(self, _, text):
        if self._core.hls.kick(self._uuid(text)):
            return Response.ok()
        return self._failed(404, "session not found")
