#!/usr/bin/env bats
# bats file_tags=long
# A node that is left alone coordinates the cluster, and serves its storages, also when it has made way for a coordinator that was lost at
# the same moment.

load ../support/helpers
load ../support/fence-peer
load ../support/split

setup_file() {
    load ../support/helpers
    load ../support/fence-peer
    prepare_storage coordinator
    # installed while Pacemaker ran, it would be started with the next start of that
    for node in 1 2; do on $node 'systemctl start vhacs-elect.timer'; done
}

teardown_file() {
    load ../support/helpers
    "$LAB" boot 1
    for node in 1 2; do on $node 'umount /usr/sbin/crmadmin 2>/dev/null; rm -f /root/crmadmin /root/waiting' || true; done
    "$LAB" cluster
    destroy_storages
}

# on node 2 first: node 1 may not answer
MOUNT_NODES='2 1'

# how often node 2 has requested the fencing of node 1
requests() { on 2 "grep -acE 'Requesting fencing .* of node node1' /var/log/pacemaker/pacemaker.log || true"; }
has_requested_since() { [ "$(requests)" -gt "$1" ]; }

# is_served: a write is acknowledged, wherever the storage is mounted
is_served() {
    local node
    node=$(mount_node) || return 1
    on "$node" "timeout 20 sh -c 'date >/clouds/$NAME/served && sync /clouds/$NAME/served'"
}

# is_coordinated I: whether node I is the coordinator, or accepted by it
is_coordinated() {
    [[ $(on "$1" "crmadmin --quiet --timeout 5s --status node$1" 2>/dev/null) =~ ^S_(IDLE|POLICY_ENGINE|TRANSITION_ENGINE|INTEGRATION|FINALIZE_JOIN|NOT_DC)$ ]]
}

# come_back: both nodes are in the cluster again, and in sync
come_back() {
    for node in 1 2; do wait_until 240 on $node true; done
    "$LAB" cluster
    wait_until 300 is_in_sync
}

# what node 2 was asked to do with the storage
changes() { on 2 "grep -aE 'execution of (start|stop|promote|demote) operation for $NAME-' /var/log/pacemaker/pacemaker.log | wc -l"; }

controller() { on 2 'pidof pacemaker-controld'; }
has_other_controller() { local now; now=$(controller) && [ "$now" != "$1" ]; }
has_elected() { on 2 "journalctl --unit vhacs-elect.service --since '@$1' --no-pager" | grep -q 'the cluster has a coordinator again'; }

# assert_served_after SECONDS: node 1 stalls, and goes on as long after node 2 has requested its fencing; the storage is served soon, whatever
# comes of that
assert_served_after() {
    local before begun
    choose_storage coordinator
    place coordinator 1 2
    before=$(requests)
    begun=$(on 2 'date +%s')
    "$LAB" pause 1
    wait_until 120 has_requested_since "$before"
    sleep "$1"
    "$LAB" boot 1 --nowait
    wait_until 300 is_served
    wait_until 150 is_coordinated 2
    if has_elected "$begun"; then echo "# stalled for $1 s more: node 2 waited for a coordinator, and elected one" >&3; fi
    come_back
}

@test "a node stalls, and goes on when its fencing is requested: the storage is served" { assert_served_after 0; }
@test "the same two seconds later" { assert_served_after 2; }
@test "the same four seconds later" { assert_served_after 4; }

@test "a controller that waits in vain is replaced: the node coordinates the cluster, and nothing that runs is touched" {
    local begun before mount pid
    choose_storage coordinator
    come_back
    "$LAB" kill 1
    wait_until 300 is_served
    start_writer
    mount=$(mount_id)
    before=$(changes)
    pid=$(controller)
    begun=$(on 2 'date +%s')
    # as long as it lives, this controller says that it waits
    on 2 "bash -s $pid" <<'END'
cp /usr/sbin/crmadmin /root/crmadmin
cat >/root/waiting <<SCRIPT
#!/bin/sh
[ "\$(pidof pacemaker-controld)" != $1 ] || { echo S_PENDING; exit 0; }
exec /root/crmadmin "\$@"
SCRIPT
chmod 755 /root/waiting
mount --bind /root/waiting /usr/sbin/crmadmin
END
    run vhacs_on 2 storage --info coordinator
    assert_output --partial 'NO COORDINATOR: nothing is started, moved or recovered'
    wait_until 180 has_other_controller "$pid"
    wait_until 180 has_elected "$begun"
    on 2 'umount /usr/sbin/crmadmin'
    is_coordinated 2
    on 2 'crm_resource --wait --timeout=120s'
    assert_writes_continue
    [ "$(mount_id)" = "$mount" ]
    assert_equal "$(changes)" "$before"
    echo "# the writer paused for $(longest_pause) s" >&3
    run vhacs_on 2 cluster --elect
    assert_success
    assert_output --partial 'nothing to do'
    assert_nothing_lost
    "$LAB" boot 1
    come_back
}
