#!/usr/bin/env bats
# bats file_tags=long
# The vhacs command in a terminal on a real node (screen.py): progress in place, the live view and its keys, Ctrl-C.

load ../support/helpers

# vgs is a link to it
LVM=/usr/sbin/lvm

setup_file() {
    load ../support/helpers
    vhacs_on 1 node --setrole ALL node1-2
}

teardown_file() {
    load ../support/helpers
    on 1 "umount $LVM; dmsetup resume vhacs-hung && dmsetup remove vhacs-hung" 2>/dev/null || true
    destroy_storages
}

@test "the progress of several storages is shown in place, one line each with its current step" {
    run on_terminal 1 100x20 "$VHACS" storage -c term1-2 --size 32M -n node1-2 <<'OPERATOR'
wait ^.*term1: (creating|configuring|connecting).*\n.*term2: [a-z]
wait term2: (creating|configuring|connecting)
show
OPERATOR
    assert_success
    assert_line --index -1 'status 0'
    refute_line --regexp '^ +[0-9.]+ s '
}

@test "the live view is sorted, filtered and quit by keys, fits a resized window, and follows changes by others" {
    run on_terminal 1 120x30 "$VHACS" cluster -m <<OPERATOR
wait \\| \\(A\\)term1 .*\\(P\\)node
wait sorted by name +r: ascending
show
key s
wait sorted by target
key r
wait r: descending
show
key f
key erm2\\r
wait f: filter \\(erm2\\)
gone \\(A\\)term1
show
key \\x1b
wait \\(A\\)term1
size 60x8
wait \\.\\.\\. and [0-9]+ more lines
show
size 120x30
gone more lines
run $VHACS storage -S term2
wait \\| \\(S\\)term2 +\\| \\(-\\)node
key q
OPERATOR
    assert_success
    assert_line --regexp '^\| \(A\)node1 +\| .*online'
    assert_line 'status 0'
    # each line is cut to the width of the narrow window
    assert_line --regexp '^\| \(A\)node1 .{49}$'
}

@test "Ctrl-C quits the live view" {
    run on_terminal 2 100x20 "$VHACS" storage -m <<'OPERATOR'
wait \(A\)term1
key \x03
OPERATOR
    assert_success
    assert_line 'status 0'
}

@test "destroy asks for confirmation, and accepts only yes (usage, 2); Ctrl-C cancels it (failed, 1)" {
    run on_terminal 1 100x20 "$VHACS" storage -D term2 <<'OPERATOR'
wait Destroy all data on term2\? Type "yes" to proceed:
key y\r
show
OPERATOR
    assert_success
    assert_line 'vhacs: nothing was changed: the answer was not "yes"'
    assert_line 'status 2'
    run on_terminal 1 100x20 "$VHACS" storage -D ALL <<'OPERATOR'
wait Destroy all data on term1, term2\?
key \x03
OPERATOR
    assert_line 'status 1'
    run on_terminal 1 100x20 "$VHACS" storage -D term1-2 <<'OPERATOR'
wait Type "yes" to proceed:
key yes\r
OPERATOR
    assert_line 'status 0'
    assert_no_traces_of term
}

@test "Ctrl-C during a create of several leaves nothing behind (failed, 1)" {
    run on_terminal 1 100x20 "$VHACS" storage -c term3-4 --size 32M -n node1-2 <<'OPERATOR'
wait term3: connecting DRBD
key \x03
wait undoing|FAILED
OPERATOR
    assert_success
    assert_line 'status 1'
    refute_output --partial 'NOT UNDONE'
    assert_no_traces_of term
}

@test "a terminal lost during a create of several leaves nothing behind (failed, 1)" {
    run on_terminal 1 100x20 "$VHACS" storage -c term5-6 --size 32M -n node1-2 <<'OPERATOR'
wait term5: connecting DRBD
hangup
OPERATOR
    assert_success
    assert_line 'status 1'
    assert_no_traces_of term
}

# hang: creates a device on node 1 whose readers hang and cannot be killed
hang() { on 1 "dmsetup create vhacs-hung --table '0 8 zero' && udevadm settle && dmsetup suspend vhacs-hung"; }
unhang() { on 1 'dmsetup resume vhacs-hung; udevadm settle; sleep 1; dmsetup remove --retry vhacs-hung'; }
READ_HUNG='dd if=/dev/mapper/vhacs-hung of=/dev/null iflag=direct bs=4096 count=1'

@test "Ctrl-C stops waiting for a command on nodes, even for one that hangs in the kernel (failed, 1)" {
    hang
    run on_terminal 1 100x20 "$VHACS" cluster node1-2 -E "$READ_HUNG" <<'OPERATOR'
run for n in $(seq 100); do pgrep -x dd >/dev/null && exit; sleep 0.2; done; exit 1
key \x03
wait interrupted \(SIGINT\); the command was running on node1
OPERATOR
    unhang
    assert_success
    assert_line 'status 1'
}

@test "a tool that hangs in the kernel blocks neither the tables nor the live view" {
    local table result
    hang
    on 1 "printf '#!/bin/sh\nexec $READ_HUNG\n' >/run/hung-lvm; chmod +x /run/hung-lvm; mount --bind /run/hung-lvm $LVM"
    run vhacs_on 1 cluster -M
    table=$output result=$status
    run on_terminal 1 120x30 "$VHACS" cluster -m <<'OPERATOR'
run sleep 5
key q
OPERATOR
    on 1 "umount $LVM"
    unhang
    assert_line 'status 0'
    assert_equal "$result" 0
    assert_regex "$table" 'node1 could not be queried: .*timed out after 30 s, and it cannot be killed'
}
