"""Watches the configuration file as the engine does: the directory, by inotify; events close upon another are lost."""
import asyncio
import ctypes
import os
import struct
import time

MODIFY, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
MIN_INTERVAL_S, WAIT_S = 1.0, 0.01


class Watcher:
    def __init__(self, file, changed):
        self._file, self._changed = os.path.abspath(file), changed
        self._real, self._last, self._libc = os.path.realpath(self._file), -MIN_INTERVAL_S, ctypes.CDLL(None, use_errno=True)

    def __enter__(self):
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        folder = os.path.dirname(self._file).encode()
        if self._fd < 0 or self._libc.inotify_add_watch(self._fd, folder, MODIFY | MOVED_FROM | MOVED_TO | CREATE | DELETE) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        asyncio.get_running_loop().add_reader(self._fd, self._events)
        return self

    def __exit__(self, *_):
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    def _events(self):
        data, at = os.read(self._fd, 65536), 0
        while at < len(data):
            _, mask, _, size = struct.unpack_from("iIII", data, at)
            name = data[at + 16:at + 16 + size].rstrip(b"\0").decode(errors="surrogateescape")
            at += 16 + size
            self._event(mask, name)

    def _event(self, mask, name):
        if time.monotonic() - self._last < MIN_INTERVAL_S:
            return
        real = os.path.realpath(self._file)
        if not os.path.exists(real):
            self._real = ""
            return
        meant = os.path.realpath(os.path.join(os.path.dirname(self._file), name))
        if real != self._real or (meant == real and mask & (MODIFY | CREATE | MOVED_TO)):
            self._real, self._last = real, time.monotonic() + WAIT_S
            asyncio.get_running_loop().call_later(WAIT_S, self._changed)
