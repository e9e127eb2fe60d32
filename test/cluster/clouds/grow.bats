#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --grow, with a writer that verifies: a growth that was broken off anywhere is finished by the same command, and a side that
# was reset in the midst of it keeps DRBD's meta-data.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage grown1
    vhacs_on 1 storage --create grown2 --size 64M --nodes node1,node2
}

teardown_file() {
    for node in 1 2; do on $node 'rm -f /usr/local/sbin/drbdadm /usr/local/sbin/drbdsetup /usr/local/sbin/lvextend /usr/local/sbin/iscsiadm /usr/local/sbin/resize2fs' || true; done
    destroy_storages
}

setup() { begin_scenario grown1; }

teardown() { assert_nothing_lost; }

# volume_bytes I [NAME]
volume_bytes() { on "$1" "lvs --noheadings --units b --nosuffix -o lv_size vhacs/${2:-$NAME}" | tr -d ' '; }
drbd_sectors() { on "$1" "cat /sys/block/drbd$MINOR/size"; }
# df_blocks: the size of the mounted file system, in KiB
df_blocks() { on "$(mount_node)" "df --block-size=1024 --output=size /clouds/$NAME" | tail -n 1 | tr -d ' '; }
has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }
# exporter: the number of the node that exports the storage
exporter() {
    local node
    node=$(storage_field "$NAME" .target.node)
    echo "${node#node}"
}

# new_size: 16 MiB more than the larger of the two volumes, in MiB
new_size() {
    local one two
    one=$(volume_bytes 1)
    two=$(volume_bytes 2)
    echo $(((one > two ? one : two) / 1048576 + 16))
}

# assert_grown MIB: all layers have that size, both sides are in sync, and nothing is left to do
assert_grown() {
    local node device
    for node in 1 2; do
        run volume_bytes $node
        assert_output $(($1 * 1048576))
        # without the meta-data, which are less than 1 MiB here
        run drbd_sectors $node
        refute [ "$output" -lt $((($1 - 1) * 2048)) ]
    done
    node=$(mount_node)
    device=$(on "$node" "findmnt --noheadings --output SOURCE --mountpoint /clouds/$NAME")
    run on "$node" "cat /sys/class/block/$(basename "$device")/size"
    assert_output "$(drbd_sectors 1)"
    wait_until 120 is_in_sync
    run vhacs_on 1 cluster --check
    refute_output --partial 'has not grown completely'
    has_no_lock
}

# break_off TOOL NODE WORDS: the tool, called by vhacs of the other node with arguments that begin with these words, does its work; then
# vhacs is killed. Agents and vhacs of the same node do not use tools in /usr/local
break_off() {
    local real other=$((3 - $2))
    real=$(on "$2" "PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v $1")
    on "$2" "cat >/usr/local/sbin/$1 && chmod +x /usr/local/sbin/$1" <<EOF
#!/bin/sh
$real "\$@"
status=\$?
case "\$*" in '$3'*)
    rm -f /usr/local/sbin/$1
    ssh -o BatchMode=yes node$other 'pkill -KILL -f "^vhacs storage --grow"' </dev/null >/dev/null 2>&1
    ;;
esac
exit \$status
EOF
    run vhacs_on $other storage --grow "$NAME" --size "$SIZE"M
    assert_failure
    refute_output --partial "$NAME has $SIZE"M
    run on "$2" "ls /usr/local/sbin/$1"
    assert_failure
}

# finish: the same command does what remains
finish() {
    wait_until 240 mount_node >/dev/null
    run vhacs_on 1 storage --grow "$NAME" --size "$SIZE"M
    assert_success
    assert_output --partial "$NAME has $SIZE"M
    assert_grown "$SIZE"
}

# assert_named: --check names the storage and the command that finishes its growth
assert_named() {
    run vhacs_on 1 cluster --check
    assert_output --partial "$NAME has not grown completely"
    assert_output --partial "vhacs storage --grow $NAME --size $SIZE"M
}

# reset_node I: cuts its power at once, and waits until it is back, with both sides in sync: so it has found its meta-data
reset_node() {
    "$LAB" kill "$1"
    wait_until 300 mount_node >/dev/null
    "$LAB" boot "$1"
    "$LAB" cluster
    wait_until 300 is_in_sync
    wait_until 120 has_no_constraint
    on 1 'crm_resource --wait --timeout=200s' || true
}

@test "both storages grow while they are used; the writer goes on, and its mount is the same" {
    local mounted before
    mounted=$(mount_id)
    before=$(df_blocks)
    SIZE=$(new_size)
    run vhacs_on 1 storage --grow grown1-2 --size "$SIZE"M
    assert_success
    assert_line --regexp "grown1: has $SIZE""M$"
    assert_line --regexp "grown2: has $SIZE""M$"
    assert_line --regexp 'grown1: is in sync$'
    assert_writes_continue
    run mount_id
    assert_output "$mounted"
    assert_grown "$SIZE"
    refute [ "$(df_blocks)" -le "$before" ]
    echo "# the writer paused for $(longest_pause) s" >&3
    run volume_bytes 2 grown2
    assert_output $((SIZE * 1048576))
}

