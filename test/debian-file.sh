#!/bin/bash
# debian-file.sh PACKAGE PATH: prints where PATH of a Debian package is: on this machine if it is installed, else in .cache, into
# which the package is downloaded and unpacked. For packages that would start a daemon, or of which only some files are needed.
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
    # apt downloads as a user of its own, who must be able to enter the directory
    chmod 755 "$directory"
    (cd "$directory" && apt-get -qq download "$package" 2>"$directory/errors") || {
        echo "cannot download the Debian package $package: $(tail -n 1 "$directory/errors")" >&2
        exit 1
    }
    mkdir -p "$cache"
    dpkg-deb -x "$directory"/*.deb "$cache"
fi
echo "$cache$path"
