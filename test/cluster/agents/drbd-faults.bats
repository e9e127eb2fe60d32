#!/usr/bin/env bats
# bats file_tags=long
# drbd-cloud on the kernels of two nodes, called directly and not by the cluster: what can go wrong with a DRBD resource.

load ../support/helpers

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_drbd $node <<'NODE'
create_failing_fence_handler
drbd_setup drbd-a 210 7980 "handlers { $SPLIT_BRAIN_HANDLER }"
drbd_setup drbd-b 211 7981 "$(drbd_fencing resource-and-stonith) handlers { fence-peer $FAILING_FENCE_HANDLER; }"
drbdadm up drbd-a; drbdadm up drbd-b
NODE
    done
    on_with_drbd 1 <<<'drbd_skip_initial_sync drbd-a; drbd_skip_initial_sync drbd-b'
}

teardown_file() {
    load ../support/helpers
    local node
    on 1 'cibadmin --delete --xml-text "<rsc_location id=\"drbd-fence-by-handler-drbd-a-drbd-a-clone\"/>"' || true
    for node in 1 2; do
        on_with_drbd $node <<<'drbd_teardown drbd-a drbd-b drbd-y drbd-y-meta; rm -f $FAILING_FENCE_HANDLER' || true
    done
}

@test "ocft drbd.linbit: promote fails while the peer is promoted" {
    on_with_drbd 2 <<<'agent drbd-a promote'
    run on_with_drbd 1 <<<'agent drbd-a promote OCF_RESKEY_CRM_meta_timeout=8000'
    assert_line --regexp '^drbd-a promote 1 promote timed out: .*Multiple primaries'
    run on_with_drbd 2 <<<'agent drbd-a demote'
    assert_line --regexp '^drbd-a demote 0 *$'
}

@test "stop and demote work with a damaged or missing configuration" {
    run on_with_drbd 1 <<'NODE'
agent drbd-a promote
with_private_config <<'PRIVATE'
echo 'resource drbd-x { on node1 {' >/etc/drbd.d/drbd-x.res
agent drbd-a monitor; agent drbd-a demote; agent drbd-a stop; agent drbd-a monitor; agent drbd-a start
rm /etc/drbd.d/drbd-x.res
PRIVATE
agent drbd-a start
with_private_config <<'PRIVATE'
rm /etc/drbd.d/drbd-a.res
agent drbd-a monitor
umount --lazy /sys/kernel/debug 2>/dev/null
agent drbd-a monitor; agent drbd-a stop; agent drbd-a start
PRIVATE
agent drbd-a start
NODE
    assert_line --index 1 --regexp '^drbd-a monitor 8 *$'
    assert_line --index 2 --regexp '^drbd-a demote 0 *$'
    assert_line --index 3 --regexp '^drbd-a stop 0 *$'
    assert_line --index 4 --regexp '^drbd-a monitor 7 *$'
    assert_line --index 5 --partial 'drbd-a start 2 the DRBD configuration of this node is invalid'
    assert_line --index 6 --regexp '^drbd-a start 0 *$'
    assert_line --index 7 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 8 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 9 --regexp '^drbd-a stop 0 *$'
    assert_line --index 10 --partial 'drbd-a start 2 DRBD resource drbd-a is not configured'
    assert_line --index 11 --regexp '^drbd-a start 0 *$'
}

@test "a start that cannot succeed reports why, and stop removes whatever it left" {
    run on_with_drbd 1 <<'NODE'
with_private_config <<'PRIVATE'
drbd_configure drbd-y 210 7985; mv /etc/drbd.d/drbd-a.res /run/drbd-a.res.away
agent drbd-y start; agent drbd-y monitor; agent drbd-y stop; drbdsetup status drbd-y
drbd_configure drbd-y 213 7985
agent drbd-y start; monitor drbd-y; agent drbd-y stop; drbdsetup status drbd-y
rm /run/drbd-a.res.away
PRIVATE
create_volume drbd-y 32M
with_private_config <<'PRIVATE'
drbd_configure drbd-y 213 7985
agent drbd-y start; agent drbd-y stop
PRIVATE
create_volume drbd-y-meta 4M
with_private_config <<'PRIVATE'
drbd_configure drbd-y 213 7985
sed -i 's|meta-disk internal|meta-disk /dev/vhacs/drbd-y-meta|' /etc/drbd.d/drbd-y.res
{ drbdadm create-md --force drbd-y; drbdadm up drbd-y; drbdadm primary --force drbd-y; drbdadm down drbd-y; } >/dev/null 2>&1
agent drbd-y start 2>&1 | sed 's/^/whole: /'; agent drbd-y stop
lvreduce --quiet --force --yes --size 16M vhacs/drbd-y >/dev/null
agent drbd-y start; agent drbd-y stop
PRIVATE
remove_volume drbd-y; remove_volume drbd-y-meta
echo 'version: 8.3.16 (api:88/proto:86-97)' >/run/drbd-old
{ declare -f; echo 'agent drbd-a start'; } | unshare --mount bash -c 'mount --bind /run/drbd-old /proc/drbd && . /dev/stdin'
rm /run/drbd-old
NODE
    assert_line --partial 'drbd-y start 1 the minor of drbd-y is already in use by resource drbd-a'
    assert_line --index 1 --regexp '^drbd-y monitor 7 *$'
    assert_line --index 2 --regexp '^drbd-y stop 0 *$'
    assert_line --partial 'drbd-y start 1 the disk of drbd-y does not exist'
    assert_line --regexp '^drbd-y monitor 7 not running$'
    assert_line --partial 'drbd-y start 2 the disk of drbd-y has no valid DRBD meta-data'
    assert_line --regexp '^whole: drbd-y start 0 *$'
    assert_line --partial 'drbd-y start 2 the disk of drbd-y on this node is too small'
    assert_line --partial 'drbd-a start 5 the kernel module drbd is version 8.3.16, which is not supported'
    refute_line --partial 'role:'
}

