# Shared by the scenarios of the fence-peer handler, after helpers.bash.
# shellcheck shell=bash

# prepare_storage NAME: creates it, exported by node 1 and mounted on node 2, and puts the program of the writer on both nodes
prepare_storage() {
    create_storages "$1"
    for node in 1 2; do "$LAB" push $node "$GUEST/records" /usr/local/bin/records; done
}

# choose_storage NAME: what follows is about it; marks the kernel logs of both nodes
choose_storage() {
    NAME=$1
    CONSTRAINT=drbd-fence-by-handler-$NAME-$NAME-drbd-clone
    MINOR=$(on 1 "drbdadm sh-minor $NAME")
    for node in 1 2; do on $node "kernel-log mark fence-peer-$BATS_TEST_NUMBER"; done
}

# begin_scenario NAME: the same, and starts a writer on that storage
begin_scenario() {
    choose_storage "$1"
    start_writer
}

# kernel_log I: the messages of node I's kernel since this test began
kernel_log() { on "$1" "kernel-log since fence-peer-$BATS_TEST_NUMBER"; }

# has_logged I REGEX
has_logged() { kernel_log "$1" | grep -qE "$2"; }

drbd_of() { on "$1" "drbd-state | sed -n '/^ *$MINOR: cs/p'"; }
is_drbd() { drbd_of "$1" | grep -qE "$2"; }
is_fenced_for() { on 1 "cibadmin --query --xpath \"//rsc_location[@id='$CONSTRAINT'][rule/expression[@value='$1']]\"" >/dev/null 2>&1; }
has_no_constraint() { ! on 1 "cibadmin --query --xpath \"//rsc_location[@id='$CONSTRAINT']\"" >/dev/null 2>&1; }
is_in_sync() { is_drbd 1 'cs:Connected .*ds:UpToDate/UpToDate'; }

# by_hand I: calls the handler as drbdadm does, and prints its answer
by_hand() { on "$1" "DRBD_RESOURCE=$NAME DRBD_MINOR=$MINOR DRBD_PEER=node$((3 - $1)) /usr/lib/vhacs/fence-peer 2>&1; echo answer \$?"; }

# start_writer [LABEL]: writes records where the storage is mounted, until that ends; what it acknowledges is kept on this machine.
# A test that calls it again gives each its own label
start_writer() {
    wait_until 240 mount_node >/dev/null
    WRITER_NODE=$(mount_node)
    RECORDS=/clouds/$NAME/records-$BATS_TEST_NUMBER${1:-}
    ACKNOWLEDGED=$BATS_TEST_TMPDIR/acknowledged
    on "$WRITER_NODE" "records write $RECORDS" >"$ACKNOWLEDGED" 2>&1 3>&- &
    wait_until 60 has_acknowledged 20
}

# has_acknowledged COUNT: whether more records than that are acknowledged
has_acknowledged() { (($(count_acknowledged) > $1)); }
count_acknowledged() { grep -cE '^[0-9]+ [0-9.]+$' "$ACKNOWLEDGED"; }

# assert_writes_continue: the writer acknowledges more records, within the pause that a lost replication may cost
assert_writes_continue() { wait_until "${1:-60}" has_acknowledged $(($(count_acknowledged) + 20)); }

# longest_pause: the longest time between two acknowledgements, in seconds
longest_pause() { awk 'NR > 1 && $2 - last > longest { longest = $2 - last } { last = $2 } END { printf "%.1f", longest }' "$ACKNOWLEDGED"; }

# mount_node: the number of the node that mounts the storage, one of $MOUNT_NODES (1 2). In a teardown, return without a number is that of
# the test's failure
mount_node() {
    local node
    for node in ${MOUNT_NODES:-1 2}; do
        if on $node "mountpoint -q /clouds/$NAME" 2>/dev/null; then echo $node && return 0; fi
    done
    return 1
}

# mount_id: changes when the file system is mounted again
mount_id() { on "$WRITER_NODE" "findmnt --noheadings --output ID,SOURCE,OPTIONS --mountpoint /clouds/$NAME"; }

# assert_nothing_lost: stops the writer; every acknowledged record is on the disk, wherever that is mounted now
assert_nothing_lost() {
    on "$WRITER_NODE" 'pkill -TERM -x records' || true
    wait_until 240 mount_node >/dev/null
    on "$(mount_node)" "echo 3 >/proc/sys/vm/drop_caches; records check $RECORDS" | sort >"$BATS_TEST_TMPDIR/found"
    run comm -13 "$BATS_TEST_TMPDIR/found" <(sed -nE 's/^([0-9]+) [0-9.]+$/\1/p' "$ACKNOWLEDGED" | sort)
    assert_output ''
    refute [ "$(count_acknowledged)" -lt 20 ]
    run grep ERROR "$ACKNOWLEDGED"
    assert_output ''
}
