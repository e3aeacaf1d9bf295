#!/usr/bin/env python3
"""Live HLS of one 2 Mbit/s camera, N players, three servers in one run: Gatehouse (plugin mediamtx, attached), nginx with
proxy_cache doing the same, and MediaMTX itself in CDN mode. All three deliver what the same MediaMTX makes of the same camera.

usage: live_viewers.py --build-dir DIR [--viewers 1000,3000] [--seconds 60] [--rounds 3] [--peers gatehouse,nginx,mediamtx]
                       [--slow COUNT:KiB/s] [--ramp SECONDS]
Needs mediamtx, nginx and ffmpeg. Prints each run, then medians: CPU per viewer-second and its ratio to the peers, memory (PSS and
memfds), waits, errors, and the requests each proxy made upstream (counted on the wire) per playlist version and per segment.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from clips import rtsp_camera  # noqa: E402
from gateway import Gateway  # noqa: E402
from relay import RequestRelay  # noqa: E402

SECRET = "bench-cdn-secret"
NGINX = """daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.err warn; worker_processes 2; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; }}
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 65; keepalive_requests 1000000; reset_timedout_connection on; access_log off;
  proxy_cache_path {dir}/cache levels=1:2 keys_zone=hls:10m max_size=2g inactive=60s use_temp_path=off;
  upstream mtx {{ server 127.0.0.1:{upstream}; keepalive 16; }}
  server {{ listen 127.0.0.1:{port} reuseport;
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer {secret}";
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary; proxy_cache hls; proxy_cache_key $uri; proxy_cache_lock on; proxy_cache_lock_timeout 5s;
    proxy_cache_use_stale updating;
    location ~ \\.m3u8$ {{ proxy_pass http://mtx; proxy_cache_valid 200 1s; }}
    location / {{ proxy_pass http://mtx; proxy_cache_valid 200 60s; }}
  }}
}}
"""


def get(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=20) as answer:
        return answer.read().decode(errors="replace")


def is_playlist(url, headers=None):
    try:
        return "#EXTM3U" in get(url, headers)
    except OSError:
        return False


def media_playlist(index, headers=None):
    text = get(index, headers)
    name = [line for line in text.splitlines() if line and line[0] != "#"][0]
    return index.rsplit("/", 1)[0] + "/" + name


class Versions(threading.Thread):
    """Asks MediaMTX itself what the media playlist is, ten times a second: how many versions there were, and when each came.
    Through no relay, so that it is not counted. With a second url: how much later the same version is seen there."""

    def __init__(self, url, headers, through=None, every=0.05):
        super().__init__(daemon=True)
        self.url, self.headers, self.through, self.every = url, headers, through, every
        self.seen, self.seen_through, self.end = {}, {}, threading.Event()

    def newest(self, url, headers):
        """The wall clock of the newest segment, in milliseconds: the same in both playlists."""
        dates = [line.split(":", 1)[1] for line in get(url, headers).splitlines() if line.startswith("#EXT-X-PROGRAM-DATE-TIME:")]
        return round(datetime.datetime.fromisoformat(dates[-1].replace("Z", "+00:00")).timestamp() * 1000)

    def run(self):
        while not self.end.wait(self.every):
            for url, headers, seen in ((self.url, self.headers, self.seen), (self.through, {}, self.seen_through)):
                if url:
                    try:
                        seen.setdefault(self.newest(url, headers), time.monotonic())
                    except (OSError, ValueError, IndexError):
                        pass

    def stop(self):
        self.end.set()
        self.join(20)

    def added(self):
        """Seconds by which each version was seen later there than here."""
        first = min(self.seen, default=0)
        return [max(0.0, at - self.seen[version]) for version, at in self.seen_through.items() if version in self.seen and version > first]


def load(binary, url, headers, viewers, seconds, pids, slow, ramp, warm=None):
    command = [str(binary), "-u", url, "-n", str(viewers), "-d", str(seconds), "-p", ",".join(map(str, pids))]
    for header in headers:
        command += ["-H", header]
    if slow:
        command += ["-S", slow]
    if ramp is not None:
        command += ["-r", str(ramp)]
    if warm is not None:
        command += ["-w", str(warm)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 300)
    if done.returncode:
        raise RuntimeError(f"hlsload: {done.returncode} {done.stderr[-500:]}")
    return json.loads(done.stdout)


def upstream(relay, begin, end, versions):
    """(requests of media playlists per version, requests per distinct segment)"""
    asked = relay.between(begin, end)
    playlists = sum(n for target, n in asked.items() if target.endswith(".m3u8") and not target.endswith("/index.m3u8"))
    segments = [n for target, n in asked.items() if not target.endswith(".m3u8") and "_seg" in target]
    made = sum(begin <= at <= end for at in versions.values())
    return playlists / made if made else None, sum(segments) / len(segments) if segments else None


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--viewers", default="1000,3000")
    a.add_argument("--seconds", type=float, default=60)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--peers", default="gatehouse,nginx,mediamtx")
    a.add_argument("--slow")
    a.add_argument("--ramp", type=float)
    o = a.parse_args()
    build = pathlib.Path(o.build_dir).resolve()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(build)
    rows = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, processes.Stack() as stack:
        work = pathlib.Path(folder)
        os.chmod(work, 0o755)
        camera_url = rtsp_camera(work, stack)
        hls, api = processes.free_port(), processes.free_port()
        conf = work / "engine.yml"
        conf.write_text(processes.mediamtx_conf(hls=hls, api=api, paths=f"  cam:\n    source: {camera_url}\n    rtspTransport: tcp\n",
                                                extra=f"hlsCDNSecret: {SECRET}\n"))
        engine = stack.start(["mediamtx", str(conf)], work / "engine.log")
        processes.wait_port(hls)
        bearer = {"Authorization": f"Bearer {SECRET}"}
        limits = {"http": {"max_connections_per_address": 20000, "max_connections": 20000}}
        with RequestRelay(hls) as to_gatehouse, RequestRelay(hls) as to_nginx, \
                Gateway(plugins=["mediamtx", "hls-proxy"], config=limits, plugin_config={"mediamtx": {
                    "mode": "attached", "attached_api_url": f"http://127.0.0.1:{api}",
                    "attached_hls_url": f"http://127.0.0.1:{to_gatehouse.port}"}}) as gateway:
            camera = gateway.add_camera(name="Bench", private_rtsp_url=camera_url)
            port = processes.free_port()
            (work / "nginx.conf").write_text(NGINX.format(dir=work, port=port, upstream=to_nginx.port, secret=SECRET))
            nginx = stack.start(["nginx", "-c", str(work / "nginx.conf"), "-p", str(work)], work / "nginx.log")
            processes.wait_port(port)
            path = next(line for line in paths_of(api) if line != "cam")
            direct = f"http://127.0.0.1:{hls}/{path}/index.m3u8"
            targets = {
                "gatehouse": (f"{gateway.url}/hls/{camera['stream_key']}/index.m3u8", [], [gateway.process.pid], to_gatehouse),
                "nginx": (f"http://127.0.0.1:{port}/{path}/index.m3u8", [], processes.tree(nginx.pid), to_nginx),
                "mediamtx": (direct, [f"Authorization: Bearer {SECRET}"], [engine.pid], None),
            }
            for name, (url, headers, _, _) in targets.items():
                processes.wait_until(f"{name} has a playlist", lambda: is_playlist(url, dict(h.split(": ", 1) for h in headers)), 60, 0.5)
            names = [n for n in targets if n in o.peers.split(",")]
            for round_number in range(o.rounds):
                for viewers in map(int, o.viewers.split(",")):
                    turn = round_number % len(names)
                    for name in names[turn:] + names[:turn]:
                        url, headers, pids, relay = targets[name]
                        watch = Versions(media_playlist(direct, bearer), bearer,
                                         media_playlist(url) if name != "mediamtx" else None)
                        watch.start()
                        row = load(build / "bench" / "hlsload", url, headers, viewers, o.seconds, pids, o.slow, o.ramp)
                        end = time.monotonic()
                        # Who is dry at the end has stalled as well, and who never played met an error.
                        row["stalls"] += row["in_stall"]
                        row["errors"] += viewers - row["playing"]
                        row["memory_mb"] = row["pss_mb"] + processes.memfd_mb(pids)
                        watch.stop()
                        if relay:
                            row["up_playlist"], row["up_segment"] = upstream(relay, end - row["seconds"], end, watch.seen)
                            row["age_added"] = statistics.median(watch.added()) if watch.added() else None
                            row["age_added_worst"] = max(watch.added(), default=None)
                        rows.setdefault((viewers, name), []).append(row)
                        keys = ("cpu_ms_per_viewer_s", "memory_mb", "errors", "stalls", "late_segments", "segfb_p999_ms", "seg_p99_ms",
                                "seg_max_ms", "up_playlist", "up_segment", "age_added", "age_added_worst", "load0")
                        print(round_number, viewers, name, {k: round(row[k], 4) for k in keys if row.get(k) is not None}, flush=True)
                        time.sleep(1.5)
    table(rows, o)


def paths_of(api):
    deadline = time.monotonic() + 30
    while True:
        names = [item["name"] for item in json.loads(get(f"http://127.0.0.1:{api}/v3/paths/list"))["items"]]
        if len(names) > 1:
            return names
        if time.monotonic() > deadline:
            raise AssertionError("Gatehouse did not add its path to MediaMTX")
        time.sleep(0.2)


def table(rows, o):
    print(f"\nmedians of {o.rounds}, {o.seconds:g} s each{', slow readers ' + o.slow if o.slow else ''}:")
    print("| viewers | server | CPU ms per viewer-s | Gatehouse's ratio to it | memory MB | ratio | segment first byte p99.9 ms | segment p99 ms | longest ms | "
          "errors | stalls | upstream per playlist version | per segment | playlist age added s, median (worst) |\n" + "|---" * 14 + "|")
    for viewers, name in rows:
        mine, ours = rows[(viewers, name)], rows.get((viewers, "gatehouse"))
        m = lambda r, k: statistics.median(x[k] for x in r if x.get(k) is not None) if any(x.get(k) is not None for x in r) else None
        f = lambda value, digits=2: "-" if value is None else f"{value:.{digits}f}"
        ratio = lambda k: f(m(ours, k) / m(mine, k)) if ours and m(mine, k) else "-"
        print(f"| {viewers} | {name} | {f(m(mine, 'cpu_ms_per_viewer_s'), 4)} | {ratio('cpu_ms_per_viewer_s')} | {f(m(mine, 'memory_mb'), 0)} | {ratio('memory_mb')} | "
              f"{f(m(mine, 'segfb_p999_ms'), 1)} | {f(m(mine, 'seg_p99_ms'), 1)} | {f(max(x['seg_max_ms'] for x in mine), 0)} | {sum(x['errors'] for x in mine)} | "
              f"{sum(x['stalls'] for x in mine)} | {f(m(mine, 'up_playlist'), 3)} | {f(m(mine, 'up_segment'), 3)} | "
              f"{f(m(mine, 'age_added'))} ({f(max((x['age_added_worst'] for x in mine if x.get('age_added_worst') is not None), default=None))}) |")


if __name__ == "__main__":
    main()
