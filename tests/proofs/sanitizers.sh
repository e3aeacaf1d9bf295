#!/usr/bin/env bash
# Builds with AddressSanitizer+UBSan and with ThreadSanitizer and runs the tests under each.
# usage: tests/proofs/sanitizers.sh [--short]     --short: unit and component tests only
set -euo pipefail
cd "$(dirname "$0")/../.."
labels=(); [ "${1:-}" = --short ] && labels=(-L 'unit|component')
# GLib and GStreamer are built without ThreadSanitizer: what they do among themselves is not seen, and must not count.
export ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS="halt_on_error=1 ignore_noninstrumented_modules=1 suppressions=$PWD/tests/proofs/tsan.supp"
export LSAN_OPTIONS="suppressions=$PWD/tests/proofs/lsan.supp"
for preset in asan tsan; do
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    echo "== $preset"
    ctest --preset "$preset" --no-tests=error -LE e2e "${labels[@]}"
done
