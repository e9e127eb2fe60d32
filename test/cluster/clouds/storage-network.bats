#!/usr/bin/env bats
# bats file_tags=long
# The storage cable of a node is pulled (QEMU's link is down, the interface has no carrier): an export leaves a node that its clients
# cannot reach, if the other side is better. Or a packet filter drops what clients send, and only they notice. Corosync and DRBD have other cables. Some tests need three nodes: make test-three.

load ../support/helpers
load ../support/fence-peer
load ../support/split

STORAGE=network

setup() {
    MOUNT_NODES='1 2'
    ! has_three_nodes || MOUNT_NODES='1 2 3'
    export MOUNT_NODES
}

setup_file() {
    # a later role would change the ACL of the target, which interrupts I/O
    ! has_three_nodes || vhacs_on 1 node --setrole vhost node3
    prepare_storage network
    has_three_nodes || return 0
    "$LAB" push 3 "$GUEST/records" /usr/local/bin/records
}

teardown_file() {
    connect_all
    destroy_storages
    has_three_nodes || return 0
    vhacs_on 1 node --delrole vhost node3 || true
}

# begin EXPORT MOUNT: with a writer, and all cables plugged for long enough
begin() {
    place $STORAGE "$1" "$2"
    wait_until 120 is_healthy
    begin_scenario $STORAGE
    MOUNT_ID=$(mount_id)
}

teardown() {
    connect_all
    unblock_all
    [ -z "${MOUNT_ID:-}" ] || { assert_mount_unchanged && assert_nothing_lost; }
}

cable() { "$LAB" net "$1" eth1 "$2"; }
connect_all() {
    local node
    for node in 1 2; do cable $node on; done
    ! has_three_nodes || cable 3 on
}

# block I CHAIN: node I drops what goes to portals through its storage interface, in the chain input or output
block() {
    local match='iifname eth1'
    [ "$2" = input ] || match='oifname eth1'
    on "$1" "printf 'table inet portals { chain $2 { type filter hook $2 priority 0; $match tcp dport 3260 drop; }; }' | nft -f -"
}

unblock() { on "$1" 'nft delete table inet portals 2>/dev/null' || true; }
unblock_all() {
    local node
    for node in 1 2; do unblock $node; done
    ! has_three_nodes || unblock 3
}

# begin_with_second: the storage and a second one, both exported by node 1, mounted on nodes 3 and 2
begin_with_second() {
    vhacs_on 1 storage --create second --size 64M --nodes node1,node2
    place second 1 2
    begin 1 3
}

destroy_second() { vhacs_on 1 storage --destroy second --force --yes; }

second_writes() { on 2 'timeout 60 sh -c "echo record >/clouds/second/record && sync -f /clouds/second/record"'; }
has_reported() { on 1 "attrd_updater --name vhacs-lost-portals --query --all" 2>/dev/null | grep -q "host=\"node$1\" value=\"[^\"]"; }
has_not_reported() { ! has_reported "$1"; }

assert_mount_unchanged() {
    run mount_id
    assert_output "$MOUNT_ID"
}

score_of() { on 1 "crm_attribute --promotion $STORAGE-drbd --node node$1 --query --quiet" 2>/dev/null; }
has_score() { [ "$(score_of "$1")" = "$2" ]; }
is_healthy() { has_score 1 10000 && has_score 2 10000 && is_in_sync; }
is_in_sync() { [ "$(on 1 'drbd-state | grep -c "cs:Connected .*ds:UpToDate/UpToDate"')" -ge 1 ]; }

exporting_node() { storage_field $STORAGE .target.node | sed -n 's/^node//p'; }
is_exported() { [[ $(exporting_node) = [12] ]]; }

crm_mon_shows() { on 1 'crm_mon -1rf' | grep -F "$1" >/dev/null; }

# assert_nothing_moves EXPORT SECONDS
assert_nothing_moves() {
    local end=$((SECONDS + $2))
    while ((SECONDS < end)); do
        on "$1" "drbd-state | grep -q '^ *$MINOR: .* ro:Primary/'" || fail "node $1 is not primary any more"
        sleep 3
    done
    is_exported_by "$1"
}

is_mounted_elsewhere() {
    local node
    for node in 1 2; do
        ! on $node "mountpoint -q /clouds/$STORAGE" || return 0
    done
    return 1
}

# assert_acknowledged_are_found: every acknowledged record is on the disk; the writer, whose mount was stopped, has ended
assert_acknowledged_are_found() {
    on "$(mount_node)" "records check $RECORDS" | sort >"$BATS_TEST_TMPDIR/found"
    run comm -13 "$BATS_TEST_TMPDIR/found" <(sed -nE 's/^([0-9]+) [0-9.]+$/\1/p' "$ACKNOWLEDGED" | sort)
    assert_output ''
}

