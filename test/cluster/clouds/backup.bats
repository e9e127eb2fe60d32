#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --export, --import and --clone, with a writer that verifies: what is imported is what was written, and what is broken off leaves
# nothing.

load ../support/helpers
load ../support/fence-peer

setup_file() { prepare_storage backed1; }

teardown_file() { destroy_storages; }

setup() {
    begin_scenario backed1
    EXPORT=/root/$NAME.tar.zst
    on "$WRITER_NODE" "mkdir -p /clouds/$NAME/kept && cd /clouds/$NAME/kept && head -c 5000000 /dev/urandom >random && head -c 2000000 /dev/zero >zeros &&
        ln -sf random link && sync"
    KEPT=$(sums_of "$NAME")
    refute [ -z "$KEPT" ]
}

teardown() {
    for node in 1 2; do
        on $node 'pkill -TERM -x records' || true
        on $node "rm -f /root/$NAME.tar.zst /root/cut.tar.zst" || true
    done
    vhacs_on 1 storage --destroy backed2 --force --yes >/dev/null 2>&1 || true
    vhacs_on 1 storage --active "$NAME" >/dev/null 2>&1 || true
    vhacs_on 1 storage --drop "$NAME" ALL --yes >/dev/null 2>&1 || true
}

has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }

# volumes I: all volumes of a node, in one line
volumes() { on "$1" "lvs --all --noheadings -o lv_name vhacs" | tr -d ' []' | sort | tr '\n' ' '; }

# node_of STORAGE: the number of the node that mounts it
node_of() {
    local node
    for node in 1 2; do
        if on $node "mountpoint -q /clouds/$1" 2>/dev/null; then echo $node && return 0; fi
    done
    return 1
}

# sums_of STORAGE: of what setup has written, past the cache
sums_of() { on "$(node_of "$1")" "echo 3 >/proc/sys/vm/drop_caches; cd /clouds/$1/kept && sha256sum random zeros && readlink link"; }

# uuid_of STORAGE
uuid_of() { on "$(node_of "$1")" "findmnt --noheadings --output UUID /clouds/$1"; }

# assert_same_content STORAGE: it has what was kept, and the records that were acknowledged before the export
assert_same_content() {
    run sums_of "$1"
    assert_output "$KEPT"
    run on "$(node_of "$1")" "records check /clouds/$1/$(basename "$RECORDS")"
    assert_success
    run comm -13 <(sort <<<"$output") <(head -n "$ACKNOWLEDGED_BEFORE" "$ACKNOWLEDGED" | sed -nE 's/^([0-9]+) [0-9.]+$/\1/p' | sort)
    assert_output ''
    refute [ "$(uuid_of "$1")" = "$(uuid_of "$NAME")" ]
}

# assert_nothing_of_it: no new storage, no volume beside the two of the storage, and no lock
assert_nothing_of_it() {
    for node in 1 2; do
        run volumes $node
        assert_output "$NAME "
        run on $node 'ls /etc/drbd.d /run/vhacs | grep -E "backed2|^filling-"'
        assert_output ''
    done
    has_no_lock
}

@test "an export is imported with the same content, and a UUID of its own, while the storage is used" {
    local mounted
    mounted=$(mount_id)
    ACKNOWLEDGED_BEFORE=$(count_acknowledged)
    run vhacs_on 1 storage --export "$NAME" "$EXPORT"
    assert_success
    assert_output --partial "$NAME is exported to $EXPORT"
    assert_writes_continue
    run mount_id
    assert_output "$mounted"
    assert_nothing_of_it
    echo "# the writer paused for $(longest_pause) s; $(on 1 "stat -c %s $EXPORT") bytes" >&3
    run vhacs_on 1 storage --import backed2 "$EXPORT" --nodes node1,node2
    assert_success
    assert_output --partial 'backed2 is mounted'
    assert_same_content backed2
    run vhacs_on 1 cluster --check
    refute_output --partial backed2
    assert_nothing_lost
}

@test "through a pipe, from one node to the other" {
    ACKNOWLEDGED_BEFORE=$(count_acknowledged)
    # the export ends its output before it waits for the lock, which the import has
    run on 1 "bash -o pipefail -c 'vhacs storage --export $NAME - | ssh -o BatchMode=yes node2 vhacs storage --import backed2 -'"
    assert_success
    assert_same_content backed2
    for node in 1 2; do
        run on $node 'lvs --all --noheadings -o lv_name vhacs'
        refute_output --partial copy-
    done
    has_no_lock
    assert_nothing_lost
}

