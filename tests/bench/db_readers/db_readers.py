#!/usr/bin/env python3
"""Four readers alone and beside a busy writer, on the real pool and a real file: which part of their speed do they keep?

usage: db_readers.py --build-dir DIR [--readers 4] [--seconds 3] [--writes 1000] [--dir /var/tmp]
A read is a timeline's question (100 rows by index out of 128,000 of 600 bytes). The busy writer makes --writes rows a second
(64 cameras make about one), every tenth fsynced; -1: as many as 64 outstanding ones allow. Prints each round and the medians:
ratio (wall clock, wants a quiet machine) and cpu_ratio (reads per second of the readers' own processor time).
Exit code 1 when the median of ratio is below 0.8 or SQLite was ever busy.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build-dir", default=os.environ.get("GATEHOUSE_BUILD_DIR", ""))
    a.add_argument("--readers", type=int, default=4)
    a.add_argument("--seconds", type=float, default=3)
    a.add_argument("--writes", type=float, default=1000)
    a.add_argument("--dir", default="/var/tmp")
    o = a.parse_args()
    bench = pathlib.Path(o.build_dir).resolve() / "bench" / "db_readers_bench"
    with tempfile.TemporaryDirectory(dir=o.dir) as folder:
        out = subprocess.run([bench, folder, str(o.readers), str(o.seconds), str(o.writes)], capture_output=True,
                             text=True, check=True, timeout=120 + 8 * o.seconds).stdout
    rounds = [json.loads(line) for line in out.splitlines()]
    for row in rounds:
        print(json.dumps(row))
    median = {key: statistics.median(row[key] for row in rounds)
              for key in ("ratio", "cpu_ratio", "alone_per_s", "with_writer_per_s", "writes_per_s")}
    busy = max(row["busy_errors"] for row in rounds)
    print(f"median of {len(rounds)}: ratio {median['ratio']:.2f} (want >= 0.8), cpu_ratio {median['cpu_ratio']:.2f}, "
          f"{median['alone_per_s']:.0f} -> {median['with_writer_per_s']:.0f} reads/s beside {median['writes_per_s']:.0f} writes/s, "
          f"SQLITE_BUSY {busy} (want 0), load average {os.getloadavg()[0]:.1f}")
    sys.exit(1 if busy or median["ratio"] < 0.8 else 0)


if __name__ == "__main__":
    main()
