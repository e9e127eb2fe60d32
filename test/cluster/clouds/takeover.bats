#!/usr/bin/env bats
# bats file_tags=long
# What a takeover needs although nothing needed it before: iscsid, the modules of the kernel, room on the disks.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage takeover
}

teardown_file() {
    for node in 1 2; do
        "$LAB" net $node eth1 on
        on $node 'rm -f /filling; [ ! -d /lib/modules.gone ] || { rm -rf /lib/modules; mv /lib/modules.gone /lib/modules; }
            umount /run/vhacs 2>/dev/null; systemctl start iscsid.service' || true
    done
    vhacs_on 1 node --active ALL || true
    destroy_storages
}

setup() { begin_scenario takeover; }

teardown() { assert_nothing_lost; }

# a degraded entry may stay: with /run/vhacs full, agents cannot note that it is to be removed
has_no_failed_action() { ! on "$1" 'crm_mon -1' | sed -n '/Failed Resource Actions/,$p' | grep '^  \*' | grep -qiv degraded; }
has_iscsid() { on "$1" 'kill -0 $(cat /run/iscsid.pid)' 2>/dev/null; }

# assert_all_moves: mount and target leave each node for the other one, and nothing fails. It ends the writer.
assert_all_moves() {
    local exporter=1 other=2
    on "$WRITER_NODE" 'pkill -TERM -x records' || true
    is_exported_by 1 || { exporter=2 other=1; }
    run vhacs_on $exporter node --standby "node$other"
    assert_success
    wait_until 200 is_mounted_by $exporter
    run vhacs_on $exporter node --active "node$other"
    assert_success
    wait_until 200 is_in_sync
    run vhacs_on $exporter node --standby "node$exporter"
    assert_success
    wait_until 200 is_mounted_by $other
    wait_until 60 is_exported_by $other
    run vhacs_on $exporter node --active "node$exporter"
    assert_success
    wait_until 200 is_in_sync
    wait_until 240 has_no_failed_action "$other"
}

@test "iscsid is killed while the storage link is away: it is started again, and I/O goes on when the link is back" {
    "$LAB" net "$WRITER_NODE" eth1 off
    on "$WRITER_NODE" 'kill -KILL $(cat /run/iscsid.pid)'
    sleep 15
    "$LAB" net "$WRITER_NODE" eth1 on
    wait_until 60 has_iscsid "$WRITER_NODE"
    assert_writes_continue 90
}

@test "an iscsid that systemd does not restart is started by a monitor" {
    on "$WRITER_NODE" 'systemctl stop iscsid.service'
    wait_until 60 has_iscsid "$WRITER_NODE"
    assert_writes_continue
    wait_until 60 has_agent_logged "$WRITER_NODE" 'iscsid was not running'
}

@test "with both root file systems full, target and mount move" {
    for node in 1 2; do
        on $node 'fallocate --length "$(($(df --output=avail --block-size=1 / | tail -1) - 65536))" /filling
            cat /dev/zero >>/filling' 2>/dev/null || true
    done
    run on 1 'df --output=avail / | tail -1'
    assert_output --regexp '^ *0$'
    assert_all_moves
    for node in 1 2; do on $node 'rm -f /filling'; done
    wait_until 200 is_in_sync
}

@test "with /run/vhacs full, target and mount move" {
    for node in 1 2; do on $node 'mkdir -p /run/vhacs && mount -t tmpfs -o nr_inodes=1 none /run/vhacs'; done
    assert_all_moves
    for node in 1 2; do on $node 'umount /run/vhacs'; done
    wait_until 200 is_in_sync
}

@test "with damaged notes in /run/vhacs, target and mount move" {
    for node in 1 2; do on $node 'for note in /run/vhacs/*; do [ ! -f $note ] || head -c 99 /dev/urandom >$note; done'; done
    assert_all_moves
    wait_until 200 is_in_sync
}

@test "the modules of the running kernel are gone: the other side takes over all the same" {
    local other=2
    is_exported_by 1 || other=1
    on $other 'mv /lib/modules /lib/modules.gone'
    on "$other" 'grep -qw iscsi_target_mod /proc/modules'
    on 1 "crm_resource --resource takeover-export --move --node node$other && crm_resource --wait --timeout=200s && crm_resource --resource takeover-export --clear"
    is_exported_by $other
    assert_writes_continue 90
    on $other 'mv /lib/modules.gone /lib/modules'
}
