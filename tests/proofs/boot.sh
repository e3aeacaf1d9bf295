#!/usr/bin/env bash
# Installs the packages on a Debian 12 of its own, boots it under qemu with its real systemd, and tries the services there:
# started, serving page and pictures, reloaded, killed, hung. Prints one line a finding; ends with 1 where one is not as it
# should be. Needs root, and some minutes: it emulates the processor unless told --kvm.
#
# usage: tests/proofs/boot.sh --build-dir DIR [--packages DIR] [--kvm] [--record]
#   --build-dir DIR  a build with gatehouse-simcam, the camera of the guest
#   --packages DIR   packages to take instead of building them
#   --record         write docs/proofs/boot.md
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

build= packages= record=no accelerator=tcg cpu=max
while [ $# -gt 0 ]; do
    case $1 in
        --build-dir) build=$(realpath "$2"); shift 2 ;;
        --packages) packages=$(realpath "$2"); shift 2 ;;
        --record) record=yes; shift ;;
        --kvm) accelerator=kvm cpu=host; shift ;;
        -h|--help) sed -n '2,9p' "$0" | cut -c3-; exit 0 ;;
        *) echo "tests/proofs/boot.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
done
[ -x "$build/bin/gatehouse-simcam" ] || { echo "tests/proofs/boot.sh: --build-dir has no bin/gatehouse-simcam" >&2; exit 2; }
"$top/packaging/install-packages.sh" package test proof
commit=$(git -c safe.directory='*' -C "$top" rev-parse --short=10 HEAD)

work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-boot.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -z "$packages" ]; then
    packages=$work/packages
    "$top/packaging/build-packages.sh" --no-debug --output "$packages" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; exit 1; }
fi

# The guest: systemd, a kernel, the packages, a camera, and the unit that tries it all and switches off.
mkdir -p "$work/guest/proof"
cp "$packages"/gatehouse_*.deb "$packages"/gatehouse-media_*.deb "$build/bin/gatehouse-simcam" "$top/tests/proofs/boot/guest.sh" "$work/guest/proof/"
echo "Making the guest ..."
mmdebstrap --mode=root --variant=minbase --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --include=systemd-sysv,udev,linux-image-cloud-amd64,curl,python3,procps,libgstrtspserver-1.0-0 \
    --customize-hook="copy-in '$work/guest/proof' /" \
    --customize-hook='chroot "$1" sh -c "apt-get install -q -y /proof/*.deb"' \
    --customize-hook="copy-in '$top/tests/proofs/boot/proof.service' /etc/systemd/system" \
    --customize-hook='chroot "$1" systemctl enable proof.service' \
    --customize-hook="copy-out /vmlinuz '$work'" --customize-hook="copy-out /initrd.img '$work'" \
    --customize-hook='rm -f "$1/etc/fstab"; echo guest >"$1/etc/hostname"' \
    bookworm "$work/root" >"$work/guest.log" 2>&1 || { tail -n 40 "$work/guest.log" >&2; exit 1; }
kernel=$(echo "$work"/vmlinuz*) initrd=$(echo "$work"/initrd.img*)
truncate -s 4G "$work/disk"
mke2fs -q -t ext4 -d "$work/root" "$work/disk"

echo "Booting ..."
started=$SECONDS
timeout 900 qemu-system-x86_64 -accel "$accelerator" -cpu "$cpu" -smp 2 -m 2048 -display none -nodefaults -no-reboot \
    -drive "file=$work/disk,format=raw,if=virtio" -kernel "$kernel" -initrd "$initrd" \
    -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=no" \
    -serial "file:$work/console" -serial "file:$work/findings" || true
took=$((SECONDS - started))

tr -d '\r' <"$work/findings" >"$work/found"
cat "$work/found"
verdict=0
grep -q '^end: ' "$work/found" || { echo "NOT reached: the end of the proof; the guest's last words:"; tail -n 30 "$work/console"; verdict=1; }
! grep -q '^NOT ' "$work/found" || verdict=1
echo "The guest ran for $took s under $accelerator."

if [ "$record" = yes ]; then
    {
        echo "# The packages under a real systemd"
        echo
        echo "Last run of \`tests/proofs/boot.sh --record\`: commit $commit," \
            "$(date -u +%Y-%m-%d), $(nproc) cores of $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), qemu with $accelerator, guest Debian $(cat "$work/root/etc/debian_version")," \
            "2 processors, 2 GiB; $took s in all. Times in the guest are those of an emulated machine where the accelerator is tcg."
        echo
        sed 's/^/    /' "$work/found"
    } >"$top/docs/proofs/boot.md"
fi
exit $verdict
