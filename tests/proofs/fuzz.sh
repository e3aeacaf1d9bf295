#!/usr/bin/env bash
# Builds the libFuzzer targets with clang, AddressSanitizer and UBSan and lets each run: an hour, or 20 s with --short.
# usage: tests/proofs/fuzz.sh [--short] [--seconds N] [TARGET ...]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
seconds=3600; targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --short) seconds=20; shift ;;
        --seconds) seconds=$2; shift 2 ;;
        *) targets+=("$1"); shift ;;
    esac
done
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
[ ${#targets[@]} -gt 0 ] || for file in build/fuzz/fuzz/fuzz_*; do targets+=("$(basename "$file" | sed s/^fuzz_//)"); done
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz target was built" >&2; exit 1; }
for target in "${targets[@]}"; do
    found=build/fuzz/found/$target
    mkdir -p "$found"
    echo "== $target, $seconds s"
    build/fuzz/fuzz/"fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$target" 2>&1 | grep -E 'stat::|ERROR|SUMMARY|Done' || true
    if compgen -G "$found/crash-*" >/dev/null || compgen -G "$found/timeout-*" >/dev/null || compgen -G "$found/oom-*" >/dev/null; then
        echo "$target: an input was found that breaks it, see $found" >&2
        exit 1
    fi
done
