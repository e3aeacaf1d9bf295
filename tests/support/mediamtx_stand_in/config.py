"""The engine's configuration: from a file, changed by writes, with what follows for each path."""
import copy
import json
import pathlib

import yaml

from .decoding import DEFAULTS, decode, kind_of
from .units import Refused
from .validation import validate_global, validate_path


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
        validate_global(self.values)
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
        raise Refused(f"json: cannot unmarshal {kind_of(document)} into Go value of type map[string]json.RawMessage")
    document = dict(document)
    defaults = decode(document.pop("pathDefaults", None), DEFAULTS["path"], from_file=True)
    paths = document.pop("paths", None) or {}
    if not isinstance(paths, dict):
        raise Refused(f"json: cannot unmarshal {kind_of(paths)} into Go value of type map[string]*conf.OptionalPath")
    values = decode(document, DEFAULTS["global"], from_file=True)
    overrides = {str(name): decode(fields, DEFAULTS["path"]) for name, fields in paths.items()}
    return Config(values, defaults, overrides).validate()
