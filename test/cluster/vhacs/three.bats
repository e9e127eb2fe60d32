#!/usr/bin/env bats
# bats file_tags=long
# vhacs on three nodes: placement, tables, preferences, the failure of a node during the live view, standby. Skipped on fewer
# nodes: run "make test-three".

load ../support/helpers

NAME=three1

setup_file() {
    load ../support/helpers
    has_three_nodes || return 0
    vhacs_on 1 node --setrole ALL ALL
}

setup() { has_three_nodes || skip 'this needs three nodes: make test-three'; }

teardown_file() {
    load ../support/helpers
    has_three_nodes || return 0
    on 2 'lvremove --quiet --yes vhacs/filler' || true
    vhacs_on 1 node --active ALL || true
    destroy_storages
    # the other scenarios expect two nodes
    vhacs_on 1 node --delrole ALL node3 || true
}

# place FILTER [I]: where jq's filter, such as .mount.node, finds the storage, as node I (1) lists it
place() { storage_field "$NAME" "$1" "${2:-1}"; }

@test "a storage is placed on the nodes with room, and is mounted on the third" {
    on 2 'lvcreate --quiet --yes --wipesignatures y --setautoactivation n --extents 99%FREE --name filler vhacs'
    run vhacs_on 3 storage -c "$NAME" --size 128M
    on 2 'lvremove --quiet --yes vhacs/filler'
    assert_success
    run place '[.drbd[].node] | sort | join(" ")'
    assert_output 'node1 node3'
    run place .mount.node
    assert_output node2
}

@test "the tables show three nodes, on each of them" {
    local node
    for node in 1 2 3; do
        run vhacs_on $node cluster -M
        assert_success
        assert_line --regexp '^\| \(A\)node1 \| online +\| [0-9.]+G/[0-9.]+G +\| [01] exported +\| 0 mounted +\|$'
        assert_line --regexp '^\| \(A\)node2 \| online +\| [0-9.]+G/[0-9.]+G +\| 0 exported +\| 1 mounted +\|$'
        assert_line --regexp '^\| \(A\)node3 \| online +\| [0-9.]+G/[0-9.]+G +\| [01] exported +\| 0 mounted +\|$'
        assert_line --regexp "^\| \(A\)$NAME!? +\| \([PS]\)node[13]!? +\| \([PS]\)node[13]!? +\| \(S\)node[13] +\| \(S\)node2 +\| [0-9.]+M/[0-9.]+M "
    done
}

@test "the first of three preferred nodes gets the mount, with the data intact" {
    on 2 "echo kept >/clouds/$NAME/file; sync"
    run vhacs_on 1 storage -p node3,node1-2 "$NAME"
    assert_success
    assert_output --partial "$NAME prefers node3, node1, node2; it is mounted on node3"
    run on 3 "cat /clouds/$NAME/file"
    assert_output kept
    vhacs_on 1 storage -p node2,node1,node3 "$NAME"
}

@test "commands run on all three nodes, in turn and in parallel; roles and findings cover all three" {
    run vhacs_on 3 cluster node1-3 -E hostname
    assert_success
    assert_output 'node1: node1
node2: node2
node3: node3'
    run vhacs_on 2 cluster ALL -P 'test $(hostname) != node3'
    assert_failure 1
    assert_line 'vhacs: the command failed on node3 (1)'
    run vhacs_on 1 node -d vhost node3
    assert_success
    run vhacs_on 2 node -l
    assert_line --regexp '^\| \(A\)node3 \| online +\| storage +\|$'
    vhacs_on 1 node -s vhost node3
    run vhacs_on 1 node -i node3
    assert_success
    assert_line --regexp 'replication network: +eth3, 10\.77\.3\.3$'
    run vhacs_on 3 cluster -c
    refute_output --partial 'error:'
}

