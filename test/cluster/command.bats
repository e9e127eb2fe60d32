#!/usr/bin/env bats
# bats file_tags=draft
# The vhacs command on real nodes: one storage through all that an operator does with it.

load helpers

VHACS=${VHACS_COMMAND:-vhacs}
NAME=${VHACS_NAME:-verb1}

# vhacs_on I WORD...: runs the command on a node; its words reach it as they are
vhacs_on() {
    local node=$1
    shift
    on "$node" "$VHACS $(printf '%q ' "$@")"
}

setup_file() {
    load helpers
    vhacs_on 1 node --setrole ALL ALL
    vhacs_on 1 storage --create "$NAME" --size 64M --nodes node1,node2
}

teardown_file() {
    load helpers
    on 1 "fuser -k /clouds/$NAME/held" || true
    vhacs_on 1 storage --destroy "$NAME" --force --yes || true
}

@test "both tables show the storage, and JSON says the same" {
    run vhacs_on 2 cluster -M
    assert_success
    assert_line --regexp '^\| \(A\)node1 \| online +\| [0-9.]+G/[0-9.]+G \| 1 exported +\| 0 mounted +\|$'
    assert_line --regexp "^\| \(A\)$NAME +\| \(P\)node1 \| \(S\)node2 \| \(S\)node1 +\| \(S\)node2 +\| [0-9.]+M/[0-9.]+M \([0-9]+%\) \|$"
    run vhacs_on 2 storage -l --json
    assert_success
    run jq -r '.storages[] | select(.name == "'"$NAME"'") | [.state, .drbd[0].role, .target.node, .mount.node] | join(" ")' <<<"$output"
    assert_output 'active primary node1 node2'
}

@test "--info shows the path from the volumes to the mount" {
    run vhacs_on 1 storage -i "$NAME"
    assert_success
    assert_line --regexp "volume on node2: +/dev/vhacs/$NAME, 64M, active"
    assert_line --regexp 'DRBD on node1: +Connected, Primary, UpToDate'
    assert_line --regexp 'replication: .*, in sync'
    assert_line --regexp 'disk identity: +naa\.'
    assert_line --regexp 'logged in: +iqn\.2026-01\.org\.vhacs:node2$'
    assert_line --regexp "mounted: +/dev/sd[a-z]+, ext3, rw"
    refute_line --partial 'not found out'
}

@test "a command runs on all nodes, a script from standard input on some; a failure is named (failed, 1)" {
    # shellcheck disable=SC2016 # the shell of the node reads it
    run vhacs_on 1 cluster -E 'echo "I am $(hostname)"'
    assert_success
    assert_line 'node1: I am node1'
    assert_line 'node2: I am node2'
    run on 1 "printf 'hostname; test \$(hostname) = node1\n' | $VHACS cluster node1-2 -P -"
    assert_failure 1
    assert_line 'node2: node2'
    assert_line 'vhacs: it failed on node2 (1)'
}

@test "a dry run of what changes something changes nothing" {
    before=$(on 1 'cibadmin --query --scope configuration; cat /etc/drbd.d/*.res')
    for words in '-c more1-2 --size 64M' "-D $NAME" "-S $NAME" "-r $NAME" "-u $NAME" "-p node1 $NAME"; do
        # shellcheck disable=SC2086 # several words
        run vhacs_on 1 storage $words --dry-run
        assert_success
        assert_output --regexp 'node1: (lvcreate|lvremove|cibadmin|crm_resource)'
    done
    run on 1 'cibadmin --query --scope configuration; cat /etc/drbd.d/*.res'
    assert_output "$before"
}

@test "a node that is preferred gets the mount" {
    run vhacs_on 2 storage -p node1,node2 "$NAME"
    assert_success
    assert_output --partial "$NAME prefers node1, node2; it is mounted on node1"
    run on 1 "findmnt --noheadings --output fstype /clouds/$NAME; cibadmin --query --scope constraints"
    assert_line --index 0 ext3
    refute_output --partial 'cli-prefer'
}

@test "what a process uses is not destroyed (usage, 2)" {
    on 1 "nohup sleep 600 >/clouds/$NAME/held 2>/dev/null </dev/null & sleep 1"
    run vhacs_on 2 storage -D "$NAME" --yes
    on 1 "fuser -k /clouds/$NAME/held"
    assert_failure 2
    assert_output --regexp "$NAME is used on node1 by process [0-9]+"
}

@test "a restart stops and starts it; standby keeps it stopped, and what was written is there afterwards" {
    on 1 "echo kept >/clouds/$NAME/file; sync"
    run vhacs_on 1 storage -r "$NAME"
    assert_success
    run vhacs_on 1 storage -S "$NAME"
    assert_success
    run vhacs_on 2 storage -l
    assert_line --regexp "^\| \(S\)$NAME +\| \(-\)node1 \| \(-\)node2 \| - +\| - +\|$"
    vhacs_on 2 storage -A "$NAME"
    run on 1 "cat /clouds/$NAME/file"
    assert_output kept
}

@test "Ctrl-C during a create leaves nothing" {
    run on 1 "timeout --signal=INT 15 $VHACS storage -c broken1 --size 64M"
    # 124: timeout has sent its signal
    assert_failure 124
    assert_output --partial 'interrupted (SIGINT)'
    refute_output --partial 'NOT UNDONE'
    run on 1 'lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; cibadmin --query --scope configuration'
    refute_output --partial broken1
    refute_output --partial vhacs-lock
}

@test "destroy leaves nothing" {
    run vhacs_on 2 storage -D "$NAME" --yes
    assert_success
    for node in 1 2; do
        run on $node 'lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; cibadmin --query --scope configuration'
        refute_output --partial "$NAME"
        refute_output --partial vhacs-lock
    done
}
