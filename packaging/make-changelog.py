#!/usr/bin/env python3
"""Prints debian/changelog from CHANGELOG.md and the version in CMakeLists.txt.

A commit under "## Unreleased" gets a version that sorts before the release: 0.1.0~20261124.075500.1a2b3c4d5e."""
import argparse
import datetime
import email.utils
import pathlib
import re
import sys
import textwrap

MAINTAINER = re.compile(r"^Maintainer: (.+)$", re.M)


def sections(text):
    """[(title, [bullet, ...]), ...] in file order."""
    found = []
    for line in text.splitlines():
        if line.startswith("## "):
            found.append((line[3:].strip(), []))
        elif found and line.startswith("* "):
            found[-1][1].append(line[2:].strip())
        elif found and found[-1][1] and line.startswith("  "):
            found[-1][1][-1] += " " + line.strip()
    return found


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def version_of(title, project_version, seconds, commit):
    if title.lower() == "unreleased":
        return f"{project_version}~{utc(seconds):%Y%m%d.%H%M%S}.{commit}"
    version = title.split()[0]
    if version != project_version:
        sys.exit(f"CHANGELOG.md begins with {version}, but CMakeLists.txt says {project_version}")
    return version


def entry(version, bullets, maintainer, seconds):
    lines = [f"gatehouse ({version}) stable; urgency=medium", ""]
    for bullet in bullets:
        text = bullet.replace("`", "")
        lines += textwrap.wrap(text, 76, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)
    lines += ["", f" -- {maintainer}  {email.utils.format_datetime(utc(seconds))}"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--time", type=int, required=True, help="of the commit, seconds since 1970")
    parser.add_argument("--commit", required=True)
    given = parser.parse_args()
    project = re.search(r"^project\(gatehouse VERSION (\S+)", (given.source / "CMakeLists.txt").read_text(), re.M)[1]
    maintainer = MAINTAINER.search((given.source / "packaging/debian/control").read_text())[1]
    newest = sections((given.source / "CHANGELOG.md").read_text())[0]
    print(entry(version_of(newest[0], project, given.time, given.commit), newest[1], maintainer, given.time), end="")


if __name__ == "__main__":
    main()
