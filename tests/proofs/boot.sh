#!/usr/bin/env bash
# Boots a Debian 12 of its own under qemu, installs the packages there under its real systemd, and tries the services:
# started, serving page and pictures, reloaded, killed, hung; MediaMTX as a service where it is on the PATH; at last the power
# fails, and the guest is booted again. Prints one line a finding; ends with 1 where one is not as it should be (NOT).
# Run by hand: it needs root, qemu and some minutes, for it emulates the processor unless told --kvm.
#
# usage: tests/proofs/boot.sh --build-dir DIR [--packages DIR] [--image FILE] [--short] [--kvm] [--logs DIR] [--record]
#   --build-dir DIR  a build with gatehouse-simcam, the camera of the guest
#   --packages DIR   packages to take instead of building them
#   --image FILE     the guest's disk before the packages are installed: taken from there, or made and kept there
#   --short          installed, started, pictures, killed, stopped: no more
#   --logs DIR       leave the guest's console and journal there
#   --record         write docs/proofs/boot.md
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

build= packages= image= logs= record=no short=no accelerator=tcg cpu=max
while [ $# -gt 0 ]; do
    case $1 in
        --build-dir) build=$(realpath "$2"); shift 2 ;;
        --packages) packages=$(realpath "$2"); shift 2 ;;
        --image) image=$(realpath "$2"); shift 2 ;;
        --logs) logs=$(realpath "$2"); shift 2 ;;
        --record) record=yes; shift ;;
        --short) short=yes; shift ;;
        --kvm) accelerator=kvm cpu=host; shift ;;
        -h|--help) sed -n '2,13p' "$0" | cut -c3-; exit 0 ;;
        *) echo "tests/proofs/boot.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
done
[ -x "$build/bin/gatehouse-simcam" ] || { echo "tests/proofs/boot.sh: --build-dir has no bin/gatehouse-simcam" >&2; exit 2; }
"$top/packaging/install-packages.sh" package test proof
commit=$(git -c safe.directory='*' -C "$top" rev-parse --short=10 HEAD)

