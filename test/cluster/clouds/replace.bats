#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --replace, with a writer that verifies: a side moves to a third node, gets a new disk on its own node, or is that of a node
# that is lost and comes back; broken off anywhere, the same command finishes it. Tests with a third node are skipped on two nodes.

load ../support/helpers
load ../support/fence-peer
load ../support/split

setup_file() {
    MOUNT_NODES='1 2'
    ! has_three_nodes || MOUNT_NODES='1 2 3'
    export MOUNT_NODES
    local node
    vhacs_on 1 node --setrole ALL ALL
    for node in $MOUNT_NODES; do "$LAB" push "$node" "$GUEST/records" /usr/local/bin/records; done
}

teardown_file() {
    local node
    for node in $MOUNT_NODES; do on "$node" 'rm -f /usr/local/sbin/drbdadm /usr/local/sbin/lvremove /usr/local/sbin/lvchange /usr/local/sbin/lvcreate' || true; done
    vhacs_on 1 node --active ALL || true
    destroy_storages
    # the other scenarios expect two nodes
    ! has_three_nodes || vhacs_on 1 node --delrole ALL node3 || true
}

teardown() {
    [ -z "${WRITER_NODE:-}" ] || assert_nothing_lost
    destroy_storages
}

needs_three() { has_three_nodes || skip 'this needs three nodes: make test-three'; }

# begin EXPORT OTHER MOUNT: a new storage with sides on the first two nodes, exported by the first, and a writer where it is mounted
begin() {
    NAME=replaced
    vhacs_on 1 storage --create "$NAME" --size 64M --nodes "node$1,node$2"
    MINOR=$(on "$1" "drbdadm sh-minor $NAME")
    CONSTRAINT=drbd-fence-by-handler-$NAME-$NAME-drbd-clone
    place "$NAME" "$1" "$3"
    start_writer
    MOUNTED=$(mount_id)
    EXPORTER=$1
    EXPORTED=$(target_start)
}

# target_start: when Pacemaker last started the target on the node that exported it first
target_start() {
    on "$EXPORTER" "cibadmin --query --xpath \"//node_state[@uname='node$EXPORTER']//lrm_resource[@id='$NAME-target']/lrm_rsc_op[@operation='start']\"" |
        grep -oE 'last-rc-change="[0-9]+"'
}

# sides: the nodes of the sides, sorted
sides() { storage_field "$NAME" '[.drbd[].node] | sort | join(" ")'; }
# is_synced I: whether node I and its peer have the same data
is_synced() { is_drbd "$1" 'cs:Connected .*ds:UpToDate/UpToDate'; }
has_volume() { on "$1" "lvs --noheadings -o lv_name vhacs/$NAME" >/dev/null 2>&1; }
has_file() { on "$1" "test -e /etc/drbd.d/$NAME.res"; }
has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }
has_ban() { on 1 "cibadmin --query --xpath \"//rsc_location[@id='$NAME-replacement-location']\"" >/dev/null 2>&1; }

# assert_has_sides I J: these nodes have the data, the same file and no mark; no other node has anything; nothing is left in the cluster
assert_has_sides() {
    local node
    run sides
    assert_output "node$1 node$2"
    wait_until 120 is_synced "$1"
    wait_until 120 is_synced "$2"
    assert_equal "$(on "$1" "sha256sum </etc/drbd.d/$NAME.res")" "$(on "$2" "sha256sum </etc/drbd.d/$NAME.res")"
    for node in $MOUNT_NODES; do
        if [ "$node" = "$1" ] || [ "$node" = "$2" ]; then
            run on "$node" "lvs --noheadings -o lv_tags vhacs/$NAME"
            refute_output --partial vhacs_replace
            continue
        fi
        refute has_volume "$node"
        refute has_file "$node"
        refute is_drbd "$node" cs:
    done
    refute has_ban
    has_no_lock
    wait_until 120 has_no_constraint
    run vhacs_on 1 cluster --check
    refute_output --partial "vhacs storage --replace $NAME"
    # the new side is the same, block by block
    run vhacs_on 1 storage --verify "$NAME"
    assert_success
}

