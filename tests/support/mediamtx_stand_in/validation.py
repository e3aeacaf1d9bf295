"""What settings may not be together, with the engine's texts (v1.20.1)."""
import re
import urllib.parse

from .units import Refused, duration_ns

SCHEMES = ("rtsp://", "rtsps://", "rtsp+http://", "rtsps+http://", "rtsp+ws://", "rtsps+ws://", "rtmp://", "rtmps://", "http://",
           "https://", "udp://", "udp+mpegts://", "srt://", "moqt://", "whep://", "wheps://")
PATH_NAME = re.compile(r"^[0-9a-zA-Z_\-/.~]+\Z")
CREDENTIAL = re.compile(r"^[a-zA-Z0-9!$()*+.;<=>\[\]^_\-{}@#&]*\Z")


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


def validate_global(conf):
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
