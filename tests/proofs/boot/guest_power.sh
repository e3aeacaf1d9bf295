# Part of guest.sh: cameras are written until the power fails; what was said to be written is there afterwards.

write_until_the_power_fails() {
    found "before the power fails" "$(sync; active gatehouse) after $(monotonic_ms) ms"
    journalctl -q -b -o short-monotonic --no-pager >/dev/ttyS2
    local number=0
    while [ $number -lt 2000 ]; do
        number=$((number + 1))
        gatehousectl cameras add --name "Written $number" --url rtsp://127.0.0.1:9/none --disabled >/dev/null && echo "written: $number"
    done
    found "NOT cut" "the power did not fail"
}

whole() {
    python3 - <<'PYTHON'
import sqlite3
database = sqlite3.connect("file:/var/lib/gatehouse/gatehouse.db?mode=ro", uri=True)
[[verdict]] = database.execute("PRAGMA integrity_check").fetchall()
broken = database.execute("PRAGMA foreign_key_check").fetchall()
print(f"integrity_check {verdict}, foreign_key_check {len(broken)} rows, journal_mode {database.execute('PRAGMA journal_mode').fetchone()[0]}")
raise SystemExit(verdict != "ok" or bool(broken))
PYTHON
}
all_there() {
    local promised there; promised=$(sed 's/.*proof.written=\([0-9]*\).*/\1/' /proc/cmdline)
    there=$(gatehousectl --json cameras list | python3 -c '
import json, sys
names = {camera["name"] for camera in json.load(sys.stdin)["data"]}
missing = [number for number in range(1, int(sys.argv[1]) + 1) if f"Written {number}" not in names]
print(f"Gate and {len(names) - 1} more; of the {sys.argv[1]} promised missing: {missing or 0}")
sys.exit(bool(missing) or "Gate" not in names)' "$promised"); local code=$?
    echo "$there"; return $code
}
came_up() {
    wait_for 120 active gatehouse && echo "$(property gatehouse SubState), READY $(($(property gatehouse ActiveEnterTimestampMonotonic) / 1000)) ms after the kernel"
}

after_the_power_failed() {
    local engine=gatehouse-media
    [ ! -e /usr/local/bin/mediamtx ] || engine=gatehouse-mediamtx
    camera_up
    check "gatehouse after the power failed" came_up
    check "database" whole
    check "cameras" all_there
    wait_for 30 active "$engine"  # it looks once a second whether the gateway has written its file
    check "engine" active "$engine"
    check "pictures" pictures
    wait_for 30 is_ok
    check "/health" is_ok
    check "stop" stopped gatehouse "$engine"
    [ "$engine" = gatehouse-media ] || check "removal" mtx_goes_with_the_package
}
