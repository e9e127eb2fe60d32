#!/usr/bin/env bats
# bats file_tags=long
# iscsi-mount with two portals on node 1, joined by multipathd, to a target of node 2: what docs/multipath.md describes.

load ../support/helpers

IQN=iqn.2026-01.org.vhacs:paths

# node1: runs the script on standard input on node 1
node1() {
    {
        echo "AGENTS=$AGENTS IQN=$IQN"
        cat <<'NODE'
agent() {
    local output status=0
    output=$(env OCF_RESOURCE_INSTANCE=paths OCF_RESKEY_CRM_meta_timeout=90000 OCF_RESKEY_iqn=$IQN OCF_RESKEY_recovery_limit=60 \
        OCF_RESKEY_portals='10.77.1.2:3296 10.77.3.2:3296' "${@:3}" "$AGENTS/iscsi-mount" "$2" 2>&1) || status=$?
    echo "$1 $status" $(grep -oE '(ERROR: |ocf-exit-reason:).*' <<<"$output" | head -n 1)
}
monitor() { agent "$1" monitor OCF_RESKEY_CRM_meta_interval=10000; }
# outlast: makes the interruption that the monitor has noted, if any, older than a failover
outlast() { sed -i 's/"since":[0-9]*/"since":1/' /run/vhacs/interrupted-paths 2>/dev/null || true; }
# poll_monitor LABEL STATUS: calls the monitor until it has that exit status, at most a minute, and prints the last one
poll_monitor() {
    local n
    for n in {1..60}; do
        [[ $(monitor "$1") != "$1 $2"* ]] || break
        outlast
        sleep 1
    done
    monitor "$1"
}
# block|unblock ADDRESS...: drops packets to the portals at these addresses, or no longer
drop_rules() {
    local address
    for address in "${@:2}"; do iptables "$1" OUTPUT -d "$address" -p tcp --dport 3296 -j DROP; done
}
block() { drop_rules -I "$@"; }
unblock() { drop_rules -D "$@"; }
MAP=/dev/disk/by-id/dm-uuid-mpath-*
NODE
        cat
    } | on 1 bash -s
}

setup_file() {
    load ../support/helpers
    on 2 "lvcreate -qq --yes -Wn --setautoactivation n --size 32M --name paths vhacs && mkfs.ext3 -q /dev/vhacs/paths &&
        OCF_RESKEY_iqn=$IQN OCF_RESKEY_device=/dev/vhacs/paths OCF_RESKEY_portals='10.77.1.2:3296 10.77.3.2:3296' \
        OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node1 $AGENTS/lio-iblock start"
    # the configuration that the page gives, but polling every second
    {
        echo 'mkdir -p /etc/multipath/conf.d; cat >/etc/multipath/conf.d/vhacs.conf <<CONF'
        sed -n 's/^    //p' "$ROOT/docs/multipath.md" | sed -n '/^defaults/,$p' |
            sed 's/find_multipaths yes/&\npolling_interval 1\nmax_polling_interval 1/'
        echo CONF
        echo 'systemctl start multipathd'
    } | on 1 bash -s
}

teardown_file() {
    load ../support/helpers
    on 1 'fuser -kM /clouds/paths; umount /clouds/paths; rmdir /clouds/paths; iptables -F OUTPUT' || true
    node1 <<<'agent stop stop'
    on 1 'systemctl stop multipathd.socket multipathd; multipath -F; rm -rf /etc/multipath; modprobe -r dm_service_time dm_multipath' || true
    on 2 "OCF_RESKEY_iqn=$IQN OCF_RESKEY_device=/dev/vhacs/paths OCF_RESKEY_portals=10.77.1.2:3296 $AGENTS/lio-iblock stop
        lvremove -qq --yes vhacs/paths"
}

@test "multipathd joins both sessions, and the monitor succeeds" {
    run node1 <<'NODE'
agent start start
for n in {1..30}; do ls $MAP >/dev/null 2>&1 && break; sleep 1; done
monitor monitor
multipath -ll | grep -c 'active ready running'
cat /sys/class/iscsi_session/*/recovery_tmo
mkdir -p /clouds/paths && mount $MAP /clouds/paths && echo mounted
NODE
    assert_line 'start 0'
    assert_line 'monitor 0'
    assert_line 2
    # multipathd's limit, not the agent's
    assert_line 5
    assert_line mounted
}

@test "one portal unreachable for longer than a failover: degraded (190), and I/O continues over the other" {
    run node1 <<'NODE'
block 10.77.1.2
poll_monitor one 190
timeout 60 bash -c 'echo over the other >/clouds/paths/one && sync /clouds/paths/one' && echo written
unblock 10.77.1.2
poll_monitor back 0
NODE
    assert_line --regexp '^one 190 .*10\.77\.1\.2:3296'
    assert_line written
    assert_line 'back 0'
}

@test "both portals unreachable, for longer than a failover: degraded (190), I/O waits and resumes, and no error reaches the file system" {
    run node1 <<'NODE'
kernel-log mark both
block 10.77.1.2 10.77.3.2
(echo waited >/clouds/paths/both && sync /clouds/paths/both && echo written >/run/paths-written) &
for n in {1..60}; do monitor both >/run/paths-monitor; grep -q no_path_retry /run/paths-monitor && break; outlast; sleep 1; done
cat /run/paths-monitor
sleep 20
monitor later
ls /run/paths-written 2>&1
unblock 10.77.1.2 10.77.3.2
wait
cat /run/paths-written; rm -f /run/paths-written /run/paths-monitor
poll_monitor back 0
kernel-log since both | grep -E 'EXT|JBD|journal|kernel-log:'
grep /clouds/paths /proc/self/mounts
NODE
    assert_line --regexp '^both 190 .*unreachable at 10\.77\.1\.2:3296; .*unreachable at 10\.77\.3\.2:3296; I/O is paused'
    assert_line --regexp '^later 190 '
    assert_line --partial 'No such file'
    assert_line written
    assert_line 'back 0'
    refute_line --regexp '(EXT|JBD|journal|kernel-log:)'
    assert_line --regexp '/clouds/paths ext[34] rw'
}

@test "both portals unreachable for longer than recovery_limit: failed (OCF_ERR_GENERIC)" {
    run node1 <<'NODE'
block 10.77.1.2 10.77.3.2
for n in {1..60}; do monitor both >/run/paths-monitor; grep -q no_path_retry /run/paths-monitor && break; outlast; sleep 1; done
sleep 65
monitor limit
unblock 10.77.1.2 10.77.3.2
poll_monitor back 0
rm -f /run/paths-monitor
NODE
    assert_line --regexp '^limit 1 .*has been unreachable for more than 60 s'
    assert_line 'back 0'
}

@test "stop logs out of both sessions, and the multipath device is removed" {
    run node1 <<'NODE'
umount /clouds/paths
agent stop stop
for n in {1..20}; do ls $MAP >/dev/null 2>&1 || break; sleep 1; done
ls $MAP 2>&1
grep -l $IQN /sys/class/iscsi_session/*/targetname 2>&1
ls -d /root/iscsi-database/nodes/$IQN /run/vhacs/outage-paths 2>&1
NODE
    assert_line 'stop 0'
    refute_line --regexp '^/'
}
