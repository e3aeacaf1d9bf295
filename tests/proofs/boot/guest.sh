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
is_ok() { local said; said=$(health) && echo "$said" && [ "$said" = ok ]; }
pictures() { python3 /proof/pictures.py 90; }
monotonic_ms() { awk '{print int($1 * 1000)}' /proc/uptime; }
since() { echo "$(($(monotonic_ms) - $1)) ms"; }
new_pid() { local pid; pid=$(property "$1" MainPID); [ "$pid" != 0 ] && [ "$pid" != "$2" ] && [ "$(property "$1" ActiveState)" = active ]; }
user_of() { ps -o user:20= -p "$(property "$1" MainPID)"; }
active() { systemctl is-active "$@" | paste -sd ' '; systemctl is-active --quiet "$@"; }

installed() {
    local from; from=$(monotonic_ms)
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y /proof/*.deb >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; return 1; }
    wait_for 60 active gatehouse gatehouse-media
    echo "$(dpkg-query -W -f '${Package} ' gatehouse gatehouse-media)in $(since "$from"), started: $(active gatehouse gatehouse-media)" && active gatehouse gatehouse-media >/dev/null
}
starts() {  # systemctl comes back when the daemon has said READY
    systemctl stop gatehouse && local from && from=$(monotonic_ms) && systemctl start gatehouse &&
        [ "$(property gatehouse Type) $(property gatehouse SubState)" = "notify running" ] && echo "READY after $(since "$from") (Type=notify)"
}
watchdog_moves() { [ "$(property gatehouse WatchdogTimestampMonotonic)" != "$1" ]; }
watchdog() {
    local before; before=$(property gatehouse WatchdogTimestampMonotonic)
    [ "$before" != 0 ] && wait_for 60 watchdog_moves "$before" && echo "every $(property gatehouse WatchdogUSec), and the daemon reports"
}
files_limit() { awk '/open files/ {print $4}' "/proc/$(property gatehouse MainPID)/limits"; }
page() { get / | grep -o '<title>.*</title>'; }
own_key() {  # the key is root's, the service has it all the same
    [ "$(stat -c '%U %a' /etc/gatehouse/keys/master.key)" = "root 600" ] &&
        printf 'password\n' | gatehousectl cameras add --name Sealed --url rtsp://127.0.0.1:9/none --user viewer --password-stdin >/dev/null &&
        gatehousectl cameras remove Sealed --yes >/dev/null && echo "root's, 0600; a password was sealed with the credential"
}
administrator() {  # an ordinary user: kept out, and let in as a member of gatehouse-admin
    local said; useradd --no-create-home --shell /bin/sh ordinary || return 1
    ! said=$(runuser -u ordinary -- gatehousectl status 2>&1) || { echo "no member, and let in: $said"; return 1; }
    said=$(stat -c '%U:%G %a' /run/gatehouse/admin.sock); [ "$said" = "gatehouse:gatehouse-admin 660" ] || { echo "$said"; return 1; }
    usermod --append --groups gatehouse-admin ordinary &&
        { said=$(runuser -u ordinary -- gatehousectl status 2>&1) || { echo "a member, and kept out: $said"; return 1; }; } &&
        ! id -nG gatehouse | grep -qw gatehouse-admin && echo "gatehousectl status works for a member, for nobody else; the service's user is none"
}
camera_up() { cp /proof/camera.service /run/systemd/system/ && systemctl daemon-reload && systemctl start camera; }
first_picture() {
    camera_up && printf 'Pass-Word-Of-Camera\n' |
        gatehousectl cameras add --name Gate --url rtsp://127.0.0.1:8600/cam1 --user viewer --password-stdin --visibility public >/dev/null || return 1
    local from; from=$(monotonic_ms)
    pictures && echo "   $(since "$from") after the camera was added" && return
    gatehousectl cameras list; systemctl status camera --no-pager; journalctl -q -b -u camera -u gatehouse-media -o cat --no-pager | tail -n 20; return 1
}
reload_good() {
    sed -i 's/^  level: information/  level: debug/' /etc/gatehouse/gatehouse.yaml
    local pid; pid=$(property gatehouse MainPID)
    systemctl reload gatehouse && wait_for 20 sh -c 'gatehousectl config show | grep -q "level.*debug"' &&
        [ "$pid" = "$(property gatehouse MainPID)" ] && property gatehouse StatusText || return 1
    sed -i 's/^  level: debug/  level: information/' /etc/gatehouse/gatehouse.yaml; systemctl reload gatehouse
}
reload_bad() {
    cp /etc/gatehouse/gatehouse.yaml /tmp/good.yaml; echo 'nonsense: 1' >>/etc/gatehouse/gatehouse.yaml
    systemctl reload gatehouse
    wait_for 20 sh -c 'systemctl show --property StatusText gatehouse | grep -q refused' && active gatehouse >/dev/null && property gatehouse StatusText
    local code=$?
    cp /tmp/good.yaml /etc/gatehouse/gatehouse.yaml; systemctl reload gatehouse
    return $code
}
killed() {  # <unit>: SIGKILL of its main process; back with pictures
    local pid from moved; pid=$(property "$1" MainPID) from=$(monotonic_ms)
    kill -KILL "$pid"
    wait_for 60 new_pid "$1" "$pid" && wait_for 60 is_ok && local back && back=$(since "$from") && moved=$(pictures) &&
        echo "healthy after $back, pictures after $(since "$from") ($moved)"
}
hung() {  # the watchdog finds a daemon that stands still
    local pid from; pid=$(property gatehouse MainPID) from=$(monotonic_ms)
    kill -STOP "$pid"
    wait_for 240 new_pid gatehouse "$pid" && wait_for 60 is_ok && echo "replaced after $((($(monotonic_ms) - from) / 1000)) s"
}
stopped() {  # <unit ...>
    local unit from said=; for unit; do
        from=$(monotonic_ms)
        systemctl stop "$unit" && [ "$(property "$unit" Result) $(property "$unit" ExecMainStatus)" = "success 0" ] || { property "$unit" Result; return 1; }
        said+="$unit in $(since "$from"), "
    done
    [ ! -e /run/gatehouse/ports.json ] && echo "${said}with code 0, of $(property gatehouse TimeoutStopUSec) granted"
}
verified() {
    local unit said=; for unit; do said+=$(systemd-analyze verify --man=no "/lib/systemd/system/$unit.service" 2>&1); done
    [ -z "$said" ] && echo "no complaints" || { echo "$said"; return 1; }
}
exposure() { systemd-analyze security --no-pager "$1" | tail -1 | sed 's/.*: \([0-9]\)/\1/' | tr -cd '[:alnum:]. \n' | sed 's/ *$//'; }
complaints() { journalctl -q -b -u gatehouse -u gatehouse-media -p "$1" -o cat --no-pager; }
secrets() {  # the camera's password, and what Gatehouse and MediaMTX know each other by
    echo Pass-Word-Of-Camera
    [ ! -e /run/gatehouse/mediamtx.secrets ] || sed -n 2,5p /run/gatehouse/mediamtx.secrets
}
journal() { secrets | python3 /proof/journal.py "$@"; }

. /proof/guest_mediamtx.sh
. /proof/guest_power.sh

first_half() {
    check "installed" installed
    check "systemctl start" starts
    check "user of gatehouse" user_of gatehouse
    wait_for 30 is_ok
    check "/health" is_ok
    check "page" page
    check "camera" first_picture
}
faults() {
    check "gatehouse after SIGKILL" killed gatehouse
    check "gatehouse-media after SIGKILL" killed gatehouse-media
}
full() {
    first_half
    check "watchdog" watchdog
    check "open files" files_limit
    check "key" own_key
    check "gatehouse-admin" administrator
    local before_faults; before_faults=$(complaints warning)
    check "reload" reload_good
    check "refused reload" reload_bad
    faults
    check "gatehouse after SIGSTOP" hung
    check "pictures after that" pictures
    found "warnings before the faults" "${before_faults:-none}"
    check "journal" journal gatehouse gatehouse-media
    local unit; for unit in gatehouse gatehouse-media gatehouse-mediamtx; do check "exposure of $unit" exposure $unit; done
    check "systemd-analyze verify" verified gatehouse gatehouse-media gatehouse-mediamtx
    if [ -e /proof/mediamtx ]; then with_mediamtx; else echo "SKIPPED: no mediamtx on PATH, so gatehouse-mediamtx.service was not tried"; fi
    write_until_the_power_fails
}

case $(cat /proc/cmdline) in
    *proof=short*) first_half; faults; check "journal" journal gatehouse gatehouse-media; check "stop" stopped gatehouse gatehouse-media ;;
    *proof=again*) after_the_power_failed ;;
    *) full ;;
esac
journalctl -q -b -o short-monotonic --no-pager >/dev/ttyS2
found "end" "after $(monotonic_ms) ms"
sync
