#!/usr/bin/env bats
# Parameters that no text in JavaScript can be, and others that only the real environment carries: bytes that are not UTF-8,
# ten thousand of them, newlines. The property in test/unit/agents covers all the rest.

load helper

# names_of AGENT: its parameters, from the meta-data
names_of() {
    sed -n 's/^<parameter name="\([^"]*\)".*/\1/p' "$ROOT/metadata/$1.xml"
}

# refuses AGENT NAME VALUE: one bounded line on stderr says why (OCF_ERR_CONFIGURED), and stop succeeds
refuses() {
    valid_parameters "$1"
    # shellcheck disable=SC2154 # set by valid_parameters and run
    call "$1" "${valid[@]}" "OCF_RESKEY_$2=$3" -- start
    [ "$status" = 6 ] || fail "start with $2=${3:0:20}: $status $stderr"
    assert_output ''
    assert_reasons 1
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$2: $stderr"
    [ "$(wc -c <<<"$stderr")" -lt 500 ] || fail "$2: $(wc -c <<<"$stderr") bytes"
    [ -z "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <<<"$stderr")" ] || fail "$2: control characters in $stderr"
    iconv -f UTF-8 -t UTF-8 <<<"$stderr" >/dev/null || fail "$2: not UTF-8: $stderr"
    call "$1" "${valid[@]}" "OCF_RESKEY_$2=$3" -- stop
    assert_success
    assert_output ''
}

takes_no_bytes() {
    local name tried=0 long
    long=$(printf 'x%.0s' {1..10000})
    for name in $(names_of "$1"); do
        # the secrets are any text: what is wrong with them is said without them
        [[ $name != *_secret ]] || continue
        refuses "$1" "$name" $'/dev/x\xff\xc3'
        refuses "$1" "$name" $'a\nocf-exit-reason:b'
        refuses "$1" "$name" "$long"
        tried=$((tried + 1))
    done
    [ "$tried" -gt 0 ]
}

for agent in "${AGENTS[@]}"; do
    bats_test_function --description "$agent: a value that is no text, too long or of two lines is refused (OCF_ERR_CONFIGURED)" -- takes_no_bytes "$agent"
done
