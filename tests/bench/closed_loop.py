#!/usr/bin/env python3
"""Closed loop (wrk -t1) against nginx serving the same bytes static from tmpfs: playlist, /api/cameras/active as a cache
hit, and a 500 KB segment, at 50, 1,000 and 4,000 connections. Prints CPU per request and requests per second as ratios.

With --https both speak TLS with the same certificate and cipher, which is looked up and printed. The kernel's congestion
control is printed too: bbr paces even on loopback, by a timer for each burst of each connection; Debian's default is cubic.

usage: closed_loop.py --build-dir DIR [--conns 50,1000,4000] [--seconds 4] [--rounds 3] [--https]
                      [--bodies playlist,active,segment]
wrk may run for 15 s at most with a segment: it leaves the window after 20.
Needs wrk, nginx, and ffmpeg with mediamtx on PATH for the 2 Mbit/s camera (or --camera rtsp://...).
"""
import argparse, os, pathlib, re, socket, ssl, statistics, subprocess, sys, tempfile, time, urllib.request
from urllib.parse import urljoin

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from gateway import Gateway  # noqa: E402
from certificates import make_certificate  # noqa: E402
from clips import rtsp_camera  # noqa: E402

NGINX = """daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.err warn; worker_processes 2; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; application/json json; }}
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 65; keepalive_requests 1000000; access_log off;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;
  server {{ listen 127.0.0.1:{port} reuseport{ssl} root {dir}/root; }}
}}
"""
NGINX_TLS = """ ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384;
    ssl_session_cache shared:tls:10m;"""
SELF_MADE = ssl._create_unverified_context()


def get(url):
    with urllib.request.urlopen(url, timeout=10, context=SELF_MADE if url.startswith("https") else None) as answer:
        return answer.read()


def first_uri(text):
    return [line for line in text.decode().splitlines() if line and line[0] != "#"]


def spoken(port):
    """(cipher, version, bits) a client with OpenSSL's defaults gets, as wrk is one."""
    with SELF_MADE.wrap_socket(socket.create_connection(("127.0.0.1", port), 10)) as tls:
        return tls.cipher()


def wrk(url, conns, seconds, pids):
    cpu0 = processes.cpu_s(pids)
    out = subprocess.run(["wrk", "-t1", f"-c{conns}", f"-d{seconds}s", "--timeout", "10s", "--latency", url], capture_output=True, text=True, check=True).stdout
    cpu = processes.cpu_s(pids) - cpu0
    requests = int(re.search(r"(\d+) requests in", out)[1])
    errors = sum(map(int, re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", out).groups())) if "Socket errors" in out else 0
    refused = int(m[1]) if (m := re.search(r"Non-2xx or 3xx responses: (\d+)", out)) else 0
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "us": 1e6 * cpu / max(requests, 1), "errors": errors + refused, "refused": refused}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--conns", default="50,1000,4000")
    a.add_argument("--seconds", type=int, default=4)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--bodies", default="playlist,active,segment")
    a.add_argument("--camera")
    a.add_argument("--https", action="store_true")
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    rows = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, processes.Stack() as stack:
        work = pathlib.Path(folder)
        root = work / "root"
        root.mkdir()
        os.chmod(work, 0o755)
        url = o.camera or rtsp_camera(work, stack)
        certificate, key = make_certificate(work)
        limits = {"http": {"max_connections_per_address": 20000, "max_connections": 20000}, "cache": {"public_ttl": "1h"}}
        if o.https:
            limits["https"] = {"listen": ["127.0.0.1:0"], "certificate": str(certificate), "key": str(key)}
        with Gateway(plugins=["media-worker", "hls-proxy"], config=limits) as gateway:
            camera = gateway.add_camera(name="Bench", private_rtsp_url=url)
            scheme, door = ("https", f"https://127.0.0.1:{gateway.https_port}") if o.https else ("http", gateway.url)
            master = door + f"/hls/{camera['stream_key']}/index.m3u8"
            processes.wait_until("a playlist of five segments", lambda: media_of(master, 5), 60, 0.5)
            port = processes.free_port()
            (work / "nginx.conf").write_text(NGINX.format(
                dir=work, port=port, ssl=NGINX_TLS.format(certificate=certificate, key=key) if o.https else ";"))
            nginx = stack.start(["nginx", "-c", str(work / "nginx.conf"), "-p", str(work)], work / "nginx.log")
            processes.wait_port(port)
            if o.https:
                ciphers = {spoken(gateway.https_port), spoken(port)}
                assert len(ciphers) == 1, f"the two do not speak the same: {ciphers}"
                print("TLS:", *ciphers.pop())
            peers = {"gatehouse": processes.tree(gateway.process.pid)[:1], "nginx": processes.tree(nginx.pid)}
            for round_number in range(o.rounds):
                for conns in map(int, o.conns.split(",")):
                    for what in o.bodies.split(","):
                        name = {"playlist": "p.m3u8", "active": "a.json", "segment": f"s{time.time_ns()}.m4s"}[what]
                        peers_in_turn = ["gatehouse", "nginx"]
                        for turn, peer in enumerate(peers_in_turn[round_number % 2:] + peers_in_turn[:round_number % 2]):
                            media, segment = media_of(master, 5)  # anew at each turn: a segment leaves the window after 20 s
                            source = {"playlist": media, "active": door + "/api/cameras/active", "segment": segment}[what]
                            if turn == 0 or peer == "gatehouse":
                                body = get(source)
                            if turn == 0:
                                (root / name).write_bytes(body)
                            target = source if peer == "gatehouse" else f"{scheme}://127.0.0.1:{port}/{name}"
                            r = wrk(target, conns, o.seconds, peers[peer])
                            r["bytes"] = len(body)
                            rows.setdefault((what, conns, peer), []).append(r)
                            print(round_number, what, conns, peer, {k: round(v, 1) for k, v in r.items()}, flush=True)
                            time.sleep(0.3)
    control = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    print(f"\nmedians of {o.rounds}, wrk -t1, {o.seconds} s each, by {'HTTPS' if o.https else 'HTTP'}, congestion control {control}:")
    print("| body | bytes | connections | CPU us/request gatehouse | nginx | CPU ratio | requests/s gatehouse | nginx | ratio | errors gatehouse / nginx |\n" + "|---" * 10 + "|")
    for (what, conns, peer), mine in rows.items():
        if peer != "gatehouse":
            continue
        other = rows[(what, conns, "nginx")]
        m = lambda r, k: statistics.median(x[k] for x in r)
        ratio = lambda k: f"{m(mine, k) / m(other, k):.2f}" if m(other, k) else "-"
        print(f"| {what} | {m(mine, 'bytes'):.0f} | {conns} | {m(mine, 'us'):.1f} | {m(other, 'us'):.1f} | {ratio('us')} | {m(mine, 'rps'):.0f} | "
              f"{m(other, 'rps'):.0f} | {ratio('rps')} | {sum(x['errors'] for x in mine)} / {sum(x['errors'] for x in other)} |")


def media_of(master, at_least):
    """(media playlist, newest segment) as URLs once the playlist lists enough segments."""
    try:
        media = urljoin(master, first_uri(get(master))[0])
        segments = first_uri(get(media))
    except (OSError, IndexError):
        return None
    return (media, urljoin(media, segments[-1])) if len(segments) >= at_least else None


main()
