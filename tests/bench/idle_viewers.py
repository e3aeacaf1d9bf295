#!/usr/bin/env python3
"""What viewers cost who have been served and now only keep their connection: memory (PSS of all our processes and their memfds;
the kernel's own, about 2 KB a socket, is nobody's) of gatehoused with N of them less without, and what stays when they have gone.

usage: idle_viewers.py --build-dir DIR [--viewers 5000] [--https] [--limit-mb 16]
Ends with 1 where they cost more than the limit.
"""
import argparse
import os
import pathlib
import resource
import ssl
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from certificates import make_certificate  # noqa: E402
from gateway import Gateway  # noqa: E402
from raw_http import Client  # noqa: E402


def memory_mb(gateway):
    tree = processes.tree(gateway.process.pid)
    return processes.pss_mb(tree) + processes.memfd_mb(tree)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--viewers", type=int, default=5000)
    a.add_argument("--https", action="store_true")
    a.add_argument("--limit-mb", type=float, default=16)
    o = a.parse_args()
    os.environ["GATEHOUSE_BUILD_DIR"] = str(pathlib.Path(o.build_dir).resolve())
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(folder)
        config = {"http": {"max_connections": o.viewers + 1000, "idle_timeout": "1h", "head_timeout": "5m"}}
        if o.https:
            config["https"] = {"listen": ["127.0.0.1:0"], "certificate": str(certificate), "key": str(key)}
        with Gateway(plugins=["hello"], config=config) as gateway:
            port, tls = (gateway.https_port, ssl._create_unverified_context()) if o.https else (gateway.port, None)

            def viewer():
                client = Client(("127.0.0.1", port), tls=tls)
                assert client.get("/api/cameras/active").status == 200
                return client

            for _ in range(100):
                viewer().socket.close()
            without = memory_mb(gateway)
            viewers = [viewer() for _ in range(o.viewers)]
            holding = memory_mb(gateway)
            assert viewers[0].get("/hello").status == viewers[-1].get("/hello").status == 200
            for each in viewers:
                each.socket.close()
            open_now = lambda: "gatehouse_http_connections 1\n" in gateway.admin("GET", "/metrics").text  # its own
            processes.wait_until("all have gone", open_now, 30)
            after = memory_mb(gateway)
    cost = holding - without
    print(f"{'HTTPS' if o.https else 'HTTP'}: {o.viewers} idle viewers cost {cost:.1f} MB ({1024 * cost / o.viewers:.2f} KB each): "
          f"{without:.1f} MB without, {holding:.1f} MB with, {after:.1f} MB when they have gone")
    return 0 if cost <= o.limit_mb else 1


sys.exit(main())
