#!/usr/bin/env bats
# bats file_tags=long
# Who must not reach a storage does not: other initiators, wrong secrets, other networks, a replication peer without the secret, users of
# the vhost. And its secrets are nowhere but in files of root.

load ../support/helpers

NAME=secure1

setup_file() {
    load ../support/helpers
    vhacs_on 1 node --setrole ALL node1-2
    vhacs_on 1 storage --create "$NAME" --size 64M --nodes node1,node2 --chap
    on 2 'id -u reader >/dev/null 2>&1 || useradd --create-home reader'
}

teardown_file() {
    load ../support/helpers
    on 2 'pkill -KILL -u reader; ip route flush via 10.77.3.1 dev eth3; userdel --remove reader' || true
    on 1 'nft delete table inet portals 2>/dev/null' || true
    destroy_storages
    for node in 1 2; do on $node 'rm -rf /etc/vhacs/chap /core.secure'; done
}

setup() {
    IQN=$(info .iqn)
    ADDRESS=$(info .address)
}

info() { vhacs_on 1 storage --info "$NAME" --json | jq -r ".storages[0]$1"; }

# inquire INITIATOR CREDENTIALS: an initiator in user space asks the disk who it is, from node 2
inquire() {
    local initiator=$1 credentials=$2
    on 2 "timeout 20 iscsi-inq --initiator-name $initiator 'iscsi://$credentials$ADDRESS:3260/$IQN/0'"
}

secret() { on 2 "cat /etc/vhacs/chap/$NAME"; }

VHOST=iqn.2026-01.org.vhacs:node2
STRANGER=iqn.2026-01.org.vhacs:stranger

@test "the vhost's name with the secret is let in: what follows could succeed" {
    run inquire "$VHOST" "vhacs-$NAME%$(secret)@"
    assert_success
    assert_output --partial 'Device Type:DIRECT_ACCESS'
}

@test "an initiator outside the access list is refused, with and without the secret" {
    run inquire "$STRANGER" "vhacs-$NAME%$(secret)@"
    assert_failure
    run inquire "$STRANGER" ''
    assert_failure
}

@test "the vhost's name is refused with a wrong secret, another user or none" {
    run inquire "$VHOST" "vhacs-$NAME%not-the-secret@"
    assert_failure
    run inquire "$VHOST" "someone%$(secret)@"
    assert_failure
    run inquire "$VHOST" ''
    assert_failure
}

@test "docs/security.md's rule closes the portals to other networks, and the session goes on" {
    # node 2 as a host of the replication network, which asks node 1 for an address of the storage network
    on 2 "ip route add $ADDRESS/32 via 10.77.3.1 dev eth3"
    run on 2 "timeout 5 bash -c 'exec 3<>/dev/tcp/$ADDRESS/3260'"
    assert_success
    on 1 'nft add table inet portals
        nft add chain inet portals input "{ type filter hook input priority 0; }"
        nft add rule inet portals input tcp dport 3260 iifname != "{ lo, eth1 }" drop'
    run on 2 "timeout 5 bash -c 'exec 3<>/dev/tcp/$ADDRESS/3260'"
    assert_failure
    on 2 "ip route del $ADDRESS/32 via 10.77.3.1 dev eth3"
    run on 2 "timeout 60 sh -c 'touch /clouds/$NAME/goes-on && sync /clouds/$NAME/goes-on'"
    assert_success
    on 1 'nft delete table inet portals'
}

is_connected() { on 1 "drbd-state | grep -q 'cs:Connected .*ds:UpToDate/UpToDate'"; }

