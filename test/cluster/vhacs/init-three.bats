#!/usr/bin/env bats
# bats file_tags=long
# vhacs cluster --init of three bare nodes, each fenced by its own watchdog. Skipped on fewer nodes: run "make test-three".

load ../support/helpers

setup_file() {
    load ../support/helpers
    has_three_nodes || return 0
    on_bare_nodes 3 make_bare
}

setup() { has_three_nodes || skip 'this needs three nodes: make test-three'; }

teardown_file() {
    load ../support/helpers
    has_three_nodes || return 0
    "$LAB" net 3 eth1 on
    "$LAB" net 3 eth2 on
    on_bare_nodes 3 restore_config
    on_bare_nodes 3 start_cluster
    wait_until_online 3
}

@test "three bare nodes form a cluster, each fenced by its own watchdog" {
    run on 2 "$VHACS cluster --init node1-3 --name three --roles ALL --sbd-watchdog"
    assert_success
    assert_line --partial 'the cluster three is formed'
    refute_output --partial 'NO FENCING'
    assert_equal "$(count_online)" 3
    run on 3 'systemctl is-active corosync pacemaker sbd; grep ^SBD_DEVICE= /etc/default/sbd; crm_attribute --quiet --name stonith-watchdog-timeout --query'
    assert_line --index 0 active
    assert_line --index 1 active
    assert_line --index 2 active
    assert_line --index 3 'SBD_DEVICE=""'
    assert_line --index 4 --regexp '^[1-9][0-9]*s?$'
}

@test "cluster --check finds fencing for every node" {
    run on 3 "$VHACS cluster --check"
    refute_output --partial 'error:'
    refute_output --partial 'fenc'
}

@test "an isolated node resets itself, counts as fenced, and rejoins by itself" {
    boot_id=$(on 3 'sync; cat /proc/sys/kernel/random/boot_id')
    others=$(for node in 1 2; do on $node 'cat /proc/sys/kernel/random/boot_id'; done)
    "$LAB" net 3 eth1 off
    "$LAB" net 3 eth2 off
    wait_until_online 2
    local end=$((SECONDS + 180))
    until [ "$(on 3 cat /proc/sys/kernel/random/boot_id 2>/dev/null)" != "$boot_id" ] && on 3 true 2>/dev/null; do
        ((SECONDS < end)) || fail 'node3 was not reset'
        sleep 3
    done
    assert_equal "$(for node in 1 2; do on $node 'cat /proc/sys/kernel/random/boot_id'; done)" "$others"
    "$LAB" net 3 eth1 on
    "$LAB" net 3 eth2 on
    wait_until_online 3
}
