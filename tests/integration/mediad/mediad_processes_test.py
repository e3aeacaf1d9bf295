"""The processes of gatehouse-mediad: shards that crash, gateways that come and go, an orderly end."""
import contextlib
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time

import pytest

from mediad_client import Client
from mediad_process import BINARY, Mediad, live, pictures_of
from simcam import SimCam


@pytest.fixture(scope="module")
def cameras():
    with SimCam(cameras=4, every="gop=1") as cams:
        yield cams


def streams(cameras):
    return {"cam%d" % n: cameras.main(n) for n in range(1, 5)}


def children(pid):
    return [int(p) for p in open("/proc/%d/task/%d/children" % (pid, pid)).read().split()]


def gone(pid):
    try:
        return open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_the_socket_is_for_the_group_and_the_main_process_has_no_pipeline(cameras):
    with Mediad() as mediad:
        assert stat.S_IMODE(os.stat(mediad.socket).st_mode) == 0o660
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        assert len(os.listdir("/proc/%d/task" % mediad.process.pid)) == 1
        assert "libgstrtsp" not in open("/proc/%d/maps" % mediad.process.pid).read().replace("libgstrtsp-1.0", "")
        client.close()


def test_streams_are_spread_over_shards(cameras):
    with Mediad("--streams-per-shard", "2") as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        client.wait(lambda: sorted(s["streams"] for s in client.shards) == [2, 2], 5, "two shards of two streams")
        assert sorted(s["pid"] for s in client.shards) == sorted(children(mediad.process.pid))


def test_a_killed_shard_interrupts_its_streams_for_a_moment_and_no_others(cameras):
    with Mediad("--streams-per-shard", "2") as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        numbers = {s: f[-1]["number"] for s, f in client.fragments.items()}
        runs = {s: f[-1]["run"] for s, f in client.fragments.items()}
        client.wait(lambda: client.shards, 5, "statistics")
        os.kill(client.shards[0]["pid"], signal.SIGKILL)
        begun = time.monotonic()
        client.wait(lambda: sum(f[-1]["run"] > runs[s] for s, f in client.fragments.items()) == 2, 2 + 1 + 2, "two new runs")
        assert time.monotonic() - begun < 4
        interrupted = {m["stream"] for m in client.history if m["cause"] == "worker_restarted"}
        assert len(interrupted) == 2
        for s in set(runs) - interrupted:
            assert client.fragments[s][-1]["run"] == runs[s]
        for s in interrupted:
            after = [f["number"] for f in client.fragments[s] if f["number"] > numbers[s]]
            assert after == list(range(numbers[s] + 1, numbers[s] + 1 + len(after)))
        client.wait(lambda: sum(s["restarts"] for s in client.shards) == 1, 5, "count of restarts")
        client.wait(live(client, *streams(cameras)), 5, "live states")


def test_a_shard_that_hangs_is_replaced_and_a_gateway_that_does_not_read_is_disconnected(cameras):
    with Mediad("--streams-per-shard", "2") as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        client.wait(lambda: client.shards, 15, "statistics")
        hung, runs = client.shards[0]["pid"], {s: f[-1]["run"] for s, f in client.fragments.items()}
        os.kill(hung, signal.SIGSTOP)  # the first question comes after 20 s, the fifth is not waited for
        client.wait(lambda: sum(f[-1]["run"] > runs[s] for s, f in client.fragments.items()) == 2, 70, "two new runs")
        assert f"media shard {hung} is ended: it does not answer" in mediad.log() and not os.path.exists(f"/proc/{hung}")
        interrupted = {m["stream"] for m in client.history if m["cause"] == "worker_restarted"}
        assert len(interrupted) == 2
        for s in set(runs) - interrupted:
            assert client.fragments[s][-1]["run"] == runs[s]
        deadline = time.monotonic() + 90  # the client reads nothing and says nothing
        while "silent and does not read" not in mediad.log():
            assert time.monotonic() < deadline, mediad.log()
            time.sleep(0.5)
        again = mediad.client()
        again.sync(streams(cameras))
        again.wait(live(again, *streams(cameras)), 15, "pictures for the next one")


