#!/usr/bin/env bats
# bats file_tags=long
# vhacs cluster --init: the two nodes are made bare, form a new cluster, and are restored.

load ../support/helpers

DISK=/dev/disk/by-id/virtio-sbd

# state: everything that --init changes, on both nodes
state() {
    local node
    for node in 1 2; do
        on $node 'exec 2>&1; cd /etc
            find corosync default/sbd lvm/*.conf* drbd.d systemd/system/*.target.d -type f -print0 | sort -z | xargs -0 sha256sum
            ls -d /run/vhacs-init; ls -A /var/lib/pacemaker/cib | grep -v "^cib-"; cibadmin --query --scope configuration; systemctl is-enabled corosync pacemaker sbd; systemctl is-active corosync pacemaker sbd; true'
    done
}

setup_file() {
    load ../support/helpers
    on_bare_nodes 2 make_bare
}

teardown_file() {
    load ../support/helpers
    on 2 'rm -f /etc/drbd.d/own.res; systemctl -q disable drbd
        for agent in /usr/sbin/fence_vhacs_sbd /usr/sbin/fence_sbd /usr/lib/stonith/plugins/external/sbd; do [ ! -e $agent.hidden ] || mv $agent.hidden $agent; done'
    on_bare_nodes 2 restore_config
    on_bare_nodes 2 start_cluster
    wait_until_online 2
}

@test "all problems are reported at once, and nothing is changed (failed, 1: a node is unreachable)" {
    on 2 'touch /etc/drbd.d/own.res; systemctl -q enable drbd'
    before=$(state)
    run on 1 "$VHACS cluster --init node1,node2,nowhere --roles storage --sbd-device /dev/vdb"
    after=$(state)
    on 2 'rm /etc/drbd.d/own.res; systemctl -q disable drbd'
    assert_failure 1
    assert_line --partial 'error: nowhere: unreachable: '
    assert_line 'error: node2: cannot resolve the name nowhere'
    assert_line --partial 'error: node2: drbd.service is enabled'
    assert_line 'error: node1: /dev/vdb holds LVM2_member'
    assert_line 'error: node2: /dev/vdb holds LVM2_member'
    assert_equal "$after" "$before"
}

@test "a node without an agent for fencing by the disk is reported with what to install, and nothing is changed (refused, 2)" {
    before=$(state)
    on 2 'for agent in /usr/sbin/fence_vhacs_sbd /usr/sbin/fence_sbd /usr/lib/stonith/plugins/external/sbd; do [ ! -e $agent ] || mv $agent $agent.hidden; done'
    run on 1 "$VHACS cluster --init node1-2 --sbd-device $DISK"
    on 2 'for agent in /usr/sbin/fence_vhacs_sbd /usr/sbin/fence_sbd /usr/lib/stonith/plugins/external/sbd; do [ ! -e $agent.hidden ] || mv $agent.hidden $agent; done'
    assert_failure 2
    assert_line 'error: node2: no fencing agent for sbd is installed'
    assert_output --partial 'apt-get install fence-agents-sbd'
    refute_output --partial 'is formed'
    assert_equal "$(state)" "$before"
}

@test "a dry run prints what would be done, and changes nothing" {
    before=$(state)
    run on 1 "$VHACS cluster --init node1-2 --sbd-device $DISK --dry-run"
    assert_success
    assert_line 'node1: corosync-keygen -l -k /etc/corosync/authkey'
    assert_line 'node2: systemctl enable corosync pacemaker sbd'
    assert_equal "$(state)" "$before"
}

@test "a step that fails on one node is reported, and everything is rolled back on both (failed, 1)" {
    before=$(state)
    on 2 'systemctl mask --runtime corosync'
    run on 1 "$VHACS cluster --init node1-2 --roles ALL --sbd-device $DISK"
    on 2 'systemctl unmask --runtime corosync'
    assert_failure 1
    assert_output --partial 'FAILED: starting corosync on node1, node2'
    assert_output --partial 'undoing: writing the settings of LVM, DRBD and systemd'
    refute_output --partial 'NOT UNDONE'
    assert_equal "$(state)" "$before"
}

@test "bare nodes form a cluster, fenced through their shared disk" {
    run on 1 "$VHACS cluster --init node1-2 --name new --roles ALL --sbd-device $DISK"
    assert_success
    assert_line --partial 'the cluster new is formed'
    refute_output --partial 'NO FENCING'
    assert_equal "$(count_online)" 2
    for node in 1 2; do
        run on $node 'systemctl is-active corosync pacemaker sbd; systemctl is-enabled corosync pacemaker sbd'
        assert_output "$(printf 'active\nactive\nactive\nenabled\nenabled\nenabled')"
        run on $node 'stat -c %a /etc/corosync/authkey; grep usage-count /etc/drbd.d/global_common.conf'
        assert_line --index 0 400
        assert_line --partial 'usage-count no'
    done
    assert_equal "$(on 1 'sha256sum /etc/corosync/authkey /etc/corosync/corosync.conf')" "$(on 2 'sha256sum /etc/corosync/authkey /etc/corosync/corosync.conf')"
}

@test "corosync has both links, Pacemaker has quorum, and a fencing device runs" {
    run on 1 'corosync-cfgtool -n'
    assert_output --regexp 'LINK: 0 udp \(10\.77\.2\.1->10\.77\.2\.2\) enabled connected'
    assert_output --regexp 'LINK: 1 udp \(10\.77\.1\.1->10\.77\.1\.2\) enabled connected'
    run on 2 'corosync-quorumtool -s; crm_mon -1; stonith_admin --list node1'
    assert_line --regexp '^Quorate: +Yes$'
    assert_line --regexp '^Flags: +2Node Quorate WaitForAll'
    assert_line --regexp 'fence-sbd.*stonith:fence_vhacs_sbd.*Started'
    assert_line --partial '1 fence device found'
}

# what emulated nodes lack
FINDINGS=(
    'warning: node1: its clock is not synchronised: no time service is running'
    'warning: node1: ssh does not verify the host keys of node2: StrictHostKeyChecking is off'
    'warning: node2: its clock is not synchronised: no time service is running'
    'warning: node2: ssh does not verify the host keys of node1: StrictHostKeyChecking is off'
)

@test "cluster --check reports what the emulated nodes lack, and nothing else" {
    run on 2 "$VHACS cluster --check"
    assert_success
    run sort <(grep -v '^    ' <<<"$output")
    assert_output "$(printf '%s\n' "${FINDINGS[@]}")"
}

@test "nodes that already form the cluster are not changed" {
    before=$(state)
    run on 2 "$VHACS cluster --init node2,node1 --name other"
    assert_success
    assert_output 'node2, node1: already in the cluster new; nothing was changed'
    assert_equal "$(state)" "$before"
}

@test "a fenced node rejoins the cluster by itself" {
    on 2 sync
    boot_id=$(on 2 cat /proc/sys/kernel/random/boot_id)
    run on 1 'stonith_admin --reboot node2 --timeout 120'
    assert_success
    wait_until_online 2
    run on 2 cat /proc/sys/kernel/random/boot_id
    refute_output "$boot_id"
}
