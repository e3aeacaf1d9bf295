"""Waits until the gateway shows the public cameras live and the first one's playlist moves on; says what it saw.

usage: pictures.py SECONDS
"""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

GATEWAY = "http://127.0.0.1:3000"


def get(address):
    with urllib.request.urlopen(urllib.parse.urljoin(GATEWAY, address), timeout=20) as answer:
        return answer.read()


def media_playlist(address):
    lines = get(address).decode().splitlines()
    assert lines[0] == "#EXTM3U", lines[0]
    if not any(line.startswith("#EXT-X-STREAM-INF") for line in lines):
        return address, lines
    variant = next(line for line in lines if line and not line.startswith("#"))
    return media_playlist(urllib.parse.urljoin(address, variant))


def look():
    """Who pulls, the media sequence of the first camera and the bytes of its newest segment."""
    live = json.loads(get("/api/live"))["data"]
    cameras = live["cameras"]
    states = [camera["state"] for camera in cameras]
    assert states and set(states) == {"live"}, f"cameras are {states}"
    stream = json.loads(get(f"/api/stream/{cameras[0]['id']}"))["data"]["streams"]["hls"]
    address, lines = media_playlist(stream)
    sequence = next(int(line.split(":")[1]) for line in lines if line.startswith("#EXT-X-MEDIA-SEQUENCE:"))
    newest = [line for line in lines if line and not line.startswith("#")][-1]
    size = len(get(urllib.parse.urljoin(address, newest)))
    assert size > 0, "an empty segment"
    return live["engine"], sequence, size


def main():
    deadline = time.monotonic() + float(sys.argv[1])
    first, trouble = None, "nothing yet"
    while time.monotonic() < deadline:
        try:
            engine, sequence, size = look()
            first = sequence if first is None else first
            if sequence >= first + 2:
                print(f"live through the engine {engine}, media sequence {first} to {sequence}, newest segment {size} bytes")
                return 0
            trouble = f"media sequence stays at {sequence}"
        except (OSError, AssertionError, KeyError, IndexError, StopIteration, ValueError) as error:
            first, trouble = None, f"{type(error).__name__}: {error}"
        time.sleep(0.2)
    print(trouble)
    return 1


sys.exit(main())
