#!/usr/bin/env bash
# Builds the libFuzzer targets with clang, AddressSanitizer and UBSan and lets each run until it has had an hour of processor
# time. It works in slices of at most five minutes and keeps a ledger and what was found interesting in build/fuzz/found, so
# that it can be interrupted: the next call goes on from there. --fresh begins anew. --short is 20 s each and begins anew
# elsewhere, --ctest is 5 s.
# usage: tests/proofs/fuzz.sh [--short|--ctest] [--fresh] [--seconds N] [--jobs N] [TARGET ...]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
seconds=3600; jobs=1; fresh=; found=build/fuzz/found; targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --short) seconds=20; fresh=1; found=build/fuzz/found-short; shift ;;
        --ctest) seconds=5; jobs=2; fresh=1; found=build/fuzz/found-short; shift ;;
        --fresh) fresh=1; shift ;;
        --seconds) seconds=$2; shift 2 ;;
        --jobs) jobs=$2; shift 2 ;;
        *) targets+=("$1"); shift ;;
    esac
done
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz_targets
[ ${#targets[@]} -gt 0 ] || for file in build/fuzz/fuzz/fuzz_*; do targets+=("$(basename "$file" | sed s/^fuzz_//)"); done
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz target was built" >&2; exit 1; }
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$fresh" ] || rm -rf "$found"
mkdir -p "$found"

total() { awk -v column="$1" '{ sum += $column } END { printf "%.0f", sum }' "$found/$2.ledger"; }

# What breaks the target. An input that took more than 10 s counts only if it does so again alone: on a machine that was stopped
# or had no processor time for us, libFuzzer blames whatever was running.
broken() {
    local file
    for file in "$found/$1"/timeout-*; do
        if [ -e "$file" ] && timeout 10 "build/fuzz/fuzz/fuzz_$1" "$file" >/dev/null 2>&1; then
            echo "$1: $(basename "$file") is no fault: alone it takes less than 10 s" >&2
            mv "$file" "$found/$1/$(sha1sum <"$file" | cut -d' ' -f1)"
        fi
    done
    find "$found/$1" -name 'crash-*' -o -name 'leak-*' -o -name 'oom-*' -o -name 'timeout-*' | grep .
}

# One target up to its processor time; its ledger has a line for each slice: processor seconds, runs, commit, date.
run_target() {
    local target=$1 left slice cpu runs
    mkdir -p "$found/$target"
    touch "$found/$target.ledger"
    while left=$((seconds - $(total 1 "$target"))) && [ "$left" -gt 0 ]; do
        slice=$((left < 300 ? left : 300))
        TIMEFORMAT='processor %U %S'
        { time build/fuzz/fuzz/"fuzz_$target" -max_total_time="$slice" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="$found/$target/" "$found/$target" "tests/fuzz/corpus/$target" ; } >"$found/$target.out" 2>&1 || true
        cpu=$(awk '/^processor/ { printf "%.1f", $2 + $3 }' "$found/$target.out")
        runs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$found/$target.out")
        printf '%s\t%s\t%s\t%s\n' "$cpu" "${runs:-0}" "$commit" "$(date -u +%F)" >>"$found/$target.ledger"
        if broken "$target" >/dev/null || { [ -z "$runs" ] && ! grep -q 'libFuzzer: timeout' "$found/$target.out"; }; then
            tail -n 40 "$found/$target.out" >&2
            echo "$target: an input was found that breaks it, or it does not run: see $found/$target" >&2
            return 1
        fi
    done
}

status=0 running=()
for target in "${targets[@]}"; do
    run_target "$target" &
    running+=($!)
    if [ ${#running[@]} -ge "$jobs" ]; then
        wait "${running[0]}" || status=1
        running=("${running[@]:1}")
    fi
done
for pid in "${running[@]}"; do wait "$pid" || status=1; done
printf '%-16s %12s %12s %8s  %s\n' target 'processor s' runs inputs commits
for target in "${targets[@]}"; do
    printf '%-16s %12s %12s %8s  %s\n' "$target" "$(total 1 "$target")" "$(total 2 "$target")" \
        "$(find "$found/$target" -type f | wc -l)" "$(cut -f3 "$found/$target.ledger" | uniq | paste -sd' ')"
done
exit "$status"
