#!/usr/bin/env python3
"""The HTTP front alone against nginx, closed loop (wrk -t1): CPU per request of a 2 KB playlist and a cached JSON answer
from memory, and of a 500 KB segment by sendfile. Prints ratios (below 1: the front is cheaper) of medians.

usage: front_vs_nginx.py --server BUILD/tests/front_server [--conns 50,1000,4000] [--seconds 3] [--rounds 3] [--paths p,json,seg]
"""
import argparse, pathlib, re, resource, socket, statistics, subprocess, tempfile, time

NGINX = """daemon off; pid {d}/nginx.pid; error_log {d}/nginx.err warn; worker_processes 2; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3; uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 75; keepalive_requests 100000000; access_log off;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s; default_type application/octet-stream;
  server {{ listen 127.0.0.1:{port} reuseport backlog=4096; root {d}/root; }}
}}
"""


def family(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def wrk(url, conns, seconds, pids):
    before = cpu_seconds(pids)
    text = subprocess.run(["wrk", "-t1", f"-c{conns}", f"-d{seconds}s", "--timeout", "10s", url], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(pids) - before
    requests = int(re.search(r"(\d+) requests in", text)[1])
    trouble = re.findall(r"(Socket errors.*|Non-2xx.*)", text)
    return 1e6 * used / max(requests, 1), float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), trouble


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--server", required=True)
    a.add_argument("--conns", default="50,1000,4000")
    a.add_argument("--seconds", type=int, default=3)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--paths", default="p,json,seg")
    o = a.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)  # nginx's workers give up root
        (work / "root").mkdir()
        port = free_port()
        (work / "nginx.conf").write_text(NGINX.format(d=work, port=port))
        front = subprocess.Popen([o.server, "max_connections=20000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        nginx = None
        try:
            front_port = int(front.stdout.readline().split()[1])
            for path in o.paths.split(","):
                body = subprocess.run(["curl", "-sf", f"http://127.0.0.1:{front_port}/{path}"], capture_output=True, check=True).stdout
                (work / "root" / path).write_bytes(body)
            nginx = subprocess.Popen(["nginx", "-p", str(work), "-c", str(work / "nginx.conf"), "-e", str(work / "nginx.err")])
            wait_for(port)
            peers = {"front": (front_port, family(front.pid)), "nginx": (port, family(nginx.pid))}
            print("| answer | connections | front us | nginx us | ratio | front req/s | nginx req/s | ratio |\n|---|---|---|---|---|---|---|---|")
            for path in o.paths.split(","):
                for conns in map(int, o.conns.split(",")):
                    seen = {name: [] for name in peers}
                    for round_number in range(o.rounds):
                        order = list(peers) if round_number % 2 == 0 else list(reversed(peers))
                        for name in order:
                            p, pids = peers[name]
                            seen[name].append(wrk(f"http://127.0.0.1:{p}/{path}", conns, o.seconds, pids))
                    us = {n: statistics.median(r[0] for r in rows) for n, rows in seen.items()}
                    rps = {n: statistics.median(r[1] for r in rows) for n, rows in seen.items()}
                    trouble = {n: [t for r in rows for t in r[2]] for n, rows in seen.items()}
                    note = "".join(f" {n}: {t[0]}" for n, t in trouble.items() if t)
                    print(f"| /{path} | {conns} | {us['front']:.1f} | {us['nginx']:.1f} | {us['front'] / us['nginx']:.2f} | "
                          f"{rps['front']:.0f} | {rps['nginx']:.0f} | {rps['front'] / rps['nginx']:.2f} |{note}", flush=True)
        finally:
            for process in (nginx, front):
                if process:
                    process.terminate()
                    process.wait(10)


if __name__ == "__main__":
    main()