def test_what_a_killed_shard_made_can_still_be_read(cameras):
    with Mediad() as mediad:
        client = mediad.client()
        client.sync({"cam": cameras.main(1)})
        client.wait(lambda: len(client.fragments.get("cam", [])) >= 5, 15, "five fragments")
        os.kill(client.shards[0]["pid"], signal.SIGKILL)
        client.wait(lambda: client.fragments["cam"][-1]["run"] == 2, 6, "new run")
        again = mediad.client()
        again.wait(lambda: again.fragments.get("cam") and again.fragments["cam"][-1]["run"] == 2, 5, "replay")
        pictures, complaints = pictures_of(again.movie("cam", 1))
        assert complaints == "" and len(pictures) >= 50


def test_a_gateway_that_comes_back_gets_the_same_window_and_the_pulls_never_stopped(cameras):
    with Mediad() as mediad:
        first = mediad.client()
        first.sync(streams(cameras))
        first.wait(lambda: len(first.fragments.get("cam1", [])) >= 4, 15, "four fragments")
        before = {f["number"]: f for f in first.fragments["cam1"]}
        content = first.bytes_of(first.fragments["cam1"][0])
        first.close()
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            time.sleep(0.1)
        second = mediad.client()
        second.wait(lambda: len(second.fragments.get("cam1", [])) >= len(before) + 3, 5, "replay and more")
        assert second.boot["boot_id"] == first.boot["boot_id"]
        after = {f["number"]: f for f in second.fragments["cam1"]}
        for number, fragment in before.items():
            assert after[number] == fragment
        assert sorted(after) == list(range(1, len(after) + 1))
        assert len({f["run"] for f in after.values()}) == 1
        assert second.bytes_of(after[1]) == content
        kinds = [m["type"] for m in second.log if m.get("stream") == "cam1"]
        assert kinds[:4] == ["StreamState", "RunBegin", "Chunk", "Fragment"]
        second.sync({"cam1": cameras.main(1)})
        second.wait(lambda: sum(m["type"] == "StreamGone" for m in second.log) == 3, 5, "streams to go")
        assert after[1]["run"] == second.fragments["cam1"][-1]["run"], "an unchanged stream is left alone"


def held_chunks(pid):
    """How many chunks a process holds open."""
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            count += "gatehouse-live" in os.readlink(f"/proc/{pid}/fd/{fd}")
    return count


def test_a_window_stays_bounded_and_old_chunks_are_given_back(cameras):
    with Mediad() as mediad:
        client = mediad.client()
        client.sync({"cam": cameras.main(1)})
        client.wait(lambda: client.gone, 40, "chunk to leave")
        # What it holds and what it has said of it differ for a moment.
        client.wait(lambda: held_chunks(mediad.process.pid) == len(client.chunks), 10, "as many chunks as it says")
        assert len(client.chunks) <= 7
        kept = [f for f in client.fragments["cam"] if ("cam", f["chunk"]) in client.chunks]
        assert 20 <= sum(f["duration"] for f in kept) / 90000 <= 27


def test_sigterm_ends_everything_and_leaves_nothing(cameras):
    with Mediad("--streams-per-shard", "2") as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        shards = children(mediad.process.pid)
        assert len(shards) == 2
        begun = time.monotonic()
        assert mediad.stop() == 0
        assert time.monotonic() - begun < 4
        assert all(gone(pid) for pid in shards)
        assert not os.path.exists(mediad.socket)
        deadline = time.monotonic() + 3
        while cameras.stats(1)["connections"] > 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert cameras.stats(1)["connections"] == 0