@test "what is there already is not done again, and a smaller size is refused" {
    local size
    size=$(($(volume_bytes 1) / 1048576))
    run vhacs_on 2 storage --grow grown1 --size "$size"M
    assert_success
    assert_output --partial "grown1 has $size"M
    refute_output --partial extending
    run vhacs_on 1 storage --grow grown1 --size 32M
    assert_failure 2
    assert_output --partial 'a storage never shrinks'
    assert_output --partial 'nothing was changed'
}

@test "more than a side has room for is refused, with the numbers" {
    run vhacs_on 1 storage --grow grown1 --size 1T
    assert_failure 2
    assert_output --regexp 'vhacs on node1 has [0-9]+[MG] free, and [0-9]+[MG] are needed'
    run volume_bytes 1
    assert_output "$(volume_bytes 2)"
}

@test "sides that are not connected are refused" {
    on 2 "drbdadm disconnect $NAME"
    run vhacs_on 1 storage --grow grown1 --size "$(new_size)"M
    on 2 "drbdadm connect $NAME"
    assert_failure 2
    assert_output --partial 'its two sides are not both Connected and UpToDate'
    wait_until 120 is_in_sync
}

@test "killed after the meta-data were noted, it is begun again" {
    SIZE=$(new_size)
    break_off drbdsetup 2 check-resize
    finish
    assert_writes_continue
}

@test "killed after the volumes were extended, it is named and finished" {
    SIZE=$(new_size)
    break_off lvextend 2 --quiet
    assert_named
    finish
    assert_writes_continue
}

@test "killed after DRBD has grown, it is named and finished" {
    SIZE=$(new_size)
    break_off drbdadm "$(exporter)" resize
    assert_named
    finish
    assert_writes_continue
}

@test "killed after the rescan, it is named and finished" {
    SIZE=$(new_size)
    break_off iscsiadm "$WRITER_NODE" '--mode session'
    assert_named
    finish
    assert_writes_continue
}

@test "killed after the file system has grown, nothing is left to do" {
    SIZE=$(new_size)
    break_off resize2fs "$WRITER_NODE" /dev/
    finish
    assert_writes_continue
}

@test "Ctrl-C ends it after the step that runs, and the same command finishes it" {
    SIZE=$(new_size)
    on 1 "vhacs storage --grow $NAME --size ${SIZE}M" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local growing=$!
    wait_until 90 grep -q 'extending the volume' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -INT -f "^vhacs storage --grow"' || true
    # not for the writer as well
    wait "$growing" || true
    has_no_lock
    finish
    assert_writes_continue
}

@test "two operators at once: one waits for the other, and finds nothing left to do" {
    SIZE=$(new_size)
    on 2 "vhacs storage --grow $NAME --size ${SIZE}M" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local other=$!
    run vhacs_on 1 storage --grow "$NAME" --size "$SIZE"M
    assert_success
    wait "$other"
    run grep -c 'extending the volume' <(echo "$output") <(cat "$BATS_TEST_TMPDIR/said")
    assert_equal "$(grep -c ':1$' <<<"$output") $(grep -c ':0$' <<<"$output")" '1 1'
    assert_grown "$SIZE"
}

@test "a larger size in the file of clouds is shown by --diff, and --apply grows the storage" {
    SIZE=$(new_size)
    on 1 "cat >/root/grow.yaml" <<<"clouds: [{name: $NAME, size: ${SIZE}M}]"
    run vhacs_on 1 compose /root/grow.yaml --diff
    assert_line --regexp "^ +size: [0-9]+M -> ${SIZE}M$"
    run vhacs_on 1 compose /root/grow.yaml --apply
    assert_success
    assert_grown "$SIZE"
    run vhacs_on 1 compose /root/grow.yaml --diff
    assert_line 'nothing changes'
}

@test "the secondary, reset right after DRBD has grown, keeps its meta-data" {
    local secondary
    secondary=$((3 - $(exporter)))
    SIZE=$(new_size)
    break_off drbdadm "$(exporter)" resize
    reset_node "$secondary"
    finish
}

@test "the secondary, reset while only the volumes are larger, finds its meta-data where they were" {
    local secondary
    secondary=$((3 - $(exporter)))
    SIZE=$(new_size)
    break_off lvextend 2 --quiet
    reset_node "$secondary"
    finish
}

@test "the primary, reset right after DRBD has grown, keeps its meta-data" {
    local primary
    primary=$(exporter)
    SIZE=$(new_size)
    break_off drbdadm "$primary" resize
    reset_node "$primary"
    finish
}

@test "the primary, reset while only the volumes are larger, finds its meta-data where they were" {
    local primary
    primary=$(exporter)
    SIZE=$(new_size)
    break_off lvextend 2 --quiet
    reset_node "$primary"
    finish
}
