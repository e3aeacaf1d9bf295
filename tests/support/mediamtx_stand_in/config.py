"""The engine's configuration: defaults, strict decoding, validation, and the texts of its refusals (v1.20.1)."""
import copy
import json
import pathlib
import re
import urllib.parse

import yaml

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
SCHEMES = ("rtsp://", "rtsps://", "rtsp+http://", "rtsps+http://", "rtsp+ws://", "rtsps+ws://", "rtmp://", "rtmps://", "http://",
           "https://", "udp://", "udp+mpegts://", "srt://", "moqt://", "whep://", "wheps://")
PATH_NAME = re.compile(r"^[0-9a-zA-Z_\-/.~]+\Z")
CREDENTIAL = re.compile(r"^[a-zA-Z0-9!$()*+.;<=>\[\]^_\-{}@#&]*\Z")


class Refused(ValueError):
    """What the engine answers with 400, or ends with."""


class NotFound(Refused):
    def __init__(self):
        super().__init__("path not found")


# Durations and sizes

_UNITS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def duration_ns(text):
    """A Go duration, with days in front ("1d12h")."""
    rest, total = text, 0
    days = re.match(r"(-?\d+)d", rest)
    if days:
        total, rest = int(days[1]) * 86400 * 10**9, rest[days.end():]
    if not rest:
        return total
    sign = -1 if rest[0] == "-" else 1
    body = rest.lstrip("+-")
    if body == "0":
        return total
    at, sum_ns = 0, 0
    while at < len(body):
        part = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)").match(body, at)
        if not part:
            raise Refused(f'time: invalid duration {json.dumps(rest)}')
        if not part[2]:
            raise Refused(f'time: missing unit in duration {json.dumps(rest)}')
        if part[2] not in _UNITS_NS:
            raise Refused(f'time: unknown unit {json.dumps(part[2])} in duration {json.dumps(rest)}')
        sum_ns += int(float(part[1]) * _UNITS_NS[part[2]])
        at = part.end()
    if not body:
        raise Refused(f'time: invalid duration {json.dumps(rest)}')
    return total + sign * sum_ns


