#!/usr/bin/env bash
# Builds Gatehouse and runs its tests on a fresh Debian 12: installs what it needs, builds, runs everything under ctest.
# usage: tests/run.sh [--preset dev|release|asan|tsan] [--only REGEX] [--label LABEL]
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

preset=dev
ctest_args=()
while [ $# -gt 0 ]; do
    case $1 in
        --preset) preset=$2; shift 2 ;;
        --only) ctest_args+=(-R "$2"); shift 2 ;;
        --label) ctest_args+=(-L "$2"); shift 2 ;;
        -h|--help) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;;
        *) echo "tests/run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
done

packaging/install-packages.sh build run package test

started=$(date +%s)
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
echo "Built in $(($(date +%s) - started)) s."

# Tests wait more than they compute, so that two run at once. One that fails is tried a second time, and both tries are
# shown: real processes and a browser share the machine with each other.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
status=0
ctest --preset "$preset" --no-tests=error -j2 --repeat until-pass:2 "${ctest_args[@]}" 2>&1 | tee "$said" || status=$?
# What was left out, and the runner's count once more as the last line.
grep -h '^SKIPPED' "build/$preset/Testing/Temporary/LastTest.log" || true
grep 'tests passed, ' "$said" || true
exit "$status"
