#!/usr/bin/env bats
# Actions that change something run in a child, which is abandoned if it does not end. A stopped process simulates one that
# hangs in the kernel.

load helper

setup() {
    export OCF_RESKEY_iqn=iqn.2026-01.org.example:x OCF_RESKEY_device=/dev/null OCF_RESKEY_CRM_meta_timeout=3000
}

# child_of PID: waits until the process has a child that has started (between fork and exec the parent waits for it)
child_of() {
    local child
    for _ in {1..100}; do
        child=$(pgrep -P "$1") && grep -qz VHACS_SUPERVISED_BY "/proc/$child/environ" && echo "$child" && return
        sleep 0.02
    done
    echo "process $1 has no child" >&2
    return 1
}

# start_with_hanging_lvs: lvm-volume start in a process group of its own, as under Pacemaker, with an lvs that never ends and has
# started a process itself; in a mount namespace, so that this machine's tools stay. Sets `agent`.
start_with_hanging_lvs() {
    unshare --mount true 2>/dev/null || skip 'no mount namespace can be made here'
    mkdir "$BATS_TEST_TMPDIR/sbin"
    # shellcheck disable=SC2016
    printf '#!/bin/bash\nsleep 600 &\necho $$ $! >%q\nwait\n' "$BATS_TEST_TMPDIR/tools" >"$BATS_TEST_TMPDIR/sbin/lvs"
    chmod +x "$BATS_TEST_TMPDIR/sbin/lvs"
    # shellcheck disable=SC2016
    OCF_RESKEY_volume=vhacs-test setsid unshare --mount bash -c 'mount --bind "$1" /usr/sbin && exec "$2" start' \
        . "$BATS_TEST_TMPDIR/sbin" "$DIST/lvm-volume" 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
    agent=$!
}

# tools_ended [PID]: neither lvs nor what it has started, nor that process, runs any more
tools_ended() {
    local pid
    # shellcheck disable=SC2013 # words
    for pid in $(cat "$BATS_TEST_TMPDIR/tools") "$@"; do
        for _ in {1..25}; do
            run ps -o stat= -p "$pid"
            [[ $output == [!Z]* ]] || continue 2
            sleep 0.02
        done
        fail "process $pid still runs"
    done
}

@test "the children of a tool are killed with the action at its deadline" {
    start_with_hanging_lvs
    local status=0
    wait $agent || status=$?
    assert_equal $status 1
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_output --partial 'ocf-exit-reason:start timed out: not finished after 2.5 s, while querying LVM for volume vhacs/vhacs-test'
    tools_ended
}

@test "a start whose child hangs ends before Pacemaker's timeout, with a reason, and kills the child and its tools" {
    start_with_hanging_lvs
    local child status=0
    child=$(child_of $agent)
    for _ in {1..100}; do [ ! -s "$BATS_TEST_TMPDIR/tools" ] || break; sleep 0.02; done
    kill -STOP "$child"
    wait $agent || status=$?
    assert_equal $status 1
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_line --index 0 --partial 'ocf-exit-reason:start timed out: not finished after 2.8 s, while querying LVM'
    assert_equal "${#lines[@]}" 1
    tools_ended "$child"
}

@test "a child that starts late gets no extra time, and leaves no tool running" {
    start_with_hanging_lvs
    local child status=0
    child=$(child_of $agent)
    kill -STOP "$child"
    sleep 1
    kill -CONT "$child"
    wait $agent || status=$?
    assert_equal $status 1
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_output --partial 'ocf-exit-reason:start timed out: not finished after 2.5 s, while querying LVM'
    tools_ended
}

@test "setting the variable by hand does not make an agent a child" {
    run --separate-stderr env VHACS_SUPERVISED_BY=1 "$DIST/lio-iblock" stop
    assert_success
}
