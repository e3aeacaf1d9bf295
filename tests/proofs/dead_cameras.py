#!/usr/bin/env python3
"""Many cameras, a fifth of them dead in every way a camera can be dead: the others never stall, the gateway's CPU stays flat,
the log stays readable, and what was dead comes back by itself.

usage: dead_cameras.py --build-dir DIR [--engine mediamtx|builtin] [--cameras 200] [--dead 40] [--seconds 600] [--watched 12] [--patient]
A healthy camera stalls when it is not "live" in a sample (every 5 s), or, of those whose playlists are watched through hls-proxy,
when no new segment came for three target durations. Prints every figure; exit code 1 when a healthy camera stalled, a dead one
was not offline or did not come back, the log said more of a camera than it should, or CPU with dead cameras was over twice that
without (+ 2 %). --patient, for a machine that does other things meanwhile: what depends on its speed is printed and not judged.
"""
import argparse
import os
import pathlib
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from gateway import Gateway  # noqa: E402
from simcam import SimCam  # noqa: E402

# Of these a camera sends something now and then; it may seem to live for a moment.
NOW_AND_THEN = ["trickle", "reset-every 2"]
WAYS = ["refuse", "unauthorized", "hang describe", "hang setup", "hang play", "trickle", "silent", "reset-every 2"]
SAMPLE_S = 5


def states(gateway):
    """By name; cameras are added in the order of their numbers, so that ids are numbers."""
    return {f"Camera {c['id']}": c["state"] for c in gateway.admin("GET", "/api/live").json["data"]["cameras"]}


def live_count(gateway):
    return sum(state == "live" for state in states(gateway).values())


class Watched:
    """The main playlists of some cameras, as a viewer sees them."""

    def __init__(self, gateway, cameras):
        self.gateway = gateway
        self.cameras = {c["name"]: {"url": f"/hls/{c['stream_key']}/main.m3u8", "newest": -1, "since": time.monotonic(), "longest": 0.0,
                                    "target": 2.0, "errors": 0} for c in cameras}

    def look(self):
        for c in self.cameras.values():
            answer = self.gateway.get(c["url"])
            if answer.status != 200:
                c["errors"] += 1
                continue
            lines = answer.text.splitlines()
            value = lambda tag: next((float(line.split(":")[1]) for line in lines if line.startswith(tag)), 0.0)
            newest = value("#EXT-X-MEDIA-SEQUENCE:") + sum(line.startswith("#EXTINF") for line in lines)
            c["target"] = value("#EXT-X-TARGETDURATION:") or c["target"]
            now = time.monotonic()
            c["longest"] = max(c["longest"], now - c["since"])
            if newest != c["newest"]:
                c["newest"], c["since"] = newest, now

    def reset(self):
        for c in self.cameras.values():
            c["longest"], c["errors"], c["since"] = 0.0, 0, time.monotonic()

    def stalled(self, patience):
        return {name: round(c["longest"], 1) for name, c in self.cameras.items() if c["longest"] > patience * (3 * c["target"] + 1)}

    def errors(self):
        return sum(c["errors"] for c in self.cameras.values())


def observe(gateway, watched, seconds, healthy, patience=1):
    """One phase: what the gateway process and everything of ours cost, who was not live, how the log grew."""
    ours, everything = [gateway.process.pid], processes.tree(gateway.process.pid)
    begin, cpu0, all0, log0 = time.monotonic(), processes.cpu_s(ours), processes.cpu_s(everything), len(gateway.log.splitlines())
    next_sample, lapses, per_sample, last = begin + SAMPLE_S, {}, [], cpu0
    watched.reset()
    while time.monotonic() < begin + seconds:
        watched.look()
        if time.monotonic() >= next_sample:
            next_sample += SAMPLE_S
            for name, state in states(gateway).items():
                if name in healthy and state != "live":
                    lapses.setdefault(name, []).append(state)
            cpu = processes.cpu_s(ours)
            per_sample.append(100 * (cpu - last) / SAMPLE_S)
            last = cpu
        time.sleep(0.25)
    elapsed = time.monotonic() - begin
    return {"cpu": 100 * (processes.cpu_s(ours) - cpu0) / elapsed, "cpu_worst": max(per_sample, default=0.0),
            "cpu_all": 100 * (processes.cpu_s(everything) - all0) / elapsed, "lapses": lapses, "stalled": watched.stalled(patience),
            "errors": watched.errors(), "log_per_min": 60 * (len(gateway.log.splitlines()) - log0) / elapsed,
            "memory": processes.pss_mb(ours) + processes.memfd_mb(ours)}


def show(name, phase):
    print(f"{name}: gateway {phase['cpu']:.2f} % of a core (worst {SAMPLE_S} s {phase['cpu_worst']:.1f}), with engine {phase['cpu_all']:.1f} %, "
          f"memory {phase['memory']:.0f} MB, log {phase['log_per_min']:.1f} lines a minute, healthy cameras not live: {phase['lapses'] or 'none'}, "
          f"watched playlists stalled: {phase['stalled'] or 'none'}, answers other than 200: {phase['errors']}", flush=True)


def lines_of(gateway, number, begin):
    """What an operator reads of a camera since line `begin`."""
    return [line for line in gateway.log.splitlines()[begin:] if f"camera {number} (" in line]


def is_return(line):
    return "gives pictures" in line


