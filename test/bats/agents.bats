#!/usr/bin/env bats
# Each agent as one of the links to the executable. This machine needs no LVM, DRBD, LIO or Open-iSCSI: absent resources are
# stopped.

load helper

# An installation that every user may read, and a single link that was copied elsewhere.
setup_file() {
    INSTALLED=$(mktemp -d)
    export INSTALLED
    chmod 755 "$INSTALLED"
    mkdir "$INSTALLED/alone"
    cp -L "$DIST/vhacs" "$INSTALLED/vhacs"
    for agent in "${AGENTS[@]}"; do ln -s vhacs "$INSTALLED/$agent"; done
}

teardown_file() {
    rm -rf "$INSTALLED"
}

as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups -- env -i "$@"
    else
        env -i "$@"
    fi
}

metadata_for_nobody() {
    cd /
    run --separate-stderr as_nobody "$INSTALLED/$1" meta-data
    assert_success
    assert_stderr ''
    diff <(printf '%s\n' "$output") "$ROOT/metadata/$1.xml"
}

usage() {
    call "$1" -- usage
    assert_success
    assert_line --index 0 --partial "usage: $1 {start|stop|monitor|"
    assert_equal "${#lines[@]}" 1
    assert_stderr ''
}

probe() {
    valid_parameters "$1"
    # shellcheck disable=SC2154 # set by valid_parameters
    call "$1" "${valid[@]}" -- monitor
    assert_failure 7
    assert_output ''
    assert_stderr ''
}

monitor() {
    valid_parameters "$1"
    call "$1" "${valid[@]}" OCF_RESKEY_CRM_meta_interval=10000 -- monitor
    assert_failure 7
    assert_reasons 1
}

copied_link() {
    valid_parameters "$1"
    cp -lL "$INSTALLED/$1" "$INSTALLED/alone/$1"
    run --separate-stderr env -i "${valid[@]}" "$INSTALLED/alone/$1" monitor
    assert_failure 7
    run --separate-stderr env -i "$INSTALLED/alone/$1" usage
    assert_line --index 0 --partial "usage: $1 "
}

one_process() {
    valid_parameters "$1"
    for interval in 0 10000; do
        run --separate-stderr env -i "${valid[@]}" OCF_RESKEY_CRM_meta_interval=$interval \
            strace -f -e trace=execve,execveat -e signal=none -o "$BATS_TEST_TMPDIR/trace" "$DIST/$1" monitor
        assert_failure 7
        assert_equal "$(grep -c 'execve' "$BATS_TEST_TMPDIR/trace")" 1
    done
}

for agent in "${AGENTS[@]}"; do
    bats_test_function --description "$agent: meta-data are those of metadata/, for nobody in an empty environment (OCF_SUCCESS)" -- metadata_for_nobody "$agent"
    bats_test_function --description "$agent: usage is one line (OCF_SUCCESS)" -- usage "$agent"
    bats_test_function --description "$agent: probe where nothing is (OCF_NOT_RUNNING)" -- probe "$agent"
    bats_test_function --description "$agent: monitor where nothing is (OCF_NOT_RUNNING)" -- monitor "$agent"
    bats_test_function --description "$agent: a link copied elsewhere on its own is that agent still" -- copied_link "$agent"
    bats_test_function --description "$agent: monitor and probe start no process" -- one_process "$agent"
done

@test "lvm-volume: start without LVM names the package to install (OCF_ERR_INSTALLED)" {
    valid_parameters lvm-volume
    call lvm-volume "${valid[@]}" OCF_TESTER_FAIL_HAVE_BINARY=1 -- start
    assert_failure 5
    assert_reasons 1
    assert_stderr --partial 'install the package lvm2'
}

@test "iscsi-mount: start without Open-iSCSI names the package to install (OCF_ERR_INSTALLED)" {
    valid_parameters iscsi-mount
    call iscsi-mount "${valid[@]}" OCF_TESTER_FAIL_HAVE_BINARY=1 -- start
    assert_failure 5
    assert_reasons 1
    assert_stderr --partial 'install the package open-iscsi'
}

@test "drbd-cloud: start without a configuration names the missing file (OCF_ERR_ARGS)" {
    valid_parameters drbd-cloud
    call drbd-cloud "${valid[@]}" -- start
    assert_failure 2
    assert_reasons 1
    assert_stderr --partial '/etc/drbd.d/vhacs-test.res is missing'
}

@test "ext3-filesystem: start times out half a second before the timeout (OCF_ERR_GENERIC)" {
    valid_parameters ext3-filesystem
    call ext3-filesystem "${valid[@]}" OCF_RESKEY_CRM_meta_timeout=2000 -- start
    assert_failure 1
    assert_reasons 1
    assert_stderr --partial 'start timed out: not finished after 1.5 s, while waiting for /dev/vhacs-test'
}
