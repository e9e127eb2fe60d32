#!/usr/bin/env bats
# bats file_tags=long
# The vhacs command on real nodes: it shows a storage, puts it in standby and destroys it.

load ../support/helpers

NAME=verb1

setup_file() {
    load ../support/helpers
    create_storages "$NAME"
}

teardown_file() {
    load ../support/helpers
    destroy_storages
}

@test "both tables show the storage, from any node" {
    run vhacs_on 2 cluster -M
    assert_success
    assert_line --regexp '^\| \(A\)node1 \| online +\| [0-9.]+G/[0-9.]+G +\| 1 exported +\| 0 mounted +\|$'
    assert_line --regexp '^\| \(A\)node2 \| online +\| [0-9.]+G/[0-9.]+G +\| 0 exported +\| 1 mounted +\|$'
    assert_line --regexp "^\| \(A\)$NAME!? +\| \(P\)node1!? \| \(S\)node2!? \| \(S\)node1 +\| \(S\)node2 +\| [0-9.]+M/[0-9.]+M \([0-9]+%\) \|$"
    run vhacs_on 1 storage -M
    assert_success
    refute_output --partial 'HA STATUS'
    assert_line --regexp "^\| \(A\)$NAME!? +\| \(P\)node1!? "
    run vhacs_on 1 storage -l
    assert_line --regexp "^\| \(A\)$NAME!? +\| \(P\)node1!? \| \(S\)node2!? \| \(S\)node1 +\| \(S\)node2 +\|$"
    run vhacs_on 2 storage -L
    assert_line --regexp "^\| \(A\)$NAME!? +.* \| 10\.77\.1\.[0-9]+ +\| /clouds/$NAME +\|$"
    run vhacs_on 1 node -l
    assert_line --regexp '^\| \(A\)node2 \| online +\| storage,vhost \|$'
}

# fields NOUN VERB... PATH: the names of the fields of the objects at jq's PATH in the JSON output
fields() { vhacs_on 1 "${@:1:$#-1}" --json | jq -r "${*: -1} | keys | join(\" \")"; }

@test "JSON has the fields that docs/json.md lists, and agrees with the tables" {
    run fields cluster -M '., .nodes[0], .storages[0]'
    assert_line --index 0 'incomplete nodes storages'
    assert_line --index 1 'exported freeBytes haStatus mounted name problem roles sizeBytes'
    assert_line --index 2 'address directory drbd freeBytes isReady mount name sizeBytes state target usedBytes'
    run fields storage -i $NAME '.storages[0] | ., .sides[0], .sides[0].replication'
    assert_line --index 0 'address chap device directory drbd failures fences freeBytes identity initiators iqn isReady lastRehearsal mount mounted name port portal preferredVhosts problems sessions sides sizeBytes state takeovers target tpgt usedBytes'
    assert_line --index 1 'address node replication volume'
    assert_line --index 2 'connection disk hasSplitBrain node outOfSyncBytes peerDisk role syncedPercent'
    run fields node -i node1 '.nodes[0]'
    assert_output 'exported exports facts failures freeBytes haStatus holds mounted mounts name problem roles sizeBytes'
    run vhacs_on 2 storage -l --json
    run jq -r '.storages[] | select(.name == "'$NAME'") | [.state, .drbd[0].role, .target.node, .mount.node] | join(" ")' <<<"$output"
    assert_output 'active primary node1 node2'
}

@test "--info shows a storage from its volumes to its mount, and a node" {
    run vhacs_on 1 storage -i "$NAME"
    assert_success
    assert_line --regexp "volume on node2: +/dev/vhacs/$NAME, 64M, active"
    assert_line --regexp 'DRBD on node1: +Connected, Primary, UpToDate'
    assert_line --regexp 'replication: .*, in sync'
    assert_line --regexp 'replicates over: +10\.77\.3\.1:78[0-9]+ \(node1\), 10\.77\.3\.2:78[0-9]+ \(node2\)$'
    assert_line --regexp 'target: +iqn\..*, TPG 1, on node1, portal 10\.77\.1\.'
    assert_line --regexp 'CHAP: +none$'
    assert_line --regexp 'disk identity: +naa\.'
    assert_line --regexp 'logged in: +iqn\.2026-01\.org\.vhacs:node2$'
    assert_line --regexp "mounted: +/dev/sd[a-z]+, ext3, rw"
    refute_line --regexp '^ *unknown: '
    run vhacs_on 1 node -i node2
    assert_success
    assert_line --regexp "has mounted: +$NAME$"
    assert_line --regexp 'replication network: +eth3, 10\.77\.3\.2$'
    assert_line --regexp 'software: +kernel .*, DRBD 8\.4.*, Pacemaker 2\.'
}

@test "a command runs on the named nodes, as does a script from standard input; a failure names its node (failed, 1)" {
    # shellcheck disable=SC2016 # the shell of the node reads it
    run vhacs_on 1 cluster node1-2 -E 'echo "I am $(hostname)"'
    assert_success
    assert_line --index 0 'node1: I am node1'
    assert_line --index 1 'node2: I am node2'
    run vhacs_on 1 cluster node1-2 -E 'echo $HOME $USER $PATH; pwd'
    assert_equal "${lines[*]//node2/node1}" "${lines[*]:0:2} ${lines[*]:0:2}"
    run on 1 "printf 'hostname; test \$(hostname) = node1\n' | $VHACS cluster node1-2 -P -"
    assert_failure 1
    assert_line 'node1: node1'
    assert_line 'node2: node2'
    assert_line 'vhacs: the command failed on node2 (1)'
}

@test "standby keeps it stopped, and active starts it again with its data intact" {
    on 2 "echo kept >/clouds/$NAME/file; sync"
    run vhacs_on 1 storage -S "$NAME"
    assert_success
    assert_line --regexp "$NAME: in standby$"
    run vhacs_on 2 storage -l
    assert_line --regexp "^\| \(S\)$NAME +\| \(-\)node1 \| \(-\)node2 \| - +\| - +\|$"
    run vhacs_on 1 storage -r "$NAME"
    assert_failure 2
    assert_output --partial 'start it with "vhacs storage --active"'
    run vhacs_on 2 storage -A "$NAME"
    assert_success
    run on 2 "cat /clouds/$NAME/file"
    assert_output kept
}

@test "destroy leaves nothing behind" {
    run vhacs_on 2 storage -D "$NAME" --yes
    assert_success
    assert_no_traces_of "$NAME"
}
