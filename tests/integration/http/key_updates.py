"""Asks a TLS 1.3 server for new keys (RFC 8446 section 4.6.3) again and again. usage: key_updates.py PORT COUNT [read]

Prints how many were sent when the server ends it, or all of them. With "read" the server's own updates are read.
"""
import ctypes
import socket
import sys

ssl = ctypes.CDLL("libssl.so.3")
for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
    getattr(ssl, name).restype = ctypes.c_void_p

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
context = ctypes.c_void_p(ssl.SSL_CTX_new(ctypes.c_void_p(ssl.TLS_client_method())))
session = ctypes.c_void_p(ssl.SSL_new(context))
ssl.SSL_set_fd(session, connection.fileno())
assert ssl.SSL_connect(session) == 1
buffer, sent = ctypes.create_string_buffer(65536), 0
while sent < int(sys.argv[2]) and ssl.SSL_key_update(session, 1) == 1 and ssl.SSL_do_handshake(session) == 1:
    sent += 1
    if sys.argv[3:] == ["read"] and sent % 100 == 0:
        connection.setblocking(False)
        while ssl.SSL_read(session, buffer, 65536) > 0:
            pass
        connection.setblocking(True)
print(sent)
