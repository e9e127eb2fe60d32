#!/usr/bin/env bats
# bats file_tags=long
# iscsi-mount with node 1's kernel and Open-iSCSI, against targets of node 2, independent of what the cluster runs.
# The tests tagged "alone" stop or restart iscsid, which all sessions of the node need.

load ../support/helpers

# node1: runs the script on standard input on node 1, with the functions of initiator.sh
node1() { run on 1 "AGENTS=$AGENTS; . /tmp/initiator.sh; $(cat)"; }

setup_file() {
    load ../support/helpers
    "$LAB" push 1 "$SUPPORT/initiator.sh" /tmp/initiator.sh
    "$LAB" push 2 "$SUPPORT/initiator.sh" /tmp/initiator.sh
    on 1 'ip address add fd77::1/64 dev eth1 nodad'
    on 2 "AGENTS=$AGENTS; . /tmp/initiator.sh; create_targets"
}

teardown_file() {
    load ../support/helpers
    on 1 "AGENTS=$AGENTS; . /tmp/initiator.sh; unblock_ports; clean_up; rm /tmp/initiator.sh"
    on 2 "AGENTS=$AGENTS; . /tmp/initiator.sh; remove_targets; rm /tmp/initiator.sh"
}

@test "one-way and mutual CHAP: correct secrets log in, wrong ones fail at once, none is leaked" {
    node1 <<'NODE'
        watch_for_secrets & watcher=$!
        agent one-way start chap
        agent one-way-stop stop chap
        agent wrong start chap chap_secret=not-the-secret
        agent none start chap chap_user= chap_secret=
        agent mutual start mutual
        agent mutual-stop stop mutual
        create_secret_file
        export HA_debug=1
        agent file start chap chap_secret= chap_secret_file=/run/initiator-secret
        agent file-stop stop chap chap_secret= chap_secret_file=/run/initiator-secret
        unset HA_debug
        rm /run/initiator-secret
        agent mutual-wrong start mutual mutual_chap_secret=not-the-secret
        kill $watcher
        journalctl --since=-5min --no-pager | grep -c 'secret-o[f]'
        count_records
NODE
    assert_line --regexp '^one-way 0'
    assert_line --regexp '^one-way-stop 0'
    assert_line --regexp '^wrong 1 .* rejected the initiator iqn.2026-01.org.vhacs:node1: '
    assert_line --regexp '^none 1 .* rejected the initiator iqn.2026-01.org.vhacs:node1: '
    assert_line --regexp '^mutual 0'
    assert_line --regexp '^mutual-stop 0'
    assert_line --regexp '^file 0 .*DEBUG'
    assert_line --regexp '^file-stop 0'
    assert_line --regexp '^mutual-wrong 1 .*failed mutual CHAP'
    assert_line 0
    assert_line 'records: 0'
    refute_output --partial 'secret-of'
    refute_output --partial 'seen:'
}

@test "existing node records and a stale lock do not hinder a start, and none is left behind" {
    node1 <<'NODE'
        mkdir -p "/root/iscsi-database/nodes/$(iqn 0)"
        : >"/root/iscsi-database/nodes/$(iqn 0)/10.77.1.2,3280"
        agent empty-start start 0
        agent empty-stop stop 0
        iscsiadm -m discovery -t st -p 10.77.1.2:3280 >/dev/null
        iscsiadm -m node -T "$(iqn 0)" -o update -n node.session.timeo.replacement_timeout -v 5
        agent discovered-start start 0
        agent discovered-monitor monitor 0 CRM_meta_interval=10000
        agent discovered-stop stop 0
        touch /run/lock/iscsi/lock; ln -f /run/lock/iscsi/lock /run/lock/iscsi/lock.write
        agent locked-start start 0
        agent locked-stop stop 0
        find /root/iscsi-database/nodes -path "*$(iqn 0)/10.77.1.2,3280*" | wc -l
        # records of other portals do not belong to the agent
        find /root/iscsi-database/nodes -path "*$(iqn 0)/*,328[01]*" -name default | wc -l
        delete_records
NODE
    local name
    for name in empty-start empty-stop discovered-start discovered-monitor discovered-stop locked-start locked-stop; do
        assert_line --regexp "^$name 0"
    done
    assert_line --index -2 0
    assert_line --index -1 2
}