@test "a split brain is reported on both sides and left to the operator to resolve" {
    local node
    for node in 1 2; do
        on_with_drbd $node <<'NODE'
drbdadm disconnect drbd-a && drbdadm primary drbd-a
dd if=/dev/urandom of=/dev/drbd210 bs=4k count=10 oflag=direct 2>/dev/null
NODE
    done
    on 2 'drbdadm secondary drbd-a; drbdadm connect drbd-a'
    run on_with_drbd 1 <<<'drbdadm connect drbd-a; sleep 3; monitor drbd-a; monitor drbd-a'
    assert_line --index 0 --regexp '^drbd-a monitor 191 split brain .*drbdadm connect --discard-my-data drbd-a.* Both sides of drbd-a were written to'
    assert_line --index 1 --regexp '^drbd-a monitor 191 split brain'
    run on_with_drbd 2 <<'NODE'
monitor drbd-a
[ ! -e /run/vhacs/split-brain-drbd-a ] || awk '{ print "score", $1 }' /run/vhacs/score-drbd-a
drbdadm disconnect drbd-a; drbdadm connect --discard-my-data drbd-a
NODE
    assert_line --index 0 --regexp '^drbd-a monitor 190 (split brain|no connection)'
    refute_line --regexp '^score [0-9]'
    run on_with_drbd 1 <<<'drbdadm connect drbd-a; sleep 4; monitor drbd-a; ls /run/vhacs; agent drbd-a demote'
    assert_line --index 0 --regexp '^drbd-a monitor 8 *$'
    refute_line split-brain-drbd-a
}

@test "a fence constraint that DRBD's handler left behind is reported although both sides are in sync" {
    run on_with_drbd 1 <<'NODE'
# Pacemaker refuses a constraint on a resource that does not exist
cibadmin --create --scope resources --xml-text '<clone id="drbd-a-clone"><meta_attributes id="drbd-a-meta">
<nvpair id="drbd-a-promotable" name="promotable" value="true"/><nvpair id="drbd-a-off" name="is-managed" value="false"/></meta_attributes>
<primitive id="drbd-a-fake" class="ocf" provider="pacemaker" type="Stateful"/></clone>'
fence=drbd-fence-by-handler-drbd-a-drbd-a-clone
in_cib() { grep -q "$fence" /var/lib/pacemaker/cib/cib.xml; }
cibadmin --create --scope constraints --xml-text "<rsc_location rsc=\"drbd-a-clone\" id=\"$fence\">
<rule role=\"Master\" score=\"-INFINITY\" id=\"$fence-rule\">
<expression attribute=\"#uname\" operation=\"ne\" value=\"node1\" id=\"$fence-expr\"/></rule></rsc_location>"
poll 20 1 in_cib
monitor drbd-a
echo 1000 >/run/vhacs/fence-drbd-a
monitor drbd-a
cibadmin --delete --xml-text "<rsc_location id=\"$fence\"/>"
cibadmin --delete --xml-text '<clone id="drbd-a-clone"/>'
poll 20 1 not in_cib
monitor drbd-a; monitor drbd-a; ls /run/vhacs
crm_resource --cleanup --resource drbd-a-fake >/dev/null 2>&1; true
NODE
    assert_line --index 0 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 1 --regexp '^drbd-a monitor 190 a constraint of DRBD.s handler was left behind: .*--unfail drbd-a.* on node1 only'
    assert_line --index 2 --regexp '^drbd-a monitor 0 *$'
    refute_line fence-drbd-a
}

