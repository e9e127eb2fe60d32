#!/bin/bash
# Installs the Debian packages that the checks need and lists them; without root or sudo it only prints what to install.
set -euo pipefail

need=()
for pair in crm_simulate:pacemaker-cli-utils xmllint:libxml2-utils shellcheck:shellcheck strace:strace setpriv:util-linux groff:groff-base mandoc:mandoc zsh:zsh crm:crmsh codespell:codespell parallel:parallel; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%:*}" >/dev/null || need+=("${pair#*:}")
done
# the dependencies of pcs, which is unpacked instead of installed, as its package starts a daemon
for module in dacite dateutil lxml pycurl pyparsing; do
    /usr/bin/python3 -Ec "import $module" 2>/dev/null || need+=("python3-$module")
done
unpack() { "$(dirname "$0")/debian-file.sh" pcs /usr/lib/python3/dist-packages/pcs >/dev/null; }
[ ${#need[@]} -gt 0 ] || {
    unpack
    exit
}

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "the checks need these Debian packages: ${need[*]} (run: apt-get install ${need[*]})" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "installing packages that the checks need: ${need[*]}"
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >/dev/null; }
apt_get install -y --no-install-recommends "${need[@]}" 2>/dev/null || {
    apt_get update
    apt_get install -y --no-install-recommends "${need[@]}"
}
unpack