@test "a replication peer with another secret gets no connection, and no data" {
    on 2 "cp /etc/drbd.d/$NAME.res /root/$NAME.res && sed -i 's/shared-secret .*;/shared-secret \"0123456789abcdef\";/' /etc/drbd.d/$NAME.res
        kernel-log mark secret; drbdadm disconnect $NAME; drbdadm adjust $NAME"
    sleep 5
    run is_connected
    local was_connected=$status
    run on 2 'kernel-log since secret'
    local said=$output
    on 2 "mv /root/$NAME.res /etc/drbd.d/$NAME.res; drbdadm disconnect $NAME; drbdadm adjust $NAME"
    on 1 "drbdadm adjust $NAME"
    [ "$was_connected" != 0 ]
    run echo "$said"
    assert_output --regexp 'uthentication of peer failed|Peer presented a wrong'
    wait_until 60 is_connected
}

@test "no secret is in a command line, the CIB or a log, or readable by other users, while the storage stops and starts" {
    local node chap drbd
    chap=$(secret)
    drbd=$(on 1 "sed -n 's/.*shared-secret \"\(.*\)\";/\1/p' /etc/drbd.d/$NAME.res")
    [ -n "$chap" ] && [ -n "$drbd" ]
    for node in 1 2; do
        # as often as a shell can: what any user of the node sees
        on $node "nohup setsid sh -c 'while [ ! -e /run/seen.stop ]; do cat /proc/[0-9]*/cmdline; done 2>/dev/null | tr \"\\000\" \"\\n\" | sort -u >/run/seen' >/dev/null 2>&1 </dev/null &"
    done
    vhacs_on 1 storage --restart "$NAME"
    vhacs_on 1 cluster --check || true
    for node in 1 2; do
        on $node 'touch /run/seen.stop; sleep 5; rm /run/seen.stop'
        run on $node 'cat /run/seen'
        assert_output --partial /usr/lib/ocf/resource.d/vhacs/
        refute_output --partial "$chap"
        refute_output --partial "$drbd"
        run on $node 'cibadmin --query; journalctl --no-pager; cat /var/log/pacemaker/pacemaker.log; dmesg'
        assert_output --partial "$NAME"
        refute_output --partial "$chap"
        refute_output --partial "$drbd"
        # tried out, because the mode does not show it: the kernel shows attributes of LIO and sessions only to root
        # shellcheck disable=SC2016 # the shell of the node reads it
        run on $node "for secret in '$chap' '$drbd'; do
            grep -rlF \"\$secret\" /etc /run /var/lib /sys/kernel/config/target /sys/class/iscsi_session 2>/dev/null
        done | sort -u | while read -r file; do
            setpriv --reuid=65534 --regid=65534 --clear-groups cat \"\$file\" >/dev/null 2>&1 && echo \"open: \$file\" || echo \"closed: \$file\"
        done"
        assert_line --partial "closed: /etc/drbd.d/$NAME.res"
        refute_line --partial 'open: '
    done
}

@test "a core file of an agent is for root alone" {
    on 2 "cd /; echo /core.secure >/proc/sys/kernel/core_pattern; ulimit -c unlimited
        OCF_RESOURCE_INSTANCE=core OCF_RESKEY_iqn=$IQN OCF_RESKEY_portals=$ADDRESS:3260 OCF_RESKEY_chap_user=x \
            OCF_RESKEY_chap_secret_file=/etc/vhacs/chap/$NAME $AGENTS/iscsi-mount monitor & pid=\$!; sleep 0.3; kill -ABRT \$pid; wait \$pid
        echo core >/proc/sys/kernel/core_pattern"
    run on 2 'stat --format="%U %a" /core.secure'
    assert_output 'root 600'
}

@test "a user of the vhost who keeps the mount busy does not keep it from moving" {
    on 2 "mkdir -p /clouds/$NAME/reader && chown reader /clouds/$NAME/reader
        nohup setsid su reader -c 'cd /clouds/$NAME/reader; trap \"\" TERM HUP; while :; do :>file; sleep 1; done' >/dev/null 2>&1 </dev/null &"
    sleep 3
    vhacs_on 1 storage --prefers node1 "$NAME"
    run is_mounted_by 1
    assert_success
    run on 2 "findmnt /clouds/$NAME; pgrep -u reader"
    assert_failure
}
