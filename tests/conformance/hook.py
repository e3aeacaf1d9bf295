"""An HTTP auth hook that remembers what it was asked and answers when it is told to."""
import contextlib
import http.server
import json
import ssl
import threading


class Hook:
    """`calls` are the bodies, `heads` the headers; `status` is the answer, `gate` holds it back while cleared."""

    def __init__(self, certificate=None):
        self.calls, self.heads, self.status, self.gate = [], [], 200, threading.Event()
        self.gate.set()
        self.active = self.most_active = 0
        self._lock = threading.Lock()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook._lock:
                    hook.calls.append(json.loads(body))
                    hook.heads.append((self.requestline, dict(self.headers.items())))
                    hook.active += 1
                    hook.most_active = max(hook.most_active, hook.active)
                hook.gate.wait(60)
                with hook._lock:
                    hook.active -= 1
                with contextlib.suppress(OSError):
                    self.send_response(hook.status)
                    self.send_header("Content-Length", "6")
                    self.end_headers()
                    self.wfile.write(b"denied")

            def log_message(self, *_):
                pass
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate:  # and its key
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}/auth"

    def forget(self):
        self.calls, self.heads, self.status, self.most_active = [], [], 200, 0
        self.gate.set()

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
