#!/bin/bash
# Validates metadata/*.xml against the four schemas that its readers use: ra-api-1.dtd and metadata.rng of resource-agents,
# ocf-1.0.rng and ocf-1.1.rng of pcs.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v xmllint >/dev/null || {
    echo 'xmllint is missing: install libxml2-utils' >&2
    exit 1
}

dtd=$(test/debian-file.sh resource-agents /usr/share/resource-agents/ra-api-1.dtd)
rngs=(
    "$(test/debian-file.sh resource-agents /usr/share/resource-agents/metadata.rng)"
    "$(test/debian-file.sh pcs /usr/share/pcs/data/ocf-1.0.rng)"
    "$(test/debian-file.sh pcs /usr/share/pcs/data/ocf-1.1.rng)"
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
