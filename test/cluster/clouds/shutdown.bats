#!/usr/bin/env bats
# An orderly shutdown of a node with a mount: Pacemaker stops first, then the services that the agents use.
# bats file_tags=long

load ../support/helpers

# the node that shuts down, and the node that exports its mount
NODE=${SHUTDOWN_NODE:-2}
EXPORTER=${SHUTDOWN_EXPORTER:-1}
IQN=iqn.2026-01.org.vhacs:shutdown
PORTAL=10.77.1.$EXPORTER:3298
PROVIDER=${VHACS_PROVIDER:-vhacs}
JOURNALD=/etc/systemd/journald.conf.d/shutdown.conf

# export_volume ACTION: called directly, so that the cluster does not manage the export
export_volume() {
    on "$EXPORTER" "OCF_RESKEY_iqn=$IQN OCF_RESKEY_device=/dev/vhacs/shutdown OCF_RESKEY_portals=$PORTAL \
        OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node$NODE $AGENTS/lio-iblock $1"
}

setup_file() {
    load ../support/helpers
    on_with "$EXPORTER" volumes.sh <<<'create_volume shutdown 32M && mkfs.ext3 -q /dev/vhacs/shutdown'
    export_volume start
    # only a persistent journal keeps the previous boot
    on "$NODE" "mkdir -p /var/log/journal && printf '[Journal]\nStorage=persistent\n' >$JOURNALD &&
        systemctl restart systemd-journald && journalctl --flush && systemctl daemon-reload"
    on "$EXPORTER" crm configure load update - <<CRM
primitive shutdown-session ocf:$PROVIDER:iscsi-mount params iqn=$IQN portals=$PORTAL op start timeout=120s op stop timeout=120s
primitive shutdown-filesystem ocf:$PROVIDER:ext3-filesystem \
    params device=/dev/disk/by-path/ip-$PORTAL-iscsi-$IQN-lun-0 directory=/clouds/shutdown op start timeout=60s op stop timeout=120s
group shutdown shutdown-session shutdown-filesystem
location shutdown-there shutdown rule -inf: #uname ne node$NODE
CRM
}

teardown_file() {
    load ../support/helpers
    "$LAB" cluster
    on "$EXPORTER" 'crm --wait resource stop shutdown; crm --force configure delete shutdown shutdown-session shutdown-filesystem'
    export_volume stop
    on "$EXPORTER" 'lvchange -an vhacs/shutdown; lvremove --quiet --yes vhacs/shutdown'
    on "$NODE" "rm -rf $JOURNALD /var/log/journal; systemctl restart systemd-journald; rmdir /clouds/shutdown"
} >/dev/null 2>&1

boot_of() { on "$1" cat /proc/sys/kernel/random/boot_id 2>/dev/null; }
is_mounted() { on "$NODE" 'grep -q " /clouds/shutdown " /proc/self/mountinfo && systemctl is-active --quiet iscsid'; }
is_back() {
    local boot
    boot=$(boot_of "$NODE")
    [[ $boot == *-* && $boot != "$before" ]]
}
fences() { on "$EXPORTER" "stonith_admin --history '*' | grep -c reboot" || true; }

# line_of MESSAGE: the number of the journal's first line with that message of systemd
line_of() { grep -nm1 -E "systemd\[1\]: $1 " "$BATS_TEST_TMPDIR/journal" | cut -d: -f1; }

@test "at a node's shutdown Pacemaker stops before iscsid and the services that deactivate devices" {
    local before fenced pacemaker unit
    wait_until 180 is_mounted
    before=$(boot_of "$NODE")
    fenced=$(fences)
    # a user's process still holds the mount
    on "$NODE" 'cd /clouds/shutdown && echo data >written && (setsid sleep 1000 >/dev/null 2>&1 </dev/null &); systemctl reboot' || true
    wait_until 240 is_back
    on "$NODE" "journalctl --directory=/var/log/journal --boot=${before//-/} --no-pager" >"$BATS_TEST_TMPDIR/journal"
    pacemaker=$(line_of 'Stopped pacemaker.service')
    [ "$pacemaker" -gt 0 ]
    for unit in iscsid blk-availability; do
        echo "Pacemaker stopped in line $pacemaker, $unit starts to stop in line $(line_of "Stopping $unit.service")"
        [ "$(line_of "Stopping $unit.service")" -gt "$pacemaker" ]
    done
    run cat "$BATS_TEST_TMPDIR/journal"
    assert_output --regexp 'Result of stop operation for shutdown-filesystem on node[0-9]: (0 \()?ok'
    assert_output --regexp 'Result of stop operation for shutdown-session on node[0-9]: (0 \()?ok'
    # no node was fenced, the data is written, and the journal needs no replay
    [ "$(fences)" = "$fenced" ]
    run on "$EXPORTER" 'dumpe2fs -h /dev/vhacs/shutdown; debugfs -R "cat written" /dev/vhacs/shutdown'
    assert_line --regexp '^Filesystem features: .*has_journal'
    refute_output --partial needs_recovery
    assert_line data
}
