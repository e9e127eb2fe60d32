#!/usr/bin/env bats
# The fencing agent as Pacemaker's fencer calls it: through its link, with its parameters on standard input. There is no cluster and no sbd here.

# shellcheck disable=SC2154 # run sets stderr
load helper

# fence NAME=VALUE...
fence() {
    # shellcheck disable=SC2016 # the other shell reads it
    run --separate-stderr bash -c 'printf "%s\n" "${@:2}" | "$1"' fence "$DIST/fence_vhacs_sbd" "$@"
}

@test "its meta-data are valid XML, by standard input and by an argument, and name the parameter" {
    fence action=metadata
    assert_success
    assert_equal "$stderr" ''
    local said=$output
    run xmllint --xpath 'string(/resource-agent/@name)' - <<<"$said"
    assert_output fence_vhacs_sbd
    run xmllint --xpath 'count(//parameter[@name="devices"])' - <<<"$said"
    assert_output 1
    run "$DIST/fence_vhacs_sbd" -o metadata
    assert_output "$said"
}

@test "where neither corosync nor sbd is there, nothing counts as fenced" {
    fence action=reboot plug=node2 devices=/dev/nosuch
    assert_failure 1
    assert_output ''
    [[ $stderr == *'fence_vhacs_sbd: whether node2 is back is unknown, so it is fenced: '* ]]
    [[ $stderr == *sbd* ]]
    fence action=monitor devices=/dev/nosuch
    assert_failure 1
}

@test "what is missing or malformed is named, without control characters" {
    fence action=reboot plug=node2
    assert_failure 1
    assert_equal "$stderr" 'fence_vhacs_sbd: devices is not set: set it to the disks in SBD_DEVICE of /etc/default/sbd'
    fence action=off "plug=$(printf 'x\033[31m')" devices=/dev/nosuch
    assert_failure 1
    refute [ "$stderr" != "${stderr//$'\033'/}" ]
}
