#!/usr/bin/env bats
# Parameters that no text in JavaScript can be, and others that only the real environment carries: bytes that are not UTF-8,
# ten thousand of them, newlines, links in a circle. The property in test/unit/agents covers all the rest.

load helper

LONG=$(printf 'x%.0s' {1..10000})
BYTES=$'/dev/x\xff\xc3'

# names_of AGENT: its parameters, from the meta-data
names_of() {
    sed -n 's/^<parameter name="\([^"]*\)".*/\1/p' "$ROOT/metadata/$1.xml"
}

# says_why: the reason on stderr, in bounded lines: the part that Pacemaker keeps, preceded by the full text if it is longer
says_why() {
    assert_output ''
    assert_reasons 1
    # shellcheck disable=SC2154 # set by run
    [ -z "$(grep -vE '^([a-z0-9-]+\(default\)\[[0-9]+\]: ERROR: |ocf-exit-reason:)' <<<"$stderr")" ] || fail "$stderr"
    [ "$(wc -l <<<"$stderr")" -le 2 ] || fail "$stderr"
    [ "$(wc -c <<<"$stderr")" -lt 700 ] || fail "$(wc -c <<<"$stderr") bytes"
    [ -z "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <<<"$stderr")" ] || fail "control characters in $stderr"
    iconv -f UTF-8 -t UTF-8 <<<"$stderr" >/dev/null || fail "not UTF-8: $stderr"
}

# refuses AGENT NAME VALUE [ACTION...]: each action gives the reason (OCF_ERR_CONFIGURED), and stop succeeds
refuses() {
    local agent=$1 setting=OCF_RESKEY_$2=$3 action
    valid_parameters "$agent"
    # shellcheck disable=SC2154 # set by valid_parameters and run
    for action in start "${@:4}"; do
        call "$agent" "${valid[@]}" "$setting" -- "$action"
        [ "$status" = 6 ] || fail "$action with ${setting:0:60}: $status $stderr"
        says_why
    done
    call "$agent" "${valid[@]}" "$setting" -- stop
    assert_success
    assert_output ''
}

# the checks of a value are the same in each action: the bytes are tried in all of them
takes_no_bytes() {
    local name tried=0 actions=(monitor validate-all)
    [ "$1" != drbd-cloud ] || actions+=(promote demote notify)
    for name in $(names_of "$1"); do
        # any text may be a secret: the reason must not contain it
        [[ $name != *_secret ]] || continue
        refuses "$1" "$name" "$BYTES" "${actions[@]}"
        refuses "$1" "$name" $'a\nocf-exit-reason:b'
        refuses "$1" "$name" "$LONG"
        tried=$((tried + 1))
    done
    [ "$tried" -gt 0 ]
}

# ends STATUS... -- AGENT ACTION [NAME=VALUE...]: exits with one of them, and shows no secret
ends() {
    local expected=()
    while [ "$1" != -- ]; do
        expected+=("$1")
        shift
    done
    local agent=$2 action=$3
    valid_parameters "$agent"
    call "$agent" "${valid[@]}" "${@:4}" -- "$action"
    [[ " ${expected[*]} " = *" $status "* ]] || fail "$agent $action: $status $stderr"
    refute_stderr --partial hush
    [[ $action:$status = stop:* || $status = [07] ]] || says_why
}

keeps_secrets() {
    local secret name
    for secret in hush-"$BYTES"-hush "hush-$LONG" $'hush-hush-hush\nocf-exit-reason:hush'; do
        for name in chap_secret mutual_chap_secret; do
            local given=(OCF_RESKEY_chap_user=u OCF_RESKEY_mutual_chap_user=t
                OCF_RESKEY_chap_secret=hush-initiator OCF_RESKEY_mutual_chap_secret=hush-hush-target)
            given+=("OCF_RESKEY_$name=$secret")
            ends 6 -- "$1" start "${given[@]}"
            ends 6 -- "$1" validate-all "${given[@]}"
            ends 7 -- "$1" monitor "${given[@]}"
            ends 0 -- "$1" stop "${given[@]}"
        done
    done
}

# a start, or an inspection of this node, also fails because of what this machine lacks; it changes nothing here
bears_a_circle() {
    local circle=$BATS_TEST_TMPDIR/circle given action=start
    ln -s circle "$circle"
    case $1 in
        ext3-filesystem)
            given=(OCF_RESKEY_directory="$circle" OCF_RESKEY_create_directory=no)
            # its start would wait for the device first
            action=validate-all
            ;;
        nspawn-container)
            given=(OCF_RESKEY_settings="$circle")
            # its start would first miss the tree
            action=validate-all
            ;;
        *) given=(OCF_RESKEY_chap_user=u OCF_RESKEY_chap_secret_file="$circle") ;;
    esac
    ends 2 5 -- "$1" "$action" "${given[@]}" OCF_CHECK_LEVEL=10
    ends 0 -- "$1" validate-all "${given[@]}"
    ends 7 -- "$1" monitor "${given[@]}"
    ends 0 -- "$1" stop "${given[@]}"
}

for agent in "${AGENTS[@]}"; do
    bats_test_function --description "$agent: a value that is no text, too long or of two lines is refused (OCF_ERR_CONFIGURED)" -- takes_no_bytes "$agent"
done
for agent in lio-iblock iscsi-mount; do
    bats_test_function --description "$agent: a secret that is no text, too long or of two lines is refused and not shown (OCF_ERR_CONFIGURED)" -- keeps_secrets "$agent"
done
for agent in lio-iblock iscsi-mount ext3-filesystem nspawn-container; do
    bats_test_function --description "$agent: a path that leads in a circle is none, and keeps it from no stop (OCF_ERR_ARGS or OCF_ERR_INSTALLED)" -- bears_a_circle "$agent"
done
