#!/usr/bin/env bats
# drbd-cloud on the kernels of two nodes, called directly and not by the cluster.

load ../support/helpers

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do on_with_drbd $node <<<'drbd_setup drbd-a 210 7980; drbdadm up drbd-a'; done
    on_with_drbd 1 <<<'drbd_skip_initial_sync drbd-a'
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do on_with_drbd $node <<<'drbd_teardown drbd-a'; done
}

@test "ocft drbd.linbit: its cases with drbd-cloud" {
    run on_with_drbd 1 <<'NODE'
agent drbd-a validate-all OCF_CHECK_LEVEL=10
agent drbd-a stop; agent drbd-a stop
agent drbd-a monitor
agent drbd-a start; agent drbd-a start
agent drbd-a monitor
agent drbd-a promote; agent drbd-a monitor; agent drbd-a demote; agent drbd-a monitor
agent drbd-a no_cmd
agent drbd-none start
NODE
    assert_line --index 0 --regexp '^drbd-a validate-all 0 *$'
    assert_line --index 1 --regexp '^drbd-a stop 0 *$'
    assert_line --index 2 --regexp '^drbd-a stop 0 *$'
    assert_line --index 3 --regexp '^drbd-a monitor 7 *$'
    assert_line --index 4 --regexp '^drbd-a start 0 *$'
    assert_line --index 5 --regexp '^drbd-a start 0 *$'
    assert_line --index 6 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 7 --regexp '^drbd-a promote 0 *$'
    assert_line --index 8 --regexp '^drbd-a monitor 8 *$'
    assert_line --index 9 --regexp '^drbd-a demote 0 *$'
    assert_line --index 10 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 11 --partial 'drbd-a no_cmd 3 unknown action'
    assert_line --index 12 --partial 'drbd-none start 2 DRBD resource drbd-none is not configured on this node'
}
