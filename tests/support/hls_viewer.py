"""A viewer of one stream: reads playlists as a player does, and keeps what a player would stumble over."""
import dataclasses
import http.client
import threading
import time


@dataclasses.dataclass
class Segment:
    sequence: int
    discontinuity: int  # as counted by RFC 8216: EXT-X-DISCONTINUITY-SEQUENCE plus the tags before it
    uri: str
    duration_s: float
    init: str


@dataclasses.dataclass
class Playlist:
    target_s: int
    sequence: int
    discontinuity: int
    segments: list

    @property
    def last(self):
        return self.segments[-1]


def parse(text):
    """A media playlist; raises AssertionError where it breaks RFC 8216 as far as we use it."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    fixed = {name: int(value) for name, _, value in (line.partition(":") for line in lines)
             if name in ("#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE")}
    playlist = Playlist(fixed["#EXT-X-TARGETDURATION"], fixed["#EXT-X-MEDIA-SEQUENCE"],
                        fixed["#EXT-X-DISCONTINUITY-SEQUENCE"], [])
    sequence, discontinuity, init, duration = playlist.sequence, playlist.discontinuity, None, None
    for line in lines[1:]:
        if line == "#EXT-X-DISCONTINUITY":
            discontinuity, init = discontinuity + 1, None
        elif line.startswith("#EXT-X-MAP:URI="):
            init = line.split('"')[1]
        elif line.startswith("#EXTINF:"):
            duration = float(line[len("#EXTINF:"):].rstrip(","))
        elif not line.startswith("#"):
            assert init, f"{line} without EXT-X-MAP after a discontinuity"
            assert round(duration) <= playlist.target_s, f"{line} lasts {duration} s, beyond {playlist.target_s} s"
            playlist.segments.append(Segment(sequence, discontinuity, line, duration, init))
            sequence, duration = sequence + 1, None
    assert fixed["#EXT-X-VERSION"] == 7 and playlist.segments
    return playlist


class Viewer(threading.Thread):
    """Asks for the media playlist five times a second. `statuses` counts answers (0: no connection), `faults` are breaches
    of what a player relies on, `seen` maps a sequence number to (segment, when it was first listed)."""

    def __init__(self, gateway, camera, playlist="main.m3u8"):
        super().__init__(daemon=True)
        self.gateway, self.base = gateway, f"/hls/{camera['stream_key']}/"
        self.path = self.base + playlist
        self.statuses, self.faults, self.seen, self.newest = {}, [], {}, None
        self._ends = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self.join(20)

    def run(self):
        while not self._ends.wait(0.2):
            try:
                answer = self.gateway.get(self.path, timeout=10)
            except (OSError, http.client.HTTPException):
                self.statuses[0] = self.statuses.get(0, 0) + 1
                continue
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            if answer.status == 200:
                try:
                    self._look(parse(answer.text))
                except AssertionError as breach:
                    self.faults.append(f"{breach}\n{answer.text}")

    def _look(self, now):
        before = self.newest
        if before:
            if now.sequence < before.sequence:
                self.faults.append(f"media sequence went back from {before.sequence} to {now.sequence}")
            if now.discontinuity < before.discontinuity:
                self.faults.append(f"discontinuity sequence went back from {before.discontinuity} to {now.discontinuity}")
            if now.last.sequence < before.last.sequence:
                self.faults.append(f"the newest segment went back from {before.last.sequence} to {now.last.sequence}")
        for segment in now.segments:
            known = self.seen.setdefault(segment.sequence, (segment, time.monotonic()))[0]
            if (known.uri, known.discontinuity, known.duration_s) != (segment.uri, segment.discontinuity, segment.duration_s):
                self.faults.append(f"{known} became {segment}")
        self.newest = now

    def fetch(self, uri):
        answer = self.gateway.get(self.base + uri)
        assert answer.status == 200, answer
        return answer.body

    def wait_segments(self, more, seconds=30):
        """Until the playlist has grown by `more` segments."""
        start = self.newest.last.sequence if self.newest else -1
        self.gateway.wait_until(
            f"{more} more segments",
            lambda: self.newest and len(self.seen) >= more and self.newest.last.sequence >= start + more, seconds)
        return self.newest

    def first_after_discontinuity(self, old, seconds=30):
        """Waits for a segment with a discontinuity beyond `old`; returns (segment, when it was first listed)."""
        def found():
            later = [entry for entry in list(self.seen.values()) if entry[0].discontinuity > old]
            return min(later, key=lambda entry: entry[0].sequence) if later else None
        return self.gateway.wait_until("a segment after a discontinuity", found, seconds)