def test_shards_do_not_outlive_a_killed_main_process(cameras):
    with Mediad() as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        client.wait(live(client, *streams(cameras)), 15, "pictures")
        shards = children(mediad.process.pid)
        mediad.process.kill()
        mediad.process.wait()
        deadline = time.monotonic() + 3
        while not all(gone(pid) for pid in shards):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_as_a_child_it_speaks_over_the_inherited_socket_and_ends_with_it(cameras):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen([BINARY, "--fd", str(theirs.fileno()), "--die-with-parent"], pass_fds=[theirs.fileno()],
                               stderr=subprocess.DEVNULL)
    theirs.close()
    client = Client(sock=ours)
    client.sync({"cam": cameras.main(2)})
    client.wait(live(client, "cam"), 15, "picture")
    client.close()
    assert process.wait(5) == 0


def test_a_gateway_of_another_major_version_is_refused_and_told_so(cameras):
    with Mediad() as mediad:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(mediad.socket)
            s.settimeout(5)
            s.send(b"GHMW" + (9).to_bytes(2, "little") + bytes(6))
            assert b"same version" in s.recv(65536)
            assert s.recv(65536) == b""
        for rubbish in (b"x", b"GHMW", os.urandom(65536)):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.connect(mediad.socket)
                s.settimeout(5)
                s.send(rubbish)
                while s.recv(65536):
                    pass
        client = mediad.client()
        client.wait(lambda: client.boot, 5, "greeting after all that")


def test_a_second_worker_at_the_same_socket_is_refused(cameras):
    with Mediad() as mediad:
        done = subprocess.run([BINARY, "--socket", mediad.socket], stderr=subprocess.PIPE, text=True, timeout=10)
        assert done.returncode == 1 and "in use" in done.stderr
        mediad.client().close()


def test_a_shard_that_crashes_again_and_again_is_split_to_find_the_stream_that_does_it(cameras):
    with Mediad() as mediad:
        client = mediad.client()
        client.sync(streams(cameras))
        for _ in range(2):
            client.wait(lambda: len(client.shards) == 1 and client.shards[0]["pid"] and not gone(client.shards[0]["pid"]), 10, "shard")
            os.kill(client.shards[0]["pid"], signal.SIGSEGV)
            dead = client.shards[0]["pid"]
            client.wait(lambda: all(s["pid"] not in (0, dead) for s in client.shards), 10, "another shard")
        client.wait(lambda: sorted(s["streams"] for s in client.shards) == [2, 2], 10, "split")
        client.wait(live(client, *streams(cameras)), 15, "pictures")


def test_systemd_hears_of_readiness_and_of_the_heart_beat():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(os.path.join(folder, "notify"))
        notify.settimeout(10)
        environment = dict(os.environ, NOTIFY_SOCKET=notify.getsockname(), WATCHDOG_USEC="500000")
        process = subprocess.Popen([BINARY, "--socket", os.path.join(folder, "media.sock"), "--die-with-parent"], env=environment,
                                   stderr=subprocess.DEVNULL)
        try:
            assert b"READY=1" in notify.recv(4096)
            beats, begun = 0, time.monotonic()
            while beats < 4:
                beats += b"WATCHDOG=1" in notify.recv(4096)
            assert time.monotonic() - begun < 4 * 0.5
            process.terminate()
            while b"STOPPING=1" not in notify.recv(4096):
                pass
        finally:
            process.terminate()
            assert process.wait(10) == 0


def test_lines_have_a_priority_where_the_journal_reads_them(cameras):
    for journal in (True, False):
        with Mediad(journal=journal) as mediad:
            client = mediad.client()
            client.sync({"cam1": cameras.main(1)})
            client.wait(live(client, "cam1"), 15, "pictures")
            os.kill(children(mediad.process.pid)[0], signal.SIGKILL)
            client.wait(lambda: "error mediad" in mediad.log(), 15, "a line about the shard")
            lines = mediad.log().splitlines()
            assert all(line.startswith("<") == journal for line in lines), lines
            assert any(line.startswith("<3>error mediad: " if journal else "error mediad: ") for line in lines), lines
