#!/usr/bin/env bats
# What changes something runs in a child, which is left behind when it does not end. A stopped process stands for one that
# hangs in the kernel.

load helper

setup() {
    export OCF_RESKEY_iqn=iqn.2026-01.org.example:x OCF_RESKEY_device=/dev/null OCF_RESKEY_CRM_meta_timeout=3000
}

# child_of PID: waits until the process has a child that has begun (between fork and exec the parent waits for it)
child_of() {
    local child
    for _ in {1..100}; do
        child=$(pgrep -P "$1") && grep -qz VHACS_SUPERVISED_BY "/proc/$child/environ" && echo "$child" && return
        sleep 0.02
    done
    echo "process $1 has no child" >&2
    return 1
}

@test "a start whose child does not answer ends before Pacemaker's timeout, with a reason, and kills the child" {
    # a group of its own is what Pacemaker gives an agent
    setsid "$DIST/lio-iblock" start 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
    local agent=$! child status=0
    child=$(child_of $agent)
    kill -STOP "$child"
    wait $agent || status=$?
    assert_equal $status 1
    run cat "$BATS_TEST_TMPDIR/stderr"
    assert_line --index 0 --partial 'ocf-exit-reason:start gave up: not finished after 2.8 s'
    assert_equal "${#lines[@]}" 1
    # killed: gone, or waiting for its new parent to notice
    for _ in {1..100}; do
        run ps -o stat= -p "$child"
        [[ $output == T* ]] || break
        sleep 0.02
    done
    refute_output --regexp '^[^Z]'
}

@test "who sets the variable by hand makes no child of an agent" {
    run --separate-stderr env VHACS_SUPERVISED_BY=1 "$DIST/lio-iblock" stop
    assert_success
}
