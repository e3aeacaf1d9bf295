"""Rules of the house that a machine can check: the include graph, the file list, what no file may contain."""
import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"])
CODE = {".h", ".cpp", ".hpp", ".c"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(gatehouse/[^>]+)>)', re.M)

# A room may include itself and every room in a group to its left (plan, section 3).
ROOM_GROUPS = [["base"], ["config", "log", "metrics"], ["db", "cache", "events", "exec"], ["net"], ["http"],
               ["accounts", "catalogue"], ["plugin"], ["api"], ["app"]]
RANK = {room: rank for rank, group in enumerate(ROOM_GROUPS) for room in group}


def files(folder):
    return [p for p in (TOP / folder).rglob("*") if p.suffix in CODE and "node_modules" not in p.parts]


def includes(path):
    return [quoted or angled for quoted, angled in INCLUDE.findall(path.read_text(errors="replace"))]


def room_of(include):
    head = include.split("/", 1)[0]
    return head if "/" in include and head in RANK else None


def upward_includes(room, included_rooms):
    return [other for other in included_rooms if other != room and RANK[other] > RANK[room]]


def test_the_checker_itself_sees_an_upward_include():
    assert upward_includes("base", ["http"]) == ["http"]
    assert upward_includes("http", ["base", "net", "http"]) == []


def test_no_room_includes_a_room_to_its_right():
    checked, wrong = 0, []
    for path in files("core/src"):
        room = path.relative_to(TOP / "core/src").parts[0]
        assert room in RANK, f"{path} lies in a folder that is not a room"
        checked += 1
        for other in upward_includes(room, filter(None, map(room_of, includes(path)))):
            wrong.append(f"{path.relative_to(TOP)} includes {other}")
    assert checked > 20
    assert not wrong, "\n".join(wrong)


def test_the_sdk_includes_no_host_room():
    wrong = [f"{p.relative_to(TOP)}: {i}" for folder in ("core/include", "core/sdk") for p in files(folder)
             for i in includes(p) if room_of(i) or i.startswith("boost/")]
    assert not wrong, "\n".join(wrong)


def test_plugins_include_neither_the_host_nor_each_others_insides():
    wrong = []
    for path in files("plugins"):
        own = path.relative_to(TOP / "plugins").parts[0]
        for include in includes(path):
            foreign = re.match(r"(?:\.\./)*(?:plugins/)?([a-z-]+)/", include)
            if room_of(include) or "core/src" in include:
                wrong.append(f"{path.relative_to(TOP)}: {include}")
            elif foreign and foreign[1] != own and (TOP / "plugins" / foreign[1]).is_dir():
                wrong.append(f"{path.relative_to(TOP)}: {include}")
    assert not wrong, "\n".join(wrong)


def test_core_depends_on_no_engine_and_on_no_hls():
    word = re.compile(r"mediamtx|hls|mediad", re.I)
    wrong = []
    for path in files("core/src"):
        if "contract" in path.parts or path.relative_to(TOP / "core/src").parts[0] == "app":
            continue
        wrong += [f"{path.relative_to(TOP)}: {i}" for i in includes(path) if word.search(i)]
    assert not wrong, "\n".join(wrong)


def tracked():
    out = subprocess.run(["git", "-C", str(TOP), "ls-files", "-z"], capture_output=True, check=False).stdout
    return [TOP / name for name in out.decode().split("\0") if name and (TOP / name).is_file()]


def test_lock_files_name_no_registry():
    locks = [p for p in TOP.rglob("package-lock.json") if "node_modules" not in p.parts and "build" not in p.parts]
    assert locks
    for lock in locks:
        assert '"resolved"' not in lock.read_text(), lock


def test_no_generated_or_private_file_is_tracked():
    bad = [str(p.relative_to(TOP)) for p in tracked() if p.suffix in {".o", ".so", ".pyc", ".db", ".key"} or "node_modules" in p.parts]
    assert not bad, "\n".join(bad)
