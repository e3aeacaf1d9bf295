#!/usr/bin/env bash
# Builds the Debian packages gatehouse, gatehouse-media and gatehouse-dev from the last commit; nothing uncommitted goes in.
# (From a source tree without git, from the tree.)
# Needs no root where the packages of the sections "build" and "package" of packaging/debian-packages.txt are installed.
#
# usage: packaging/build-packages.sh [--output DIR] [--no-debug] [--no-check]
#   --output DIR  where the packages go (default: build/packages)
#   --no-debug    no packages with debugging symbols
#   --no-check    do not run lintian
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)

output=$top/build/packages debug=yes check=yes
while [ $# -gt 0 ]; do
    case $1 in
        --output) output=$2; shift 2 ;;
        --no-debug) debug=no; shift ;;
        --no-check) check=no; shift ;;
        -h|--help) sed -n '2,9p' "$0" | cut -c3-; exit 0 ;;
        *) echo "packaging/build-packages.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
done
"$top/packaging/install-packages.sh" build package

work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
repository() { git -c safe.directory='*' -C "$top" "$@"; }

stage=$work/gatehouse
mkdir -p "$stage" "$output"
if commit=$(repository rev-parse --short=10 HEAD 2>/dev/null); then
    commit_time=$(repository log -1 --format=%ct)
    repository archive HEAD | tar -x -C "$stage"
else
    commit=source commit_time=$(stat -c %Y "$top/CHANGELOG.md")
    tar -C "$top" --exclude='./build*' --exclude=node_modules -c . | tar -x -C "$stage"
fi
cp -r "$stage/packaging/debian" "$stage/debian"

# Everything that varies comes from the commit, so that the same commit gives the same packages.
"$stage/packaging/make-changelog.py" --source "$stage" --time "$commit_time" --commit "$commit" >"$stage/debian/changelog"
export SOURCE_DATE_EPOCH=$commit_time LC_ALL=C.UTF-8 TZ=UTC
find "$stage" -exec touch --no-dereference --date="@$commit_time" {} +

# debhelper gives the build a home of its own: the compiler cache and npm are told where the user's are, and that the
# stage's name does not matter.
if command -v ccache >/dev/null; then
    CCACHE_DIR=${CCACHE_DIR:-$(ccache --get-config cache_dir)}
    export CCACHE_DIR CCACHE_BASEDIR=$stage
fi
npm_cache=$(npm config get cache 2>/dev/null) && export npm_config_cache=$npm_cache
[ ! -e "$HOME/.npmrc" ] || export NPM_CONFIG_USERCONFIG=$HOME/.npmrc

options=(parallel="$(nproc)")
[ "$debug" = yes ] || options+=(noautodbgsym)
export DEB_BUILD_OPTIONS="${options[*]}"
(cd "$stage" && dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes --no-sign)

rm -f "$output"/gatehouse*_*.deb
mv "$work"/gatehouse*_*.deb "$output/"
[ "$check" = no ] || lintian --allow-root --fail-on error "$output"/gatehouse*_*.deb
echo "Packages in $output:"
(cd "$output" && ls -1 gatehouse*_*.deb)
