#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --snapshot, --drop and --rollback, with a writer that verifies: both sides of a snapshot are the same, whatever is killed the
# file system is thawed, and a rollback that was broken off is undone, or finished before anything starts.

load ../support/helpers
load ../support/fence-peer

# the first verification makes equal what was never written, so that checksums of all of both sides can be compared
setup_file() {
    prepare_storage snapped1
    vhacs_on 1 storage --verify snapped1
}

teardown_file() {
    remove_wrappers
    destroy_storages
}

setup() { begin_scenario snapped1; }

teardown() {
    remove_wrappers
    for node in 1 2; do on $node 'pkill -TERM -x records' || true; done
    # a rollback that a failed test has left
    vhacs_on 1 storage --rollback "$NAME" --yes >/dev/null 2>&1 || true
    vhacs_on 1 storage --active "$NAME" >/dev/null 2>&1 || true
    vhacs_on 1 storage --drop "$NAME" ALL --yes >/dev/null 2>&1 || true
}

remove_wrappers() { for node in 1 2; do on $node 'rm -f /usr/local/sbin/lvcreate /usr/local/sbin/lvchange /usr/local/sbin/lvremove /usr/local/sbin/lvconvert' || true; done; }

has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }

# volumes I: the volumes of snapshots on a node, in one line
volumes() { on "$1" "lvs --all --noheadings -o lv_name vhacs" | tr -d ' []' | grep "^$NAME\\." | sort | tr '\n' ' ' || true; }

# data_of I VOLUME: a checksum of all of a volume but DRBD's meta-data, whose flags differ
data_of() { on "$1" "sync; head --bytes=$DRBD_BYTES /dev/vhacs/$2 | sha256sum" | cut -d ' ' -f 1; }
drbd_bytes() { echo $(($(on 1 "cat /sys/block/drbd$MINOR/size") * 512)); }

# assert_same VOLUME: both sides have it, with the same data
assert_same() {
    local one
    DRBD_BYTES=$(drbd_bytes)
    one=$(data_of 1 "$1")
    refute [ -z "$one" ]
    run data_of 2 "$1"
    assert_output "$one"
}

# state_of SNAPSHOT
state_of() { vhacs_on 1 storage --snapshots "$NAME" --json | jq -r ".snapshots[] | select(.name == \"$1\") | .state"; }

assert_none_left() {
    for node in 1 2; do
        run volumes $node
        assert_output ''
    done
    has_no_lock
}

# wrap TOOL NODE WORDS SCRIPT: the tool, called by vhacs of the other node with arguments that begin with these words, is replaced once by a
# script, in which "real" is the tool and "kill_caller" kills vhacs. Agents and vhacs of the same node do not use tools in /usr/local
wrap() {
    local path other=$((3 - $2))
    path=$(on "$2" "PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v $1")
    on "$2" "cat >/usr/local/sbin/$1 && chmod +x /usr/local/sbin/$1" <<EOF
#!/bin/sh
real() { $path "\$@"; }
kill_caller() { ssh -o BatchMode=yes node$other 'pkill -KILL -f "^vhacs storage --(snapshot|drop|rollback)"' </dev/null >/dev/null 2>&1; }
case "\$*" in
    '$3'*) rm -f /usr/local/sbin/$1; sync -f /usr/local/sbin ;;
    *) real "\$@"; exit ;;
esac
$4
EOF
}

# break_off TOOL WORDS COMMAND...: vhacs on node 1 is killed when the tool has done its work on node 2
break_off() {
    local tool=$1 words=$2
    shift 2
    # shellcheck disable=SC2016
    wrap "$tool" 2 "$words" 'real "$@"; status=$?; kill_caller; exit $status'
    run vhacs_on 1 storage "$@"
    assert_failure
    run on 2 "ls /usr/local/sbin/$tool"
    assert_failure
}

# assert_named: --check names the snapshot as incomplete
assert_named() {
    run vhacs_on 1 cluster --check
    assert_output --partial "the snapshot $1 of $NAME is incomplete"
    assert_output --partial "vhacs storage --drop $NAME $1"
}

has_no_thaw_unit() { [ -z "$(on "$1" "systemctl list-units --all --no-legend 'vhacs-thaw-*'")" ]; }

