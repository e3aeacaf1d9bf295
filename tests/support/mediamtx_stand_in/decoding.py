"""Strict decoding of settings: names, types and choices, with the engine's texts (v1.20.1)."""
import copy
import json
import pathlib

from .units import Refused, duration_ns, duration_text, size

DEFAULTS = json.loads((pathlib.Path(__file__).parent / "defaults.json").read_text())
DURATIONS = {"readTimeout", "writeTimeout", "hlsSegmentDuration", "hlsPartDuration", "hlsMuxerCloseAfter", "webrtcSTUNGatherTimeout",
             "webrtcHandshakeTimeout", "webrtcTrackGatherTimeout", "sourceOnDemandStartTimeout", "sourceOnDemandCloseAfter",
             "recordPartDuration", "recordSegmentDuration", "recordDeleteAfter", "whepSTUNGatherTimeout", "whepHandshakeTimeout",
             "whepTrackGatherTimeout", "runOnDemandStartTimeout", "runOnDemandCloseAfter"}
SIZES = {"recordMaxPartSize", "hlsSegmentMaxSize"}
FLOATS = {"rpiCameraBrightness", "rpiCameraContrast", "rpiCameraSaturation", "rpiCameraSharpness", "rpiCameraEV", "rpiCameraGain",
          "rpiCameraFPS", "rpiCameraLensPosition"}
CHOICES = {  # key: (values, text of the refusal)
    "rtspTransport": (("automatic", "udp", "multicast", "tcp"), "invalid transport '%s'"),
    "recordFormat": (("fmp4", "mpegts"), "invalid record format '%s'"),
    "hlsVariant": (("mpegts", "fmp4", "lowLatency"), "invalid HLS variant: '%s'"),
    "logLevel": (("error", "warn", "info", "debug"), "invalid log level: '%s'"),
    "authMethod": (("internal", "http", "jwt"), "invalid authMethod: '%s'"),
}
DEPRECATED = {"runOnReady": "runOnAvailable", "runOnReadyRestart": "runOnAvailableRestart", "runOnNotReady": "runOnUnavailable",
              "sourceProtocol": "rtspTransport", "sourceAnyPortEnable": "rtspAnyPort"}
ACTIONS = ("publish", "read", "playback", "api", "metrics", "pprof")


def kind_of(value):
    return {bool: "bool", str: "string", list: "array", dict: "object"}.get(type(value), "number")


def _expect(value, kind):
    if kind == "int" and isinstance(value, float):
        raise Refused(f"json: cannot unmarshal number {value:g} into Go value of type int")
    if kind_of(value) != {"int": "number", "float64": "number"}.get(kind, kind):
        raise Refused(f"json: cannot unmarshal {kind_of(value)} into Go value of type {kind}")


def _decode_list(key, value, default, path):
    _expect(value, "array") if not isinstance(value, list) else None
    if key in ("authInternalUsers", "authHTTPExclude", "authJWTExclude", "permissions"):
        shape = {"user": "", "pass": "", "ips": [], "permissions": []} if key == "authInternalUsers" else {"action": "", "path": ""}
        return [_decode_object(element, shape, f"{path}[{index}]") for index, element in enumerate(value)]
    if key in ("webrtcICEServers2", "forward", "alwaysAvailableTracks"):
        for element in value:
            _expect(element, "object")
        return copy.deepcopy(value)
    numbers = bool(default) and isinstance(default[0], (int, float))
    for element in value:
        _expect(element, "int" if numbers else "string")
        if key == "rtspTransports" and element not in ("udp", "multicast", "tcp"):
            raise Refused(f"invalid transport: {element}")
    return list(value)


def _decode_object(value, shape, path):
    _expect(value, "object") if not isinstance(value, dict) else None
    for key in value:
        if key not in shape:
            raise Refused(f"json: unknown field {json.dumps(f'{path}.{key}')}")
    out = copy.deepcopy(shape)
    for key, default in shape.items():
        if value.get(key) is not None:
            out[key] = decode_value(key, value[key], default, f"{path}.{key}")
    if out.get("action") and out["action"] not in ACTIONS:
        raise Refused(f"invalid auth action: '{out['action']}'")
    return out


def decode_value(key, value, default, path):
    if isinstance(default, list):
        return _decode_list(key, value, default, path)
    if key in DURATIONS:
        _expect(value, "string")
        return duration_text(duration_ns(value))
    if key in SIZES:
        _expect(value, "string")
        return size(value)
    kind = "bool" if isinstance(default, bool) else "string" if isinstance(default, str) else "float64" if key in FLOATS else "int"
    _expect(value, kind)
    if key in CHOICES and value not in CHOICES[key][0]:
        raise Refused(CHOICES[key][1] % value)
    return value.lower() if key == "sourceFingerprint" else value


def decode(value, shape, from_file=False):
    """The fields of `value` that are given, checked against `shape`; an API body may hold null, a file no null list."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"json: cannot unmarshal {kind_of(value)} into Go value of type map[string]json.RawMessage")
    for key in value:
        if key not in shape and not (shape is DEFAULTS["path"] and key in DEPRECATED):
            raise Refused(f"json: unknown field {json.dumps(key)}")
    out = {}
    for key, given in value.items():
        key = DEPRECATED.get(key, key)
        if given is None:
            if from_file and isinstance(shape[key], list):
                raise Refused(f'cannot set slice "{key}" to nil')
        elif key == "name" and shape is DEFAULTS["path"]:
            _expect(given, "string")
        else:
            out[key] = decode_value(key, given, shape[key], key)
    return out


def parse_json(body):
    """A request body, with the two refusals that clients meet."""
    text = body.decode("utf-8", "replace")
    try:
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError as error:
        rest = text.lstrip()[getattr(error, "pos", 0):]
        if not rest.strip() or "Unterminated" in str(error) or rest.strip() in ("{", "["):
            raise Refused("unexpected end of JSON input") from None
        raise Refused(f"invalid character '{rest.strip()[0]}' looking for beginning of value") from None
    rest = text.lstrip()[end:].strip()
    if rest:
        raise Refused(f"invalid character '{rest[0]}' after top-level value")
    return value
