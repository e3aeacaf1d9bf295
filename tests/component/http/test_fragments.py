"""What clients send, cut into pieces anywhere, with pauses on both sides of every deadline, and left in every way: the server goes
on. Each client's doings follow from a seed, which a failure names."""
import concurrent.futures, contextlib, os, random, socket, struct, time

from front import front

CLIENTS = 1200
TIMEOUTS = {"head_timeout": 60, "body_timeout": 60, "idle_timeout": 100, "stall_timeout": 120, "head_limit": 2048}
PAUSES = [0, 0, 0, 0.003, 0.03, 0.09, 0.15]
PIECES = [b"\r", b"\n", b"\r\n", b"\r\n", b"\r\n\r\n", b"\x00", b"\x16\x03\x01\x02\x00\x01", b"GET ", b"nonsense \x01 \x02\r\n\r\n", b"X: " + b"y" * 3000,
          b"GET /p HTTP/1.1\r\nHost: a\r\n\r\n", b"HEAD /json HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /echo/a/b HTTP/1.0\r\n\r\n",
          b"GET /seg HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /seg HTTP/1.1\r\nHost: a\r\nRange: bytes=-7\r\n\r\n",
          b"GET /worker HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /json HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /throw/worker/x HTTP/1.1\r\nHost: a\r\n\r\n",
          b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", b"BREW /p HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /p HTTP/1.1\r\n\r\n", b"GET /../p HTTP/1.1\r\nHost: a\r\n\r\n",
          b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n",
          b"POST /post HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", b"abc" * 2000,
          b"POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"zz\r\n",
          b"GET /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"GET /admin HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"]


def pieces_of(chance):
    """A few of PIECES in a row, cut anywhere."""
    data = b"".join(chance.choice(PIECES) for _ in range(chance.randint(1, 4)))
    while data:
        length = chance.choice([1, 2, chance.randint(1, len(data)), len(data)])
        yield data[:length]
        data = data[length:]


def leave(chance, client):
    how = chance.choice(["close", "reset", "half", "wait", "wait", "wait", "read some"])
    if how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how in ("half", "wait"):
        if how == "half":
            client.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 1
        while client.recv(1 << 20) and time.monotonic() < end:
            pass
    elif how == "read some":
        client.recv(chance.choice([1, 100, 100_000]))
    client.close()


def play(port, seed):
    chance = random.Random(seed)
    with contextlib.suppress(OSError), socket.socket() as client:
        if chance.random() < 0.3:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(1)
        client.connect(("127.0.0.1", port))
        for number, piece in enumerate(pieces_of(chance)):
            client.sendall(piece)
            if number < 40:
                time.sleep(chance.choice(PAUSES))
        leave(chance, client)
    return seed


def test_pieces_and_pauses_of_any_kind_end_nobody_else():
    seed = int(os.environ.get("GATEHOUSE_TEST_SEED") or random.randrange(1 << 32))
    print(f"GATEHOUSE_TEST_SEED={seed}")
    with front(**TIMEOUTS) as server:
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            played = list(pool.map(lambda n: play(server.port, seed + n), range(CLIENTS)))
        assert len(played) == CLIENTS
        assert server.get("/p").status == 200
        server.until("connections", 0)
        timeouts, answers = server.metric("gatehouse_http_timeouts_total"), server.metric("gatehouse_http_requests_total")
        print(f"{CLIENTS} clients, {answers:.0f} answers, {timeouts:.0f} timeouts")
        assert timeouts > 20 and answers > CLIENTS / 4, "they had done something"
