"""How our simulated programs are told what to do: one line to them; "ok", "ok JSON" or "error: ..." back."""
import json


def ask(connection, line, error):
    """The JSON of the answer, or None for a bare ok. Raises `error` when the program refuses or hangs up."""
    connection.sendall(line.encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        chunk = connection.recv(65536)
        if not chunk:
            raise error(f"'{line}': the connection was closed")
        answer += chunk
    text = answer.decode().strip()
    if text != "ok" and not text.startswith("ok "):
        raise error(f"'{line}': {text}")
    return json.loads(text[3:]) if text != "ok" else None
