"""Who may do what: the internal users, or the HTTP hook, asked as the engine asks it (a connection of its own each time)."""
import asyncio
import base64
import hashlib
import ipaddress
import json
import random
import re
import ssl
import urllib.parse

from .units import seconds


class AuthError(Exception):
    def __init__(self, reason, ask_credentials):
        super().__init__(reason)
        self.ask_credentials = ask_credentials


class Denied(Exception):
    pass


def _allows(permissions, action, path):
    for permission in permissions:
        if permission["action"] != action:
            continue
        wanted = permission["path"]
        if action not in ("publish", "read", "playback") or not wanted or wanted == path:
            return True
        if wanted.startswith("~") and re.search(wanted[1:], path):
            return True
    return False


def _is(stored, given):
    if stored.startswith("sha256:"):
        return stored[7:] == base64.b64encode(hashlib.sha256(given.encode()).digest()).decode()
    return stored == given


class Auth:
    def __init__(self, values, log, max_pause_s=4.0):
        self.values, self._log, self.max_pause_s = values, log, max_pause_s

    async def check(self, action, request, path="", protocol="", session_id=None, user_agent="", query=None):
        """The user's name; raises AuthError."""
        user, password, token = request.credentials()
        try:
            if self.values["authMethod"] == "internal":
                self._internal(action, path, request.ip, user, password)
            elif self.values["authMethod"] == "http" and not _allows(self.values["authHTTPExclude"], action, path):
                await self._hook({"ip": request.ip or "<nil>", "user": user, "password": password, "token": token or password,
                                  "action": action, "path": path, "protocol": protocol, "id": session_id,
                                  "query": request.raw_query if query is None else query, "userAgent": user_agent})
            elif self.values["authMethod"] == "jwt":
                raise Denied("JWT not provided")
        except Denied as reason:
            raise AuthError(f"failed to authenticate: {reason}", not (user or password or token)) from None
        return user

    async def pause(self, error, who):
        """Logs a refusal and holds its client, outside every lock, as the engine does with wrong credentials."""
        if not error.ask_credentials:
            self._log("warn", f"{who} {error}")
            await asyncio.sleep(random.uniform(0, self.max_pause_s))

    def _internal(self, action, path, ip, user, password):
        for known in self.values["authInternalUsers"]:
            try:
                inside = not known["ips"] or any(ipaddress.ip_address(ip) in ipaddress.ip_network(net) for net in known["ips"])
            except ValueError:
                inside = False
            if inside and _allows(known["permissions"], action, path):
                if known["user"] == "any" or (_is(known["user"], user) and _is(known["pass"], password)):
                    return
        raise Denied("authentication failed")

    async def _hook(self, question):
        url = urllib.parse.urlsplit(self.values["authHTTPAddress"])
        body = json.dumps(question, separators=(",", ":")).encode()
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        head = (f"POST {target} HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n").encode()
        writer = None
        try:
            async with asyncio.timeout(seconds(self.values["readTimeout"])):
                reader, writer = await self._connect_to_hook(url)
                writer.write(head + body)
                status, text = await self._hook_answer(reader)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            raise Denied(f"HTTP request failed: Post \"{self.values['authHTTPAddress']}\": {error}") from None
        finally:
            if writer:
                writer.close()
        if not 200 <= status <= 299:
            raise Denied(f"server replied with code {status}" + (f": {text}" if text else ""))

    async def _connect_to_hook(self, url):
        """By TLS the fingerprint of its certificate alone counts, or, without one, what the machine trusts."""
        if url.scheme != "https":
            return await asyncio.open_connection(url.hostname, url.port or 80)
        wanted = self.values["authHTTPFingerprint"].lower()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if wanted else ssl.create_default_context()
        if wanted:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(url.hostname, url.port or 443, ssl=context)
        shown = hashlib.sha256(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)).hexdigest()
        if wanted and shown != wanted:
            writer.close()
            raise ValueError(f"source fingerprint does not match: expected {wanted}, got {shown}")
        return reader, writer

    @staticmethod
    async def _hook_answer(reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        length = re.search(r"(?im)^content-length:\s*(\d+)", head)
        body = await reader.readexactly(min(int(length[1]), 131072)) if length else b""
        return status, body.decode("utf-8", "replace")
