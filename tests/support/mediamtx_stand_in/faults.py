"""What tests may make the engine do wrong: late, wrong, huge or no answers, by server and path."""
import asyncio
import fnmatch

from .http_server import Response


class Rule:
    def __init__(self, kind, server, pattern, value):
        self.kind, self.server, self.pattern, self.value = kind, server, pattern, value

    def matches(self, server, request):
        return self.server in (server, "*") and fnmatch.fnmatchcase(request.path, self.pattern)


def huge(kind, size):
    """A body of about `size` bytes that a careless reader would keep in memory or choke on."""
    if kind == "playlist":
        return b"#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-TARGETDURATION:1\n" + b"#EXTINF:1.00000,\nx_video1_seg0.mp4\n" * (size // 35)
    if kind == "line":
        return b"#EXTM3U\n#" + b"A" * size
    if kind == "json":
        return b'{"itemCount":1,"pageCount":1,"items":[' + b"[" * size
    if kind == "init":
        return b"\xff\xff\xff\xffftyp" + b"\0" * size
    return b"\0" * size


class Faults:
    """`rules` are asked in the order they were made; `version` replaces the one /v3/info tells; `old`: the API says
    only what v1.9 said."""

    def __init__(self):
        self.rules, self.version, self.old, self.requests = [], None, False, []

    def add(self, kind, server, pattern, value):
        self.rules.append(Rule(kind, server, pattern, value))

    def clear(self):
        self.rules, self.version, self.old = [], None, False

    async def before(self, server, request):
        """(whether the request is dealt with, the Response or None for a closed connection)"""
        self.requests.append((server, request.method, request.path))
        del self.requests[:-5000]
        for rule in list(self.rules):
            if not rule.matches(server, request):
                continue
            if rule.kind == "delay":
                await asyncio.sleep(rule.value)
            elif rule.kind == "hang":
                await asyncio.sleep(86400)
            elif rule.kind == "drop":
                return True, None
            elif rule.kind == "status":
                return True, Response.error(rule.value, "authentication error" if rule.value == 401 else "fault")
        return False, None

    async def after(self, server, request, response):
        """After authentication, as in MediaMTX: who is not let in learns nothing else."""
        for rule in self.rules:
            if not rule.matches(server, request):
                continue
            if rule.kind == "truncate":
                response.body = response.body[:rule.value]
            elif rule.kind == "body":
                status, content_type, body = rule.value
                response = Response(status, {"Content-Type": content_type}, body)
            elif rule.kind == "raw":
                response = Response(body=rule.value, raw=True)
        return response