@test "start returns only after udev has created the disk's link" {
    node1 <<'NODE'
        udevadm control --stop-exec-queue
        agent start start 0 & start=$!
        for n in {1..60}; do [ -n "$(own_sessions)" ] && break; sleep 0.5; done
        sleep 3
        kill -0 $start && echo waiting
        ls "$(disk 0)"
        udevadm control --start-exec-queue
        wait $start
        [ -b "$(disk 0)" ] && echo linked
        agent stop stop 0
NODE
    assert_line waiting
    assert_line --regexp "cannot access '/dev/disk/by-path/.*initiator-0-lun-0'"
    assert_line --regexp '^start 0'
    assert_line linked
    assert_line --regexp '^stop 0'
}

@test "lvm-volume does not use a session's disk, whether or not udev has named it" {
    node1 <<'NODE'
        agent start start 0
        {
            ALL='devices { use_devicesfile=0 filter=["a|.*|"] global_filter=["a|.*|"] }'
            vgcreate --config "$ALL" --physicalextentsize 1M initiator "$(disk 0)"
            lvcreate --config "$ALL" -y -n inner -l 1 initiator
            vgchange --config "$ALL" -an initiator
        } >/dev/null 2>&1
        lvs --config "$ALL" --noheadings -o vg_name initiator
        start_inner() { OCF_RESKEY_volume_group=initiator OCF_RESKEY_volume=inner "$AGENTS/lvm-volume" start 2>&1; echo "$1 $?"; }
        start_inner named
        udevadm control --stop-exec-queue
        for link in $(udevadm info --query symlink "$(disk 0)"); do rm "/dev/$link"; done
        start_inner unnamed
        udevadm control --start-exec-queue
        udevadm trigger --settle --subsystem-match=block
        wipefs --all --quiet "$(disk 0)"
        agent stop stop 0
NODE
    assert_line --regexp '^ *initiator *$'
    assert_line 'named 1'
    assert_line 'unnamed 1'
    assert_equal "$(grep -c '^ocf-exit-reason:.*Volume group "initiator" not found' <<<"$output")" 2
    assert_line --regexp '^stop 0'
}

@test "stop cancels a login that a killed start requested" {
    node1 <<'NODE'
        block_ports 3280
        export AGENTS
        setsid bash -c '. /tmp/initiator.sh; agent killed start 0' & start=$!
        for n in {1..60}; do pgrep -f "iscsiadm -m node -T $(iqn 0) .*--login" >/dev/null && break; sleep 0.5; done
        kill -KILL -- -$start
        unblock_ports
        agent stopped stop 0
        sleep 12
        count_sessions
        find /root/iscsi-database/nodes -path "*$(iqn 0)*" | wc -l
NODE
    refute_line --regexp '^killed'
    assert_line --regexp '^stopped 0'
    assert_line 'sessions: 0'
    assert_line 0
}

@test "ten sessions in parallel: start, monitor and stop" {
    node1 <<'NODE'
        on_all start
        on_all monitor CRM_meta_interval=10000
        count_sessions
        on_all stop
        count_sessions
        count_records
        ls /run/lock/iscsi
NODE
    refute_output --regexp '^[a-z0-9]+ [1-9]'
    assert_equal "$(grep -c '^start[0-9] 0' <<<"$output")" 10
    assert_equal "$(grep -c '^monitor[0-9] 0' <<<"$output")" 10
    assert_equal "$(grep -c '^stop[0-9] 0' <<<"$output")" 10
    assert_line 'sessions: 10'
    assert_line 'sessions: 0'
    assert_line 'records: 0'
    refute_line lock.write
}

