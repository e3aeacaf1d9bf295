"""Captured exchanges with MediaMTX v1.20.1 (captures/README.md), and what "the same answer" means."""
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "captures"


class Captured:
    """One captured answer; header names in the order they were sent."""

    def __init__(self, name):
        head, _, self.body = (FOLDER / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        self.status = int(status.split()[1])
        self.headers = {field.lower(): value for field, _, value in (line.partition(": ") for line in lines)}

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def loaded(name):
    return json.loads((FOLDER / name).read_text())


def text(name):
    return (FOLDER / name).read_text()


def same_head(answer, captured, length_counts=True, sized=True, ours=None):
    """Status and headers as captured; `length_counts`: the same Content-Length; `sized`: length or chunks as captured;
    `ours`: headers whose value follows from another configuration than the captured one."""
    varying = {"date", "location", "set-cookie"} | (set() if length_counts else {"content-length"})
    assert answer.status == captured.status, answer
    names = [name for name in captured.headers if sized or name not in ("content-length", "transfer-encoding")]
    if "transfer-encoding" in names and len(answer.body) <= 2048:  # Go gives a length to a body that fits its buffer
        names[names.index("transfer-encoding")] = "content-length"
    assert [name for name in answer.headers if sized or name not in ("content-length", "transfer-encoding")] == names, answer
    for name in set(names) & set(captured.headers) - varying:
        assert answer.headers[name] == (ours or captured.headers).get(name, captured.headers[name]), (name, answer)


def same_answer(answer, captured):
    """To the byte, but for the date."""
    same_head(answer, captured)
    assert answer.body == captured.body, answer


def shape(value):
    """A value's structure: keys in order, types; an empty list has the shape of any."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def same_shape(value, captured):
    """The same keys in the same order and values of the same types; null matches null only."""
    assert json.dumps(shape(value)) == json.dumps(shape(captured)), f"{shape(value)}\n{shape(captured)}"

