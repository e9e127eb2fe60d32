#!/bin/bash
# Validates metadata/*.xml against the four schemas that programs validate it with: ra-api-1.dtd and metadata.rng of
# resource-agents, ocf-1.0.rng and ocf-1.1.rng of pcs.
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

invalid=0
# check FILE SCHEMA OPTION...: a warning counts as an error; xmllint prints "validates" if there is none
check() {
    local file=$1 schema=$2 output status=0
    shift 2
    output=$(xmllint --noout "$@" "$file" 2>&1) || status=$?
    output=$(grep -v ' validates$' <<<"$output") || true
    [ "$status" != 0 ] || [ -n "$output" ] || return 0
    printf '%s is not valid against %s:\n%s\n' "$file" "$schema" "$output" >&2
    invalid=1
}

files=(metadata/*.xml)
for file in "${files[@]}"; do
    # --path, as the DOCTYPE names the DTD without a directory
    check "$file" "$dtd" --path "$(dirname "$dtd")" --dtdvalid "$dtd"
    for rng in "${rngs[@]}"; do check "$file" "$rng" --path "$(dirname "$dtd")" --relaxng "$rng"; done
done
[ "$invalid" = 0 ]
echo "${#files[@]} files are valid against 4 schemas"
