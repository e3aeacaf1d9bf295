#!/usr/bin/env python3
"""Thousands of viewers at once on a cold camera that is pulled on demand, through Gatehouse and a MediaMTX: how often MediaMTX is
asked for each object (counted on the wire; 1 is wanted), and what the viewers saw.

usage: cold_herd.py --build-dir DIR [--viewers 4000] [--seconds 20] [--rounds 3]
Needs mediamtx and ffmpeg. Exit code 1 when a viewer got an error or an object was asked for more than once.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))
import processes  # noqa: E402
from clips import rtsp_camera  # noqa: E402
from gateway import Gateway  # noqa: E402
from live_viewers import SECRET, load  # noqa: E402
from relay import RequestRelay  # noqa: E402


def one_round(gateway, relay, url, build, o):
    camera = gateway.add_camera(name="Cold", private_rtsp_url=url)
    begin = time.monotonic()
    row = load(build / "bench" / "hlsload", f"{gateway.url}/hls/{camera['stream_key']}/index.m3u8", [], o.viewers, o.seconds,
               [gateway.process.pid], None, 0.0, warm=0)
    asked = relay.between(begin, time.monotonic())
    objects = {target: n for target, n in asked.items() if not target.endswith(".m3u8")}
    gateway.ctl(["cameras", "remove", str(camera["id"]), "--yes"])
    return {"errors": row["errors"], "playing": row["playing"], "most_per_object": max(objects.values(), default=0), "objects": len(objects),
            "playlists": sum(n for target, n in asked.items() if target.endswith(".m3u8")), "playlist_p50_ms": row["pl_p50_ms"],
            "status": row["status"]}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--viewers", type=int, default=4000)
    a.add_argument("--seconds", type=float, default=20)
    a.add_argument("--rounds", type=int, default=3)
    o = a.parse_args()
    build = pathlib.Path(o.build_dir).resolve()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(build)
    rows = []
    with tempfile.TemporaryDirectory() as folder, processes.Stack() as stack:
        work = pathlib.Path(folder)
        url = rtsp_camera(work, stack)
        hls, api = processes.free_port(), processes.free_port()
        conf = work / "engine.yml"
        conf.write_text(processes.mediamtx_conf(hls=hls, api=api, paths="  {}\n", extra=f"hlsCDNSecret: {SECRET}\n").replace("hlsAlwaysRemux: yes", "hlsAlwaysRemux: no"))
        stack.start(["mediamtx", str(conf)], work / "engine.log")
        processes.wait_port(hls)
        limits = {"http": {"max_connections_per_address": 20000, "max_connections": 20000}}
        with RequestRelay(hls) as relay, Gateway(plugins=["mediamtx", "hls-proxy"], config=limits, plugin_config={"mediamtx": {
                "mode": "attached", "attached_api_url": f"http://127.0.0.1:{api}", "attached_hls_url": f"http://127.0.0.1:{relay.port}",
                "pull": "on_demand"}}) as gateway:
            for number in range(o.rounds):
                rows.append(one_round(gateway, relay, url, build, o))
                print(number, rows[-1], flush=True)
    bad = sum(r["errors"] for r in rows) or min(r["playing"] for r in rows) < o.viewers or max(r["most_per_object"] for r in rows) != 1
    print(f"{o.viewers} viewers at once on a cold camera, {o.rounds} rounds: errors {sum(r['errors'] for r in rows)}, playing at the end "
          f"{min(r['playing'] for r in rows)} at least, MediaMTX asked at most {max(r['most_per_object'] for r in rows)} times for an init or segment, "
          f"{statistics.median(r['playlists'] for r in rows):.0f} times for playlists in about {o.seconds:g} s")
    sys.exit(1 if bad else 0)


main()
