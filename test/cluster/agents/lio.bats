#!/usr/bin/env bats
# bats file_tags=long
# lio-iblock on the nodes' kernels, with open-iscsi and libiscsi as initiators: what they see of it, what it leaves alone, and
# what it reports when something is in the way. Its objects are named lio*, its ports are 3270 to 3273. "make test" runs it on Debian 13
# alone.

load ../support/helpers

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        "$LAB" push $node "$GUEST/identity" /usr/local/bin/identity
        on $node bash -s <<NODE
set -e
for volume in lio lio-other; do
    lvcreate -qq --yes -Wn -Zn --setautoactivation n --size 32M --name \$volume vhacs 2>/dev/null
done
ln -sfn /dev/vhacs/lio /dev/lio-path
install -m 600 /dev/stdin /run/lio-secret <<<'secret#secret=1'
cat >/run/lio.bash <<'BASH'
IQN=iqn.2026-01.org.vhacs:lio
SERVER=\${SERVER:-10.77.1.1}
DISK=/dev/disk/by-path/ip-\$SERVER:3270-iscsi-\$IQN-lun-0
CONFIG=/sys/kernel/config/target
agent() {
    env OCF_RESOURCE_INSTANCE=lio OCF_RESKEY_iqn=\$IQN OCF_RESKEY_device=/dev/lio-path OCF_RESKEY_portals=10.77.1.$node:3270 \
        OCF_RESKEY_allowed_initiators="iqn.2026-01.org.vhacs:node1 iqn.2026-01.org.vhacs:node2" \
        "\${@:2}" $AGENTS/lio-iblock \$1
}
record() { iscsiadm -m node -T \$IQN -p \$SERVER:3270 "\$@"; }
set_record() { record -o update -n "\$1" -v "\$2"; }
login() {
    record --login >/run/lio.login 2>&1 || return
    for n in {1..40}; do [ -b \$DISK ] && return; sleep 0.25; done
}
new_record() {
    record -o new >/dev/null
    set_record node.startup manual
    set_record node.session.initial_login_retry_max 1
    set_record node.session.timeo.replacement_timeout 300
}
BASH
NODE
    done
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on $node bash -s <<'NODE'
for server in 10.77.1.1 10.77.1.2; do
    SERVER=$server . /run/lio.bash
    record --logout; record -o delete
done
dmsetup resume vhacs-lio
rm -f /dev/lio-path && ln -s /dev/vhacs/lio /dev/lio-path
agent stop
rmdir $CONFIG/core/{iblock,fileio}_4711/theirs $CONFIG/core/{iblock,fileio}_4711
ip address del fd77::1/64 dev eth1
lvremove -qq --yes vhacs/lio vhacs/lio-other
rm -f /dev/lio-path /usr/local/bin/identity /run/lio.bash /run/lio-secret /run/lio.login /run/lio.writer
NODE
    done 2>/dev/null
    true
}

@test "lio-iblock: an initiator logs in only with both secrets, and no secret is logged" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
agent start HA_debug=1 OCF_RESKEY_chap_user=alice OCF_RESKEY_chap_secret_file=/run/lio-secret \
    OCF_RESKEY_mutual_chap_user=bob OCF_RESKEY_mutual_chap_secret='other"se#cret-2'
echo "start $?"
agent monitor OCF_RESKEY_CRM_meta_interval=9 OCF_RESKEY_chap_user=alice OCF_RESKEY_chap_secret_file=/run/lio-secret
echo "monitor $?"
NODE
    assert_line 'start 0'
    assert_line 'monitor 0'
    assert_output --partial 'DEBUG: adding'
    refute_output --partial 'secret=1'
    refute_output --partial 'cret-2'
    run on 2 bash -s <<'NODE'
. /run/lio.bash
new_record
login; echo "without CHAP $?"
set_record node.session.auth.authmethod CHAP
set_record node.session.auth.username alice
set_record node.session.auth.password 'secret#secret=2'
login; echo "wrong secret $?"
set_record node.session.auth.password 'secret#secret=1'
set_record node.session.auth.username_in bob
set_record node.session.auth.password_in 'other"se#cret-3'
login; echo "target's secret wrong $?"
set_record node.session.auth.password_in 'other"se#cret-2'
login; echo "both right $?"
record --logout >/dev/null; record -o delete
NODE
    assert_line --regexp '^without CHAP [1-9]'
    assert_line --regexp '^wrong secret [1-9]'
    assert_line --regexp "^target's secret wrong [1-9]"
    assert_line 'both right 0'
    on 1 '. /run/lio.bash; agent stop'
}

