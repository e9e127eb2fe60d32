#!/usr/bin/env bats
# bats file_tags=long
# Both nodes lose power: with both back, a cold start needs no hand; with one, "cluster --alone" lets it go on, and the other one's return
# brings no old data back.

load ../support/helpers
load ../support/fence-peer

setup_file() { prepare_storage alone; }

teardown_file() {
    load ../support/helpers
    both_run || true
    destroy_storages
}

# each test begins with both nodes in the cluster, whatever the one before has left
setup() {
    both_run
    choose_storage alone
    wait_until 300 is_in_sync
    start_writer
}

both_run() {
    local node
    for node in 1 2; do on $node true 2>/dev/null || "$LAB" boot $node; done
    "$LAB" cluster
}

# lose_power I...: switches these nodes off at once
lose_power() {
    local node
    for node in "$@"; do "$LAB" kill "$node" & done
    wait
}

is_managed() { on 2 'crm_mon -1' >/dev/null 2>&1; }
is_on_node2() { on 2 "mountpoint -q /clouds/$NAME"; }

# served_alone WORD...: node 2 goes on alone, with these words, and mounts the storage
served_alone() {
    vhacs_on 2 cluster --alone "$@"
    is_on_node2
}

# assert_unserved: node 2 has gone on alone, but serves nothing
assert_unserved() {
    run vhacs_on 2 cluster --alone --yes-they-are-off
    assert_failure 1
    assert_output --regexp "NOT SERVED: $NAME: its data on node2 are Consistent, but node1 may have newer ones"
    assert_output --partial "vhacs cluster --alone --accept-old-data $NAME"
    is_drbd 2 'ro:Secondary/Unknown ds:Consistent'
    refute is_on_node2
}

# assert_recorded: what the writer acknowledged before the power was lost is on the disk that node 2 mounts
assert_recorded() {
    on 2 "echo 3 >/proc/sys/vm/drop_caches; records check $RECORDS" | sort >"$BATS_TEST_TMPDIR/found"
    run comm -13 "$BATS_TEST_TMPDIR/found" <(sed -nE 's/^([0-9]+) [0-9.]+$/\1/p' "$ACKNOWLEDGED" | sort)
    assert_output ''
}

@test "a cold start of both nodes needs no hand, and nothing acknowledged is lost" {
    lose_power 1 2
    both_run
    wait_until 300 mount_node
    assert_nothing_lost
    wait_until 180 is_in_sync
    wait_until 120 has_no_constraint
}

@test "one that is left waits, and --check and --info name --alone; it goes on, and the other one gets its data when it is back" {
    lose_power 1 2
    "$LAB" boot 2
    on 2 systemctl start pacemaker
    wait_until 240 is_managed
    run vhacs_on 2 cluster --check
    assert_failure 1
    assert_output --partial 'the cluster has no quorum: nothing is started'
    assert_output --partial 'vhacs cluster --alone'
    run vhacs_on 2 node --info node2
    assert_output --regexp '^NO QUORUM: .*vhacs cluster --alone'
    run vhacs_on 2 cluster --alone
    assert_failure 2
    assert_output --partial '--yes-they-are-off'
    run vhacs_on 2 cluster --alone --dry-run
    assert_success
    run on 2 corosync-quorumtool -s
    assert_line --regexp '^Quorate: +No$'
    # both lost power at the same time: neither knows that the other one has not gone on
    assert_unserved
    served_alone --accept-old-data "$NAME"
    assert_recorded
    run vhacs_on 2 cluster --check
    assert_output --partial 'node1: is offline, and the cluster has been running without it since its start'
    MOUNT_NODES=2 start_writer after
    "$LAB" boot 1
    "$LAB" cluster
    wait_until 300 is_in_sync
    wait_until 120 has_no_constraint
    assert_writes_continue
    assert_nothing_lost
    run vhacs_on 2 cluster --check
    refute_output --partial 'running without it'
    refute_output --partial 'no quorum'
}

@test "older data are not served without a word for them; when the newer ones are back, these are used" {
    lose_power 2
    wait_until 300 is_fenced_for node1
    MOUNT_NODES=1 start_writer newer
    lose_power 1
    "$LAB" boot 2
    assert_unserved
    "$LAB" boot 1
    "$LAB" cluster
    wait_until 300 is_in_sync
    wait_until 300 mount_node
    assert_nothing_lost
}

@test "older data that are served on a word stay in use when the newer ones are back: a split brain, which --unfail ends" {
    lose_power 2
    wait_until 300 is_fenced_for node1
    MOUNT_NODES=1 start_writer newer
    lose_power 1
    "$LAB" boot 2
    assert_unserved
    served_alone --accept-old-data "$NAME"
    MOUNT_NODES=2 start_writer older
    "$LAB" boot 1
    "$LAB" cluster
    wait_until 300 is_drbd 2 'cs:StandAlone ro:Primary/Unknown'
    assert_writes_continue
    is_drbd 1 'ro:Secondary'
    run vhacs_on 2 cluster --check
    assert_output --partial 'split brain'
    vhacs_on 2 storage --unfail "$NAME" --discard node1 --yes
    wait_until 300 is_in_sync
    wait_until 120 has_no_constraint
    assert_nothing_lost
}

@test "a lost node is removed from the cluster of one, and the last node keeps quorum" {
    on "$WRITER_NODE" 'pkill -TERM -x records' || true
    vhacs_on 1 storage --destroy "$NAME" --force --yes
    lose_power 1 2
    "$LAB" boot 2
    vhacs_on 2 cluster --alone --yes-they-are-off
    vhacs_on 2 node --forget node1
    run on 2 'cat /etc/corosync/corosync.conf; crm_node -l; corosync-quorumtool -s'
    refute_output --partial node1
    refute_output --partial two_node
    assert_line --regexp '^Quorate: +Yes$'
    # back to two nodes: the lab writes corosync.conf where the cluster does not run
    on 2 'systemctl stop pacemaker corosync'
    both_run
    create_storages alone
}
