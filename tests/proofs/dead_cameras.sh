#!/usr/bin/env bash
# 200 simulated cameras, 40 of them dead in every way for 10 minutes; --short: 24 cameras, 8 dead, 40 s.
# --ctest: 16 cameras, 8 dead, 20 s and until all are told of, with MediaMTX where it is on PATH; CPU and start are printed and not judged,
# and a playlist has twice the time, as the machine is busy.
# usage: tests/proofs/dead_cameras.sh [--short|--ctest] [--build-dir DIR] [--engine mediamtx|builtin]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${GATEHOUSE_BUILD_DIR:-$top/build/release}; size=(); engine=()
while [ $# -gt 0 ]; do
    case $1 in
        --short) size=(--cameras 24 --dead 8 --seconds 40 --watched 6); shift ;;
        --ctest)
            size=(--cameras 16 --dead 8 --seconds 20 --watched 4 --patient)
            engine=(--engine "$(command -v mediamtx >/dev/null && echo mediamtx || echo builtin)"); shift ;;
        --build-dir) build=$2; shift 2 ;;
        --engine) engine=(--engine "$2"); shift 2 ;;
        *) echo "dead_cameras.sh: unknown option $1" >&2; exit 2 ;;
    esac
done
exec /usr/bin/python3 "$top/tests/proofs/dead_cameras.py" --build-dir "$build" "${size[@]}" "${engine[@]}"
