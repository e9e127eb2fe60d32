#!/usr/bin/env bats
# The five layers of a cloud on node 1's kernel, called directly and not by the cluster: what a monitor costs, and what it reports.

load ../support/helpers

IQN=iqn.2026-01.org.vhacs:stack
PORTAL=10.77.1.1:3263
DISK=/dev/disk/by-path/ip-$PORTAL-iscsi-$IQN-lun-0

# parameters AGENT: its parameters, as the environment of a command
parameters() {
    case $1 in
    lvm-volume) echo OCF_RESKEY_volume=stack ;;
    drbd-cloud) echo OCF_RESKEY_drbd_resource=stack ;;
    lio-iblock) echo OCF_RESKEY_iqn=$IQN OCF_RESKEY_device=/dev/drbd201 OCF_RESKEY_portals=$PORTAL OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node1 ;;
    iscsi-mount) echo OCF_RESKEY_iqn=$IQN OCF_RESKEY_portals=$PORTAL ;;
    ext3-filesystem) echo OCF_RESKEY_device=$DISK OCF_RESKEY_directory=/clouds/stack ;;
    esac
}

# agent AGENT ACTION [NAME=VALUE...]: calls an agent on node 1
agent() {
    local name=$1 action=$2
    shift 2
    on 1 "env OCF_RESOURCE_INSTANCE=stack-$name $(parameters "$name") $* $AGENTS/$name $action"
}

# assert_starts_no_process AGENT STATUS: a recurring monitor exits with STATUS, and executes no other program
assert_starts_no_process() {
    run on 1 "env OCF_RESOURCE_INSTANCE=stack-$1 OCF_RESKEY_CRM_meta_interval=20000 $(parameters "$1") \
        strace -f -qq -e trace=execve -o /tmp/trace $AGENTS/$1 monitor; echo status \$?; grep -c 'execve(' /tmp/trace"
    assert_line "status $2"
    assert_line 1
}

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_drbd $node <<<'DRBD_SIZE=64M drbd_setup stack 201 7998 && lvchange -an vhacs/stack'
    done
    on 2 'lvchange -ay vhacs/stack && modprobe drbd && drbdadm up stack'
    agent lvm-volume start
    agent drbd-cloud start OCF_RESKEY_wfc_timeout=60
    on 1 'drbdadm new-current-uuid --clear-bitmap stack/0'
    agent drbd-cloud promote
    on 1 'mkfs.ext3 -q /dev/drbd201'
    agent lio-iblock start
    agent iscsi-mount start
    agent ext3-filesystem start
}

teardown_file() {
    load ../support/helpers
    local name node
    for name in ext3-filesystem iscsi-mount lio-iblock drbd-cloud lvm-volume; do agent $name stop; done
    for node in 1 2; do
        on_with_drbd $node <<<'drbd_teardown stack'
    done
}

@test "lvm-volume: a monitor starts no process" { assert_starts_no_process lvm-volume 0; }
@test "drbd-cloud: a monitor starts no process once the promotion score is set" {
    agent drbd-cloud monitor OCF_RESKEY_CRM_meta_interval=29000 || [ $? = 8 ]
    assert_starts_no_process drbd-cloud 8
}
@test "lio-iblock: a monitor starts no process" { assert_starts_no_process lio-iblock 0; }
@test "iscsi-mount: a monitor starts no process" { assert_starts_no_process iscsi-mount 0; }
@test "ext3-filesystem: a monitor starts no process" { assert_starts_no_process ext3-filesystem 0; }

@test "while the target is down the session is interrupted, then degraded (190), the mount is not, and both recover" {
    agent lio-iblock stop
    run agent iscsi-mount monitor OCF_RESKEY_CRM_meta_interval=20000
    assert_success
    assert_output --partial 'is being recovered; I/O is paused; as in a failover'
    on 1 "sed -i 's/\"since\":[0-9]*/\"since\":1/' /run/vhacs/interrupted-stack-iscsi-mount"
    run agent iscsi-mount monitor OCF_RESKEY_CRM_meta_interval=20000
    assert_failure 190
    assert_output --partial 'is being recovered'
    run agent ext3-filesystem monitor OCF_RESKEY_CRM_meta_interval=20000
    assert_success
    agent lio-iblock start
    local n
    for n in {1..30}; do
        if agent iscsi-mount monitor OCF_RESKEY_CRM_meta_interval=20000; then break; fi
        sleep 1
    done
    run agent iscsi-mount monitor OCF_RESKEY_CRM_meta_interval=20000
    assert_success
    run on 1 'touch /clouds/stack/written && sync -f /clouds/stack/written'
    assert_success
}

@test "an initiator without an ACL cannot log in" {
    run on 2 "iscsiadm -m node -T $IQN -p $PORTAL -o new && iscsiadm -m node -T $IQN -p $PORTAL -n node.session.initial_login_retry_max -v 1 -o update &&
        timeout 60 iscsiadm -m node -T $IQN -p $PORTAL --login"
    assert_failure
    assert_output --partial 'authorization failure'
    on 2 "iscsiadm -m node -T $IQN -p $PORTAL -o delete"
}

@test "drbd-cloud: demote fails while the device is exported, and names its user" {
    run agent drbd-cloud demote OCF_RESKEY_CRM_meta_timeout=20000
    assert_failure 1
    assert_output --partial 'in use by'
    assert_output --partial 'LIO backstore'
}