# identity_seen_by I SERVER: what an initiator on node I sees of the LUN that SERVER exports
identity_seen_by() {
    on "$1" SERVER="$2" bash -s <<'NODE'
. /run/lio.bash
new_record
login && identity $DISK
echo "identity $?"
sg_rtpg --decode $DISK
echo "rtpg $?"
sg_persist -k $DISK 2>&1 | grep -c 'command not supported'
sg_persist --out --register --param-sark=1 $DISK 2>&1 | grep -c 'command not supported'
sg_modes -p 8 $DISK | grep -A1 Caching
record --logout >/dev/null; record -o delete
NODE
}

@test "lio-iblock: the disk's identity is the same on the other node, and both nodes refuse reservations" {
    on 1 '. /run/lio.bash; agent start'
    identity_seen_by 2 10.77.1.1 >"$BATS_TEST_TMPDIR/before"
    on 1 '. /run/lio.bash; agent stop'
    on 2 '. /run/lio.bash; agent start'
    identity_seen_by 1 10.77.1.2 >"$BATS_TEST_TMPDIR/after"
    on 2 '. /run/lio.bash; agent stop'
    run cat "$BATS_TEST_TMPDIR/before"
    assert_line 'identity 0'
    assert_line 'rtpg 0'
    assert_line --partial Caching
    for page in 00 80 83 b0 b1 b2; do assert_line "VPD page $page"; done
    assert_output --partial ' Vendor identification: VHACS'
    # the NAA identifier
    assert_output --regexp ' 60 01 40 5[0-9a-f]'
    # both commands, on both nodes
    [ "$(grep -cx 1 "$BATS_TEST_TMPDIR/before")" = 2 ]
    run diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
    assert_success
}

# other_ports I COUNT: enables targets that somebody else has created on node I, to which the kernel gives the first numbers
other_ports() {
    on "$1" bash -e -s "$2" <<'NODE'
modprobe iscsi_target_mod
for n in $(seq "$1"); do
    tpg=/sys/kernel/config/target/iscsi/iqn.2026-01.org.vhacs:lio-other$n/tpgt_1
    mkdir -p $tpg && echo 1 >$tpg/enable
done
NODE
}
# delete_other_ports I
delete_other_ports() {
    on "$1" 'cd /sys/kernel/config/target/iscsi && for target in iqn.2026-01.org.vhacs:lio-other*; do rmdir $target/tpgt_1 $target; done'
}
# bats test_tags=slow
@test "lio-iblock: the identity does not depend on the other exports of a node" {
    other_ports 1 1
    on 1 '. /run/lio.bash; agent start'
    identity_seen_by 2 10.77.1.1 >"$BATS_TEST_TMPDIR/before"
    on 1 '. /run/lio.bash; agent stop'
    delete_other_ports 1
    other_ports 2 3
    on 2 '. /run/lio.bash; agent start'
    identity_seen_by 1 10.77.1.2 >"$BATS_TEST_TMPDIR/after"
    on 2 '. /run/lio.bash; agent stop'
    delete_other_ports 2
    run cat "$BATS_TEST_TMPDIR/before"
    assert_line 'identity 0'
    assert_line 'rtpg 0'
    run diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
    assert_success
}

@test "lio-iblock: a start whose relative target port is taken succeeds, and names who has it" {
    other_ports 1 1
    on 1 'test -e /sys/kernel/config/target/iscsi/iqn.2026-01.org.vhacs:lio-other1/tpgt_1/rtpi' || {
        delete_other_ports 1
        skip 'the kernel (before 6.4) does not number the ports of the node'
    }
    run on 1 '. /run/lio.bash
        tpg=/sys/kernel/config/target/iscsi/iqn.2026-01.org.vhacs:lio-other1/tpgt_1
        echo 0 >$tpg/enable; echo 4711 >$tpg/rtpi; echo 1 >$tpg/enable
        agent start OCF_RESKEY_rtpi=4711; echo "start $?"; agent monitor OCF_RESKEY_rtpi=4711; echo "monitor $?"
        cat /sys/kernel/config/target/iscsi/$IQN/tpgt_1/rtpi; agent stop; echo "stop $?"'
    delete_other_ports 1
    assert_line 'start 0'
    assert_line 'monitor 0'
    assert_line 'stop 0'
    assert_output --partial 'iqn.2026-01.org.vhacs:lio-other1 has the relative target port 4711'
    refute_line 4711
}

