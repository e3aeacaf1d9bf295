#!/usr/bin/env bash
# Installs the Debian 12 packages of the named sections of packaging/debian-packages.txt that are not there yet.
# usage: packaging/install-packages.sh build run test
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

wanted=()
for section in "$@"; do
    while read -r list_section package; do
        [ "$list_section" = "$section" ] && wanted+=("$package")
    done < <(grep -v '^#' "$here/debian-packages.txt")
done

missing=()
for package in "${wanted[@]}"; do
    case $package in
        # A newer Node.js from elsewhere brings its own npm, which conflicts with Debian's package.
        nodejs) command -v node >/dev/null && continue ;;
        npm) command -v npm >/dev/null && continue ;;
    esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "These packages are missing and need root to install: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
"${as_root[@]}" apt-get update >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
# A mirror that stumbles once is asked again.
install || { sleep 3; install; } || { tail -n 40 "$log" >&2; exit 1; }