@test "a snapshot is the same on both sides; the writer waits for a moment, and its mount is the same" {
    local mounted
    mounted=$(mount_id)
    run vhacs_on 1 storage --snapshot "$NAME" monday
    assert_success
    assert_output --partial "$NAME has the snapshot monday"
    assert_writes_continue
    run mount_id
    assert_output "$mounted"
    assert_same "$NAME.monday"
    run state_of monday
    assert_output complete
    run vhacs_on 1 cluster --check
    refute_output --partial 'the snapshot'
    echo "# the writer paused for $(longest_pause) s" >&3
    run vhacs_on 1 storage --drop "$NAME" monday --yes
    assert_success
    assert_none_left
    assert_nothing_lost
}

@test "snapshots in a row, from either node, are each the same on both sides" {
    local round
    for round in 1 2 3 4 5; do
        run vhacs_on $((round % 2 + 1)) storage --snapshot "$NAME" round
        assert_success
        assert_same "$NAME.round"
        vhacs_on 1 storage --drop "$NAME" round --yes
    done
    assert_none_left
    assert_nothing_lost
}

@test "the file system in a snapshot is clean, without a replay of its journal" {
    vhacs_on 1 storage --snapshot "$NAME" clean
    for node in 1 2; do
        run on $node "e2fsck -fn /dev/vhacs/$NAME.clean"
        assert_success
        run on $node "dumpe2fs -h /dev/vhacs/$NAME.clean 2>/dev/null | grep features"
        assert_output --partial has_journal
        refute_output --partial needs_recovery
    done
    assert_nothing_lost
}

@test "killed while the file system is frozen: it is thawed, --check names what is left, and the next one removes it" {
    break_off lvcreate '--quiet --yes --snapshot' --snapshot "$NAME" broken
    assert_writes_continue 90
    assert_named broken
    run vhacs_on 1 storage --snapshot "$NAME" broken
    assert_success
    assert_same "$NAME.broken"
    run state_of broken
    assert_output complete
    assert_nothing_lost
}

@test "killed while both sides are noted to be the same, it is complete or named, and can be dropped" {
    break_off lvchange '--quiet --addtag' --snapshot "$NAME" broken
    assert_writes_continue 90
    if [ "$(state_of broken)" != complete ]; then assert_named broken; fi
    run vhacs_on 2 storage --drop "$NAME" broken --yes
    assert_success
    assert_none_left
    assert_nothing_lost
}

@test "killed while it is dropped, the rest is named and dropped by the same command" {
    vhacs_on 1 storage --snapshot "$NAME" broken
    wrap lvremove 2 '--quiet --yes' 'sleep 10; kill_caller; exit 1'
    run vhacs_on 1 storage --drop "$NAME" broken --yes
    assert_failure
    assert_named broken
    run vhacs_on 1 storage --drop "$NAME" broken --yes
    assert_success
    assert_none_left
    assert_nothing_lost
}

@test "one side that fails: neither has the snapshot" {
    wrap lvcreate 2 '--quiet --yes --snapshot' 'echo "out of order" >&2; exit 5'
    run vhacs_on 1 storage --snapshot "$NAME" failed
    assert_failure
    assert_output --partial 'out of order'
    assert_none_left
    assert_writes_continue
    assert_nothing_lost
}

@test "the process that holds the freeze is killed: systemd thaws, and neither side has the snapshot" {
    # shellcheck disable=SC2016
    wrap lvcreate $((3 - WRITER_NODE)) '--quiet --yes --snapshot' 'sleep 8; real "$@"'
    on "$WRITER_NODE" "vhacs storage --snapshot $NAME killed" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local taking=$!
    wait_until 90 on "$WRITER_NODE" "ls /run/vhacs/freeze-$NAME-*.frozen" >/dev/null 2>&1
    on "$WRITER_NODE" "pkill -KILL -f '^sh -s -- /clouds/$NAME '"
    assert_writes_continue 90
    # not by run, which is another shell
    local result=0
    wait "$taking" || result=$?
    refute [ "$result" = 0 ]
    assert_none_left
    wait_until 60 has_no_thaw_unit "$WRITER_NODE"
    run on "$WRITER_NODE" "ls /run/vhacs | grep ^freeze-$NAME-"
    assert_output ''
    assert_nothing_lost
}

@test "Ctrl-C while the file system is frozen: it is thawed, and nothing half done is left" {
    on 1 "vhacs storage --snapshot $NAME interrupted" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local taking=$!
    wait_until 90 grep -q 'taking the snapshot' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -INT -f "^vhacs storage --snapshot"' || true
    # not for the writer as well
    wait "$taking" || true
    assert_writes_continue
    # it was complete before the signal, or it is gone
    run state_of interrupted
    assert_output --regexp '^(complete)?$'
    has_no_lock
    assert_nothing_lost
}

