#!/usr/bin/env bats
# bats file_tags=long
# vhacs cluster --join and --part: the third node leaves a running cluster and joins it again, while a writer that verifies goes on and nothing
# is restarted. Skipped on fewer nodes: run "make test-three".

load ../support/helpers
load ../support/fence-peer
load ../support/split

STORAGE=joined1
CONF=/etc/corosync/corosync.conf

setup_file() {
    load ../support/helpers
    load ../support/fence-peer
    has_three_nodes || return 0
    prepare_storage "$STORAGE"
    for node in 1 2; do on $node "cp --preserve $CONF /var/tmp/corosync.conf.saved"; done
    on_with 3 bare.sh <<'END'
tar -cPf "$SAVED" "${CONFIGURATION[@]}"
systemctl is-enabled corosync pacemaker sbd >"$SAVED_UNITS" || true
END
}

setup() { has_three_nodes || skip 'this needs three nodes: make test-three'; }

teardown_file() {
    load ../support/helpers
    has_three_nodes || return 0
    on 3 'systemctl unmask --runtime corosync; lvremove --quiet --yes vhacs/joined1' || true
    destroy_storages
    on_with 3 bare.sh <<<restore_config
    for node in 1 2; do on $node "[ ! -f /var/tmp/corosync.conf.saved ] || mv /var/tmp/corosync.conf.saved $CONF; rm -f $CONF.new"; done
    on 1 'corosync-cfgtool -R'
    on_with 3 bare.sh <<<start_cluster
    wait_until_online 3
    # the other scenarios expect two nodes with roles
    vhacs_on 1 node --delrole ALL node3 || true
}

