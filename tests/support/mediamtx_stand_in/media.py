"""The clips behind every simulated camera, and the boxes and packets they are sent in.

A track loops its samples for ever; sample i of a stream that began at 0 has decode time i * sample_ticks, so decode
times go on rising however often the clip was repeated.
"""
import functools
import pathlib
import struct

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
START_OFFSET_S = 10  # the engine's decode times begin there


def boxes(data, start=0, end=None):
    """(type, payload start, box end) of each box."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, start + 8, start + size
        start += size


def _find(data, path, start=0, end=None):
    for kind, inner, stop in boxes(data, start, end):
        if kind == path[0]:
            return (inner, stop) if len(path) == 1 else _find(data, path[1:], inner, stop)
    raise LookupError(path)


class Track:
    """One looped elementary stream: `init` (ftyp and moov), `samples` [(bytes, keyframe)], ticks per sample."""

    def __init__(self, file):
        data = (FIXTURES / file).read_bytes()
        moov = next((inner, stop) for kind, inner, stop in boxes(data) if kind == b"moov")
        self.init = data[:moov[1]]
        mdhd = _find(data, [b"trak", b"mdia", b"mdhd"], *moov)[0]
        self.timescale = struct.unpack_from(">I", data, mdhd + 12)[0]
        self.samples = []
        self.parameter_sets = self._parameter_sets(data, moov)
        base = None
        for kind, inner, stop in boxes(data):
            if kind == b"moof":
                base = (inner - 8, inner, stop)
            elif kind == b"mdat":
                self._fragment(data, base)

    def _fragment(self, data, moof):
        start, inner, stop = moof
        tfhd = _find(data, [b"traf", b"tfhd"], inner, stop)[0]
        flags = struct.unpack_from(">I", data, tfhd)[0]
        at, defaults = tfhd + 8, {}
        for bit, name in ((0x1, None), (0x2, None), (0x8, "duration"), (0x10, "size"), (0x20, "flags")):
            if flags & bit:
                defaults[name] = struct.unpack_from(">I", data, at)[0]
                at += 8 if bit == 1 else 4
        trun = _find(data, [b"traf", b"trun"], inner, stop)[0]
        flags, count, offset = struct.unpack_from(">IIi", data, trun)
        at, first_flags = trun + 12, None
        if flags & 0x4:
            first_flags = struct.unpack_from(">I", data, at)[0]
            at += 4
        position = start + offset
        for index in range(count):
            row = dict(defaults)
            for bit, name in ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "cts")):
                if flags & bit:
                    row[name] = struct.unpack_from(">I", data, at)[0]
                    at += 4
            if index == 0 and first_flags is not None:
                row["flags"] = first_flags
            self.samples.append((data[position:position + row["size"]], not row["flags"] & 0x10000))
            position += row["size"]
            self.sample_ticks = row["duration"] if index == 0 else self.sample_ticks

    @staticmethod
    def _parameter_sets(data, moov):
        """SPS and PPS of an H.264 track in Annex B form, else nothing."""
        stsd = _find(data, [b"trak", b"mdia", b"minf", b"stbl", b"stsd"], *moov)[0]
        if data[stsd + 12:stsd + 16] != b"avc1":
            return b""
        at = data.index(b"avcC", stsd) + 4 + 5
        out = b""
        for _ in range(2):
            count, at = data[at] & 31, at + 1
            for _ in range(count):
                size = struct.unpack_from(">H", data, at)[0]
                out += b"\0\0\0\1" + data[at + 2:at + 2 + size]
                at += 2 + size
        return out

    @property
    def sample_s(self):
        return self.sample_ticks / self.timescale

    def sample(self, index):
        return self.samples[index % len(self.samples)]

    def indexes(self, start_s, end_s):
        """Samples whose decode time lies in [start_s, end_s)."""
        first = -int(-(start_s * self.timescale - 1) // self.sample_ticks)
        last = -int(-(end_s * self.timescale - 1) // self.sample_ticks)
        return range(max(first, 0), max(last, 0))

    def bytes_per_s(self):
        return sum(len(s) for s, _ in self.samples) / (len(self.samples) * self.sample_s)

    def fragment(self, indexes, sequence, key_every=1):
        """moof and mdat of the samples; only every `key_every`-th keyframe is marked as one."""
        rows, body, keys = b"", [], 0
        for index in indexes:
            data, key = self.sample(index)
            if key and key_every > 1:
                gop = sum(1 for _, k in self.samples if k)
                key = (index * gop // len(self.samples)) % key_every == 0
            rows += struct.pack(">III", len(data), 0 if key else 0x10000, 0)
            body.append(data)
        base = indexes.start * self.sample_ticks + START_OFFSET_S * self.timescale
        tfhd = _box(b"tfhd", struct.pack(">III", 0x020008, 1, self.sample_ticks))
        tfdt = _box(b"tfdt", struct.pack(">IQ", 0x01000000, base))
        mfhd = _box(b"mfhd", struct.pack(">II", 0, sequence))

        def moof(offset):
            trun = _box(b"trun", struct.pack(">IIi", 0x01000e01, len(body), offset) + rows)
            return _box(b"moof", mfhd + _box(b"traf", tfhd + tfdt + trun))
        head = moof(0)
        return moof(len(head) + 8) + _box(b"mdat", b"".join(body))


def _box(kind, payload):
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


@functools.lru_cache(maxsize=None)
def track(name):
    return Track(name + ".mp4")


# MPEG-TS, as much of it as a player needs

def _crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else (crc << 1) & 0xFFFFFFFF
    return crc


class TsWriter:
    """One segment: PAT, PMT, then PES packets of H.264 (pid 256) and AAC (pid 257)."""

    def __init__(self, audio):
        self._counters, self._out = {}, bytearray()
        self._section(0, bytes([0, 1, 0xF0, 0]), table=0, extension=1)
        streams = bytes([0x1B, 0xE1, 0x00, 0xF0, 0]) + (bytes([0x0F, 0xE1, 0x01, 0xF0, 0]) if audio else b"")
        self._section(4096, bytes([0xE1, 0x00, 0xF0, 0]) + streams, table=2, extension=1)

    def _section(self, pid, payload, table, extension):
        body = bytes([table]) + struct.pack(">H", 0xB000 | (len(payload) + 9)) + struct.pack(">H", extension) + bytes([0xC1, 0, 0]) + payload
        self._packets(pid, b"\0" + body + struct.pack(">I", _crc(body)), None, fill=b"\xff")

    def _packets(self, pid, data, pcr, fill=None):
        first = True
        while data or first:
            counter = self._counters.get(pid, 0)
            self._counters[pid] = (counter + 1) % 16
            adaptation = b""
            if first and pcr is not None:
                adaptation = bytes([0x50]) + struct.pack(">IH", (pcr >> 1) & 0xFFFFFFFF, (pcr & 1) << 15 | 0x7E00)
            room = 184 - (1 + len(adaptation) if adaptation else 0)
            chunk, data = data[:room], data[room:]
            short = room - len(chunk)
            if short and fill:
                chunk += fill * short
            elif short:
                if adaptation:
                    adaptation += b"\xff" * short
                else:
                    adaptation = b"" if short == 1 else b"\0" + b"\xff" * (short - 2)
            has = bool(adaptation) or (short and not fill)
            self._out += struct.pack(">BHB", 0x47, (0x4000 if first else 0) | pid, (0x30 if has else 0x10) | counter)
            if has:
                self._out += bytes([len(adaptation)]) + adaptation
            self._out += chunk
            first = False

    def pes(self, pid, stream_id, data, pts, pcr=False):
        stamp = bytes([0x21 | (pts >> 29) & 0xE, (pts >> 22) & 0xFF, (pts >> 14) & 0xFE | 1, (pts >> 7) & 0xFF, (pts << 1) & 0xFE | 1])
        size = len(data) + 8
        head = b"\0\0\1" + bytes([stream_id]) + struct.pack(">H", size if size < 65536 else 0) + bytes([0x80, 0x80, 5]) + stamp
        self._packets(pid, head + data, pts if pcr else None)

    def bytes(self):
        return bytes(self._out)


def _annex_b(sample, key, parameter_sets):
    out, at = b"\0\0\0\1\x09\xf0" + (parameter_sets if key else b""), 0
    while at + 4 <= len(sample):
        size = struct.unpack_from(">I", sample, at)[0]
        out += b"\0\0\0\1" + sample[at + 4:at + 4 + size]
        at += 4 + size
    return out


def ts_segment(start_s, end_s, audio):
    """A transport stream of [start_s, end_s): H.264, and AAC LC 48 kHz mono when `audio`."""
    video, writer = track("h264"), TsWriter(audio)
    units = [(index * video.sample_s, video, index) for index in video.indexes(start_s, end_s)]
    if audio:
        sound = track("aac")
        units += [(index * sound.sample_s, sound, index) for index in sound.indexes(start_s, end_s)]
    for at_s, source, index in sorted(units, key=lambda unit: unit[0]):
        sample, key = source.sample(index)
        pts = int(round((at_s + START_OFFSET_S) * 90000)) & 0x1FFFFFFFF
        if source is video:
            writer.pes(256, 0xE0, _annex_b(sample, key, video.parameter_sets), pts, pcr=True)
        else:
            size = len(sample) + 7
            adts = bytes([0xFF, 0xF1, 0x4C, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC])
            writer.pes(257, 0xC0, adts + sample, pts)
    return writer.bytes()