work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-boot.XXXXXX")
guest=
finish() {
    trap - EXIT
    [ -z "$guest" ] || kill -KILL "$guest" 2>/dev/null || true
    [ -z "$logs" ] || { mkdir -p "$logs"; cp "$work"/*.console "$work"/*.journal "$work"/found "$logs/" 2>/dev/null || true; }
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
if [ -z "$packages" ]; then
    packages=$work/packages
    "$top/packaging/build-packages.sh" --no-debug --output "$packages" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; exit 1; }
fi
debs=("$packages"/gatehouse_*.deb "$packages"/gatehouse-media_*.deb)
version=$(dpkg-deb -f "${debs[0]}" Version)

# What the packages depend on is in the guest already; they themselves are installed under its systemd.
make_image() {  # <file>
    local needs
    needs=$(for deb in "${debs[@]}"; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' | sed 's/^ *//; /^gatehouse /d' | sort -u | paste -sd ,)
    echo "Making the guest ..."
    mmdebstrap --mode=root --variant=minbase --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --include=systemd-sysv,udev,linux-image-cloud-amd64,curl,python3,procps,libgstrtspserver-1.0-0 \
        --customize-hook="chroot \"\$1\" apt-get satisfy -q -y '$needs'" \
        --customize-hook="copy-in '$top/tests/proofs/boot/proof.service' /etc/systemd/system" \
        --customize-hook='chroot "$1" systemctl enable proof.service' \
        --customize-hook='mkdir "$1/proof"; echo "/dev/vdb /proof ext4 ro 0 0" >"$1/etc/fstab"; echo guest >"$1/etc/hostname"' \
        bookworm "$work/root" >"$work/guest.log" 2>&1 || { tail -n 40 "$work/guest.log" >&2; exit 1; }
    truncate -s 4G "$work/disk.new"
    mke2fs -q -t ext4 -d "$work/root" "$work/disk.new"
    rm -rf "$work/root"
    mv "$work/disk.new" "$1"
}
[ -n "$image" ] || image=$work/image
[ -e "$image" ] || make_image "$image"
cp --sparse=always "$image" "$work/disk"
for file in vmlinuz initrd.img; do  # links in the guest's root
    debugfs -R "dump $(debugfs -R "stat $file" "$work/disk" 2>/dev/null | sed -n 's/^Fast link dest: "\(.*\)"/\1/p') $work/$file" "$work/disk" 2>/dev/null
done
debian=$(debugfs -R 'cat etc/debian_version' "$work/disk" 2>/dev/null)

mkdir "$work/proof"
cp "${debs[@]}" "$build/bin/gatehouse-simcam" "$top"/tests/proofs/boot/* "$work/proof/"
mediamtx=$(command -v mediamtx) && cp -L "$mediamtx" "$work/proof/mediamtx"
truncate -s 256M "$work/material"
mke2fs -q -t ext4 -d "$work/proof" "$work/material"

boot() {  # <name> <words for guest.sh>: starts the guest; its findings come in $work/<name>.findings
    : >"$work/$1.findings"
    qemu-system-x86_64 -accel "$accelerator" -cpu "$cpu" -smp 2 -m 2048 -display none -nodefaults -no-reboot \
        -drive "file=$work/disk,format=raw,if=virtio" -drive "file=$work/material,format=raw,if=virtio,readonly=on" \
        -kernel "$work/vmlinuz" -initrd "$work/initrd.img" \
        -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=no $2" \
        -serial "file:$work/$1.console" -serial "file:$work/$1.findings" -serial "file:$work/$1.journal" &
    guest=$!
}
written() { grep -c '^written: ' "$work/first.findings" || true; }
wait_for_guest() {  # <seconds> [cut]: until it has switched itself off; with "cut", its power fails once it has written 25 cameras
    local deadline=$((SECONDS + $1))
    while kill -0 "$guest" 2>/dev/null; do
        [ $SECONDS -lt $deadline ] || { kill -KILL "$guest"; break; }
        if [ "${2:-}" = cut ] && [ "$(written)" -ge 25 ]; then
            sleep "0.$((RANDOM % 10))"
            kill -KILL "$guest"
            break
        fi
        sleep 0.2
    done
    wait "$guest" 2>/dev/null || true
    guest=
}

echo "Booting ..."
started=$SECONDS
if [ "$short" = yes ]; then
    boot first proof=short
    wait_for_guest 900
else
    boot first proof=full
    wait_for_guest 1500 cut
    if [ "$(written)" -ge 25 ]; then
        written=$(sed -n 's/^written: \([0-9]*\)\r*$/\1/p' "$work/first.findings" | tail -1)
        echo "power: failed after camera $written was said to be written" >>"$work/first.findings"
        boot second "proof=again proof.written=$written"
        wait_for_guest 600
    fi
fi
took=$((SECONDS - started))

cat "$work"/*.findings | tr -d '\r' | grep -v '^written: ' >"$work/found" || true
cat "$work/found"
verdict=0
grep -q '^end: ' "$work/found" || { echo "NOT reached: the end of the proof; the guest's last words:"; tail -n 30 "$work"/*.console; verdict=1; }
! grep -q '^NOT ' "$work/found" || verdict=1
echo "The guest ran for $took s under $accelerator; ends with $verdict."

if [ "$record" = yes ]; then
    {
        echo "# The packages under a real systemd"
        echo
        echo "A proof that is run by hand, not by CI: it needs root, qemu and some minutes. What follows is what it printed."
        echo
        echo "\`tests/proofs/boot.sh --build-dir build/release --record$([ "$short" = no ] || echo " --short")$([ $accelerator = tcg ] || echo " --kvm")\`: commit $commit," \
            "packages $version, $(date -u +%Y-%m-%d), $(nproc) cores of $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)," \
            "guest Debian $debian with 2 processors and 2 GiB under qemu, $([ $accelerator = tcg ] && echo "emulated (tcg), so that times are long" || echo "kvm");" \
            "it ran for $took s and ended with $verdict."
        echo
        sed 's/^/    /' "$work/found"
    } >"$top/docs/proofs/boot.md"
fi
exit $verdict
