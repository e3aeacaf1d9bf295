#!/usr/bin/env python3
"""What a viewer sees of a camera outage and of a cold start, in seconds: Gatehouse with its built-in engine, and where
mediamtx is on PATH Gatehouse in front of a MediaMTX, and MediaMTX alone beside them. The camera (simulated, GOP 2 s) refuses for 3 s; a viewer polls index and media playlist four times a second.

usage: outage.py --build-dir DIR [--rounds 5] [--outage 3]
"""
import argparse, os, pathlib, shutil, statistics, sys, tempfile, threading, time, urllib.request
from urllib.parse import urljoin

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from gateway import Gateway  # noqa: E402
from simcam import SimCam  # noqa: E402

SECRET = "bench-secret"


def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=12) as answer:
        return answer.read().decode()


def uris(text):
    return [line for line in text.splitlines() if line and line[0] != "#"]


class Viewer(threading.Thread):
    """Keeps (time first listed, segment uri) of every segment the playlists ever listed."""

    def __init__(self, master, headers):
        super().__init__(daemon=True)
        self.master, self.headers, self.seen, self.ends = master, headers, {}, threading.Event()
        self.start()

    def run(self):
        while not self.ends.is_set():
            try:
                media = urljoin(self.master, uris(get(self.master, self.headers))[0])
                for uri in uris(get(media, self.headers)):
                    self.seen.setdefault(uri, time.monotonic())
            except (OSError, IndexError):
                pass
            self.ends.wait(0.25)

    def first_new_after(self, moment, seconds):
        """Seconds from `moment` until a segment was listed that was not listed before it."""
        old = {u for u, t in self.seen.items() if t < moment}
        processes.wait_until("a new segment", lambda: any(u not in old and t >= moment for u, t in list(self.seen.items())), seconds, 0.02)
        return min(t for u, t in self.seen.items() if u not in old) - moment


def outage(simcam, viewer, seconds):
    processes.wait_until("some segments", lambda: len(viewer.seen) >= 4, 60)
    simcam.command("cam 1 refuse")
    simcam.command("cam 1 reset")
    began = time.monotonic()
    time.sleep(seconds)
    simcam.command("cam 1 normal")
    back = time.monotonic()
    return viewer.first_new_after(back, 60) + (back - began)


def through_gateway(name, plugins, plugin_config, simcam, o, results):
    with Gateway(plugins=plugins, plugin_config=plugin_config) as gateway:
        for _ in range(o.rounds):
            began = time.monotonic()
            camera = gateway.add_camera(name="Bench", private_rtsp_url=simcam.cameras[0]["main"])
            viewer = Viewer(gateway.url + f"/hls/{camera['stream_key']}/index.m3u8", {})
            results.setdefault(("cold start", name), []).append(viewer.first_new_after(began, 60))
            results.setdefault(("outage", name), []).append(outage(simcam, viewer, o.outage))
            viewer.ends.set()
            gateway.ctl(["cameras", "remove", str(camera["id"]), "--yes"])


def beside(work, stack, name, always_remux, simcam, o, results):
    hls, url = processes.free_port(), simcam.cameras[0]["main"]
    conf = work / f"peer-{always_remux}.yml"
    text = processes.mediamtx_conf(hls=hls, extra=f"hlsCDNSecret: {SECRET}\n", paths=f"  cam:\n    source: {url}\n    rtspTransport: tcp\n")
    conf.write_text(text.replace("hlsAlwaysRemux: yes", f"hlsAlwaysRemux: {always_remux}"))
    for _ in range(o.rounds):
        began = time.monotonic()
        peer = stack.start(["mediamtx", str(conf)], work / "peer.log")
        viewer = Viewer(f"http://127.0.0.1:{hls}/cam/index.m3u8", {"Authorization": f"Bearer {SECRET}"})
        results.setdefault(("cold start", name), []).append(viewer.first_new_after(began, 60))
        results.setdefault(("outage", name), []).append(outage(simcam, viewer, o.outage))
        viewer.ends.set()
        processes.stop(peer)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--outage", type=float, default=3)
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    results = {}
    with tempfile.TemporaryDirectory() as folder, processes.Stack() as stack, SimCam(cameras=1, every="gop=2") as simcam:
        work = pathlib.Path(folder)
        through_gateway("built-in engine", ["media-worker", "hls-proxy"], {}, simcam, o, results)
        if shutil.which("mediamtx"):
            free = "127.0.0.1:0"
            through_gateway("gatehouse before mediamtx", ["mediamtx", "hls-proxy"],
                            {"mediamtx": {"run": "child", "api_address": free, "hls_address": free, "rtsp_address": free}}, simcam, o, results)
            beside(work, stack, "mediamtx alone, remuxing on request as Gatehouse has it", "no", simcam, o, results)
            beside(work, stack, "mediamtx alone, always remuxing", "yes", simcam, o, results)
    print(f"seconds until a viewer's playlist lists new media; GOP 2 s, outage {o.outage:g} s, {o.rounds} rounds")
    print("| | server | median | best | worst |\n|---|---|---|---|---|")
    for (what, who), values in results.items():
        print(f"| {what} | {who} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")


main()
