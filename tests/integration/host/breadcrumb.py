"""Reads the breadcrumb file of a running gateway (core/src/plugin/breadcrumb_page.h), as its next life would."""
import struct

CALLS, THREADS, RANGES = 1024, 256, 64
NAMES_AT = 8 + 8 + 5 * 4


def calls_under_way(path):
    data = path.read_bytes()
    names_at = NAMES_AT
    slots_at = len(data) - THREADS * 64
    calls = set()
    for i in range(THREADS):
        call, taken = struct.unpack_from("<II", data, slots_at + i * 64)
        if taken and 0 < call <= CALLS:
            plugin, entry = struct.unpack_from("48s48s", data, names_at + (call - 1) * 96)
            calls.add((plugin.split(b"\0")[0].decode(), entry.split(b"\0")[0].decode()))
    return calls