def log_troubles(gateway, dead, begin):
    """A camera that died is a line for each cause (two, mostly: its connection ends, and then it refuses), one when it is called less
    often after 5 minutes, and one when it is back; one that comes and goes is some more."""
    out = []
    for number, way in dead.items():
        lines = lines_of(gateway, number, begin)
        back = [line for line in lines if is_return(line)]
        if len(lines) > (7 if way in NOW_AND_THEN else 5) or len(lines) == len(back) or (way not in NOW_AND_THEN and len(back) != 1):
            out.append(f"of camera {number} ({way}):\n    " + "\n    ".join(lines or ["nothing"]))
    return out


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--engine", choices=["mediamtx", "builtin"], default="mediamtx")
    a.add_argument("--cameras", type=int, default=200)
    a.add_argument("--dead", type=int, default=40)
    a.add_argument("--seconds", type=float, default=600)
    a.add_argument("--watched", type=int, default=12)
    a.add_argument("--patient", action="store_true")
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    plugins = {"mediamtx": ["mediamtx", "hls-proxy"], "builtin": ["media-worker", "hls-proxy"]}[o.engine]
    free = "127.0.0.1:0"
    settings = {"mediamtx": {"run": "child", "api_address": free, "hls_address": free, "rtsp_address": free}} if o.engine == "mediamtx" else {}
    with SimCam(cameras=o.cameras, every="source=blocks,fps=5,gop=2", args=["--one-port"]) as cams, \
            Gateway(plugins=plugins, plugin_config=settings, ready_s=60) as gateway:
        cameras = [gateway.add_camera(name=f"Camera {c['number']}", private_rtsp_url=c["main"]) for c in cams.cameras]
        gateway.stop()
        begin = time.monotonic()
        gateway.start()
        ready_s = time.monotonic() - begin
        print(f"start to READY with {o.cameras} cameras: {ready_s:.2f} s")
        processes.wait_until("every camera is live", lambda: live_count(gateway) == o.cameras, 120, 0.5)
        print(f"all {o.cameras} live after {time.monotonic() - begin:.1f} s")
        dead = {(o.cameras // o.dead) * i + 2: WAYS[i % len(WAYS)] for i in range(o.dead)}
        healthy = {f"Camera {c['number']}" for c in cams.cameras if c["number"] not in dead}
        watched = Watched(gateway, [c for c in cameras if c["name"] in healthy][:: max(1, len(healthy) // o.watched)][:o.watched])
        nobody = observe(gateway, Watched(gateway, []), min(30, o.seconds / 2), healthy)
        show("all healthy, nobody watching", nobody)
        observe(gateway, watched, min(20, o.seconds / 4), healthy)  # the watched streams begin
        before = observe(gateway, watched, min(60, o.seconds / 2), healthy)
        show(f"all healthy, {o.watched} watched", before)
        log_begin = len(gateway.log.splitlines())
        for number, way in dead.items():
            cams.command(f"cam {number} {way}")
        during = observe(gateway, watched, o.seconds, healthy, 2 if o.patient else 1)
        show(f"{o.dead} dead for {o.seconds:g} s", during)
        steady = [n for n, way in dead.items() if way not in NOW_AND_THEN]
        processes.wait_until("every dead camera is offline", lambda: {states(gateway)[f"Camera {n}"] for n in steady} == {"offline"}, 60, 0.5)
        processes.wait_until("the log names every dead camera", lambda: all(lines_of(gateway, n, log_begin) for n in steady), 60, 0.5)
        now = states(gateway)
        for way in WAYS:
            print(f"  {way}: " + ", ".join(sorted({now[f'Camera {n}'] for n, w in dead.items() if w == way})))
        print("the log meanwhile, first 40 lines:\n  " + "\n  ".join(gateway.log.splitlines()[log_begin:][:40]))
        for number in dead:
            cams.command(f"cam {number} normal")
        begin = time.monotonic()
        processes.wait_until("every camera is live again", lambda: live_count(gateway) == o.cameras, 240, 0.5)
        print(f"all live again {time.monotonic() - begin:.1f} s after they were mended")
        told = lambda: all(any(is_return(line) for line in lines_of(gateway, n, log_begin)) for n in steady)
        processes.wait_until("the log says that every camera is back", told, 60, 0.5)
        print(f"the log from the deaths to the last return: {len(gateway.log.splitlines()) - log_begin} lines for {o.dead} cameras")
        trouble = log_troubles(gateway, dead, log_begin)
    trouble += [f"{key}: {during[key]}" for key in ("lapses", "stalled", "errors") if during[key]]
    if not o.patient and ready_s > 2:
        trouble.append(f"start to READY: {ready_s:.2f} s, the goal is 2")
    if not o.patient and o.engine == "mediamtx" and nobody["cpu"] > 1:
        trouble.append(f"a steady state costs {nobody['cpu']:.2f} % of a core, the goal is 1")
    if not o.patient and during["log_per_min"] > 60:
        trouble.append(f"log: {during['log_per_min']:.0f} lines a minute")
    if not o.patient and during["cpu"] > 2 * before["cpu"] + 2:
        trouble.append(f"CPU: {before['cpu']:.1f} -> {during['cpu']:.1f} %")
    print("dead cameras: " + ("\n  ".join(trouble) if trouble else "nobody else noticed"))
    sys.exit(1 if trouble else 0)


if __name__ == "__main__":
    main()