@test "two portals: one that is unreachable for longer than a failover is degraded (190), a start without it succeeds, a foreign session is not touched" {
    node1 <<'NODE'
        iscsiadm -m iface -I initiator -o new >/dev/null
        iscsiadm -m node -T "$(iqn 0)" -p 10.77.1.2:3280 -I initiator -o new >/dev/null
        iscsiadm -m node -T "$(iqn 0)" -p 10.77.1.2:3280 -I initiator --login >/dev/null; echo foreign $?
        agent probe monitor 0
        agent start start 0 portals='10.77.1.2:3281 [fd77::2]:3280'
        agent both monitor 0 portals='10.77.1.2:3281 [fd77::2]:3280' CRM_meta_interval=10000
        block_ports 3281
        for n in {1..20}; do agent one monitor 0 portals='10.77.1.2:3281 [fd77::2]:3280' CRM_meta_interval=10000 >/tmp/one; grep -q ' 190 ' /tmp/one && break; outlast; sleep 2; done
        cat /tmp/one; rm /tmp/one
        agent stop stop 0 portals='10.77.1.2:3281 [fd77::2]:3280'
        agent start-one start 0 portals='10.77.1.2:3281 [fd77::2]:3280'
        agent missing monitor 0 portals='10.77.1.2:3281 [fd77::2]:3280' CRM_meta_interval=10000
        unblock_ports
        agent stop-one stop 0 portals='10.77.1.2:3281 [fd77::2]:3280'
        count_sessions
        iscsiadm -m node -T "$(iqn 0)" -I initiator --logout >/dev/null
        iscsiadm -m node -T "$(iqn 0)" -I initiator -o delete; iscsiadm -m iface -I initiator -o delete
NODE
    assert_line 'foreign 0'
    assert_line --regexp '^probe 7'
    assert_line --regexp '^start 0'
    assert_line --regexp '^both 0'
    assert_line --regexp '^one 190 .*10.77.1.2:3281 is being recovered'
    assert_line --regexp '^stop 0'
    assert_line --regexp '^start-one 0'
    assert_line --regexp '^missing 190 .*no session to .* at 10.77.1.2:3281'
    assert_line --regexp '^stop-one 0'
    assert_line 'sessions: 1'
}

@test "I/O waits for an unreachable target: the session is degraded (190) when that outlasts a failover, and stop ends both session and I/O" {
    node1 <<'NODE'
        agent start start 0
        block_ports 3280
        dd if=/dev/zero of="$(disk 0)" bs=4096 count=1 oflag=direct 2>&1 & io=$!
        for n in {1..20}; do agent monitor monitor 0 CRM_meta_interval=10000 >/tmp/one; grep -q ' 190 ' /tmp/one && break; outlast; sleep 2; done
        cat /tmp/one; rm /tmp/one
        agent stop stop 0
        wait $io; echo "io $?"
        count_sessions
        unblock_ports
NODE
    assert_line --regexp '^monitor 190 .*is being recovered; I/O is paused'
    assert_line --regexp '^stop 0'
    assert_line 'io 1'
    assert_line 'sessions: 0'
}

@test "a target unreachable beyond recovery_limit is a failure: I/O fails, stop succeeds, a new start logs in again" {
    node1 <<'NODE'
        agent start start 0 recovery_limit=25
        block_ports 3280
        dd if=/dev/zero of="$(disk 0)" bs=4096 count=1 oflag=direct 2>&1 & io=$!
        for n in {1..40}; do
            agent monitor monitor 0 recovery_limit=25 CRM_meta_interval=10000 | tee -a /tmp/one | grep -q '^monitor 1 ' && break
            sleep 2
        done
        uniq -w 12 /tmp/one; rm /tmp/one
        wait $io; echo "io $?"
        agent stop stop 0 recovery_limit=25
        unblock_ports
        agent again start 0
        agent again-monitor monitor 0 CRM_meta_interval=10000
        agent again-stop stop 0
        count_sessions
NODE
    assert_line --regexp '^monitor 0'
    assert_line --regexp '^monitor 1 '
    assert_line 'io 1'
    local name
    for name in start stop again again-monitor again-stop; do assert_line --regexp "^$name 0"; done
    assert_line 'sessions: 0'
}

