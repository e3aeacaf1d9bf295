# Part of guest.sh: MediaMTX as a service beside the gateway, which writes its file.
mtx_file=/run/gatehouse-mtx/mediamtx.yml

mtx_starts() {  # as docs/reference/mediamtx-plugin.md says it
    install -m 0755 /proof/mediamtx /usr/local/bin/mediamtx
    sed -i 's/enabled: \[media-worker, hls-proxy\]/enabled: [mediamtx, hls-proxy]/' /etc/gatehouse/gatehouse.yaml
    systemctl reload gatehouse && systemctl enable --now gatehouse-mediamtx 2>/dev/null &&
        wait_for 60 test -s $mtx_file && wait_for 60 is_ok || { gatehousectl plugins; return 1; }
    gatehousectl plugins | sed -n 's/^mediamtx .*running *//p'
}
mtx_place() {  # what MediaMTX reads is the gateway's to write, MediaMTX's to read and nobody else's
    local said; said="$(stat -c '%U:%G %a' /run/gatehouse-mtx) $(stat -c '%U:%G %a' $mtx_file)"
    [ "$said" = "gatehouse:gatehouse-mtx 750 gatehouse:gatehouse-mtx 640" ] || { echo "$said"; return 1; }
    ! setpriv --reuid nobody --regid nogroup --clear-groups cat $mtx_file >/dev/null 2>&1 &&
        setpriv --reuid gatehouse-mtx --regid gatehouse-mtx --clear-groups sh -c "cat $mtx_file >/dev/null && ! touch $mtx_file" 2>/dev/null && echo "$said; others cannot read it, MediaMTX cannot write it"
}
mtx_capabilities() {
    local status; status=$(cat "/proc/$(property gatehouse-mediamtx MainPID)/status")
    grep -q '^CapEff:	0*$' <<<"$status" && grep -q '^NoNewPrivs:	1' <<<"$status" && grep -q '^Seccomp:	2' <<<"$status" && echo "no capabilities, no new privileges, system calls filtered"
}
mtx_listens() {  # IPv4 and IPv6 sockets of its user, in hexadecimal
    local uid addresses; uid=$(id -u gatehouse-mtx)
    addresses=$(awk -v uid="$uid" '$4 == "0A" && $8 == uid {print $2}' /proc/net/tcp /proc/net/tcp6)
    [ -n "$addresses" ] && ! grep -qv '^0100007F:' <<<"$addresses" && echo "$(wc -l <<<"$addresses") ports, on 127.0.0.1 only"
}
mtx_edited() {  # a hand in the file: undone, and MediaMTX, which has read it, is as before
    local before from pid; before=$(sha256sum <$mtx_file) from=$(monotonic_ms) pid=$(property gatehouse-mediamtx MainPID)
    sed -i 's/^"paths":.*/"paths":\n  "intruder": {"source": "publisher"}/' $mtx_file
    [ "$before" != "$(sha256sum <$mtx_file)" ] || { echo "the edit changed nothing"; return 1; }
    wait_for 30 mtx_is "$before" || { grep -v ource $mtx_file; return 1; }
    local undone; undone=$(since "$from")
    wait_for 30 mtx_has_no_intruder && wait_for 30 is_ok && [ "$pid" = "$(property gatehouse-mediamtx MainPID)" ] &&
        [ "$(stat -c '%U:%G %a' $mtx_file)" = "gatehouse:gatehouse-mtx 640" ] && local moved && moved=$(pictures) && echo "undone after $undone, the same process; $moved"
}
mtx_is() { [ "$1" = "$(sha256sum <$mtx_file)" ]; }
mtx_api() { printf 'user = "gatehouse:%s"\n' "$(sed -n 5p /run/gatehouse/mediamtx.secrets)" | curl --silent --fail --config - "http://127.0.0.1:9997$1"; }
mtx_has_no_intruder() { mtx_api /v3/config/paths/list | grep -q '"gh-' && ! mtx_api /v3/config/paths/get/intruder >/dev/null; }
mtx_lets_nobody_in() {
    local status; status=$(curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:9997/v3/config/paths/list)
    [ "$status" = 401 ] && mtx_api /v3/config/paths/list >/dev/null && echo "401 without the password"
}
mtx_outlives_the_gateway() {
    local pid moved; pid=$(property gatehouse-mediamtx MainPID)
    systemctl restart gatehouse && wait_for 60 is_ok && moved=$(pictures) && [ "$pid" = "$(property gatehouse-mediamtx MainPID)" ] && echo "the same process; $moved"
}
mtx_outlives_an_upgrade() {  # the same packages once more are one to dpkg
    local pid moved own; pid=$(property gatehouse-mediamtx MainPID) own=$(property gatehouse MainPID)
    dpkg --force-confold -i /proof/gatehouse_*.deb /proof/gatehouse-media_*.deb >/tmp/upgrade.log 2>&1 || { tail -n 5 /tmp/upgrade.log; return 1; }
    wait_for 60 new_pid gatehouse "$own" && wait_for 60 is_ok && moved=$(pictures) && [ "$pid" = "$(property gatehouse-mediamtx MainPID)" ] && echo "the gateway anew, MediaMTX the same process; $moved"
}
mtx_goes_with_the_package() {
    systemctl start gatehouse gatehouse-mediamtx && wait_for 60 is_ok || return 1
    dpkg --remove gatehouse-media gatehouse >/tmp/removal.log 2>&1 || { tail -n 5 /tmp/removal.log; return 1; }
    ! pgrep -x mediamtx >/dev/null && ! pgrep -x gatehoused >/dev/null && echo "nothing runs any more"
}

with_mediamtx() {
    check "gatehouse-mediamtx" mtx_starts
    check "user of gatehouse-mediamtx" user_of gatehouse-mediamtx
    check "its sandbox" mtx_capabilities
    check "its file" mtx_place
    check "it listens" mtx_listens
    check "its API" mtx_lets_nobody_in
    check "camera through it" pictures
    check "gatehouse-mediamtx after SIGKILL" killed gatehouse-mediamtx
    check "its file edited by hand" mtx_edited
    check "it outlives a restart of gatehouse" mtx_outlives_the_gateway
    check "it outlives an upgrade" mtx_outlives_an_upgrade
    check "journal with it" journal gatehouse gatehouse-mediamtx
}