@test "tar and e2fsck alone get the file system out of it" {
    vhacs_on 1 storage --export "$NAME" "$EXPORT"
    run on 1 "mkdir -p /root/unpacked && cd /root/unpacked && zstd -dc $EXPORT | tar -x && e2fsck -f -n $NAME.img && ls && rm -r /root/unpacked"
    assert_success
    assert_output --partial clouds.yaml
    assert_nothing_lost
}

@test "a file that was cut off, or altered, is refused or undone" {
    vhacs_on 1 storage --export "$NAME" "$EXPORT"
    local size cut
    size=$(on 1 "stat -c %s $EXPORT")
    for cut in 100 $((size / 2)) $((size - 1)); do
        on 1 "head -c $cut $EXPORT >/root/cut.tar.zst"
        run vhacs_on 1 storage --import backed2 /root/cut.tar.zst
        assert_failure
        assert_output --partial 'it ends early'
        assert_nothing_of_it
    done
    on 1 "cp $EXPORT /root/cut.tar.zst && printf xyz | dd of=/root/cut.tar.zst bs=1 seek=$((size / 2)) conv=notrunc status=none"
    run vhacs_on 1 storage --import backed2 /root/cut.tar.zst
    assert_failure
    assert_nothing_of_it
    assert_nothing_lost
}

@test "Ctrl-C while it exports leaves neither file nor snapshot" {
    on 1 "vhacs storage --export $NAME - | { sleep 20; cat; } >/dev/null" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local exporting=$!
    wait_until 90 grep -q 'are in use' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -INT -f "^vhacs storage --export"'
    wait "$exporting" || true
    assert_nothing_of_it
    run on 2 'pgrep -f "/dev/vhacs/.*[.]copy-"'
    assert_output ''
    assert_nothing_lost
}

@test "Ctrl-C while it imports undoes everything" {
    vhacs_on 1 storage --export "$NAME" "$EXPORT"
    on 1 "{ head -c 1000000 $EXPORT; sleep 60; tail -c +1000001 $EXPORT; } | vhacs storage --import backed2 -" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local importing=$!
    wait_until 120 grep -q 'copying' "$BATS_TEST_TMPDIR/said"
    on 1 'pkill -INT -f "^vhacs storage --import"'
    wait "$importing" || true
    assert_nothing_of_it
    assert_nothing_lost
}

@test "a storage that stops while its snapshot is read is not fenced: the export fails" {
    vhacs_on 1 storage --snapshot "$NAME" monday
    # a reader that waits: the snapshot is not open meanwhile
    on 1 "vhacs storage --export $NAME@monday - | { sleep 90; cat; } >/dev/null" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local exporting=$!
    wait_until 90 grep -q 'are in use' "$BATS_TEST_TMPDIR/said"
    on "$WRITER_NODE" 'pkill -TERM -x records' || true
    run vhacs_on 1 storage --standby "$NAME"
    assert_success
    wait_until_online 2
    run on 1 'crm_mon -1 --output-as=xml'
    refute_output --partial 'task="stop" exit-code="1"'
    wait "$exporting" || true
    vhacs_on 1 storage --active "$NAME"
}

@test "a clone has the content of a snapshot, and is a storage like any other" {
    ACKNOWLEDGED_BEFORE=$(count_acknowledged)
    vhacs_on 1 storage --snapshot "$NAME" monday
    on "$WRITER_NODE" "rm /clouds/$NAME/kept/zeros && sync"
    run vhacs_on 2 storage --clone "$NAME@monday" backed2
    assert_success
    assert_same_content backed2
    run vhacs_on 1 storage --restart backed2
    assert_success
    run vhacs_on 1 storage --verify backed2
    assert_success
    assert_nothing_lost
}

@test "a new name, a free file and one storage are asked for" {
    run vhacs_on 1 storage --clone "$NAME" "$NAME"
    assert_failure 2
    run vhacs_on 1 storage --export ALL "$EXPORT"
    assert_failure 2
    on 1 "touch $EXPORT"
    run vhacs_on 1 storage --export "$NAME" "$EXPORT"
    assert_failure 2
    assert_output --partial 'exists: give another name'
    assert_nothing_of_it
    assert_nothing_lost
}