@test "lio-iblock: an initiator sees the configured block size, serial number, vendor, product, UNMAP, ATS, XCOPY and queue depth" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
agent start OCF_RESKEY_block_size=4096 OCF_RESKEY_scsi_sn=01234567-89ab-cdef-0123-456789abcdef OCF_RESKEY_vendor_id=ACME \
    OCF_RESKEY_product_id='Road Runner' OCF_RESKEY_emulate_tpu=1 OCF_RESKEY_emulate_caw=0 OCF_RESKEY_emulate_3pc=0 OCF_RESKEY_cmdsn_depth=17
echo "start $?"
cat $CONFIG/iscsi/$IQN/tpgt_1/acls/*/cmdsn_depth
NODE
    assert_line 'start 0'
    assert_equal "$(grep -cx 17 <<<"$output")" 2
    run on 2 bash -s <<'NODE'
. /run/lio.bash
new_record; login
sg_readcap $DISK | grep 'block length'
sg_inq $DISK
sg_vpd --page=sn $DISK
sg_vpd --page=di $DISK | grep -A1 NAA
sg_vpd --page=lbpv $DISK | grep LBPU
sg_vpd --page=bl $DISK | grep -i 'compare and write length'
blkdiscard --offset 0 --length 1048576 $DISK; echo "discard $?"
record --logout >/dev/null; record -o delete
NODE
    echo "$output" >&3
    assert_line --partial 'block length=4096'
    assert_line --regexp 'Vendor identification: ACME'
    assert_line --regexp 'Product identification: Road Runner'
    assert_line --regexp ' serial number: 0123(456789abcdef0123456789abcdef|4567-89ab-cdef-0123-456789abcdef)'
    assert_line --regexp '0x60014050123456789abcdef012345678'
    assert_line --regexp 'LBPU.*1'
    assert_line --regexp '3PC=0'
    assert_line --regexp 'ompare and write length: 0'
    assert_line 'discard 0'
    on 1 '. /run/lio.bash; agent stop'
}

# bats test_tags=slow
@test "lio-iblock: a writer waits while the target is stopped, and resumes without an error" {
    on 1 '. /run/lio.bash; agent start OCF_RESKEY_emulate_tpu=1 OCF_RESKEY_emulate_write_cache=1 OCF_RESKEY_cmdsn_depth=128'
    on 2 bash -s <<'NODE'
. /run/lio.bash
new_record; login
timeout 120 fio --name=w --filename=$(readlink -f $DISK) --rw=randwrite --bs=16k --iodepth=16 --ioengine=libaio --direct=1 --size=8M \
    --time_based --runtime=15 --output-format=json --output=/run/lio.writer >/dev/null 2>&1 &
sleep 3
NODE
    run on 1 bash -s <<'NODE'
. /run/lio.bash
agent stop; echo "stop $?"
ls $CONFIG/core $CONFIG/iscsi | grep -c vhacs:lio$
agent monitor; echo "monitor $?"
agent start; echo "start $?"
NODE
    assert_line 'stop 0'
    assert_line '0'
    assert_line 'monitor 7'
    assert_line 'start 0'
    run on 2 bash -s <<'NODE'
. /run/lio.bash
for n in {1..100}; do pgrep -x fio >/dev/null || break; sleep 0.5; done
jq '.jobs[0].error, (.jobs[0].write.total_ios > 100)' /run/lio.writer || cat /run/lio.writer
NODE
    assert_line --index 0 0
    assert_line --index 1 true
}

# bats test_tags=slow
@test "lio-iblock: a stop that waits for I/O reports whose before its timeout, and succeeds once the I/O has ended" {
    on 2 bash -s <<'NODE'
. /run/lio.bash
(dd if=/dev/zero of=$DISK bs=64k count=64 oflag=direct >/dev/null 2>&1 &)
NODE
    run on 1 bash -s <<'NODE'
. /run/lio.bash
dmsetup suspend --noflush --nolockfs vhacs-lio
sleep 3
agent stop OCF_RESKEY_CRM_meta_timeout=8000; echo "stop $?"
dmsetup resume vhacs-lio
agent stop; echo "then $?"
agent monitor; echo "monitor $?"
NODE
    assert_line 'stop 1'
    assert_line --regexp ': ERROR: stop timed out: .* \(logged in: iqn.2026-01.org.vhacs:node2\) and waiting for their I/O on /dev/lio-path$'
    assert_line 'then 0'
    assert_line 'monitor 7'
    on 2 '. /run/lio.bash; pkill -x dd; record --logout >/dev/null; record -o delete'
}

@test "lio-iblock: the monitor detects a disabled TPG, a missing portal, a LUN without its backstore and another device at the path (OCF_ERR_GENERIC)" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
agent start
tpg=$CONFIG/iscsi/$IQN/tpgt_1
check() { agent monitor OCF_RESKEY_CRM_meta_interval=9; echo "$1 $?"; }
check whole
ln -sfn /dev/vhacs/lio-other /dev/lio-path; check other; ln -sfn /dev/vhacs/lio /dev/lio-path
echo 0 >$tpg/enable; check disabled; echo 1 >$tpg/enable
rmdir $tpg/np/*; check portal; mkdir $tpg/np/10.77.1.1:3270
mkdir $tpg/acls/iqn.2026-01.org.vhacs:stranger; check stranger; rmdir $tpg/acls/iqn.2026-01.org.vhacs:stranger
rm $tpg/lun/lun_0/iqn*; check unlinked
agent start; echo "repaired $?"
check whole
NODE
    assert_line --index 0 'whole 0'
    assert_line --regexp 'ocf-exit-reason:the backstore holds dm-[0-9]+, but /dev/lio-path is dm-[0-9]+ now'
    assert_line 'other 1'
    assert_line 'ocf-exit-reason:the TPG is disabled'
    assert_line 'disabled 1'
    assert_line 'ocf-exit-reason:portal 10.77.1.1:3270 is missing'
    assert_line 'portal 1'
    assert_line 'ocf-exit-reason:initiator iqn.2026-01.org.vhacs:stranger may log in, but is not among the allowed initiators'
    assert_line 'stranger 190'
    assert_line --partial 'ocf-exit-reason:LUN 0 does not point at the backstore'
    assert_line 'unlinked 1'
    assert_line 'repaired 0'
    assert_equal "${lines[-1]}" 'whole 0'
}

@test "lio-iblock: its backstore in a foreign target and its device in a foreign backstore are reported and not changed" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
ours=$(echo $CONFIG/core/*/iqn.2026-01.org.vhacs_lio-tpgt1-lun0)
other=$CONFIG/iscsi/iqn.2026-01.org.vhacs:lio-other
mkdir -p $other/tpgt_1/lun/lun_7
ln -s $ours $other/tpgt_1/lun/lun_7/x
OCF_RESKEY_CRM_meta_timeout=6000 agent stop; echo "stop $?"
rm $other/tpgt_1/lun/lun_7/x; rmdir $other/tpgt_1/lun/lun_7 $other/tpgt_1 $other
agent stop; echo "then $?"
for type in iblock fileio; do
    store=$CONFIG/core/${type}_4711/theirs
    mkdir -p $store
    echo -n "$([ $type = iblock ] && echo udev_path || echo fd_dev_name)=/dev/vhacs/lio" >$store/control
    echo -n /dev/vhacs/lio >$store/udev_path
    echo 1 >$store/enable
    agent start; echo "$type $?"
    agent stop; echo "$type stop $?"
    cat $store/enable
    rmdir $store $(dirname $store)
