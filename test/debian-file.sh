#!/bin/bash
# debian-file.sh PACKAGE PATH: prints where PATH of a Debian package is: on this machine if it is installed, else in .cache,
# where the package is fetched to and unpacked. For packages that would start a daemon, or that only files are needed of.
set -euo pipefail
cd "$(dirname "$0")/.."
package=$1 path=$2 cache=$PWD/.cache/debian

if [ -e "$path" ]; then
    echo "$path"
    exit
fi
if [ ! -e "$cache$path" ]; then
    directory=$(mktemp -d)
    trap 'rm -rf "$directory"' EXIT
    # apt fetches as its own user, which must be able to write there
    chmod 755 "$directory"
    (cd "$directory" && apt-get -qq download "$package" 2>"$directory/said") || {
        echo "the Debian package $package cannot be fetched: $(tail -n 1 "$directory/said")" >&2
        exit 1
    }
    mkdir -p "$cache"
    dpkg-deb -x "$directory"/*.deb "$cache"
fi
echo "$cache$path"