@test "the promotion score is set again after pacemaker-attrd was killed" {
    run on_with_drbd 1 <<'NODE'
recorded_time() { awk '{ print $2 }' /run/vhacs/score-drbd-a; }
monitor drbd-a; score drbd-a; before=$(recorded_time)
pkill -KILL -x pacemaker-attrd
attrd_answers() { pgrep -x pacemaker-attrd >/dev/null && attrd_updater --query --all --name any >/dev/null 2>&1; }
poll 30 1 attrd_answers
crm_attribute --promotion drbd-a --delete; score drbd-a
monitor drbd-a; score drbd-a
[ "$(recorded_time)" = "$before" ] || echo 'set again'
NODE
    assert_line --index 0 --regexp '^drbd-a monitor 0 *$'
    assert_line --index 1 'score 10000'
    assert_line --index -4 'score '
    assert_line --index -3 --regexp '^drbd-a monitor 0 *$'
    assert_line --index -2 'score 10000'
    assert_line --index -1 'set again'
}

@test "the promotion score is set again after the node left and rejoined the cluster" {
    run on_with_drbd 1 <<'NODE'
monitor drbd-a; score drbd-a
systemctl stop pacemaker corosync
systemctl start corosync pacemaker
has_rejoined() { crm_mon -1 --output-as=xml 2>/dev/null | grep -q '<node name="node1" .*online="true"'; }
poll 90 1 has_rejoined
score drbd-a
monitor drbd-a; score drbd-a
NODE
    assert_output --regexp '^drbd-a monitor 0 *
score 10000
score 
drbd-a monitor 0 *
score 10000$'
}

@test "suspended I/O is degraded; demote and stop time out with the reason; I/O resumes when the peer returns" {
    on_with_drbd 1 <<<'agent drbd-b promote'
    on_with_drbd 2 <<<'drbd_disconnect_by_force drbd-b 10.77.3.2:7981 10.77.3.1:7981'
    run on_with_drbd 1 <<'NODE'
(dd if=/dev/zero of=/dev/drbd211 bs=4k count=1 oflag=direct >/dev/null 2>&1 &)
sleep 4
monitor drbd-b
agent drbd-b demote OCF_RESKEY_CRM_meta_timeout=8000
agent drbd-b stop OCF_RESKEY_CRM_meta_timeout=8000
NODE
    assert_line --regexp '^drbd-b monitor 191 I/O is suspended: the peer is unreachable and not known to be fenced yet'
    assert_line --regexp '^drbd-b demote 1 demote timed out: .*I/O is suspended.*in use by process'
    assert_line --regexp '^drbd-b stop 1 stop timed out: .*I/O is suspended.*in use by process'
    on 2 'drbdadm connect drbd-b'
    run on_with_drbd 1 <<<'sleep 4; monitor drbd-b; agent drbd-b stop; agent drbd-b start'
    assert_line --index 0 --regexp '^drbd-b monitor 8 *$'
    assert_line --index 1 --regexp '^drbd-b stop 0 *$'
    assert_line --index 2 --regexp '^drbd-b start 0 *$'
}

@test "a replication port taken by another program is reported" {
    run on_with_drbd 1 <<'NODE'
agent drbd-a stop
timeout 60 python3 -c "
import socket, time
taken = socket.socket(); taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
taken.bind(('10.77.3.1', 7980)); taken.listen(1); time.sleep(55)" >/dev/null 2>&1 &
sleep 2
agent drbd-a start; monitor drbd-a
kill $!; sleep 1
agent drbd-a stop; agent drbd-a start
NODE
    assert_line --regexp '^drbd-a monitor 190 DRBD has dropped the peer.*: stop the program that listens on 10\.77\.3\.1:7980'
    assert_line --index 4 --regexp '^drbd-a start 0 *$'
}

@test "another resource's file that comes and goes makes drbdadm fail, but no action of the agent" {
    run on_with_drbd 1 <<'NODE'
with_private_config <<'PRIVATE'
drbd_configure drbd-z 214 7986; mv /etc/drbd.d/drbd-z.res /run/drbd-z.res
while :; do cp /run/drbd-z.res /etc/drbd.d/drbd-z.new; mv -T /etc/drbd.d/drbd-z.new /etc/drbd.d/drbd-z.res; rm /etc/drbd.d/drbd-z.res; done &
for n in {1..300}; do drbdadm sh-dev drbd-a 2>&1 >/dev/null | grep 'Failed to open' && break; done
for n in {1..15}; do agent drbd-a promote; agent drbd-a demote; done | sort | uniq -c
kill %1; rm /run/drbd-z.res
PRIVATE
NODE
    assert_line --index 0 --partial "Failed to open include file 'drbd.d/drbd-z.res'"
    assert_line --index 1 --regexp '^ *15 drbd-a demote 0 *$'
    assert_line --index 2 --regexp '^ *15 drbd-a promote 0 *$'
    [ ${#lines[@]} = 3 ]
}