done
NODE
    assert_line 'stop 1'
    assert_line --regexp 'ERROR: .* is in use by lun_7 of iqn.2026-01.org.vhacs:lio-other tpgt_1$'
    assert_line 'then 0'
    for type in iblock fileio; do
        assert_line --partial "ERROR: /dev/lio-path cannot be exported: it is already exported by LIO backstore ${type}_4711/theirs, which does not belong to this resource"
        assert_line "$type 1"
        assert_line "$type stop 0"
    done
    [ "$(grep -cx 1 <<<"$output")" = 2 ]
}

@test "lio-iblock: stop removes a target of its IQN that targetcli created, but not the foreign backstore" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
{
    targetcli /backstores/block create name=theirs dev=/dev/vhacs/lio
    targetcli /iscsi create $IQN
    targetcli /iscsi/$IQN/tpg1/luns create /backstores/block/theirs
} >/dev/null 2>&1
check() { agent $1 OCF_RESKEY_CRM_meta_interval=$2; echo "$1 $?"; }
check monitor 0
check stop
check monitor 0
check start
ls -d $CONFIG/core/iblock_*/theirs
targetcli /backstores/block delete theirs >/dev/null 2>&1
check start; check monitor 9
check stop; check stop
NODE
    assert_line --index 0 --regexp '(ERROR: |^ocf-exit-reason:)the backstore is missing, LUN 0 does not point at the backstore, '
    assert_equal "$(grep -E '^(monitor|start|stop) ' <<<"$output" | paste -sd,)" \
        'monitor 1,stop 0,monitor 7,start 1,start 0,monitor 0,stop 0,stop 0'
    assert_line --regexp 'ERROR: /dev/lio-path cannot be exported: it is already exported by LIO backstore iblock_[0-9]+/theirs, which does not belong to this resource'
    assert_line --regexp '^/sys/kernel/config/target/core/iblock_[0-9]+/theirs$'
}