# assert_undisturbed: the writer goes on, in the same mount; an export that has not moved was not restarted
assert_undisturbed() {
    assert_writes_continue
    run mount_id
    assert_output "$MOUNTED"
    if is_exported_by "$EXPORTER"; then assert_equal "$(target_start)" "$EXPORTED"; fi
    echo "# the writer paused for $(longest_pause) s" >&3
}

# break_off I TOOL NODE WORDS ARGUMENT...: vhacs of node I replaces a side, with these arguments. The tool, called there on that node with
# arguments that begin with these words, does its work; then vhacs is killed. Agents do not use tools in /usr/local
break_off() {
    local caller=$1 tool=$2 node=$3 words=$4 real
    shift 4
    real=$(on "$node" "PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v $tool")
    on "$node" "cat >/usr/local/sbin/$tool && chmod +x /usr/local/sbin/$tool" <<END
#!/bin/sh
$real "\$@"
status=\$?
case "\$*" in '$words'*)
    rm -f /usr/local/sbin/$tool
    ssh -o BatchMode=yes node$caller 'pkill -KILL -f "^vhacs storage --replace"' </dev/null >/dev/null 2>&1
    ;;
esac
exit \$status
END
    run vhacs_on "$caller" storage --replace "$NAME" "$@" --yes
    assert_failure
    run on "$node" "ls /usr/local/sbin/$tool"
    assert_failure
}

# finish I ARGUMENT...: the same command, on node I, does what remains
finish() {
    local caller=$1
    shift
    run vhacs_on "$caller" storage --replace "$NAME" "$@" --yes
    assert_success
}

@test "a side gets a new disk on its own node; the export and the mount go on" {
    begin 1 2 2
    run vhacs_on 1 storage --replace "$NAME" --from node2 --yes
    assert_success
    assert_line --regexp 'this will give replaced a new volume of 64M on node2, and destroy the present one with its data \(node1 alone has its data'
    assert_line --regexp 'replaced has a new disk on node2$'
    refute_output --partial 'moving the export'
    assert_undisturbed
    is_exported_by 1
    assert_has_sides 1 2
}

@test "the side that exports gets a new disk: the export moves first, and the I/O is only paused" {
    begin 1 2 2
    run vhacs_on 2 storage --replace "$NAME" --from node1 --yes
    assert_success
    assert_line --regexp 'its export moves from node1 to node2 first'
    assert_line --regexp 'moving the export of replaced from node1 to node2$'
    assert_undisturbed
    is_exported_by 2
    assert_has_sides 1 2
}

@test "the disk of a side fails, and its volume is gone: it gets a new one" {
    begin 1 2 2
    on 2 "drbdadm detach $NAME; lvremove --quiet --yes vhacs/$NAME || { dmsetup remove --force --retry vhacs-$NAME; lvremove --quiet --yes vhacs/$NAME; }"
    refute has_volume 2
    # Pacemaker may meanwhile stop what depends on it, or try to start it
    on 1 'crm_resource --wait --timeout=200s' || true
    assert_writes_continue
    run vhacs_on 1 storage --replace "$NAME" --from node2 --yes
    assert_success
    assert_undisturbed
    assert_has_sides 1 2
}

@test "the node of the old side is in standby, so its side is down: it gets a new disk when it is active again" {
    begin 1 2 1
    vhacs_on 1 node --standby node2
    wait_until 120 is_drbd 1 cs:WFConnection
    on 1 "vhacs storage --replace $NAME --from node2 --yes" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local replacing=$!
    wait_until 120 grep -q 'waiting until DRBD of replaced runs on node2' "$BATS_TEST_TMPDIR/said"
    vhacs_on 1 node --active node2
    wait "$replacing"
    assert_undisturbed
    assert_has_sides 1 2
}