@test "a storage is shown, restarted, put in standby and started from the node that does not store it" {
    run vhacs_on 2 storage -i "$NAME"
    assert_success
    assert_line --regexp 'DRBD on node1: +Connected'
    assert_line --regexp 'DRBD on node3: +Connected'
    refute_line --partial 'DRBD on node2'
    run vhacs_on 2 storage -L
    assert_line --regexp "^\| \(A\)$NAME!? +.* \| 10\.77\.1\.[0-9]+ +\| /clouds/$NAME +\|$"
    run vhacs_on 2 storage -r "$NAME"
    assert_success
    assert_line --regexp "$NAME: mounted again$"
    run vhacs_on 2 storage -S "$NAME"
    assert_success
    run vhacs_on 3 storage -l
    assert_line --regexp "^\| \(S\)$NAME +\| \(-\)node1 +\| \(-\)node3 +\| - +\| - +\|$"
    run vhacs_on 2 storage -A "$NAME"
    assert_success
    run vhacs_on 2 storage -u "$NAME"
    assert_success
    run place .mount.node
    assert_output node2
    run on 2 "cat /clouds/$NAME/file"
    assert_output kept
}

@test "the live view shows the failure of the exporting node, and the mount survives it" {
    local exporter other
    exporter=$(place .target.node)
    other=$(place '.drbd[].node' | grep -v "$exporter")
    on 2 rm -f /root/seen
    on_terminal 2 120x30 "$VHACS" cluster -m >"$BATS_TEST_TMPDIR/screen" <<OPERATOR &
wait \\| \\(A\\)$NAME .*\\(P\\)$exporter
run touch /root/seen
wait \\| \\(-\\)$exporter +\\| offline
wait \\| \\(A\\)$NAME! .*\\(P\\)$other! +.*\\(S\\)$other +\\| \\(S\\)node2 +\\| [0-9]
show
key q
OPERATOR
    # shellcheck disable=SC2034 # counted, not used
    for n in {1..60}; do on 2 test -e /root/seen && break; done
    "$LAB" kill "${exporter#node}"
    wait $! || true
    run cat "$BATS_TEST_TMPDIR/screen"
    assert_line 'status 0'
    run on 2 "cat /clouds/$NAME/file"
    assert_output kept
    run vhacs_on 2 cluster -M -V 1
    assert_success
    # it is known to be offline, so it is not queried
    refute_line --regexp "^$exporter: "
    run vhacs_on 2 storage -i "$NAME"
    assert_success
    assert_line --regexp "DRBD on $exporter: +\? \("
    assert_line --regexp "fence: +only $other may be promoted"
}

@test "when the node is back nothing moves, and the fence constraint is removed" {
    local dead exporter
    dead=$(vhacs_on 2 node -l --json | jq -r '.nodes[] | select(.haStatus == "offline") | .name')
    exporter=$(place .target.node 2)
    "$LAB" boot "${dead#node}"
    "$LAB" cluster
    run place '.target.node, .mount.node' "${dead#node}"
    assert_output "$exporter
node2"
    # shellcheck disable=SC2034 # counted, not used
    for n in {1..30}; do
        run vhacs_on "${dead#node}" storage -i "$NAME"
        if ! grep -qE 'fence:|not in sync' <<<"$output"; then break; fi
    done
    assert_line --regexp 'replication: .*, in sync$'
    refute_line --regexp 'fence:'
}

@test "a node in standby hands its mount to another, and does not get it back by itself" {
    run vhacs_on 1 node -S node2
    assert_success
    on 1 'crm_resource --wait --timeout=200s'
    run place .mount.node
    assert_output --regexp '^node[13]$'
    local mount=$output
    run vhacs_on 1 node -l
    assert_line --regexp '^\| \(S\)node2 +\| standby '
    vhacs_on 3 node -A node2
    on 1 'crm_resource --wait --timeout=200s'
    run place .mount.node
    assert_output "$mount"
}

@test "destroy leaves nothing behind on any of the three nodes" {
    run vhacs_on 2 storage -D "$NAME" --yes
    assert_success
    for node in 1 2 3; do
        run storage_state $node
        refute_output --partial "$NAME"
    done
}
