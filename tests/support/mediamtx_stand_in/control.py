"""The tests' way in: one command a line on a unix socket, answered by one line (see README.md)."""
import asyncio
import contextlib
import json
import os
import pathlib
import shlex

from .camera import MEDIA, STATES
from .faults import huge


class Control:
    """Listens on `path`; `crash(code)` ends the process at once."""

    def __init__(self, core, path, crash):
        self._core, self._path, self._crash, self._server = core, path, crash, None

    async def __aenter__(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        with contextlib.suppress(OSError):  # a path too long or a folder not ours: then there is no way in
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_):
        if self._server:
            self._server.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                writer.write((await self.answer(line.decode())).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def answer(self, line):
        try:
            value = await self._run(shlex.split(line))
            return "ok" if value is None else "ok " + json.dumps(value)
        except (ValueError, LookupError, TypeError, OSError) as error:
            return f"error: {error}"

    async def obey(self, file):
        """The commands in `file`, if there is one, before anything else happens."""
        with contextlib.suppress(FileNotFoundError):
            for line in pathlib.Path(file).read_text().splitlines():
                if line and not (answer := await self.answer(line)).startswith("ok"):
                    raise ValueError(f"{file}: {line}: {answer}")

    async def _run(self, words):
        command, *arguments = words
        return await getattr(self, f"_do_{command}", self._unknown)(*arguments)

    async def _unknown(self, *_):
        raise ValueError("unknown command")

    async def _do_camera(self, name, what, value=None):
        if what not in STATES and what not in ("reset", "media", "gop"):
            raise ValueError(f"unknown state {what}")
        if what == "media" and value not in MEDIA:
            raise ValueError(f"unknown media {value}")
        if what == "gop" and value not in ("1", "2", "4"):
            raise ValueError("a GOP has 1, 2 or 4 seconds")
        cameras = self._core.cameras
        if what == "reset":
            cameras.reset(name)
        elif what == "media":
            cameras.change(name, media=value)
        elif what == "gop":
            cameras.change(name, gop_s=int(value))
        else:
            cameras.change(name, state=what)

    async def _do_fault(self, server, pattern=None, kind=None, *rest):
        faults = self._core.faults
        if server == "clear":
            return faults.clear()
        if kind == "status":
            faults.add(kind, server, pattern, int(rest[0]))
        elif kind == "delay":
            faults.add(kind, server, pattern, float(rest[0]))
        elif kind in ("hang", "drop"):
            faults.add(kind, server, pattern, None)
        elif kind == "truncate":
            faults.add(kind, server, pattern, int(rest[0]))
        elif kind == "garbage":
            faults.add("body", server, pattern, (200, "application/json; charset=utf-8", b'{"itemCount":"x",\0\xff[[['))
        elif kind == "huge":
            faults.add("body", server, pattern, (200, "application/octet-stream", huge(rest[0], int(rest[1]))))
        elif kind == "file":
            faults.add("body", server, pattern, (int(rest[0]), rest[1], pathlib.Path(rest[2]).read_bytes()))
        elif kind == "raw":
            faults.add(kind, server, pattern, pathlib.Path(rest[0]).read_bytes())
        else:
            raise ValueError(f"unknown fault {kind}")
        return None

    async def _do_version(self, text):
        self._core.faults.version = text

    async def _do_old(self):
        self._core.faults.old = True

    async def _do_listener(self, name, how):
        if name not in ("api", "hls", "metrics") or how not in ("on", "off"):
            raise ValueError("listener api|hls|metrics on|off")
        await self._core.listen(name, how == "on")

    async def _do_option(self, name, seconds):
        if name not in self._core.options:
            raise ValueError(f"unknown option {name}")
        self._core.options[name] = float(seconds)
        if self._core.auth:
            self._core.auth.max_pause_s = self._core.options["auth-pause"]

    async def _do_requests(self, what=None):
        if what == "clear":
            return self._core.faults.requests.clear()
        return [request for request in self._core.faults.requests if what in (None, request[0])]

    async def _do_exit(self, code):
        self._crash(int(code))
