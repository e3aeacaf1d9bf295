# Runs in the guest, started by systemd. A finding that is not as it should be begins with NOT.
found() { echo "$1: $2"; }
check() {  # <what> <command ...>: what the command prints, or NOT
    local what=$1 said; shift
    if said=$("$@" 2>&1); then found "$what" "${said:-yes}"; else found "NOT $what" "$said"; fi
}
wait_for() {  # <seconds> <command ...>
    local deadline=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $deadline ] || return 1; sleep 0.1; done
}
property() { systemctl show --property "$2" --value "$1"; }
get() { curl --silent --show-error --fail --max-time 10 "http://127.0.0.1:3000$1"; }
health() { get /health | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"])'; }
is_ok() { [ "$(health)" = ok ]; }
live() { get /api/live | python3 -c 'import json,sys; c=json.load(sys.stdin)["data"]["cameras"]; sys.exit(not c or any(x["state"] != "live" for x in c))'; }
playlist() { get "$(get /api/stream/1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["data"]["streams"]["hls"])')" | head -1; }
page() { get / | grep -o '<title>.*</title>'; }
monotonic_ms() { awk '{print int($1 * 1000)}' /proc/uptime; }
new_pid() { local pid; pid=$(property "$1" MainPID); [ "$pid" != 0 ] && [ "$pid" != "$2" ] && [ "$(property "$1" ActiveState)" = active ]; }

active() { systemctl is-active gatehouse gatehouse-media | paste -sd ' '; systemctl is-active --quiet gatehouse gatehouse-media; }
starts() { local us; us=$(property gatehouse ActiveEnterTimestampMonotonic); [ "$us" -gt 0 ] && echo "$((us / 1000)) ms after the kernel"; }
own_key() {  # the key is root's, the service has it all the same
    [ "$(stat -c '%U %a' /etc/gatehouse/keys/master.key)" = "root 600" ] &&
        printf 'password\n' | gatehousectl cameras add --name Sealed --url rtsp://127.0.0.1:9/none --user viewer --password-stdin >/dev/null &&
        gatehousectl cameras remove Sealed --yes >/dev/null && echo "a password was sealed with the credential"
}
mtx_place() {  # where the gateway writes what MediaMTX reads, as the gateway and from inside its sandbox
    nsenter --target "$(property gatehouse MainPID)" --mount setpriv --reuid gatehouse --regid gatehouse --init-groups \
        sh -c 'touch /run/gatehouse-mtx/proof && rm /run/gatehouse-mtx/proof' && stat -c '%U:%G %a' /run/gatehouse-mtx
}
first_picture() {
    /proof/gatehouse-simcam --cameras 1 --port 0 --all source=blocks >/tmp/simcam.json 2>/tmp/simcam.log &
    wait_for 30 grep -q cameras /tmp/simcam.json || { cat /tmp/simcam.log; return 1; }
    local url; url=$(python3 -c 'import json; print(json.load(open("/tmp/simcam.json"))["cameras"][0]["main"])')
    gatehousectl cameras add --name Gate --url "$url" --visibility public >/dev/null || return 1
    local from; from=$(monotonic_ms)
    wait_for 60 live && wait_for 60 playlist || { gatehousectl cameras list; pgrep -a simcam || echo "the camera has ended:"; cat /tmp/simcam.log; return 1; }
    echo "$(playlist) after $(($(monotonic_ms) - from)) ms"
}
reload_good() {
    sed -i 's/^  level: information/  level: debug/' /etc/gatehouse/gatehouse.yaml
    local pid; pid=$(property gatehouse MainPID)
    systemctl reload gatehouse && wait_for 20 sh -c 'gatehousectl config show | grep -q "level.*debug"' &&
        [ "$pid" = "$(property gatehouse MainPID)" ] && property gatehouse StatusText
}
reload_bad() {
    cp /etc/gatehouse/gatehouse.yaml /tmp/good.yaml; echo 'nonsense: 1' >>/etc/gatehouse/gatehouse.yaml
    systemctl reload gatehouse
    wait_for 20 sh -c 'systemctl show --property StatusText gatehouse | grep -q refused' && active >/dev/null && property gatehouse StatusText
    local code=$?
    cp /tmp/good.yaml /etc/gatehouse/gatehouse.yaml; systemctl reload gatehouse
    return $code
}
killed() {  # <unit>: SIGKILL of its main process; back with pictures
    local pid from; pid=$(property "$1" MainPID) from=$(monotonic_ms)
    kill -KILL "$pid"
    wait_for 60 new_pid "$1" "$pid" && wait_for 60 is_ok && local back=$(($(monotonic_ms) - from)) &&
        wait_for 60 live && wait_for 60 playlist && echo "healthy after $back ms, pictures after $(($(monotonic_ms) - from)) ms"
}
hung() {  # the watchdog finds a daemon that stands still
    local pid from; pid=$(property gatehouse MainPID) from=$(monotonic_ms)
    kill -STOP "$pid"
    wait_for 240 new_pid gatehouse "$pid" && wait_for 60 is_ok && echo "replaced after $((($(monotonic_ms) - from) / 1000)) s"
}
stopped() {
    systemctl stop gatehouse gatehouse-media && [ "$(property gatehouse Result) $(property gatehouse-media Result)" = "success success" ] &&
        [ ! -e /run/gatehouse/ports.json ] && echo "in good order"
}
exposure() { systemd-analyze security --no-pager "$1" | tail -1 | sed 's/^[^A-Za-z]*//'; }
complaints() { journalctl -q -b -u gatehouse -u gatehouse-media -p "$1" -o cat --no-pager; }

wait_for 120 active
check "services" active
check "gatehouse is ready" starts
check "user of gatehouse" ps -o user= -p "$(property gatehouse MainPID)"
check "open files" sh -c "awk '/open files/ {print \$4}' /proc/$(property gatehouse MainPID)/limits"
wait_for 30 is_ok
check "/health" health
check "page" page
check "key" own_key
check "/run/gatehouse-mtx is writable" mtx_place
check "camera" first_picture
before_faults=$(complaints warning)
check "reload" reload_good
check "refused reload" reload_bad
check "gatehouse after SIGKILL" killed gatehouse
check "gatehouse-media after SIGKILL" killed gatehouse-media
check "gatehouse after SIGSTOP" hung
check "exposure of gatehouse" exposure gatehouse
check "exposure of gatehouse-media" exposure gatehouse-media
check "stop" stopped
found "warnings before the faults" "${before_faults:-none}"
found "end" "after $(monotonic_ms) ms"
sync
