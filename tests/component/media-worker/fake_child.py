#!/usr/bin/env python3
"""A worker that only listens, writes down its command line, and ends with its parent."""
import ctypes
import json
import os
import signal
import socket
import sys
import time

ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
path = sys.argv[sys.argv.index("--socket") + 1]
with open(path + ".starts", "a") as starts:
    starts.write(json.dumps({"pid": os.getpid(), "arguments": sys.argv[1:]}) + "\n")
try:
    os.unlink(path)
except FileNotFoundError:
    pass
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(path)
listener.listen(4)
connection, _ = listener.accept()
connection.recv(65536)
while connection.recv(65536):
    time.sleep(0)
