"""A live HLS stream made of one short loop: encoded once, then served for ever as a sliding window."""

import math
import pathlib
import re
import subprocess
import threading
import time

SEGMENT_S = 2
LOOP_S = 12
WINDOW = 5


def encode(directory: pathlib.Path, source: str, width: int, height: int, encoder: tuple = ("-c:v", "libx264", "-preset", "ultrafast")) -> None:
    """Writes init.mp4 and seg0.m4s, seg1.m4s, ... of a loop of LOOP_S seconds, keyframes every SEGMENT_S."""
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"{source}=size={width}x{height}:rate=12", "-t", str(LOOP_S), *encoder,
         "-pix_fmt", "yuv420p", "-g", str(12 * SEGMENT_S), "-keyint_min", str(12 * SEGMENT_S), "-sc_threshold", "0", "-bf", "0",
         "-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod",
         "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(directory / "seg%d.m4s"), str(directory / "vod.m3u8")],
        check=True, cwd=directory, timeout=120)


class LoopHls:
    """Files of one camera: index.m3u8 (master), main.m3u8, sub.m3u8 and their segments. Thread-safe."""

    def __init__(self, renditions: dict, codec: str = "avc1.42c01f"):
        """`renditions`: name -> (directory, width, height), the largest first."""
        self.renditions = renditions
        self.codec = codec
        self._lock = threading.Lock()
        self._base = time.monotonic()
        self._run = 0
        self._offset = 1000
        self._frozen_at = None

    def restart(self) -> None:
        """As after a restart of the engine: the next segment begins a new run."""
        with self._lock:
            self._offset += self._segments() + WINDOW
            self._base = time.monotonic() - WINDOW * SEGMENT_S
            self._run += 1

    def freeze(self) -> None:
        """The camera gives nothing any more; the window stays as it is."""
        with self._lock:
            self._frozen_at = time.monotonic()

    def thaw(self) -> None:
        """The camera goes on where it stopped."""
        with self._lock:
            self._base += time.monotonic() - self._frozen_at
            self._frozen_at = None

    def file(self, name: str) -> tuple:
        """(content type, bytes), or None when there is no such file."""
        if name == "index.m3u8":
            return "application/vnd.apple.mpegurl", self._master().encode()
        for rendition, (directory, _width, _height) in self.renditions.items():
            if name == f"{rendition}.m3u8":
                return "application/vnd.apple.mpegurl", self._media(rendition).encode()
            match = re.fullmatch(rf"{rendition}-(init|\d+)\.mp4", name)
            if match:
                part = match.group(1)
                per_loop = LOOP_S // SEGMENT_S
                path = directory / ("init.mp4" if part == "init" else f"seg{int(part) % per_loop}.m4s")
                return "video/mp4", path.read_bytes()
        return None

    def _segments(self) -> int:
        now = self._frozen_at if self._frozen_at is not None else time.monotonic()
        return math.floor((now - self._base) / SEGMENT_S)

    def _master(self) -> str:
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        for name, (_directory, width, height) in self.renditions.items():
            lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={width * height * 3},CODECS="{self.codec}",RESOLUTION={width}x{height}', f"{name}.m3u8"]
        return "\n".join(lines) + "\n"

    def _media(self, rendition: str) -> str:
        per_loop = LOOP_S // SEGMENT_S
        with self._lock:
            newest = self._offset + self._segments() + WINDOW
            run = self._run
        first = newest - WINDOW
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{SEGMENT_S}", f"#EXT-X-MEDIA-SEQUENCE:{first}",
                 f"#EXT-X-DISCONTINUITY-SEQUENCE:{math.ceil(first / per_loop) + run}", f'#EXT-X-MAP:URI="{rendition}-init.mp4"']
        for number in range(first, newest):
            if number % per_loop == 0:
                lines += ["#EXT-X-DISCONTINUITY", f'#EXT-X-MAP:URI="{rendition}-init.mp4"']
            lines += [f"#EXTINF:{SEGMENT_S}.000,", f"{rendition}-{number}.mp4"]
        return "\n".join(lines) + "\n"
