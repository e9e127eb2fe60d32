#!/usr/bin/env bats
# bats file_tags=long
# The fence-peer handler with the real kernel and cluster: each of its answers, and DRBD's reaction.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage fence1
}

teardown_file() {
    "$LAB" net 2 eth3 on
    on 1 'crm_attribute --name stonith-enabled --update true'
    destroy_storages
}

setup() { begin_scenario fence1; }

teardown() { assert_nothing_lost; }

@test "4: with the replication cut, the peer receives the constraint, and writes continue" {
    "$LAB" net 2 eth3 off
    wait_until 60 is_drbd 1 'cs:(WFConnection|NetworkFailure|Unconnected|Timeout)'
    wait_until 60 has_logged 1 'fence-peer helper returned 4'
    assert_writes_continue
    echo "# paused for $(longest_pause) s" >&3
    run kernel_log 1
    assert_output --partial 'answer 4 (peer outdated)'
    is_fenced_for node1
}

@test "6: the other side cannot be promoted meanwhile, and its data become Outdated" {
    run on 2 "drbdadm primary $NAME"
    assert_failure
    run kernel_log 2
    assert_output --partial 'fence-peer helper returned 6'
    assert_output --partial 'lets only node1 be promoted'
    is_drbd 2 'ro:Secondary/.*ds:Outdated'
    is_drbd 1 'ro:Primary/.*ds:UpToDate'
    assert_writes_continue
}

@test "called again, it finds its constraint (4)" {
    run by_hand 1
    assert_line 'answer 4'
    is_fenced_for node1
}

@test "the constraint is removed after the resync, by the side that was its source" {
    "$LAB" net 2 eth3 on
    wait_until 120 is_in_sync
    wait_until 30 has_logged 1 'drbdadm unfence-peer .* exit code 0 '
    has_no_constraint
    run kernel_log 1
    assert_output --partial "removed $CONSTRAINT"
    run kernel_log 2
    refute_output --partial 'removed'
}

@test "3: a peer that was being resynced is Inconsistent" {
    "$LAB" net 2 eth3 off
    wait_until 60 has_logged 1 'fence-peer helper returned 4'
    on "$WRITER_NODE" "dd if=/dev/urandom of=/clouds/$NAME/much bs=1M count=20 conv=fsync status=none"
    for node in 1 2; do on_with_drbd $node <<<"drbd_resync_slowly $NAME $MINOR"; done
    "$LAB" net 2 eth3 on
    wait_until 60 is_drbd 1 'cs:SyncSource'
    "$LAB" net 2 eth3 off
    wait_until 60 is_drbd 1 'cs:WFConnection .*ds:UpToDate/Inconsistent'
    run by_hand 1
    assert_line 'answer 3'
    assert_writes_continue
    for node in 1 2; do on $node "drbdadm adjust $NAME"; done
    "$LAB" net 2 eth3 on
    wait_until 180 is_in_sync
    wait_until 30 has_no_constraint
}

@test "5: a peer that was shut down" {
    on 2 'systemctl stop pacemaker'
    run by_hand 1
    assert_line --partial 'node2 was shut down'
    assert_line 'answer 5'
    on 2 'systemctl start pacemaker'
    wait_until_online 2
    wait_until 240 is_in_sync
    # nothing was written, so DRBD may not have resynced
    on 1 "$VHACS storage -u $NAME"
    wait_until 30 has_no_constraint
    wait_until 240 mount_node >/dev/null
}

@test "7: a peer that was fenced" {
    "$LAB" kill 2
    wait_until 240 has_logged 1 'fence-peer helper returned 7'
    run kernel_log 1
    assert_output --partial 'Pacemaker has fenced node2'
    refute_output --partial 'helper broken'
    is_fenced_for node1
    [ "$WRITER_NODE" = 2 ] || assert_writes_continue
    "$LAB" boot 2
    "$LAB" cluster
    wait_until 240 is_in_sync
    wait_until 60 has_no_constraint
    wait_until 240 mount_node >/dev/null
}

@test "1: a peer that nothing fences: I/O stays suspended, and continues when the peer is back" {
    on 1 'crm_attribute --name stonith-enabled --update false'
    "$LAB" kill 2
    wait_until 120 has_logged 1 'fence-peer helper broken, returned 1'
    run kernel_log 1
    assert_output --partial 'fencing is disabled (stonith-enabled)'
    has_no_constraint
    on 1 'crm_attribute --name stonith-enabled --update true'
    "$LAB" boot 2
    "$LAB" cluster
    wait_until 240 is_in_sync
    on 1 "$VHACS storage -u $NAME"
    wait_until 240 mount_node >/dev/null
    [ "$WRITER_NODE" = 2 ] || assert_writes_continue
}

@test "1: without Pacemaker" {
    on 1 'systemctl stop pacemaker'
    run by_hand 1
    assert_output --partial 'answer 1'
    on 1 'systemctl start pacemaker'
    wait_until_online 2
    wait_until 240 mount_node >/dev/null
}

@test "three minutes later, Pacemaker lists no failed action" {
    wait_until 240 is_in_sync
    sleep 180
    for node in 1 2; do
        run on $node 'crm_mon -1 --inactive'
        refute_output --partial Failed
        refute_output --partial OCF_DEGRADED
    done
    run on 1 'crm_mon -1 --output-as=xml'
    refute_output --partial '<failure '
}
