#!/usr/bin/env bats
# bats file_tags=long
# The fence-peer handler with further faults: it is killed, called twice, parts of Pacemaker are gone, fencing fails.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage fence2
}

teardown_file() {
    "$LAB" net 2 eth3 on
    on 1 'pkill -CONT -x pacemaker-attrd; crm_resource --resource fence --meta --delete-parameter target-role' || true
    destroy_storages
}

setup() { begin_scenario fence2; }

teardown() { assert_nothing_lost; }

# reconnect: restores the replication, and waits until the constraint has been removed
reconnect() {
    "$LAB" net 2 eth3 on
    wait_until 180 is_in_sync
    wait_until 60 has_no_constraint
}

is_listed_as_degraded() { on 1 'crm_mon -1' | grep -qiE 'degraded|might fail soon'; }
is_listed_no_more() { ! is_listed_as_degraded; }

@test "storage --sethandlers replaces DRBD's script while I/O continues, and DRBD calls the handler from then on" {
    for node in 1 2; do
        on $node "sed -i 's#/usr/lib/vhacs/fence-peer#/usr/lib/drbd/crm-fence-peer.sh#; s#unfence-peer ./usr/lib/vhacs/unfence-peer#after-resync-target \"/usr/lib/drbd/crm-unfence-peer.sh#' /etc/drbd.d/$NAME.res
            drbdadm adjust $NAME && grep -c /usr/lib/drbd/crm- /etc/drbd.d/$NAME.res"
    done
    run vhacs_on 1 cluster --check
    assert_output --partial "vhacs storage --sethandlers $NAME"
    vhacs_on 1 storage --sethandlers "$NAME"
    assert_writes_continue
    for node in 1 2; do
        on $node "! grep /usr/lib/drbd/crm- /etc/drbd.d/$NAME.res"
        run kernel_log $node
        refute_output --partial 'conn( Connected ->'
    done
    run vhacs_on 1 cluster --check
    refute_output --partial sethandlers
    "$LAB" net 2 eth3 off
    wait_until 60 has_logged 1 'answer 4 \(peer outdated\)'
    assert_writes_continue
    reconnect
}

@test "killed: writes wait; the next call answers, and they continue when the peer is back" {
    on 1 'setsid timeout 90 sh -c "until pkill -KILL -f ^/usr/lib/vhacs/fence-peer; do sleep 0.05; done" >/dev/null 2>&1 </dev/null &'
    "$LAB" net 2 eth3 off
    wait_until 60 has_logged 1 'fence-peer helper broken'
    run by_hand 1
    assert_line 'answer 4'
    is_fenced_for node1
    "$LAB" net 2 eth3 on
    wait_until 180 is_in_sync
    # nothing was written, so DRBD resyncs nothing and calls no handler
    vhacs_on 1 storage --unfail "$NAME"
    wait_until 60 has_no_constraint
    assert_writes_continue
}

@test "while pacemaker-attrd does not respond, fencing still works" {
    on 1 'pkill -STOP -x pacemaker-attrd'
    "$LAB" net 2 eth3 off
    wait_until 60 has_logged 1 'answer 4 \(peer outdated\)'
    assert_writes_continue
    on 1 'pkill -CONT -x pacemaker-attrd'
    reconnect
}

@test "called on both sides at once, only one side may be promoted" {
    "$LAB" net 2 eth3 off
    wait_until 60 is_drbd 2 'cs:(WFConnection|NetworkFailure|Unconnected|Timeout)'
    run by_hand 2
    assert_line --regexp '^answer (1|6)$'
    wait_until 60 has_logged 1 'fence-peer helper returned 4'
    is_fenced_for node1
    assert_writes_continue
    reconnect
}

@test "called while the peer is connected, it changes nothing (1)" {
    for node in 1 2; do
        run by_hand $node
        assert_line 'answer 1'
        assert_output --partial 'there is nothing to fence'
        has_no_constraint
    done
}

@test "degraded entries disappear from crm_mon without any restart" {
    local begun
    begun=$(on 1 'date +%s')
    "$LAB" net 2 eth3 off
    wait_until 60 has_logged 1 'fence-peer helper returned 4'
    wait_until 60 is_listed_as_degraded
    reconnect
    wait_until 240 is_listed_no_more
    for node in 1 2; do
        run on $node "journalctl --no-pager -o cat --since @$begun -u pacemaker | grep -E 'Result of (start|stop|promote|demote|probe) operation'"
        assert_output ''
    done
}

@test "fencing that an administrator confirms is accepted (7), and not before" {
    on 1 'crm_resource --resource fence --meta --set-parameter target-role --parameter-value Stopped && crm_resource --wait --timeout=60s'
    "$LAB" kill 2
    wait_until 60 has_logged 1 'helper command: /sbin/drbdadm fence-peer'
    sleep 30
    run kernel_log 1
    refute_output --partial 'fence-peer helper returned'
    has_no_constraint
    on 1 'stonith_admin --confirm node2'
    wait_until 120 has_logged 1 'fence-peer helper returned 7'
    on 1 'crm_resource --resource fence --meta --delete-parameter target-role'
    [ "$WRITER_NODE" = 2 ] || assert_writes_continue
    "$LAB" boot 2
    "$LAB" cluster
    wait_until 240 is_in_sync
    wait_until 60 has_no_constraint
}

@test "the coordinator dies together with the primary: the other side is elected, fences and is promoted" {
    run on 1 crmadmin --dc_lookup
    assert_output --partial node1
    on 1 'pkill -TERM -x records' || true
    [ "$(storage_field $NAME .mount.node)" = node2 ] ||
        on 1 "crm_resource --resource $NAME-mount --move --node node2 && crm_resource --wait --timeout=200s && crm_resource --resource $NAME-mount --clear"
    BATS_TEST_NUMBER=moved start_writer
    [ "$WRITER_NODE" = 2 ]
    "$LAB" kill 1
    wait_until 240 has_logged 2 'fence-peer helper returned 7'
    assert_writes_continue 240
    echo "# paused for $(longest_pause) s" >&3
    "$LAB" boot 1
    "$LAB" cluster
    wait_until 240 is_in_sync
    wait_until 60 has_no_constraint
}