# bats test_tags=alone
@test "iscsid was restarted while the target was unreachable: stop still ends the session" {
    node1 <<'NODE'
        agent start start 0 noop_out_interval=2 noop_out_timeout=2
        block_ports 3280
        wait_for_state FAILED
        kill -KILL $(cat /run/iscsid.pid)
        agent stop stop 0 noop_out_interval=2 noop_out_timeout=2
        unblock_ports
        count_sessions
        count_records
NODE
    assert_line --regexp '^start 0'
    assert_line --regexp '^stop 0 .*restarting iscsid'
    assert_line 'sessions: 0'
    assert_line 'records: 0'
}

# bats test_tags=alone
@test "iscsid hangs: stop restarts it" {
    node1 <<'NODE'
        agent start start 0
        kill -STOP $(cat /run/iscsid.pid)
        agent stop stop 0 CRM_meta_timeout=60000
        count_sessions
NODE
    assert_line --regexp '^start 0'
    assert_line --regexp '^stop 0 .*was stopped by a signal.*restarting iscsid'
    assert_line 'sessions: 0'
}

# bats test_tags=alone
@test "iscsid hangs and has no pid file: it is found, and the stops of ten sessions restart it once" {
    node1 <<'NODE'
        on_all start
        kill -STOP $(cat /run/iscsid.pid)
        rm /run/iscsid.pid
        since=$(date +%s)
        on_all stop CRM_meta_timeout=120000
        count_sessions
        echo "restarts: $(journalctl --unit iscsid.service --since "@$since" --no-pager | grep -c 'Started ')"
NODE
    assert_line --regexp '^stop[0-9] 0 .*was stopped by a signal.*restarting iscsid'
    assert_equal "$(grep -c '^stop[0-9] 0' <<<"$output")" 10
    assert_line 'sessions: 0'
    assert_line 'restarts: 1'
}

# bats test_tags=alone
@test "an initiator name with capitals logs in by an ACL in lower case" {
    node1 <<'NODE'
        cp /etc/iscsi/initiatorname.iscsi /run/initiatorname
        sed 's/node1$/NODE1/' /run/initiatorname >/etc/iscsi/initiatorname.iscsi
        systemctl restart iscsid.service
        agent start start 0
        agent stop stop 0
        mv /run/initiatorname /etc/iscsi/initiatorname.iscsi
        systemctl restart iscsid.service
        count_sessions
NODE
    assert_line --regexp '^start 0'
    assert_line --regexp '^stop 0'
    assert_line 'sessions: 0'
}

# bats test_tags=alone
@test "iscsid cannot be started: start and stop report it, and the disk is removed" {
    node1 <<'NODE'
        agent start start 0
        systemctl mask --quiet --runtime iscsid.socket iscsid.service
        systemctl stop iscsid.socket iscsid.service
        agent stop stop 0 CRM_meta_timeout=30000
        ls "$(disk 0)" 2>&1
        agent other start 1
        systemctl unmask --quiet --runtime iscsid.socket iscsid.service
        systemctl start iscsid.socket
        agent again stop 0
        agent other-stop stop 1
        count_sessions
NODE
    assert_line --regexp '^start 0'
    assert_line --regexp '^stop 1 .*fence this node.*its disk sd[a-z]+ was removed from this node'
    assert_output --partial 'No such file'
    assert_line --regexp '^other 1 .*iscsid is unreachable: check systemctl status iscsid.socket'
    assert_line --regexp '^again 0'
    assert_line 'sessions: 0'
}
