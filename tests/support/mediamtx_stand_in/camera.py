"""Simulated cameras: what a source URL would find there, driven by tests; and the stream a ready one gives."""
import asyncio
import time
import urllib.parse

from . import media

STATES = ("auto", "up", "down", "unreachable", "unauthorized", "not-found", "hang", "silent", "rtcp-only", "frozen")
MEDIA = {"h264": ("h264",), "h264-aac": ("h264", "aac"), "h265": ("h265",), "g711": ("h264", "g711")}
LABELS = {"h264": "H264", "h265": "H265", "aac": "MPEG-4 Audio", "g711": "G711"}
PROPS = {"h264": {"width": 640, "height": 360, "profile": "Main", "level": "3"},
         "h265": {"width": 640, "height": 360, "profile": "Main", "level": "2.1"},
         "aac": {"sampleRate": 48000, "channelCount": 1},
         "g711": {"muLaw": False, "sampleRate": 8000, "channelCount": 1}}


class Camera:
    """`state` "auto" means: connect to the source's address and see. `gop_s` is 1, 2 or 4."""

    def __init__(self, state="auto", media="h264", gop_s=1):
        self.state, self.media, self.gop_s, self.resets = state, media, gop_s, 0
        self._changed = asyncio.Event()

    def change(self, **what):
        for name, value in what.items():
            setattr(self, name, value)
        self._changed.set()
        self._changed = asyncio.Event()

    def reset(self):
        self.change(resets=self.resets + 1)

    def changed(self):
        return self._changed.wait()


class Cameras:
    """Each path has its own. What was said of a path counts more than what was said of its source's URL, and that more than "*"."""

    def __init__(self, state):
        self._said, self._known = {"*": {"state": state}}, {}

    def of(self, path, source):
        if (path, source) not in self._known:
            said = {**self._said["*"], **self._said.get(source, {}), **self._said.get(path, {})}
            self._known[path, source] = Camera(**said)
        return self._known[path, source]

    def _meant(self, name):
        return [camera for key, camera in self._known.items() if name == "*" or name in key]

    def change(self, name, **what):
        """For cameras there are and those to come."""
        if name == "*":
            for said in self._said.values():
                for key in what:
                    said.pop(key, None)
        self._said.setdefault(name, {}).update(what)
        for camera in self._meant(name):
            camera.change(**what)

    def reset(self, name):
        for camera in self._meant(name):
            camera.reset()


class StreamEnded(Exception):
    pass


class Stream:
    """A session with a camera: tracks, and a media clock that stands still while no frames come."""

    def __init__(self, camera, flowing):
        self.tracks = MEDIA[camera.media]
        self.gop_s, self.wall_ns = camera.gop_s, time.time_ns()
        self._media_s, self._since = 0.0, time.monotonic() if flowing else None
        self._wake, self.over = asyncio.Event(), False
        self._bytes_per_s = sum(media.track(name).bytes_per_s() for name in self.tracks if name != "g711") * 1.02

    def media_s(self):
        return self._media_s + (time.monotonic() - self._since if self._since is not None else 0.0)

    def inbound_bytes(self):
        return int(self.media_s() * self._bytes_per_s)

    def flow(self, on):
        if on != (self._since is not None):
            self._media_s, self._since = self.media_s(), time.monotonic() if on else None
            self.wake()

    def end(self):
        self.flow(False)
        self.over = True
        self.wake()

    def wake(self):
        """Whoever waits looks again whether it should."""
        self._wake.set()
        self._wake = asyncio.Event()

    async def reach(self, media_s, given_up=lambda: False):
        """Waits until the media clock shows `media_s`; raises StreamEnded when it never will, or `given_up()`."""
        while not self.over and not given_up():
            left = media_s - self.media_s()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(self._wake.wait(), left + 0.001 if self._since is not None else None)
            except asyncio.TimeoutError:
                pass
        raise StreamEnded


async def probe(source, timeout_s):
    """Connects to the address in `source`: (reader, writer), or raises OSError with the engine's text."""
    url = urllib.parse.urlsplit(source)
    address = f"{url.hostname}:{url.port or 554}"
    try:
        return await asyncio.wait_for(asyncio.open_connection(url.hostname, url.port or 554), timeout_s)
    except asyncio.TimeoutError:
        raise OSError(f"dial tcp {address}: i/o timeout") from None
    except ConnectionRefusedError:
        raise OSError(f"dial tcp {address}: connect: connection refused") from None
    except OSError as error:
        raise OSError(f"dial tcp {address}: {error.strerror or 'no such host'}") from None