def duration_text(ns):
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    days, ns = divmod(ns, 86400 * 10**9)
    out = sign + (f"{days}d" if days else "")
    if not ns:
        return out

    def decimal(value):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    if ns < 10**9:
        unit, scale = ("ms", 10**6) if ns >= 10**6 else ("µs", 10**3) if ns >= 10**3 else ("ns", 1)
        return out + decimal(ns / scale) + unit
    hours, ns = divmod(ns, 3600 * 10**9)
    minutes, ns = divmod(ns, 60 * 10**9)
    return out + (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + decimal(ns / 10**9) + "s"


def seconds(text):
    return duration_ns(text) / 10**9


def _size(text):
    match = re.match(r"^(\d+(?:\.\d+)?)\s*(B|K|KB|KIB|M|MB|MIB|G|GB|GIB|T|TB|TIB)\Z", text.strip().upper())
    if not match or float(match[1]) <= 0:
        raise Refused("byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, G, GiB, or GB")
    value = float(match[1]) * 1024 ** "BKMGT".index(match[2][0])
    for power, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K")):
        if value >= 1024 ** power:
            return f"{value / 1024 ** power:.1f}".removesuffix(".0") + unit
    return f"{int(value)}B"


# Decoding

def _kind(value):
    return {bool: "bool", str: "string", list: "array", dict: "object"}.get(type(value), "number")


def _expect(value, kind):
    if kind == "int" and isinstance(value, float):
        raise Refused(f"json: cannot unmarshal number {value:g} into Go value of type int")
    if _kind(value) != {"int": "number", "float64": "number"}.get(kind, kind):
        raise Refused(f"json: cannot unmarshal {_kind(value)} into Go value of type {kind}")


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
        return _size(value)
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
        raise Refused(f"json: cannot unmarshal {_kind(value)} into Go value of type map[string]json.RawMessage")
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


# Validation

def check_path_name(name):
    """The complaint about a name, or nothing."""
    if not name:
        return "cannot be empty"
    if name[0] == "/":
        return "can't begin with a slash"
    if name[-1] == "/":
        return "can't end with a slash"
    if not PATH_NAME.match(name):
        return "can contain only alphanumeric characters, underscore, dot, minus, slash"
    if {".", ".."} & set(name.split("/")):
        return "can't contain dot path segments"
    return None


def _check_url(source):
    bad = Refused(f"'{source}' is not a valid URL")
    if re.search(r"[\x00-\x20\x7f]", source):
        raise bad
    rest = source.split("://", 1)[1]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    if re.search(r"%(?![0-9a-fA-F]{2})", rest.split("?")[0]) or not host or (at and re.search(r"[^A-Za-z0-9\-._~!$&'()*+,;=%:@]", user)):
        raise bad
    match = re.match(r"^(\[[0-9a-fA-F:.%]+\]|[^\[\]:]*)(?::(\d*))?\Z", host)
    if not match:
        raise bad
    name, _, password = user.partition(":")
    if at and bool(name) != bool(password):
        raise Refused("username and password must be both provided")


def is_pattern(name):
    return name.startswith("~") or name in ("all", "all_others")


def validate_path(name, path, conf):
    if is_pattern(name):
        try:
            re.compile("^.*$" if name[0] != "~" else name[1:])
        except re.error:
            raise Refused(f"invalid regular expression: {name[1:]}") from None
    else:
        complaint = check_path_name(name)
        if complaint:
            raise Refused(f"invalid path name '{name}': {complaint}")
    source = path["source"]
    if source != "redirect" and path["sourceRedirect"]:
        raise Refused("'sourceRedirect' is useless when source is not 'redirect'")
    if source == "redirect":
        if not path["sourceRedirect"]:
            raise Refused("source redirect must be filled")
    elif source not in ("publisher", "rpiCamera"):
        if not source.startswith(SCHEMES):
            raise Refused(f"invalid source: '{source}'")
        _check_url(source)
    if path["sourceOnDemand"] and source == "publisher":
        raise Refused("'sourceOnDemand' is useless when source is 'publisher'")
    if not path["sourceOnDemand"] and source not in ("publisher", "redirect") and is_pattern(name):
        raise Refused("a path with a regular expression (or path 'all_others') and a static source must have 'sourceOnDemand' set to true")
    _validate_always_available(path, name)
    _validate_record(path, conf)
    if (path["runOnDemand"] or path["runOnUnDemand"]) and source != "publisher":
        raise Refused("'runOnDemand' and 'runOnUnDemand' can be used only when source is 'publisher'")


def _validate_always_available(path, name):
    if path["alwaysAvailable"]:
        if is_pattern(name):
            raise Refused("'alwaysAvailable' cannot be used in a path with a regular expression (or path 'all_others')")
        if path["sourceOnDemand"]:
            raise Refused("'sourceOnDemand' is not compatible with 'alwaysAvailable'")
        if not path["alwaysAvailableFile"] and not path["alwaysAvailableTracks"]:
            raise Refused("'alwaysAvailableTracks' must contain at least one track")


def _validate_record(path, conf):
    record = path["recordPath"]
    if "%path" not in record:
        raise Refused("'recordPath' must contain %path")
    if "%s" not in record and not all(part in record for part in ("%Y", "%m", "%d", "%H", "%M", "%S")):
        raise Refused("'recordPath' must contain either %s or %Y %m %d %H %M %S")
    if conf["playback"] and "%f" not in record:
        raise Refused("'recordPath' must contain %f")
    segment, delete = duration_ns(path["recordSegmentDuration"]), duration_ns(path["recordDeleteAfter"])
    if segment > 86400 * 10**9:
        raise Refused("maximum segment duration is 1 day")
    if delete and delete < segment:
        raise Refused("'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'")


def _validate_global(conf):
    for key in ("readTimeout", "writeTimeout"):
        if duration_ns(conf[key]) <= 0:
            raise Refused(f"'{key}' must be greater than zero")
    queue = conf["writeQueueSize"]
    if queue <= 0:
        raise Refused("'writeQueueSize' must be greater than zero")
    if queue & (queue - 1):
        raise Refused("'writeQueueSize' must be a power of two")
    if conf["authMethod"] == "internal":
        for user in conf["authInternalUsers"]:
            if not user["user"]:
                raise Refused("empty usernames are not supported")
            if user["user"] == "any" and user["pass"]:
                raise Refused("using a password with 'any' user is not supported")
    if conf["authMethod"] == "http":
        if not conf["authHTTPAddress"]:
            raise Refused("'authHTTPAddress' is empty")
        if urllib.parse.urlsplit(conf["authHTTPAddress"]).scheme not in ("http", "https"):
            raise Refused("'externalAuthenticationURL' must be a HTTP URL")
    for service, key, text in (("api", "apiAddress", "API is enabled"), ("metrics", "metricsAddress", "metrics are enabled"),
                               ("hls", "hlsAddress", "HLS is enabled")):
        if conf[service] and not conf[key]:
            raise Refused(f"'{key}' must be set when {text}")
    if not CREDENTIAL.match(conf["hlsCDNSecret"]):
        raise Refused("'hlsCDNSecret' contains unsupported characters. Supported are: A-Z,0-9,!,$,(,),*,+,.,;,<,=,>,[,],^,_,-,\",@,#,&")


class Config:
    """`values` are the global settings, `defaults` those of paths, `overrides` what was said of each path,
    `paths` what follows from both as of the last validation."""

    def __init__(self, values=None, defaults=None, overrides=None):
        self.values = {**copy.deepcopy(DEFAULTS["global"]), **(values or {})}
        self.defaults = {**copy.deepcopy(DEFAULTS["path"]), **(defaults or {})}
        self.overrides = dict(overrides or {})
        self.paths = {}

    def clone(self):
        """As the engine does: the override sets themselves are shared, which is why a refused PATCH poisons."""
        return Config(self.values, self.defaults, self.overrides)

    def validate(self):
        _validate_global(self.values)
        if sum(name in self.overrides for name in ("all_others", "all", "~^.*$")) > 1:
            raise Refused("all_others, all and '~^.*$' are aliases")
        paths = {}
        for name in sorted(self.overrides):
            path = {**copy.deepcopy(self.defaults), **self.overrides[name], "name": name}
            validate_path(name, path, self.values)
            paths[name] = path
        self.paths = paths
        return self


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                mark = key.start_mark
                raise Refused(f"[{mark.line + 1}:{mark.column + 1}] mapping key {json.dumps(key.value)} already defined")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(file):
    """A validated Config from a file; raises Refused with the engine's text, OSError when it cannot be read."""
    try:
        document = yaml.load(pathlib.Path(file).read_text(), _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"[{mark.line + 1}:{mark.column + 1}] " if mark else ""
        raise Refused(where + (getattr(error, "problem", None) or "invalid YAML")) from None
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise Refused(f"json: cannot unmarshal {_kind(document)} into Go value of type map[string]json.RawMessage")
    document = dict(document)
    defaults = decode(document.pop("pathDefaults", None), DEFAULTS["path"], from_file=True)
    paths = document.pop("paths", None) or {}
    if not isinstance(paths, dict):
        raise Refused(f"json: cannot unmarshal {_kind(paths)} into Go value of type map[string]*conf.OptionalPath")
    values = decode(document, DEFAULTS["global"], from_file=True)
    overrides = {str(name): decode(fields, DEFAULTS["path"]) for name, fields in paths.items()}
    return Config(values, defaults, overrides).validate()
