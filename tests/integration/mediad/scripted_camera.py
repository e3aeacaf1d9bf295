"""An RTSP camera by hand, for what a well-made server does not do: `with ScriptedCamera(audio="refused") as camera: camera.url`."""
import base64
import contextlib
import functools
import re
import socket
import socketserver
import subprocess
import threading
import time

FPS = 10
MTU = 1200
PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
AUDIO = ("m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
         "indexlength=3;indexdeltalength=3;config=1408\r\na=control:audio\r\n")


@functools.cache
def footage(gop=10):
    """40 s of H.264 as an elementary stream, a keyframe every `gop` pictures."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r={FPS}", "-t", "40", "-pix_fmt", "yuv420p", "-c:v", "libx264",
               "-preset", "ultrafast", "-bf", "0", "-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0",
               "-x264-params", "slices=1:sliced-threads=0:threads=1:aud=1", "-f", "h264", "-"]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


@functools.cache
def pictures(gop=10):
    """The same as a list of pictures, each a list of NAL units."""
    result = []
    for unit in re.split(b"\0\0\1", footage(gop))[1:]:
        unit = unit.rstrip(b"\0")
        if unit[0] & 31 == 9:  # an access unit delimiter
            result.append([])
        else:
            result[-1].append(unit)
    return result


def payloads(picture):
    """(RTP payload, whether it is the picture's last), RFC 6184."""
    for unit in picture:
        last_unit = unit is picture[-1]
        if len(unit) <= MTU:
            yield unit, last_unit
            continue
        parts = [unit[at:at + MTU] for at in range(1, len(unit), MTU)]
        for i, part in enumerate(parts):
            begins, ends = i == 0, i == len(parts) - 1
            yield bytes([unit[0] & 0xE0 | 28, begins << 7 | ends << 6 | unit[0] & 31]) + part, last_unit and ends


class Viewer(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.lock, self.over = threading.Lock(), threading.Event()
        self.alive, self.sequence, self.sockets, self.send_video = time.monotonic(), 0, [], None

    def handle(self):
        with contextlib.suppress(OSError):  # the viewer has gone
            while head := self.next_head():
                self.server.requests.append(head)
                method, url = head.split(" ")[:2]
                answer = getattr(self, "on_" + method.lower(), self.unknown)(head, url)
                self.answer(head, *answer)
                if method == "PLAY" and answer[0] == "200 OK":
                    threading.Thread(target=self.play, daemon=True).start()

    def finish(self):
        self.over.set()
        for s in self.sockets:
            s.close()
        with contextlib.suppress(OSError):
            super().finish()

    def next_head(self):
        head = ""
        for line in self.rfile:
            head += line.decode()
            if line == b"\r\n":
                return head
        return None

    def answer(self, head, status, headers="", body=""):
        number = re.search(r"(?im)^cseq:.*\n", head)[0]
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        with self.lock:
            self.wfile.write(f"RTSP/1.0 {status}\r\n{number}{headers}{length}\r\n{body}".encode())

    def logged_in(self, head):
        return not self.server.challenge or f'nonce="{self.server.nonce}"' in head

    def refusal(self):
        return "401 Unauthorized", f'WWW-Authenticate: {self.server.challenge}, nonce="{self.server.nonce}"\r\n'

    def session(self):
        return f"Session: 4711;timeout={self.server.timeout}\r\n"

    def unknown(self, head, url):
        return ("501 Not Implemented",)

    def on_options(self, head, url):
        if "\nsession:" in head.lower():
            self.alive = time.monotonic()
        return "200 OK", f"Public: {PUBLIC}\r\n"

    def on_describe(self, head, url):
        camera = self.server
        if camera.moved_to:
            return "302 Moved Temporarily", f"Location: {camera.moved_to}\r\n"
        if not self.logged_in(head):
            return self.refusal()
        sets = ""
        if camera.sets_in_sdp:
            units = [u for u in camera.pictures[0] if u[0] & 31 in (7, 8)]
            sets = ";sprop-parameter-sets=" + ",".join(base64.b64encode(u).decode() for u in units)
        body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" + (AUDIO if camera.audio else "") +
                "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1" + sets + "\r\na=control:video\r\n")
        return "200 OK", f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n", body

    def on_setup(self, head, url):
        if not self.logged_in(head):
            return self.refusal()
        video = url.endswith("/video")
        if not video and self.server.audio == "refused":
            return ("500 Internal Server Error",)
        if channel := re.search(r"interleaved=(\d+)-(\d+)", head):
            if video:
                self.send_video = lambda packet: self.send_tcp(int(channel[1]), packet)
            elif self.server.audio == "endless":
                threading.Thread(target=self.talk_on, args=(int(channel[1]),), daemon=True).start()
            return "200 OK", f"Transport: RTP/AVP/TCP;unicast;{channel[0]}\r\n" + self.session()
        client = re.search(r"client_port=(\d+)-(\d+)", head)
        ours = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for s in ours:
            s.bind(("127.0.0.1", 0))
        self.sockets += ours
        if video:
            self.send_video = lambda packet: ours[0].sendto(packet, ("127.0.0.1", int(client[1])))
        ports = "-".join(str(s.getsockname()[1]) for s in ours)
        return "200 OK", f"Transport: RTP/AVP;unicast;{client[0]};server_port={ports}\r\n" + self.session()

    def on_play(self, head, url):
        if not self.logged_in(head):
            return self.refusal()
        for picture in range(self.server.first, self.server.first + self.server.early):
            self.send(picture)
        self.alive = time.monotonic()
        return "200 OK", self.session()

    def on_get_parameter(self, head, url):
        if self.server.keep_alive == "501":
            return ("501 Not Implemented",)
        if self.server.keep_alive == "stale" and self.server.nonce == "first":
            self.server.nonce = "second"
        if not self.logged_in(head):
            return self.refusal()
        self.alive = time.monotonic()
        return "200 OK", self.session()

    def on_teardown(self, head, url):
        return ("200 OK",)

    def send_tcp(self, channel, packet):
        with self.lock:
            self.wfile.write(b"$" + bytes([channel]) + len(packet).to_bytes(2, "big") + packet)

    def talk_on(self, channel):
        """Sound whose frames never end: no packet has the marker. As fast as it is read, up to `most_sound_bytes`."""
        frame = (16).to_bytes(2, "big") + (1000 << 3).to_bytes(2, "big") + bytes(1000)
        with contextlib.suppress(OSError, ValueError):
            for n in range(self.server.most_sound_bytes // len(frame) + 1):
                if n % 8 == 0 and self.over.wait(0.002):
                    return
                header = bytes([0x80, 97]) + (n & 0xFFFF).to_bytes(2, "big") + (n * 1024).to_bytes(4, "big") + b"talk"
                self.send_tcp(channel, header + frame)
                self.server.sound_bytes += len(frame)

    def flood(self, sources):
        """Three packets each of so many sources, to where the video goes."""
        for source in range(sources):
            for n in range(3):
                self.send_video(bytes([0x80, 96]) + n.to_bytes(2, "big") + bytes(4) + (1000 + source).to_bytes(4, "big") + bytes([0x41, 1, 2, 3]))
            time.sleep(0.01)

    def send(self, picture):
        for payload, marker in payloads(self.server.pictures[picture]):
            self.sequence += 1
            header = bytes([0x80, marker << 7 | 96]) + self.sequence.to_bytes(2, "big") + (picture * 90000 // FPS).to_bytes(4, "big") + b"ssrc"
            self.send_video(header + payload)

    def play(self):
        begun = time.monotonic()
        with contextlib.suppress(OSError, ValueError):  # the viewer has gone
            for i, picture in enumerate(range(self.server.first + self.server.early, len(self.server.pictures))):
                if self.over.wait(max(0, begun + i / FPS - time.monotonic())):
                    return
                if time.monotonic() - self.alive > self.server.timeout:
                    break
                self.send(picture)
                if i == 20 and self.server.sources:
                    self.flood(self.server.sources)
            self.request.shutdown(socket.SHUT_RDWR)


class ScriptedCamera(socketserver.ThreadingTCPServer):
    """`first`: the picture each viewer begins with, `early`: how many of them come before the answer to PLAY, `audio`: None,
    "silent", "refused" or "endless", `sources`: how many more send to the port
    of the video after two seconds, `keep_alive`: None, "stale" or "501" as the answer to GET_PARAMETER, `challenge`: a WWW-Authenticate
    without its nonce."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, gop=10, first=0, early=0, sets_in_sdp=True, audio=None, timeout=60, keep_alive=None, challenge=None, moved_to=None, sources=0):
        super().__init__(("127.0.0.1", 0), Viewer)
        self.pictures, self.first, self.early, self.sets_in_sdp, self.audio = pictures(gop), first, early, sets_in_sdp, audio
        self.timeout, self.keep_alive, self.challenge, self.nonce, self.moved_to = timeout, keep_alive, challenge, "first", moved_to
        self.requests, self.sources, self.sound_bytes, self.most_sound_bytes = [], sources, 0, 16 << 20
        self.url = f"rtsp://127.0.0.1:{self.server_address[1]}/live"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def count(self, method):
        return sum(request.startswith(method + " ") for request in self.requests)