@test "the cable of the exporting node is pulled: the export moves, the mount stays, and nothing moves back" {
    begin 1 2
    cable 1 off
    wait_until 60 is_exported_by 2
    assert_writes_continue 90
    echo "# the writer paused for $(longest_pause) s" >&3
    has_agent_logged 1 'clients cannot reach'
    has_score 1 5000
    wait_until 90 crm_mon_shows 'clients cannot reach'
    cable 1 on
    wait_until 150 has_score 1 10000
    is_exported_by 2
    assert_writes_continue
}

@test "a cable that is replugged within two seconds, again and again, moves nothing" {
    begin 1 2
    for _ in 1 2 3; do
        cable 1 off
        sleep 2
        cable 1 on
        sleep 8
    done
    assert_nothing_moves 1 60
    has_score 1 10000
    assert_writes_continue 90
}

@test "the client is on the exporting node, whose cable is pulled: it needs none" {
    begin 1 1
    cable 1 off
    assert_nothing_moves 1 60
    has_score 1 15000
    assert_writes_continue
}

@test "the client is on the other side, whose cable is pulled: the export moves to it, and the mount stays" {
    begin 1 2
    cable 2 off
    wait_until 120 is_exported_by 2
    assert_writes_continue 90
    echo "# the writer paused for $(longest_pause) s" >&3
    has_score 2 15000
    cable 2 on
    wait_until 150 has_score 2 10000
    is_exported_by 2
}

@test "both cables of two nodes are pulled: the export moves to its client, which goes on" {
    begin 1 2
    cable 1 off
    cable 2 off
    wait_until 90 is_exported_by 2
    assert_writes_continue 90
    echo "# the writer paused for $(longest_pause) s" >&3
}

@test "the client is a third node: the export moves, the mount stays" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin 1 3
    cable 1 off
    wait_until 150 is_exported_by 2
    assert_writes_continue 90
    echo "# the writer paused for $(longest_pause) s" >&3
}

@test "the client is a third node, and both sides lose their cables: the export moves once at most, and I/O goes on afterwards" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin 1 3
    cable 1 off
    cable 2 off
    wait_until 90 has_score 1 5000
    wait_until 90 has_score 2 5000
    wait_until 150 is_exported
    local exporter
    exporter=$(exporting_node)
    assert_nothing_moves "$exporter" 60
    connect_all
    assert_writes_continue 120
    is_exported_by "$exporter"
}

@test "the client is a third node that loses its cable for longer than link_timeout: the mount moves, and the node is not fenced" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin 1 3
    local boot
    boot=$(boot_of 3)
    local cut=$SECONDS
    cable 3 off
    wait_until 420 is_mounted_elsewhere
    echo "# the mount moved to node$(mount_node) after $((SECONDS - cut)) s" >&3
    [ "$(boot_of 3)" = "$boot" ]
    has_agent_logged 3 'Pacemaker moves the mount to another vhost'
    # what the third node had not written is lost, what it had acknowledged is not
    MOUNT_ID=
    assert_acknowledged_are_found
    cable 3 on
    sleep 60
    is_mounted_elsewhere
}

@test "a packet filter on the exporting node keeps all clients away: the exports move once, the mounts stay, and nothing moves back" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin_with_second
    local cut=$SECONDS
    block 1 input
    wait_until 300 is_exported_by 2
    wait_until 120 is_exported_by 2 second
    echo "# the exports moved after $((SECONDS - cut)) s" >&3
    assert_writes_continue 120
    second_writes
    echo "# the writer paused for $(longest_pause) s" >&3
    has_agent_logged 1 'have lost their sessions here, no other node has one'
    has_score 1 5000
    wait_until 90 crm_mon_shows 'clients could not reach'
    # the vhosts take their reports back
    wait_until 120 has_not_reported 2
    wait_until 120 has_not_reported 3
    unblock 1
    sleep 30
    is_exported_by 2
    on 1 "crm_resource --refresh -r $STORAGE-drbd -N node1; crm_resource --refresh -r second-drbd -N node1; crm_resource --wait --timeout=200s"
    wait_until 60 has_score 1 10000
    is_exported_by 2
    is_exported_by 2 second
    assert_writes_continue
    destroy_second
}

@test "a packet filter on one of two vhosts is that vhost's fault: nothing moves, and its I/O goes on afterwards" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin_with_second
    block 3 output
    assert_nothing_moves 1 150
    has_reported 3
    second_writes
    is_exported_by 1 second
    has_score 1 10000
    unblock 3
    assert_writes_continue 120
    is_exported_by 1
    wait_until 120 has_not_reported 3
    destroy_second
}

@test "a packet filter keeps away the only vhost with a mount: that is no majority, so nothing moves, and the log says so" {
    has_three_nodes || skip 'this needs three nodes: make test-three'
    begin 1 3
    block 1 input
    assert_nothing_moves 1 180
    has_score 1 10000
    has_agent_logged 1 'no other vhost has reported that, so the export stays'
    unblock 1
    assert_writes_continue 120
    is_exported_by 1
}
