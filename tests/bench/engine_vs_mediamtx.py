#!/usr/bin/env python3
"""The built-in engine against MediaMTX (always remux, fMP4) with the same cameras: memory and CPU, ratios in one run.

usage: engine_vs_mediamtx.py [--cameras 30] [--seconds 20] [--rounds 3] --build-dir DIR
Needs `mediamtx` and `ffmpeg` on PATH. The cameras are one looped 2 Mbit/s clip, read N times from one RTSP server.
Memory is PSS of every process plus the memory of memfds that are not mapped. CPU is user + system of every process.
"""
import argparse, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from clips import rtsp_camera  # noqa: E402


def measure(pid, seconds):
    pids = processes.tree(pid)
    cpu0, t0 = processes.cpu_s(pids), time.monotonic()
    time.sleep(seconds)
    cpu = 100 * (processes.cpu_s(pids) - cpu0) / (time.monotonic() - t0)
    return {"cpu": cpu, "pss": processes.pss_mb(pids), "memfd": processes.memfd_mb(pids), "threads": processes.threads(pids), "processes": len(pids)}


def run_mediamtx(work, url, n, seconds):
    with processes.Stack() as stack:
        hls = processes.free_port()
        conf = work / "peer.yml"
        conf.write_text(processes.mediamtx_conf(hls=hls, paths="".join(f"  c{i}:\n    source: {url}\n    rtspTransport: tcp\n" for i in range(n))))
        p = stack.start(["mediamtx", str(conf)], work / "peer.log")
        processes.wait_port(hls)
        time.sleep(32)  # its windows are full
        return measure(p.pid, seconds)


def run_gatehouse(url, n, seconds):
    from gateway import Gateway
    with Gateway(plugins=["media-worker", "hls-proxy"]) as gateway:
        for i in range(n):
            gateway.add_camera(name=f"Camera {i}", private_rtsp_url=url)
        deadline = time.monotonic() + 40
        live = lambda: sum(c["state"] == "live" for c in gateway.get("/api/live").json["data"]["cameras"])
        while live() < n:
            assert time.monotonic() < deadline, f"only {live()} cameras are live"
            time.sleep(1)
        time.sleep(32)
        m = measure(gateway.process.pid, seconds)
        m["gateway_pss"] = processes.pss_mb([gateway.process.pid])
        return m


def run_receive_only(work, url, n, seconds):
    """rtspsrc ! fakesink, N times in one process: what receiving alone costs with GStreamer."""
    with processes.Stack() as stack:
        line = ["gst-launch-1.0", "-q"]
        for _ in range(n):
            line += ["rtspsrc", f"location={url}", "protocols=tcp", "latency=0", "user-agent=bench", "!", "fakesink", "sync=false"]
        p = stack.start(line, work / "gst.log")
        time.sleep(12)
        return measure(p.pid, seconds)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--cameras", type=int, default=30)
    a.add_argument("--seconds", type=float, default=20)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    if not shutil.which("mediamtx"):
        sys.exit("mediamtx is not on PATH: there is no peer to compare with")
    rows = []
    with tempfile.TemporaryDirectory() as folder, processes.Stack() as stack:
        work = pathlib.Path(folder)
        url = rtsp_camera(work, stack)
        for i in range(o.rounds):
            order = [("mediamtx", lambda: run_mediamtx(work, url, o.cameras, o.seconds)), ("gatehouse", lambda: run_gatehouse(url, o.cameras, o.seconds)),
                     ("rtspsrc only", lambda: run_receive_only(work, url, o.cameras, o.seconds))]
            for name, run in order[i % 2:] + order[:i % 2]:
                m = run()
                rows.append((name, m))
                print(i, name, {k: round(v, 1) for k, v in m.items()}, flush=True)
    med = lambda name, f: statistics.median(f(m) for n, m in rows if n == name)
    memory = lambda m: m["pss"] + m["memfd"]
    print(f"\n{o.cameras} cameras of 2 Mbit/s, medians of {o.rounds}:")
    print("| | CPU % of a core | memory MB (PSS + memfd) | threads |\n|---|---|---|---|")
    for name in ("mediamtx", "gatehouse", "rtspsrc only"):
        print(f"| {name} | {med(name, lambda m: m['cpu']):.1f} | {med(name, memory):.0f} | {med(name, lambda m: m['threads']):.0f} |")
    print(f"memory ratio gatehouse/mediamtx {med('gatehouse', memory) / med('mediamtx', memory):.2f}")
    print(f"CPU ratio gatehouse/mediamtx {med('gatehouse', lambda m: m['cpu']) / med('mediamtx', lambda m: m['cpu']):.2f}; "
          f"rtspsrc alone is {med('rtspsrc only', lambda m: m['cpu']) / med('gatehouse', lambda m: m['cpu']):.2f} of gatehouse's CPU")


main()
