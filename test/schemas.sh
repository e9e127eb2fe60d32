#!/bin/bash
# Validates metadata/*.xml against the four schemas that its readers use: ra-api-1.dtd and metadata.rng of resource-agents,
# ocf-1.0.rng and ocf-1.1.rng of pcs. Those that are not installed are fetched as Debian packages and unpacked, not
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=.cache/schemas

command -v xmllint >/dev/null || {
    echo 'xmllint is missing: install libxml2-utils' >&2
    exit 1
}

# schema PACKAGE PATH: prints where the file is
schema() {
    local package=$1 path=$2
    if [ -e "$path" ]; then
        echo "$path"
        return
    fi
    [ -e "$cache$path" ] || unpack "$package"
    echo "$cache$path"
}

unpack() {
    local package=$1 directory
    directory=$(mktemp -d)
    # apt fetches as its own user, which must be able to write there
    chmod 755 "$directory"
    (cd "$directory" && apt-get -qq download "$package" 2>"$directory/said") || {
        echo "the Debian package $package cannot be fetched: $(tail -n 1 "$directory/said")" >&2
        rm -rf "$directory"
        return 1
    }
    mkdir -p "$cache"
    dpkg-deb -x "$directory"/*.deb "$cache"
    rm -rf "$directory"
}

dtd=$(schema resource-agents /usr/share/resource-agents/ra-api-1.dtd)
rngs=(
    "$(schema resource-agents /usr/share/resource-agents/metadata.rng)"
    "$(schema pcs /usr/share/pcs/data/ocf-1.0.rng)"
    "$(schema pcs /usr/share/pcs/data/ocf-1.1.rng)"
)

wrong=0
# check FILE SCHEMA OPTION...: a warning counts too; "validates" is no complaint
check() {
    local file=$1 schema=$2 said status=0
    shift 2
    said=$(xmllint --noout "$@" "$file" 2>&1) || status=$?
    said=$(grep -v ' validates$' <<<"$said") || true
    [ "$status" != 0 ] || [ -n "$said" ] || return 0
    printf '%s is not valid against %s:\n%s\n' "$file" "$schema" "$said" >&2
    wrong=1
}

files=(metadata/*.xml)
for file in "${files[@]}"; do
    # --path: the DOCTYPE names the file without a directory
    check "$file" "$dtd" --path "$(dirname "$dtd")" --dtdvalid "$dtd"
    for rng in "${rngs[@]}"; do check "$file" "$rng" --path "$(dirname "$dtd")" --relaxng "$rng"; done
done
[ "$wrong" = 0 ]
echo "${#files[@]} files are valid against 4 schemas"
