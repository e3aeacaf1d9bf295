"""Log lines in the engine's two forms, on standard output or into its log file."""
import datetime
import json
import sys
import time

_NAMES = {"error": "ERR", "warn": "WAR", "info": "INF", "debug": "DEB"}
_ORDER = ["debug", "info", "warn", "error"]


def timestamp():
    """Now, RFC 3339 with nanoseconds, as the engine writes it in logs and answers."""
    return rfc3339(time.time_ns())


def rfc3339(ns):
    whole = datetime.datetime.fromtimestamp(ns // 10**9, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{ns % 10**9:09d}".rstrip("0")
    return whole + ("" if fraction == "." else fraction) + "Z"


class Log:
    def __init__(self):
        self.level, self.structured, self.file = "info", False, None

    def configure(self, values):
        self.level, self.structured = values["logLevel"], values["logStructured"]
        destinations = values["logDestinations"]
        self.file = open(values["logFile"], "a", buffering=1) if "file" in destinations else None

    def __call__(self, level, text):
        if _ORDER.index(level) < _ORDER.index(self.level):
            return
        if self.structured:
            line = json.dumps({"timestamp": timestamp(), "level": _NAMES[level], "message": text}, separators=(",", ":"), ensure_ascii=False)
        else:
            line = f"{datetime.datetime.now():%Y/%m/%d %H:%M:%S} {_NAMES[level]} {text}"
        print(line, file=self.file or sys.stdout, flush=True)