@test "two operators at once: both have their snapshots" {
    on 2 "vhacs storage --snapshot $NAME theirs" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local other=$!
    run vhacs_on 1 storage --snapshot "$NAME" ours
    assert_success
    wait "$other"
    assert_same "$NAME.ours"
    assert_same "$NAME.theirs"
    assert_nothing_lost
}

@test "sides that are not connected are refused" {
    on 2 "drbdadm disconnect $NAME"
    run vhacs_on 1 storage --snapshot "$NAME" refused
    on 2 "drbdadm connect $NAME"
    assert_failure 2
    assert_output --partial 'not both Connected and UpToDate'
    wait_until 120 is_in_sync
    assert_nothing_lost
}

@test "a storage with a snapshot does not grow, and stops and starts as before" {
    vhacs_on 1 storage --snapshot "$NAME" held
    run vhacs_on 1 storage --grow "$NAME" --size 80M
    assert_failure 2
    assert_output --partial 'has snapshots'
    assert_nothing_lost
    run vhacs_on 1 storage --restart "$NAME"
    assert_success
    run state_of held
    assert_output complete
    assert_same "$NAME.held"
}

# fill KIB: writes that much to the storage
fill() { on "$WRITER_NODE" "dd if=/dev/urandom of=/clouds/$NAME/filler-$1 bs=1k count=$1 conv=fsync status=none"; }

@test "a snapshot that fills is a warning, is dropped on both sides, and the writer goes on" {
    vhacs_on 1 storage --snapshot "$NAME" small --size 8M
    for node in 1 2; do
        run on $node 'systemctl is-active vhacs-snapshots.timer'
        assert_output active
        # by hand, below
        on $node 'systemctl stop vhacs-snapshots.timer'
    done
    fill 6144
    run vhacs_on 1 cluster --check
    assert_output --regexp "the snapshot small of $NAME (is [0-9]+% full|has become full)"
    fill 6145
    assert_writes_continue
    on 1 'systemctl start vhacs-snapshots.service'
    assert_none_left
    run on 1 'journalctl --unit vhacs-snapshots.service --no-pager'
    assert_output --partial "$NAME.small"
    on "$WRITER_NODE" "rm -f /clouds/$NAME/filler-*"
    run vhacs_on 1 cluster --check
    refute_output --partial 'the snapshot'
    assert_nothing_lost
}

# mark_content TEXT: what a rollback is to be seen by
mark_content() { on "$(mount_node)" "echo $1 >/clouds/$NAME/content && sync -f /clouds/$NAME/content"; }
content() { on "$(mount_node)" "cat /clouds/$NAME/content"; }

# prepare_rollback: a snapshot with the content "then", and "now" in the storage
prepare_rollback() {
    mark_content 'then'
    vhacs_on 1 storage --snapshot "$NAME" monday
    mark_content now
    assert_writes_continue
    on "$WRITER_NODE" 'pkill -TERM -x records' || true
}

# assert_rolled_back: the storage runs with the content of then, the same on both sides, and can be written to
assert_rolled_back() {
    wait_until 240 mount_node >/dev/null
    run content
    assert_output 'then'
    wait_until 120 is_in_sync
    run volumes 1
    assert_output --regexp "^$NAME\.before-[0-9]+-[0-9]+ $"
    assert_equal "$(volumes 2)" "$output"
    # of the whole data, while nothing is written
    vhacs_on 1 storage --snapshot "$NAME" proof
    assert_same "$NAME.proof"
    run vhacs_on 1 cluster --check
    refute_output --partial 'the rollback of'
    has_no_lock
    start_writer again
    assert_nothing_lost
}

@test "a rollback returns what was there, and another one what was discarded" {
    local before
    prepare_rollback
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    assert_success
    assert_output --partial "$NAME is rolled back, and mounted"
    assert_rolled_back
    before=$(volumes 1 | tr ' ' '\n' | grep before-)
    vhacs_on 1 storage --drop "$NAME" proof --yes
    run vhacs_on 2 storage --rollback "$NAME" "${before#"$NAME".}" --yes
    assert_success
    run content
    assert_output now
}

@test "a rollback that fails before a side has changed is undone" {
    prepare_rollback
    wrap lvcreate 2 '--quiet --yes --snapshot' 'echo "out of order" >&2; exit 5'
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    assert_failure
    wait_until 240 mount_node >/dev/null
    run content
    assert_output now
    run volumes 2
    assert_output "$NAME.monday "
    start_writer again
    assert_nothing_lost
}

