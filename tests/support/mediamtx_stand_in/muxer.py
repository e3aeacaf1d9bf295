"""The HLS window of one stream, in the engine's three variants. What exists follows from the stream's media clock."""
import math
import secrets
import time
import urllib.parse

from . import media
from .camera import StreamEnded
from .http_server import Response
from .units import seconds

PLAYLIST = "application/vnd.apple.mpegurl"
LL_FIRST = 7
CODECS = {"h264": "avc1.4d401e", "h265": "hvc1.1.6.L63.90", "aac": "mp4a.40.2"}


class NoCodec(Exception):
    pass


class Muxer:
    """`handle` answers one request for a file of the window; it blocks until there is content."""

    def __init__(self, values, stream, log):
        self.variant, self._stream, self._closed = values["hlsVariant"], stream, False
        self._tracks = [track for track in stream.tracks if track in CODECS and not (self.variant == "mpegts" and track == "h265")]
        for number, track in enumerate(stream.tracks, 1):
            if track not in CODECS:
                log("warn", f"skipping track {number} ({track.upper()})")
        if not self._tracks:
            raise NoCodec
        self.prefix = secrets.token_hex(6)
        self._count = max(values["hlsSegmentCount"], LL_FIRST if self.variant == "lowLatency" else 3)
        gop = stream.gop_s
        self._length_s = gop * max(1, math.ceil(seconds(values["hlsSegmentDuration"]) / gop - 1e-9))
        self._start_s = gop * math.ceil(stream.media_s() / gop - 1e-9)
        frame_s = media.track(self._tracks[0]).sample_s
        self._part_s = frame_s * max(1, math.ceil(seconds(values["hlsPartDuration"]) / frame_s - 1e-9))
        self._first = LL_FIRST if self.variant == "lowLatency" else 0
        self._needed = 2 if self.variant == "fmp4" else 1
        names = [f"{'audio' if track == 'aac' else 'video'}{number}" for number, track in enumerate(self._tracks, 1)]
        self._streams = {"main": self._tracks[0]} if self.variant == "mpegts" else dict(zip(names, self._tracks))

    # The clock

    def _complete(self):
        return max(0, math.floor((self._stream.media_s() - self._start_s) / self._length_s + 1e-6))

    def _bounds(self, number):
        start = self._start_s + (number - self._first) * self._length_s
        return start, start + self._length_s

    def _parts_of(self, number):
        """[(part id, start, end)] of a segment's parts."""
        start, end = self._bounds(number)
        per_segment = math.ceil(self._length_s / self._part_s - 1e-6)
        base = (number - self._first) * per_segment
        return [(base + i, start + i * self._part_s, min(start + (i + 1) * self._part_s, end)) for i in range(per_segment)]

    def close(self):
        """Requests that wait are answered with 500."""
        self._closed = True
        self._stream.wake()

    async def _reach(self, media_s):
        await self._stream.reach(media_s, lambda: self._closed)

    async def _content(self):
        await self._reach(self._start_s + self._needed * self._length_s)

    # Requests

    async def handle(self, name, raw_query):
        try:
            if name == "index.m3u8":
                await self._content()
                return self._answer(PLAYLIST, self._index(raw_query), "public, max-age=30", chunked=False)
            for stream, track in self._streams.items():
                if name == f"{stream}_stream.m3u8":
                    return await self._media_playlist(stream, raw_query)
                head = f"{self.prefix}_{stream}_"
                if name.startswith(head):
                    return await self._file(track, name[len(head):])
        except StreamEnded:
            return Response(500)
        return Response.not_found()

    @staticmethod
    def _answer(kind, body, cache, chunked=None):
        return Response(200, {"Content-Type": kind, "Cache-Control": cache}, body, chunked)

    def _index(self, raw_query):
        tail = f"?{raw_query}" if raw_query else ""
        rate = int(sum(media.track(track).bytes_per_s() for track in self._tracks) * 8)
        lines = ["#EXTM3U", f"#EXT-X-VERSION:{3 if self.variant == 'mpegts' else 10}", "#EXT-X-INDEPENDENT-SEGMENTS", ""]
        audio = [name for name in self._streams if name.startswith("audio")]
        for name in audio:
            lines += [f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="{name}",AUTOSELECT=YES,DEFAULT=YES,URI="{name}_stream.m3u8{tail}"', ""]
        codecs = ",".join(CODECS[track] for track in self._tracks)
        lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={rate + rate // 20},AVERAGE-BANDWIDTH={rate},CODECS="{codecs}",RESOLUTION=640x360,FRAME-RATE=25.000'
                  + (',AUDIO="audio"' if audio else ""), f"{next(iter(self._streams))}_stream.m3u8{tail}", ""]
        return "\n".join(lines).encode()

    async def _media_playlist(self, stream, raw_query):
        pairs = urllib.parse.parse_qsl(raw_query, keep_blank_values=True)
        delta = False
        if self.variant == "lowLatency":
            await self._content()
            asked = dict(pairs)
            delta = asked.get("_HLS_skip") in ("YES", "v2")
            if not await self._reload_point(asked.get("_HLS_msn", ""), asked.get("_HLS_part", "")):
                return Response(400)
        else:
            await self._content()
        if self.variant != "mpegts":
            pairs = [(key, value) for key, value in pairs if not key.startswith("_HLS_")]
        tail = "?" + urllib.parse.urlencode(sorted(pairs)) if pairs else ""
        if self.variant == "lowLatency":
            return self._answer(PLAYLIST, self._low_latency(stream, tail, delta), "no-cache")
        return self._answer(PLAYLIST, self._plain(stream, tail), f"public, max-age={int(self._length_s)}", chunked=False)

    async def _reload_point(self, msn, part):
        """Waits for a blocking reload's point; false when the engine answers 400."""
        if not msn:
            return not part
        if not msn.isdigit() or (part and not part.isdigit()):
            return False
        number, next_number = int(msn), self._first + self._complete()
        if not next_number - self._count < number <= next_number + 1:
            return False
        parts, index = self._parts_of(number), int(part or 0)  # the engine takes a segment alone for its first part
        if index >= len(parts):
            parts, index = self._parts_of(number + 1), 0
        await self._reach(parts[index][2])
        return True

    def _date(self, number):
        at = self._stream.wall_ns / 1e9 + self._bounds(number)[0]
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03d}".rstrip("0")
        return f"#EXT-X-PROGRAM-DATE-TIME:{text.rstrip('.')}Z"

    def _plain(self, stream, tail):
        done = self._complete()
        first, ts = max(0, done - self._count), self.variant == "mpegts"
        lines = ["#EXTM3U", f"#EXT-X-VERSION:{3 if ts else 10}"] + (["#EXT-X-ALLOW-CACHE:NO"] if ts else [])
        lines += [f"#EXT-X-TARGETDURATION:{math.ceil(self._length_s)}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        if not ts:
            lines.append(f'#EXT-X-MAP:URI="{self.prefix}_{stream}_init.mp4{tail}"')
        for number in range(first, done):
            if ts or number >= done - 2:
                lines.append(self._date(number))
            lines += [f"#EXTINF:{self._length_s:.5f},", f"{self.prefix}_{stream}_seg{number}.{'ts' if ts else 'mp4'}{tail}"]
        return ("\n".join(lines) + "\n").encode()

    def _low_latency(self, stream, tail, delta):
        now, done = self._stream.media_s() + 1e-6, self._complete()
        last = self._first + done - 1
        first, prefix = last - self._count + 1, f"{self.prefix}_{stream}_"
        skip_s, hold_s = 6 * math.ceil(self._length_s), 2.5 * self._part_s
        lines = ["#EXTM3U", "#EXT-X-VERSION:10", f"#EXT-X-TARGETDURATION:{math.ceil(self._length_s)}",
                 f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={hold_s:.5f},CAN-SKIP-UNTIL={skip_s:.5f}",
                 f"#EXT-X-PART-INF:PART-TARGET={self._part_s:.5f}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        skipped = max(0, self._count - 5) if delta else 0
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}" if delta else f'#EXT-X-MAP:URI="{prefix}init.mp4{tail}"')

        def parts(number):
            out = []
            for index, (part, start, end) in enumerate(self._parts_of(number)):
                if end > now:
                    return out, part
                out.append(f'#EXT-X-PART:DURATION={end - start:.5f},URI="{prefix}part{part}.mp4{tail}"' + (",INDEPENDENT=YES" if index == 0 else ""))
            return out, None
        for number in range(first + skipped, last + 1):
            if number < self._first:
                lines += ["#EXT-X-GAP", f"#EXTINF:{self._length_s:.5f},", "gap.mp4"]
                continue
            if number > last - 2:
                lines += [self._date(number), *parts(number)[0]]
            lines += [f"#EXTINF:{self._length_s:.5f},", f"{prefix}seg{number}.mp4{tail}"]
        running, hint = parts(last + 1)
        hint = self._parts_of(last + 2)[0][0] if hint is None else hint
        return ("\n".join([*lines, *running, f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{prefix}part{hint}.mp4{tail}"']) + "\n").encode()

    async def _file(self, track, name):
        cache, kind = "public, max-age=3600", "audio/mp4" if track == "aac" else "video/mp4"
        stem, _, extension = name.rpartition(".")
        if name == "init.mp4" and self.variant != "mpegts":
            await self._content()
            return self._answer(kind, media.track(track).init, cache, chunked=False)
        if stem.startswith("part") and stem[4:].isdigit() and extension == "mp4" and self.variant == "lowLatency":
            return await self._part(track, kind, int(stem[4:]))
        if not stem.startswith("seg") or not stem[3:].isdigit() or extension != ("ts" if self.variant == "mpegts" else "mp4"):
            return Response.not_found()
        number, next_number = int(stem[3:]), self._first + self._complete()
        if not max(self._first, next_number - self._count) <= number < next_number:
            return Response.not_found()
        start, end = self._bounds(number)
        if self.variant == "mpegts":
            return self._answer("video/mp2t", media.ts_segment(start, end, "aac" in self._tracks), cache)
        return self._answer(kind, self._fragment(track, start, end, number), cache)

    def _fragment(self, track, start, end, sequence):
        source = media.track(track)
        return source.fragment(source.indexes(start, end), sequence, key_every=1 if track == "aac" else int(self._stream.gop_s))

    async def _part(self, track, kind, part):
        per_segment = len(self._parts_of(self._first))
        number = self._first + part // per_segment
        newest = self._first + self._complete()
        if number > newest + 1 or number < newest - self._count:
            return Response.not_found()
        _, start, end = self._parts_of(number)[part % per_segment]
        if start > self._stream.media_s() + self._part_s:
            return Response.not_found()
        await self._reach(end)
        return self._answer(kind, self._fragment(track, start, end, part), "public, max-age=3600")
