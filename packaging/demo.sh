#!/usr/bin/env bash
# Shows Gatehouse on a fresh Debian 12: installs what it needs, builds, starts three simulated cameras and the gateway
# with its built-in engine, and prints the address of the page. Ctrl-C ends everything and leaves nothing behind.
#
# usage: packaging/demo.sh [--cameras N] [--port PORT] [--lan] [--seconds N] [--build-dir DIR]
#                          [--engine builtin|mediamtx] [--mediamtx PATH]
#   --cameras N      simulated cameras, 1 to 25 (default 3)
#   --port PORT      port of the page (default: 3000, or a free one where 3000 is taken; 0: any free one)
#   --lan            listen on all IPv4 addresses instead of this machine only
#   --seconds N      end by itself after N seconds
#   --build-dir DIR  use this build instead of building
#   --engine NAME    builtin (default), or mediamtx: a MediaMTX that the gateway starts as its child
#   --mediamtx PATH  MediaMTX's program (default: mediamtx on the PATH); it is not part of Gatehouse
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)

cameras=3 port= listen=127.0.0.1 seconds= build= engine=builtin mediamtx=mediamtx
while [ $# -gt 0 ]; do
    case $1 in
        --cameras) cameras=$2; shift 2 ;;
        --port) port=$2; shift 2 ;;
        --lan) listen=0.0.0.0; shift ;;
        --seconds) seconds=$2; shift 2 ;;
        --build-dir) build=$(realpath "$2"); shift 2 ;;
        --engine) engine=$2; shift 2 ;;
        --mediamtx) mediamtx=$2; engine=mediamtx; shift 2 ;;
        -h|--help) sed -n '2,13p' "$0" | cut -c3-; exit 0 ;;
        *) echo "packaging/demo.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
done
case $cameras in ''|*[!0-9]*) echo "packaging/demo.sh: --cameras takes a number" >&2; exit 2 ;; esac
[ "$cameras" -ge 1 ] && [ "$cameras" -le 25 ] || { echo "packaging/demo.sh: --cameras takes 1 to 25" >&2; exit 2; }
case $engine in
    builtin) plugins="media-worker, hls-proxy" ;;
    mediamtx)
        plugins="mediamtx, hls-proxy"
        mediamtx=$(command -v -- "$mediamtx") || {
            echo "packaging/demo.sh: MediaMTX is not there. Install it (https://github.com/bluenviron/mediamtx/releases, 1.18.1 or newer)" >&2
            echo "packaging/demo.sh: and put it on the PATH, or name it: --mediamtx /path/to/mediamtx" >&2
            exit 1
        }
        mediamtx=$(realpath "$mediamtx") ;;
    *) echo "packaging/demo.sh: --engine takes builtin or mediamtx" >&2; exit 2 ;;
esac

if [ -z "$build" ]; then
    "$top/packaging/install-packages.sh" build run
    build=$top/build/release
    echo "Building Gatehouse (the first time takes some minutes) ..."
    (cd "$top" && cmake --preset release >/dev/null && cmake --build --preset release --target demo)
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-demo.XXXXXX")
gateway= simcam=
finish() {
    trap - EXIT INT TERM
    for pid in $gateway $simcam; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $gateway $simcam; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
trap 'echo; echo "Ending the demo."; exit 0' INT TERM

fail() {
    echo "packaging/demo.sh: $1" >&2
    tail -n 20 "$work/gateway.log" "$work/simcam.log" >&2 2>/dev/null || true
    exit 1
}

wait_for() {  # <what> <seconds> <command ...>
    local what=$1 deadline=$((SECONDS + $2)); shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "$what did not come up in time"
        kill -0 "$gateway" 2>/dev/null || fail "the gateway ended"
        sleep 0.2
    done
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
if [ -z "$port" ]; then
    port=3000
    port_is_free "$port" || port=0
fi

mkdir -p "$work/state" "$work/run" "$work/plugins.d"
(umask 077 && head -c 32 /dev/urandom >"$work/master.key")
cat >"$work/gatehouse.yaml" <<YAML
http:
  listen: ["$listen:$port"]
paths:
  state_dir: "$work/state"
  runtime_dir: "$work/run"
  plugin_dir: "$build/plugins"
  libexec_dir: "$build/bin"
  web_dir: "$build/web"
  master_key: "$work/master.key"
plugins:
  enabled: [$plugins]
YAML
cat >"$work/plugins.d/mediamtx.yaml" <<YAML
run: child
program: "$mediamtx"
api_address: "127.0.0.1:0"
hls_address: "127.0.0.1:0"
rtsp_address: "127.0.0.1:0"
hls_segment: 1s
keep_ready: [all]
YAML

# Both children end with this script, even where it is killed; own sessions keep Ctrl-C for the script alone.
setsid setpriv --pdeathsig TERM -- "$build/bin/gatehoused" --config "$work/gatehouse.yaml" >"$work/gateway.log" 2>&1 &
gateway=$!
setsid setpriv --pdeathsig TERM -- "$build/bin/gatehouse-simcam" --cameras "$cameras" --port 0 --sub >"$work/simcam.json" 2>"$work/simcam.log" &
simcam=$!
wait_for "the gateway" 20 test -s "$work/run/ports.json"
wait_for "the simulated cameras" 20 grep -q cameras "$work/simcam.json"
port=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["http"][0]["port"])' "$work/run/ports.json")

ctl() { "$build/bin/gatehousectl" --socket "$work/run/admin.sock" "$@"; }
area=$(ctl --json areas add --name "Demo" | python3 -c 'import json,sys; print(json.load(sys.stdin)["data"]["id"])') || fail "no area could be added"
python3 -c '
import json, sys
for camera in json.load(open(sys.argv[1]))["cameras"]:
    print(camera["number"], camera["main"], camera.get("sub") or "-")' "$work/simcam.json" |
while read -r number main sub; do
    more=()
    [ "$sub" = - ] || more=(--sub-url "$sub")
    ctl cameras add --name "Camera $number" --location "Simulated gate $number" --area "$area" --url "$main" "${more[@]}" --visibility public >/dev/null
done || fail "the cameras could not be added"

all_live() {
    python3 -c '
import json, sys, urllib.request
live = json.load(urllib.request.urlopen(sys.argv[1] + "/api/live", timeout=5))["data"]["cameras"]
sys.exit(0 if len(live) == int(sys.argv[2]) and all(c["state"] == "live" for c in live) else 1)' "http://127.0.0.1:$port" "$cameras"
}
wait_for "the cameras' pictures" 60 all_live

shown=localhost
[ "$listen" = 127.0.0.1 ] || shown=$(hostname -I 2>/dev/null | awk '{print $1}')
echo
case $engine in
    builtin) shown_engine="its built-in engine" ;;
    mediamtx) shown_engine="MediaMTX, $mediamtx" ;;
esac
echo "Gatehouse shows $cameras simulated cameras with $shown_engine at   http://${shown:-localhost}:$port/"
echo "Administration: $build/bin/gatehousectl --socket $work/run/admin.sock status"
echo "Ctrl-C ends it."

if [ -n "$seconds" ]; then
    for _ in $(seq "$((seconds * 5))"); do
        kill -0 "$gateway" 2>/dev/null || fail "the gateway ended"
        sleep 0.2
    done
else
    wait "$gateway" || fail "the gateway ended"
fi