@test "killed before a side has changed: the same command only undoes it" {
    prepare_rollback
    break_off lvchange '--quiet --addtag vhacs_rollback' --rollback "$NAME" monday --yes
    run vhacs_on 1 cluster --check
    assert_output --partial "the rollback of $NAME was broken off before it changed anything"
    run vhacs_on 1 storage --rollback "$NAME" --yes
    assert_success
    assert_output --partial "$NAME is mounted, as before"
    run content
    assert_output now
    for node in 1 2; do
        run volumes $node
        assert_output --partial "$NAME.monday "
    done
    wait_until 120 is_in_sync
    run vhacs_on 1 cluster --check
    refute_output --partial 'the rollback of'
    start_writer again
    assert_nothing_lost
}

@test "a snapshot that is mounted on a side is refused, with the node" {
    prepare_rollback
    on 2 "mkdir -p /root/look && mount -o ro,noload /dev/vhacs/$NAME.monday /root/look"
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    on 2 'umount /root/look'
    assert_failure 2
    assert_output --partial 'its snapshot monday is in use on node2'
    run content
    assert_output now
    start_writer again
    assert_nothing_lost
}

# assert_blocked: nothing of the storage starts, although it is requested
assert_blocked() {
    run vhacs_on 1 cluster --check
    assert_output --partial "the rollback of $NAME was broken off"
    run on 1 "timeout 60 vhacs storage --active $NAME"
    assert_failure
    for node in 1 2; do
        run drbd_of $node
        refute_output --partial 'ds:'
    done
    has_agent_logged 1 'is being rolled back to a snapshot'
    run vhacs_on 1 storage --drop "$NAME" ALL --yes
    assert_failure
}

@test "killed when one side is merged and the other is not: nothing starts, and the same command finishes it" {
    prepare_rollback
    wrap lvconvert 2 '--quiet --yes --merge' 'sleep 20; kill_caller; exit 1'
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    assert_failure
    run volumes 1
    refute_output --partial monday
    run volumes 2
    assert_output --partial monday
    assert_blocked
    run vhacs_on 2 storage --rollback "$NAME" --yes
    assert_success
    assert_rolled_back
}

@test "killed when both sides are merged, the same command finishes it" {
    prepare_rollback
    break_off lvconvert '--quiet --yes --merge' --rollback "$NAME" monday --yes
    assert_blocked
    run vhacs_on 1 storage --rollback "$NAME" --yes
    assert_success
    assert_rolled_back
}

@test "killed before the storage is started, the same command finishes it, or it is only in standby" {
    prepare_rollback
    break_off lvchange '--quiet --deltag' --rollback "$NAME" monday --yes
    run vhacs_on 1 storage --rollback "$NAME" --yes
    if [ "$status" != 0 ]; then vhacs_on 1 storage --active "$NAME"; fi
    assert_rolled_back
}

# boot_again I: after its power was cut
boot_again() {
    "$LAB" boot "$1"
    "$LAB" cluster
    on 1 'crm_resource --wait --timeout=200s' || true
}

@test "the side that is not merged yet is reset: nothing starts there, and the same command finishes it" {
    prepare_rollback
    wrap lvconvert 2 '--quiet --yes --merge' 'sleep 20; kill_caller; exit 1'
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    assert_failure
    "$LAB" kill 2
    run vhacs_on 1 storage --rollback "$NAME" --yes
    assert_failure
    boot_again 2
    run volumes 2
    assert_output --partial monday
    run drbd_of 2
    refute_output --partial 'ds:'
    run vhacs_on 1 storage --rollback "$NAME" --yes
    assert_success
    assert_rolled_back
}

@test "a side is reset while it merges: the same command finishes it" {
    prepare_rollback
    # shellcheck disable=SC2016
    wrap lvconvert 2 '--quiet --yes --merge' 'real "$@"; : >/run/merging; sleep 120'
    on 1 "vhacs storage --rollback $NAME monday --yes" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local rolling=$!
    wait_until 240 on 2 'test -e /run/merging'
    "$LAB" kill 2
    # not by run, which is another shell
    local result=0
    wait "$rolling" || result=$?
    refute [ "$result" = 0 ]
    boot_again 2
    run vhacs_on 1 storage --rollback "$NAME" --yes
    assert_success
    assert_rolled_back
}

@test "a storage is destroyed with its snapshots, which are named" {
    vhacs_on 1 storage --snapshot "$NAME" last
    assert_nothing_lost
    run vhacs_on 1 storage --destroy "$NAME" --yes
    assert_success
    assert_output --partial "with the snapshots $NAME.last"
    for node in 1 2; do
        run on $node 'lvs --all --noheadings -o lv_name vhacs'
        refute_output --partial "$NAME"
    done
}