@test "what may have data that the others do not have is not replaced: nothing is changed" {
    begin 1 2 2
    on 2 "drbdadm disconnect $NAME"
    run vhacs_on 1 storage --replace "$NAME" --from node2 --yes
    on 2 "drbdadm connect $NAME"
    assert_failure 2
    assert_output --partial 'its two sides are not both Connected and UpToDate'
    assert_output --partial 'or put node2 in standby'
    assert_output --partial 'nothing was changed'
    wait_until 120 is_synced 1
    vhacs_on 1 storage --snapshot "$NAME" kept
    run vhacs_on 1 storage --replace "$NAME" --from node2 --yes
    assert_failure 2
    assert_output --partial 'it has snapshots (kept), which a new side would not have'
    vhacs_on 1 storage --drop "$NAME" kept --yes || vhacs_on 1 storage --drop "$NAME" kept
    run on 1 "vhacs storage --replace $NAME --from node2 </dev/null"
    assert_failure 2
    assert_output --partial 'pass --yes to proceed (nothing was changed)'
    refute has_ban
    assert_undisturbed
}

@test "killed after the old volume was removed, it is named and finished" {
    begin 1 2 2
    break_off 1 lvremove 2 --quiet --from node2
    run vhacs_on 1 cluster --check
    assert_output --partial "vhacs storage --replace $NAME --from node2"
    assert_writes_continue
    finish 1 --from node2
    assert_undisturbed
    assert_has_sides 1 2
}

@test "killed after the meta-data were created, it is named and finished" {
    begin 1 2 2
    break_off 1 drbdadm 2 create-md --from node2
    run vhacs_on 1 cluster --check
    assert_output --partial "vhacs storage --replace $NAME --from node2"
    finish 1 --from node2
    assert_undisturbed
    assert_has_sides 1 2
}

@test "Ctrl-C while the data are copied ends the wait; DRBD goes on, and the same command does the rest" {
    begin 1 2 2
    on 1 "vhacs storage --replace $NAME --from node2 --yes" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local replacing=$!
    wait_until 240 grep -q 'waiting until DRBD of replaced runs' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -INT -f "^vhacs storage --replace"' || true
    wait "$replacing" || true
    has_no_lock
    run vhacs_on 1 cluster --check
    echo "# $output" >&3
    finish 2 --from node2
    assert_undisturbed
    assert_has_sides 1 2
}

@test "a side moves to a third node; the export and the mount go on" {
    needs_three
    begin 1 2 3
    run vhacs_on 1 storage --replace "$NAME" --from node2 --to node3 --yes
    assert_success
    echo "# $output" >&3
    assert_line --regexp 'replaced is on node3 instead of node2$'
    assert_undisturbed
    is_exported_by 1
    assert_has_sides 1 3
}

@test "the side that exports moves to a third node: the export moves to the other side first" {
    needs_three
    begin 1 2 3
    run vhacs_on 3 storage --replace "$NAME" --from node1 --to node3 --yes
    assert_success
    assert_line --regexp 'moving the export of replaced from node1 to node2$'
    assert_undisturbed
    is_exported_by 2
    assert_has_sides 2 3
}

@test "the new side takes over afterwards" {
    needs_three
    begin 1 2 2
    vhacs_on 1 storage --replace "$NAME" --from node2 --to node3 --yes
    wait_until 120 is_synced 3
    run vhacs_on 1 storage --rehearse "$NAME"
    assert_success
    assert_line --regexp 'moving the export of replaced from node1 to node3$'
    assert_undisturbed
}

# write_moved_file: the file of clouds of the cluster, with node3 in the place of node2
write_moved_file() { on 1 "vhacs compose --read | sed 's/storage: \\[node1, node2\\]/storage: [node1, node3]/' >/root/moved.yaml; grep -q 'node1, node3' /root/moved.yaml"; }

@test "a file of clouds names a third node: --diff says what that means, and --apply --replace moves the side" {
    needs_three
    begin 1 2 3
    write_moved_file
    run vhacs_on 1 compose /root/moved.yaml --diff
    assert_success
    assert_line --partial 'move a side of replaced (64M) from node2 to node3, and remove its data from node2'
    run vhacs_on 1 compose /root/moved.yaml --apply
    assert_failure 2
    assert_output --partial 'pass --replace to proceed (nothing was changed)'
    run sides
    assert_output 'node1 node2'
    run vhacs_on 1 compose /root/moved.yaml --apply --replace
    assert_success
    echo "# $output" >&3
    assert_line --regexp 'replaced is on node3 instead of node2$'
    assert_undisturbed
    assert_has_sides 1 3
    run vhacs_on 1 compose /root/moved.yaml --diff
    assert_line 'nothing changes'
}

