#!/bin/bash
# debian-root.sh SUITE PACKAGE...: prints the directory of a Debian of another release with these packages, to run its tools with
# chroot(8). The first call unpacks it, which takes about two minutes, from the mirror of this machine's own Debian.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=test/debian-sources.sh
source ./debian-sources.sh
roots=${VHACS_ROOTS:-/var/tmp/vhacs-roots}
arguments=("$@")
suite=$1
shift
root=$roots/$suite-$(echo "$*" | cat - debian-root.sh | sha256sum | cut -c1-12)
log() { echo "debian-root: $*" >&2; }

if [ ! -d "$root" ]; then
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { log "unpacking Debian $suite needs root, and there is no sudo: run this as root" && exit 1; }
        exec sudo env "VHACS_ROOTS=$roots" "$PWD/debian-root.sh" "${arguments[@]}"
    fi
    command -v mmdebstrap >/dev/null || apt-get -qq install -y --no-install-recommends mmdebstrap </dev/null >&2
    mkdir -p "$roots"
    exec 9>"$roots/lock"
    flock 9
fi
if [ ! -d "$root" ]; then
    new=$(mktemp -d "$roots/new.XXXXXX")
    trap 'rm -rf --one-file-system "$new"' EXIT
    debian_sources "$suite" "$new"
    apt_options >"$new/options"
    log "unpacking Debian $suite with $*"
    unshare --mount --pid --fork --kill-child --mount-proc \
        mmdebstrap --mode=root --variant=minbase --format=directory --skip=output/mknod \
        --aptopt='APT::Install-Recommends "false"' --aptopt="$new/options" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include="$(IFS=, && echo "$*")" "$suite" "$new/root" "$new"/debian* </dev/null >"$new/log" 2>&1 || {
        log "mmdebstrap failed: $(grep -E '^E:|error' "$new/log" | tail -1)"
        exit 1
    }
    rm -rf --one-file-system "$roots/$suite"-*
    mv "$new/root" "$root"
fi
echo "$root"
