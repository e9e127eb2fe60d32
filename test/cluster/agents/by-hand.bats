#!/usr/bin/env bats
# bats file_tags=long
# Resources that an operator makes with crm, with required parameters only (and who may log in): one of each agent, which Pacemaker
# runs for a while.

load ../support/helpers

IQN=iqn.2026-01.org.vhacs:hand
DISK=/dev/disk/by-path/ip-10.77.1.1:3260-iscsi-$IQN-lun-0

# has_mount: whether the file system is mounted on node 2
has_mount() { on 2 'findmnt --noheadings --output source /clouds/hand'; }

# has_nothing: whether none of the resources is active anywhere
has_nothing() { ! on 1 'crm_mon -1 --inactive' | grep -E 'hand-.*(Started|Promoted|Unpromoted)|(Started|Promoted|Unpromoted): \[' ; }

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do on_with_drbd $node <<<'drbd_setup hand 202 7997 && drbdadm up hand'; done
    on_with_drbd 1 <<<'drbd_skip_initial_sync hand && drbdadm primary hand && mkfs.ext3 -q /dev/drbd202 && drbdadm secondary hand'
    for node in 1 2; do on $node 'drbdadm down hand && lvchange -an vhacs/hand && mkdir -p /clouds/hand'; done
}

teardown_file() {
    load ../support/helpers
    local node
    on 1 'crm_resource --wait --timeout=200s; cibadmin --replace --scope configuration --xml-file /root/before-hand.xml
        crm_resource --wait --timeout=200s; rm -f /root/before-hand.xml'
    for node in 1 2; do
        on_with_drbd $node <<<'drbd_teardown hand; rm -rf --one-file-system /clouds/hand'
    done
}

@test "crm creates and starts a resource of each agent, and crm_verify reports nothing" {
    run on 1 "cibadmin --query --scope configuration >/root/before-hand.xml && crm configure <<'CRM'
primitive hand-lvm ocf:vhacs:lvm-volume params volume=hand
clone hand-lvm-clone hand-lvm
primitive hand-drbd ocf:vhacs:drbd-cloud params drbd_resource=hand
clone hand-drbd-clone hand-drbd meta promotable=true notify=true
primitive hand-target ocf:vhacs:lio-iblock params iqn=$IQN device=/dev/drbd202 allowed_initiators=iqn.2026-01.org.vhacs:node2
primitive hand-session ocf:vhacs:iscsi-mount params iqn=$IQN portals=10.77.1.1
primitive hand-filesystem ocf:vhacs:ext3-filesystem params device=$DISK directory=/clouds/hand
group hand-mount hand-session hand-filesystem
location hand-promoted hand-drbd-clone role=Promoted 100: node1
location hand-mounted hand-mount inf: node2
order hand-1 Mandatory: hand-lvm-clone hand-drbd-clone
order hand-2 Mandatory: hand-drbd-clone:promote hand-target:start
order hand-3 Mandatory: hand-target hand-mount
colocation hand-4 inf: hand-drbd-clone hand-lvm-clone
colocation hand-5 inf: hand-target hand-drbd-clone:Promoted
commit
CRM"
    assert_success
    # crm advises of time-outs, as for any agent
    run grep -vE 'WARNING.*: default timeout .* is smaller than the advised' <<<"$output"
    assert_output ''
    run on 1 'crm_verify --live-check -V'
    assert_success
    assert_output ''
    run wait_until 200 has_mount
    assert_success
    assert_line "$(on 2 "readlink -f $DISK")"
}

@test "a minute later all are started, nothing has failed, and written data are on the disk" {
    on 2 'echo hand >/clouds/hand/written && sync /clouds/hand/written'
    sleep 60
    run on 1 'crm_mon -1 --inactive'
    refute_output --partial 'Failed'
    refute_output --partial 'Stopped'
    assert_output --regexp 'hand-target.*Started node1'
    assert_output --regexp 'hand-session.*Started node2'
    assert_output --regexp 'hand-filesystem.*Started node2'
    run on 2 'cat /clouds/hand/written'
    assert_output hand
}

@test "crm resource stop stops each, and nothing has failed" {
    on 1 'crm resource stop hand-mount hand-target hand-drbd-clone hand-lvm-clone; crm_resource --wait --timeout=200s'
    run wait_until 120 has_nothing
    assert_success
    run on 1 'crm_mon -1 --inactive'
    refute_output --partial 'Failed'
    for node in 1 2; do
        run on $node 'findmnt /clouds/hand; ls /sys/kernel/config/target/iscsi /sys/class/iscsi_session; drbd-state | grep "^ *202:"'
        refute_output --partial hand
        refute_output --partial 202
    done
}