@test "killed while a file of clouds is applied, the same command finishes it" {
    needs_three
    begin 1 2 3
    write_moved_file
    on 1 "vhacs compose /root/moved.yaml --apply --replace" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local applying=$!
    wait_until 240 grep -q 'waiting until DRBD of replaced runs' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -KILL -f "^vhacs compose"' || true
    wait "$applying" || true
    run vhacs_on 1 cluster --check
    echo "# $output" >&3
    run vhacs_on 1 compose /root/moved.yaml --apply --replace
    assert_success
    assert_undisturbed
    assert_has_sides 1 3
}

@test "killed before the old side is down, it is named and finished" {
    needs_three
    begin 1 2 3
    break_off 1 drbdadm 3 create-md --from node2 --to node3
    run vhacs_on 1 cluster --check
    assert_output --partial "vhacs storage --replace $NAME --from node2 --to node3"
    # the old side has not been touched
    is_synced 1
    finish 2 --from node2 --to node3
    assert_undisturbed
    assert_has_sides 1 3
}

@test "killed after the staying side expects the new node, it is named and finished" {
    needs_three
    begin 1 2 3
    break_off 2 drbdadm 1 adjust --from node2 --to node3
    run vhacs_on 1 cluster --check
    assert_output --partial "vhacs storage --replace $NAME --from node2 --to node3"
    assert_writes_continue
    finish 2 --from node2 --to node3
    assert_undisturbed
    assert_has_sides 1 3
}

@test "the staying side, reset while it is alone, comes back with the data; then the move is finished" {
    needs_three
    begin 1 2 3
    break_off 2 drbdadm 1 adjust --from node2 --to node3
    "$LAB" kill 1
    "$LAB" boot 1
    "$LAB" cluster
    wait_until 300 is_exported_by 1
    finish 1 --from node2 --to node3
    assert_writes_continue 240
    assert_has_sides 1 3
}

@test "the node of a side is lost: another one takes its place; when it is back, it is named, and its data are removed" {
    needs_three
    begin 1 2 3
    "$LAB" kill 2
    wait_until 240 has_online_nodes 2
    assert_writes_continue 240
    run vhacs_on 1 storage --replace "$NAME" --from node2 --to node3 --yes
    assert_success
    assert_line --regexp 'leave its data on node2, which is lost'
    assert_line --regexp "node2 is lost, and still has its data of replaced: when it is back, remove them with \"vhacs storage --replace replaced --from node2\"$"
    run sides
    assert_output 'node1 node3'
    "$LAB" boot 2
    "$LAB" cluster
    wait_until_online 3
    # it does not come up there
    on 1 'crm_resource --wait --timeout=200s' || true
    refute is_drbd 2 cs:
    has_volume 2
    is_synced 1
    run vhacs_on 1 cluster --check
    assert_output --partial 'vhacs storage --replace replaced --from node2'
    run vhacs_on 1 storage --replace "$NAME" --from node2 --yes
    assert_success
    assert_undisturbed
    assert_has_sides 1 3
}

@test "a node is evacuated: all its sides move to other nodes, one after the other, and it gets no new ones" {
    needs_three
    begin 1 2 3
    vhacs_on 1 storage --create second --size 64M --nodes node2,node1
    run vhacs_on 1 node --evacuate node2 --yes
    assert_success
    echo "# $output" >&3
    run vhacs_on 1 node --list --json
    assert_equal "$(jq -r '.nodes[] | select(.name == "node2") | .roles | join(",")' <<<"$output")" ''
    assert_undisturbed
    assert_has_sides 1 3
    NAME=second
    assert_has_sides 1 3
    NAME=replaced
    run vhacs_on 1 node --evacuate node1 --yes
    assert_failure 2
    assert_output --partial 'nothing was changed'
    vhacs_on 1 node --setrole ALL node2
}