# membership_state: what --join and --part change, on all nodes and in the cluster
membership_state() {
    local node
    for node in 1 2 3; do
        on $node 'exec 2>&1; cd /etc
            find corosync default/sbd lvm/*.conf* drbd.d systemd/system/*.target.d -type f -print0 | sort -z | xargs -0 sha256sum
            ls -A /var/lib/pacemaker/cib | grep -v "^cib-"; systemctl is-enabled corosync pacemaker sbd; systemctl is-active corosync pacemaker sbd; true'
    done
    on 1 'cibadmin --query --scope nodes; cibadmin --query --scope constraints; cibadmin --query --scope resources'
}

# operations: when Pacemaker last started, stopped, promoted or demoted each part of the storage on nodes 1 and 2
operations() {
    on 1 'cibadmin --query --scope status' | tr '>' '\n' | grep -E "<lrm_rsc_op [^<]*id=\"$STORAGE-" |
        grep -E 'operation="(start|stop|promote|demote)"' | grep -E 'on_node="node[12]"' |
        grep -oE '(operation_key|on_node|last-rc-change)="[^"]*"' | sort
}

# begin_untouched: starts a writer, and notes what must stay as it is
begin_untouched() {
    begin_scenario "$STORAGE"
    MOUNT_ID=$(mount_id)
    OPERATIONS=$(operations)
    BOOTS=$(for node in 1 2 3; do on $node 'cat /proc/sys/kernel/random/boot_id'; done)
}

# assert_untouched: no node was reset, nothing was started, stopped or moved, and the writer has not waited
assert_untouched() {
    assert_writes_continue
    assert_equal "$(mount_id)" "$MOUNT_ID"
    assert_equal "$(operations)" "$OPERATIONS"
    assert_equal "$(for node in 1 2 3; do on $node 'cat /proc/sys/kernel/random/boot_id'; done)" "$BOOTS"
    assert_nothing_lost
    refute [ "$(longest_pause | cut -d. -f1)" -ge 10 ]
}

# quorum_flags: of node 1's corosync, such as "Quorate"
quorum_flags() { on 1 'corosync-quorumtool -s || true' | sed -n 's/^Flags: *//p'; }

# assert_same_conf NODES: corosync has the same configuration on these
assert_same_conf() {
    assert_equal "$(for node in $1; do on "$node" "sha256sum <$CONF"; done | sort -u | wc -l)" 1
}

# assert_out: the cluster has two nodes, with the settings for two, and node 3 has nothing of it
assert_out() {
    assert_equal "$(count_online)" 2
    assert_same_conf '1 2'
    run on 2 "cat $CONF"
    assert_output --partial 'two_node: 1'
    refute_output --partial node3
    run quorum_flags
    assert_output --partial 2Node
    run on 1 'cibadmin --query --scope nodes; cibadmin --query --scope status'
    refute_output --partial 'uname="node3"'
    run on 3 "ls $CONF /etc/corosync/authkey; systemctl is-active corosync pacemaker sbd; systemctl is-enabled corosync pacemaker sbd"
    refute_line "$CONF"
    refute_line /etc/corosync/authkey
    refute_line active
    refute_line enabled
}

# assert_in: the cluster has three nodes, without the settings for two, and can fence each of them
assert_in() {
    assert_equal "$(count_online)" 3
    assert_same_conf '1 2 3'
    run on 1 "cat $CONF"
    refute_output --partial two_node
    run quorum_flags
    assert_output --partial Quorate
    refute_output --partial 2Node
    run vhacs_on 1 cluster --check
    refute_output --partial 'error:'
}

@test "--part is refused for a node with sides or a mount, and a dry run changes nothing" {
    local before
    before=$(membership_state)
    run vhacs_on 1 cluster --part node2
    assert_failure 2
    assert_line "error: node2: has sides of $STORAGE"
    run vhacs_on 1 cluster --part node3 --dry-run
    assert_success
    assert_line 'node3: systemctl stop pacemaker'
    assert_equal "$(membership_state)" "$before"
}

@test "the third node leaves: nothing is restarted, and the two that stay have the settings for two" {
    begin_untouched
    run vhacs_on 1 cluster --part node3
    assert_success
    assert_line --partial 'node3: it has left the cluster'
    assert_untouched
    assert_out
}

@test "a node with remains of a storage does not join (refused, 2), and neither dry run nor refusal changes anything" {
    local before
    before=$(membership_state)
    on 3 "lvcreate --quiet --yes --wipesignatures y --setautoactivation n --size 64M --name $STORAGE vhacs"
    run vhacs_on 1 cluster --join node3
    on 3 "lvremove --quiet --yes vhacs/$STORAGE"
    assert_failure 2
    assert_line "error: node3: still has the volume vhacs/$STORAGE of the storage $STORAGE"
    run vhacs_on 1 cluster --join node3 --roles storage --dry-run
    assert_success
    assert_line 'node1: corosync-cfgtool -R'
    assert_equal "$(membership_state)" "$before"
}

@test "a join that fails at a step is undone, on all nodes, and nothing is restarted" {
    local before
    before=$(membership_state)
    begin_untouched
    on 3 'systemctl mask --runtime corosync'
    run vhacs_on 1 cluster --join node3 --roles storage
    on 3 'systemctl unmask --runtime corosync'
    assert_failure 1
    assert_output --partial 'FAILED: starting corosync on node3'
    refute_output --partial 'NOT UNDONE'
    assert_untouched
    assert_equal "$(membership_state)" "$before"
    assert_out
}

@test "a node joins: nothing is restarted, and it can be fenced" {
    begin_untouched
    run vhacs_on 1 cluster --join node3 --roles storage
    assert_success
    assert_line --partial 'node3: it has joined the cluster'
    assert_untouched
    assert_in
    run vhacs_on 2 node --list
    assert_line --regexp '^\| \(A\)node3 \| online +\| storage +\|$'
}

@test "the new node can mount, once it is a vhost" {
    choose_storage "$STORAGE"
    vhacs_on 1 node --setrole vhost node3 --interrupt
    on "$(mount_node)" "echo kept >/clouds/$STORAGE/file; sync"
    run vhacs_on 1 storage --prefers node3,node1-2 "$STORAGE"
    assert_success
    assert_output --partial "it is mounted on node3"
    run on 3 "cat /clouds/$STORAGE/file"
    assert_output kept
    run vhacs_on 1 cluster --part node3
    assert_failure 2
    assert_line "error: node3: has mounted $STORAGE"
    vhacs_on 1 storage --prefers node2,node1 "$STORAGE"
}

@test "a --part and a --join that are killed are named by --check, and finished by the same command" {
    begin_untouched
    on 1 "$VHACS cluster --part node3 >/run/part.out 2>&1 & pid=\$!
        until grep -q 'removing node3 from corosync.conf' /run/part.out; do sleep 0.1; done; kill -KILL \$pid; wait \$pid; true"
    run vhacs_on 1 cluster --check
    assert_failure 1
    assert_output --regexp 'node3: (is offline|/etc/corosync/corosync.conf does not name it)'
    run vhacs_on 1 cluster --part node3
    assert_success
    assert_out
    on 1 "$VHACS cluster --join node3 --roles storage >/run/join.out 2>&1 & pid=\$!
        until grep -q 'starting corosync' /run/join.out; do sleep 0.1; done; kill -KILL \$pid; wait \$pid; true"
    run vhacs_on 1 cluster --check
    assert_failure 1
    assert_output --partial node3
    run vhacs_on 1 cluster --join node3 --roles storage
    assert_success
    assert_untouched
    assert_in
}

@test "a join that was killed is undone by --part" {
    vhacs_on 1 cluster --part node3
    begin_untouched
    on 1 "$VHACS cluster --join node3 >/run/join.out 2>&1 & pid=\$!
        until grep -q 'waiting until node3 is online' /run/join.out; do sleep 0.1; done; kill -KILL \$pid; wait \$pid; true"
    run vhacs_on 1 cluster --part node3
    assert_success
    assert_untouched
    assert_out
}

@test "of a pair, one node is lost for good: it is forgotten, another one joins under its own name and takes its side, and nothing is lost" {
    has_volume() { on "$1" "lvs --noheadings -o lv_name vhacs/$STORAGE" >/dev/null 2>&1; }
    assert_equal "$(count_online)" 2
    place "$STORAGE" 1 1
    begin_scenario "$STORAGE"
    local mounted
    mounted=$(mount_id)
    "$LAB" kill 2
    wait_until 240 has_online_nodes 1
    assert_writes_continue 240
    run vhacs_on 1 cluster --join node3 --roles storage
    assert_failure
    run vhacs_on 1 node --forget node2
    assert_failure 2
    assert_output --partial 'use --leave-sides (nothing was changed)'
    # killed in the midst of it, the same command finishes it
    on 1 "$VHACS node --forget node2 --leave-sides >/run/forget.out 2>&1 & pid=\$!
        until grep -q 'removing node2 from corosync.conf' /run/forget.out; do sleep 0.1; done; kill -KILL \$pid; wait \$pid; true"
    run vhacs_on 1 node --forget node2 --leave-sides
    assert_success
    assert_output --partial 'node2 is removed from corosync.conf only'
    run on 1 "cat $CONF; corosync-quorumtool -s"
    refute_output --partial node2
    assert_line --regexp '^Quorate: +Yes$'
    run vhacs_on 1 cluster --check
    assert_output --partial "it has sides of $STORAGE, which have no redundancy"
    run vhacs_on 1 cluster --join node3 --roles storage
    echo "# $output" >&3
    assert_success
    run quorum_flags
    assert_output --partial 2Node
    run vhacs_on 1 node --evacuate node2 --yes
    echo "# $output" >&3
    assert_success
    assert_line --regexp "$STORAGE is on node3 instead of node2$"
    has_volume 3
    run vhacs_on 1 node --forget node2
    assert_success
    run on 1 'cibadmin --query --scope nodes; cibadmin --query --scope status'
    refute_output --partial 'uname="node2"'
    # nothing of all that has disturbed the mount on the node that is left
    assert_writes_continue
    assert_equal "$(mount_id)" "$mounted"
    assert_nothing_lost
    # back to nodes 1 and 2, with the data there
    "$LAB" boot 2
    on 2 "systemctl stop pacemaker corosync; drbdadm down $STORAGE; rm -f $CONF /etc/drbd.d/$STORAGE.res; lvremove --quiet --yes vhacs/$STORAGE"
    run vhacs_on 1 cluster --join node2 --roles ALL --interrupt
    assert_success
    vhacs_on 1 storage --replace "$STORAGE" --from node3 --to node2 --yes
}