@test "lio-iblock: with a device that is a symbolic link to itself, start fails and stop succeeds" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
ln -s lio-circle /dev/lio-circle
for action in start monitor stop; do
    agent $action OCF_RESKEY_device=/dev/lio-circle OCF_RESKEY_CRM_meta_timeout=10000; echo "$action $?"
done
rm /dev/lio-circle
NODE
    assert_line --regexp '^ocf-exit-reason:.*/dev/lio-circle'
    assert_line --regexp '^start [12]$'
    assert_line 'monitor 7'
    assert_line 'stop 0'
}

@test "lio-iblock: initiators reach each of its portals, including IPv6; a conflicting portal is reported" {
    on 1 'ip address add fd77::1/64 dev eth1 nodad'
    run on 1 bash -s <<'NODE'
. /run/lio.bash
agent start OCF_RESKEY_portals='10.77.1.1:3270 0.0.0.0:3271 [fd77::1]:3272'; echo "start $?"
agent monitor OCF_RESKEY_CRM_meta_interval=9 OCF_RESKEY_portals='10.77.1.1:3270 0.0.0.0:3271 [fd77::1]:3272'; echo "monitor $?"
for portal in 10.77.1.1:3270 10.77.1.1:3271 [fd77::1]:3272; do
    iscsi-inq -i iqn.2026-01.org.vhacs:node1 iscsi://$portal/$IQN/0 >/dev/null; echo "$portal $?"
done
agent start OCF_RESKEY_iqn=$IQN-other OCF_RESKEY_device=/dev/vhacs/lio-other OCF_RESKEY_portals=10.77.1.1:3271; echo "second $?"
agent stop OCF_RESKEY_iqn=$IQN-other; echo "second stop $?"
agent stop; echo "stop $?"
NODE
    for line in 'start 0' 'monitor 0' '10.77.1.1:3270 0' '10.77.1.1:3271 0' '[fd77::1]:3272 0' 'second 1' 'second stop 0' 'stop 0'; do
        assert_line "$line"
    done
    assert_line 'ocf-exit-reason:portal 10.77.1.1:3271 cannot be opened: target iqn.2026-01.org.vhacs:lio tpgt_1 listens on 0.0.0.0:3271'
}

# bats test_tags=slow
@test "lio-iblock: start takes no longer with a hundred other targets" {
    run on 1 bash -s <<'NODE'
. /run/lio.bash
# milliseconds_of_start: how long a start takes; stops it again
milliseconds_of_start() {
    local began=${EPOCHREALTIME/./}
    agent start >&2 || echo failed
    echo $(((${EPOCHREALTIME/./} - began) / 1000))
    agent stop >&2
}
milliseconds_of_start
alone=$(milliseconds_of_start)
for n in {1..100}; do mkdir -p $CONFIG/iscsi/$IQN-$n/tpgt_1 $CONFIG/core/fileio_$((8000 + n))/theirs-$n; done
among=$(milliseconds_of_start)
for n in {1..100}; do
    rmdir $CONFIG/iscsi/$IQN-$n/tpgt_1 $CONFIG/iscsi/$IQN-$n $CONFIG/core/fileio_$((8000 + n))/theirs-$n $CONFIG/core/fileio_$((8000 + n))
done
echo "alone $alone ms, among 100 others $among ms"
((among < 2 * alone)) && echo as fast
NODE
    assert_line --regexp '^alone [0-9]+ ms, among 100 others [0-9]+ ms$'
    assert_line 'as fast'
}
