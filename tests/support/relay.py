"""A TCP relay on loopback that notes the request lines going through: what a proxy really asks its upstream."""
import asyncio
import collections
import threading
import time


class RequestRelay:
    """`with RequestRelay(port) as relay:` listens at relay.port and passes everything on to 127.0.0.1:port.
    `relay.requests` is a list of (time.monotonic(), target). Understands requests without bodies, which is what proxies
    of live media send."""

    def __init__(self, upstream_port):
        self.upstream_port, self.port, self.requests = upstream_port, 0, []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def between(self, begin, end):
        """Counter of the targets asked for in a span of time.monotonic()."""
        return collections.Counter(target.split("?")[0] for at, target in list(self.requests) if begin <= at <= end)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        except OSError:
            writer.close()
            return
        back = asyncio.ensure_future(self._copy(up_reader, writer, None))
        await self._copy(reader, up_writer, self._note)
        await back

    def _note(self, pending):
        *heads, rest = pending.split(b"\r\n\r\n")
        for head in heads:
            words = head.split(b" ", 2)
            if len(words) == 3:
                self.requests.append((time.monotonic(), words[1].decode(errors="replace")))
        return rest[-65536:]

    async def _copy(self, reader, writer, note):
        pending = b""
        try:
            while data := await reader.read(65536):
                if note:
                    pending = note(pending + data)
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
