#!/usr/bin/env bats
# bats file_tags=long
# The commands of docs/tasks.md on a storage with a verified writer: node 1 exports it, node 2 mounts it, and is "beta" of the page.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    load ../support/helpers
    load ../support/fence-peer
    prepare_storage tasks
}

teardown_file() {
    load ../support/helpers
    on 2 'crm_resource --clear -r tasks-lvm-clone -N node2' || true
    vhacs_on 1 node --active ALL || true
    destroy_storages
}

setup() { begin_scenario tasks; }

teardown() { assert_nothing_lost; }

is_whole() { is_in_sync && has_no_constraint && [ "$(storage_field tasks .isReady)" = true ]; }
is_diskless() { is_drbd 2 'ds:Diskless/UpToDate'; }
has_no_volume() { ! on 2 'dmsetup info vhacs-tasks' >/dev/null 2>&1; }
settle() { on 1 'crm_resource --wait --timeout=300s'; }

@test "the export is moved by hand, and back" {
    local mounted node
    mounted=$(mount_id)
    for node in 2 1; do
        on 1 "crm_resource --move --resource tasks-export --node node$node >/dev/null; crm_resource --wait --timeout=300s; crm_resource --clear --resource tasks-export >/dev/null"
        is_exported_by $node
        assert_writes_continue
    done
    settle
    is_exported_by 1
    assert_equal "$(mount_id)" "$mounted"
}

@test "a data disk is replaced: the mount goes on, also on the node whose disk it is" {
    local mounted
    wait_until 120 is_whole
    mounted=$(mount_id)
    # the disk fails: each access to the volume is an error
    on 2 'size=$(blockdev --getsz /dev/vhacs/tasks) && echo "0 $size error" | dmsetup load vhacs-tasks && dmsetup suspend --noflush vhacs-tasks && dmsetup resume vhacs-tasks'
    wait_until 120 is_diskless
    assert_writes_continue
    on 1 'crm_resource --ban -r tasks-lvm-clone -N node2 >/dev/null'
    settle
    has_no_volume
    assert_writes_continue
    # the new disk
    on 2 'vgremove --force --yes vhacs && wipefs --all --quiet /dev/vdb && dd if=/dev/zero of=/dev/vdb bs=1M count=200 status=none'
    on 2 'vgcreate vhacs /dev/vdb'
    on 1 'crm_resource --clear -r tasks-lvm-clone -N node2 >/dev/null'
    run vhacs_on 1 storage --replace tasks --from node2 --yes
    assert_success
    wait_until 240 is_whole
    assert_equal "$(mount_id)" "$mounted"
    assert_writes_continue
    run vhacs_on 1 cluster --check
    assert_success
    refute_output --partial error
    run vhacs_on 1 storage --rehearse tasks
    assert_success
    assert_equal "$(mount_id)" "$mounted"
}

@test "a node is rebooted in standby, and nothing moves back" {
    local boot
    wait_until 120 is_whole
    vhacs_on 1 node --standby node1
    settle
    is_exported_by 2
    boot=$(on 1 'cat /proc/sys/kernel/random/boot_id')
    on 1 'systemctl reboot' || true
    wait_until 240 on 1 "! grep -q $boot /proc/sys/kernel/random/boot_id"
    "$LAB" cluster
    vhacs_on 2 node --active node1
    wait_until 240 is_whole
    is_exported_by 2
    assert_writes_continue
}

@test "the configuration is backed up, and can be read" {
    on 1 'umask 077; mkdir -p /root/backup && cd /root/backup && vhacs compose --read >clouds.yaml && cibadmin --query >cib.xml &&
        cibadmin --query --scope configuration >configuration.xml &&
        tar -czf $(uname -n).tar.gz --ignore-failed-read -C / \
            etc/vhacs.conf etc/vhacs etc/drbd.conf etc/drbd.d etc/lvm etc/iscsi etc/corosync etc/default/sbd etc/multipath \
            etc/systemd/system/resource-agents-deps.target.d var/lib/pacemaker/cib var/lib/pacemaker/lrm/secrets etc/ssh root/.ssh'
    run on 1 'cd /root/backup && crm_verify --xml-file cib.xml && vhacs compose clouds.yaml --diff && tar -tzf node1.tar.gz | grep -c etc/drbd.d/tasks.res; rm -r /root/backup'
    echo "$output"
    assert_success
    assert_line 1
}
