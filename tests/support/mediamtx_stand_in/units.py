"""Durations and sizes as the engine reads and writes them, and its refusals."""
import json
import re


class Refused(ValueError):
    """What the engine answers with 400, or ends with."""


class NotFound(Refused):
    def __init__(self):
        super().__init__("path not found")


_UNITS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration_ns(text):
    """A Go duration, with days in front ("1d12h")."""
    rest, total = text, 0
    days = re.match(r"(-?\d+)d", rest)
    if days:
        total, rest = int(days[1]) * 86400 * 10**9, rest[days.end():]
    if not rest:
        return total
    sign = -1 if rest[0] == "-" else 1
    body = rest.lstrip("+-")
    if body == "0":
        return total
    at, sum_ns = 0, 0
    while at < len(body):
        part = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)").match(body, at)
        if not part:
            raise Refused(f'time: invalid duration {json.dumps(rest)}')
        if not part[2]:
            raise Refused(f'time: missing unit in duration {json.dumps(rest)}')
        if part[2] not in _UNITS_NS:
            raise Refused(f'time: unknown unit {json.dumps(part[2])} in duration {json.dumps(rest)}')
        sum_ns += int(float(part[1]) * _UNITS_NS[part[2]])
        at = part.end()
    if not body:
        raise Refused(f'time: invalid duration {json.dumps(rest)}')
    return total + sign * sum_ns


def duration_text(ns):
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    days, ns = divmod(ns, 86400 * 10**9)
    out = sign + (f"{days}d" if days else "")
    if not ns:
        return out

    def decimal(value):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    if ns < 10**9:
        unit, scale = ("ms", 10**6) if ns >= 10**6 else ("µs", 10**3) if ns >= 10**3 else ("ns", 1)
        return out + decimal(ns / scale) + unit
    hours, ns = divmod(ns, 3600 * 10**9)
    minutes, ns = divmod(ns, 60 * 10**9)
    return out + (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + decimal(ns / 10**9) + "s"


def seconds(text):
    return duration_ns(text) / 10**9


def size(text):
    match = re.match(r"^(\d+(?:\.\d+)?)\s*(B|K|KB|KIB|M|MB|MIB|G|GB|GIB|T|TB|TIB)\Z", text.strip().upper())
    if not match or float(match[1]) <= 0:
        raise Refused("byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, GiB, or GB")
    value = float(match[1]) * 1024 ** "BKMGT".index(match[2][0])
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        if value >= 1024 ** power:
            return f"{value / 1024 ** power:.1f}".removesuffix(".0") + unit
    return f"{int(value)}B"
