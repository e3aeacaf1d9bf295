"""Reading what the HLS tests get."""
import re
import struct


def names(playlist):
    """The URIs of a media playlist's segments."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def init(playlist):
    return re.search(r'#EXT-X-MAP:URI="([^"]+)"', playlist)[1]


def prefix(playlist):
    return names(playlist)[-1].split("_")[0]


def sequence(playlist):
    return int(re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)[1])


def boxes(data):
    """{type: payload} of a chain of boxes; those that hold boxes are opened."""
    out, at = {}, 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        assert size >= 8 and at + size <= len(data), (kind, size)
        kind, inner = kind.decode("latin-1"), data[at + 8:at + size]
        out.setdefault(kind, inner)
        if kind in ("moof", "traf", "moov", "trak", "mdia", "mvex"):
            for name, value in boxes(inner).items():
                out.setdefault(name, value)
        at += size
    assert at == len(data)
    return out


def times(segment):
    """(sequence number, decode time, duration) of an fMP4 segment of one fragment, in its time scale."""
    found = boxes(segment)
    tfdt = found["tfdt"]
    start = struct.unpack_from(">Q", tfdt, 4)[0] if tfdt[0] == 1 else struct.unpack_from(">I", tfdt, 4)[0]
    tfhd_flags = struct.unpack(">I", found["tfhd"][:4])[0]
    default = struct.unpack_from(">I", found["tfhd"], 8)[0] if tfhd_flags & 8 else 0
    flags, count = struct.unpack_from(">II", found["trun"])
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    row = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    duration = 0
    for index in range(count):
        duration += struct.unpack_from(">I", found["trun"], at + index * 4 * len(row))[0] if flags & 0x100 else default
    return struct.unpack_from(">I", found["mfhd"], 4)[0], start, duration
