#!/usr/bin/env bash
# clang-format over every C++ file, and clang-tidy (.clang-tidy) over every translation unit of a build.
# usage: tests/proofs/lint.sh [--short] [--build-dir DIR] [FILE-REGEX]     --short: clang-format only
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
build=build/release short= files='/(core|plugins)/.*\.cpp$'
while [ $# -gt 0 ]; do
    case $1 in
        --short) short=1; shift ;;
        --build-dir) build=$2; shift 2 ;;
        *) files=$1; shift ;;
    esac
done
if ! command -v clang-format-14 >/dev/null; then
    echo "SKIPPED: clang-format-14 is not installed"
    exit 77
fi
# What git knows; a tree without git is taken whole.
mapfile -t sources < <(git ls-files '*.cpp' '*.h' '*.hpp' 2>/dev/null)
[ ${#sources[@]} -gt 0 ] || mapfile -t sources < <(find core examples plugins tests -name node_modules -prune -o \( -name '*.cpp' -o -name '*.h' -o -name '*.hpp' \) -print)
[ ${#sources[@]} -gt 0 ]
clang-format-14 --style=file --dry-run -Werror "${sources[@]}"
echo "clang-format: ${#sources[@]} files"
[ -z "$short" ] || exit 0
command -v run-clang-tidy-14 >/dev/null || { echo "clang-tidy-14 is not installed (packaging/install-packages.sh proof)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The build is g++'s: flags and precompiled headers that clang does not know are left out.
python3 - "$build/compile_commands.json" "$work/compile_commands.json" <<'PY'
import json, re, sys
units = json.load(open(sys.argv[1]))
for unit in units:
    unit["command"] = re.sub(r" (-include \S+cmake_pch\.hxx|-fno-gnu-unique|-Winvalid-pch|-W(no-)?(duplicated-cond|logical-op|maybe-uninitialized|restrict|stringop-overflow|array-bounds))(?= )", "", unit["command"])
json.dump(units, open(sys.argv[2], "w"))
PY
run-clang-tidy-14 -p "$work" -quiet -j "$(nproc)" "$files" >"$work/out" 2>"$work/err" || true
grep -E '(error|warning): .*\[' "$work/out" | sort -u | tee "$work/found" || true
echo "clang-tidy: $(grep -c . "$work/found") findings"
[ ! -s "$work/found" ]
