#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --verify and --repair, with a writer that verifies: sides that are equal are found equal while they are written to, a block
# that was changed behind DRBD's back is found and repaired, and a verification that was interrupted leaves nothing that is in the way.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage verified1
    vhacs_on 1 storage --create verified2 --size 64M --nodes node1,node2
}

teardown_file() { destroy_storages; }

setup() {
    begin_scenario verified1
    wait_until 240 is_in_sync
}

teardown() {
    run_at_full_speed
    assert_nothing_lost
}

has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }
# exporter: the number of the node that exports the storage
exporter() {
    local node
    node=$(storage_field "$NAME" .target.node)
    echo "${node#node}"
}
last_verification() { vhacs_on "${2:-1}" storage --info "$NAME" --json | jq -r ".storages[0].lastVerification$1"; }
has_metric() { vhacs_on 1 metrics | grep -qxF "$1"; }
is_being_verified() { is_drbd 1 'cs:Verify'; }
out_of_sync() { on "${1:-1}" "sed -n '/^ *$MINOR: /,/oos:/ s/.*oos://p' /proc/drbd"; }

# verify_slowly: from now on, a verification takes more than a minute, whichever side compares
verify_slowly() { for node in 1 2; do on $node "drbdsetup disk-options $MINOR --c-plan-ahead=0 --resync-rate=600"; done; }
run_at_full_speed() { for node in 1 2; do on $node "drbdadm adjust verified1" || true; done; }

# verify_in_background I: on that node, until the kernels compare; VERIFYING is the process
verify_in_background() {
    on "$1" "vhacs storage --verify $NAME" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    VERIFYING=$!
    wait_until 90 is_being_verified
}

# change_block I: writes random bytes into a block that no file uses, behind DRBD's back
BLOCK=15360
change_block() { on "$1" "dd if=/dev/urandom of=/dev/vhacs/$NAME bs=4096 seek=$BLOCK count=1 oflag=direct conv=notrunc status=none"; }
block_sum() { on "$1" "dd if=/dev/vhacs/$NAME bs=4096 skip=$BLOCK count=1 iflag=direct status=none | sha256sum"; }

# kernel_algorithm I, file_algorithm I
kernel_algorithm() { on "$1" "drbdsetup show $NAME | sed -n 's/.*verify-alg[^\"]*\"\\([^\"]*\\)\".*/\\1/p'"; }
file_algorithm() { on "$1" "sed -n 's/.*verify-alg \\(.*\\);/\\1/p' /etc/drbd.d/$NAME.res"; }

# assert_algorithm TEXT: it is that in both files and in both kernels
assert_algorithm() {
    local node
    for node in 1 2; do
        run file_algorithm $node
        assert_output "$1"
        run kernel_algorithm $node
        assert_output "$1"
    done
}

# assert_verified: the same command finds both sides equal, and leaves nothing
assert_verified() {
    run vhacs_on 1 storage --verify "$NAME"
    assert_success
    assert_output --partial "the two sides of $NAME are equal"
    run out_of_sync
    assert_output 0
    is_in_sync
    has_no_lock
}

# reset_node I: cuts its power at once, and waits until it is back, with both sides in sync
reset_node() {
    "$LAB" kill "$1"
    wait_until 300 mount_node >/dev/null
    "$LAB" boot "$1"
    "$LAB" cluster
    wait_until 300 is_in_sync
    wait_until 120 has_no_constraint
    on 1 'crm_resource --wait --timeout=200s' || true
}

@test "a new storage can be verified; the first verification makes its sides equal, while they are used" {
    assert_algorithm crc32c
    local mounted
    mounted=$(mount_id)
    assert_verified
    echo "# $output" >&3
    assert_writes_continue
    run mount_id
    assert_output "$mounted"
    run last_verification .outcome
    assert_output --regexp '^(equal|equalised)$'
    has_logged "$((3 - $(exporter)))" "drbd$MINOR: Online verify +done"
}

@test "sides that are written to are found equal; the result is shown by every node" {
    assert_verified
    assert_writes_continue
    for node in 1 2; do
        run last_verification .outcome $node
        assert_output equal
        run vhacs_on $node storage --info "$NAME"
        assert_line --regexp 'last verification: +equal .* ago'
    done
    echo "# the writer paused for $(longest_pause) s" >&3
}

@test "a block that was changed behind DRBD's back is found with its size, and is not changed" {
    local secondary before
    secondary=$((3 - $(exporter)))
    change_block "$secondary"
    before=$(block_sum "$secondary")
    run vhacs_on 1 storage --verify "$NAME"
    assert_failure 1
    assert_output --partial "4.0K of $NAME differ between its sides"
    assert_output --partial "vhacs storage --repair $NAME"
    for node in 1 2; do
        run out_of_sync $node
        assert_output 4
    done
    is_in_sync
    run block_sum "$secondary"
    assert_output "$before"
    run last_verification .differentBytes
    assert_output 4096
    run vhacs_on 1 cluster --check
    assert_output --partial "4K of $NAME differ between its two sides"
    # from Pacemaker's file of the CIB, which follows some moments later
    wait_until 60 has_metric "vhacs_verify_last_success{storage=\"$NAME\"} 0"
    assert_writes_continue
}

@test "--repair copies it from the primary, and the next verification finds nothing" {
    local primary secondary before
    primary=$(exporter)
    secondary=$((3 - primary))
    # also if the test before has not run
    change_block "$secondary"
    run vhacs_on 1 storage --verify "$NAME"
    assert_failure 1
    before=$(block_sum "$primary")
    run vhacs_on 2 storage --repair "$NAME"
    assert_success
    assert_output --partial "copying 4.0K of $NAME from node$primary"
    wait_until 60 is_in_sync
    run out_of_sync
    assert_output 0
    for node in 1 2; do
        run block_sum $node
        assert_output "$before"
    done
    run last_verification .outcome
    assert_output repaired
    wait_until 60 has_no_constraint
    is_exported_by "$primary"
    assert_writes_continue
    assert_verified
    run vhacs_on 1 storage --repair "$NAME"
    assert_success
    assert_output --partial "nothing of $NAME is known to differ"
    run vhacs_on 1 cluster --check
    refute_output --partial 'differ between its two sides'
}

@test "an older storage gets verify-alg in both files and both kernels, and connects again afterwards" {
    for node in 1 2; do on $node "sed -i /verify-alg/d /etc/drbd.d/$NAME.res"; done
    for node in 1 2; do on $node "drbdadm adjust $NAME"; done
    assert_algorithm ''
    assert_verified
    assert_output --partial 'writing verify-alg crc32c'
    assert_algorithm crc32c
    local secondary
    secondary=$((3 - $(exporter)))
    on $secondary "drbdadm disconnect $NAME && drbdadm connect $NAME"
    wait_until 60 is_in_sync
    wait_until 60 has_no_constraint
}

@test "one that only one file has is named, and the same command sets it in both" {
    on 2 "sed -i /verify-alg/d /etc/drbd.d/$NAME.res && drbdadm adjust $NAME"
    run vhacs_on 1 cluster --check
    assert_output --partial "verify-alg of $NAME is not the same everywhere"
    assert_verified
    assert_algorithm crc32c
    run vhacs_on 1 cluster --check
    refute_output --partial 'verify-alg'
}

@test "sides that are not connected are refused" {
    local secondary
    secondary=$((3 - $(exporter)))
    on $secondary "drbdadm disconnect $NAME"
    run vhacs_on 1 storage --verify "$NAME"
    on $secondary "drbdadm connect $NAME"
    assert_failure 2
    assert_output --partial 'its two sides are not both Connected and UpToDate'
    assert_output --partial 'nothing was changed'
    wait_until 120 is_in_sync
    wait_until 60 has_no_constraint
}

@test "Ctrl-C stops the verification; the sides stay connected, and the same command begins again" {
    verify_slowly
    local before
    before=$(last_verification .at)
    verify_in_background 1
    on 1 'pkill -INT -f "^vhacs storage --verify"'
    # not for the writer as well
    wait "$VERIFYING" || true
    run cat "$BATS_TEST_TMPDIR/said"
    assert_output --partial 'interrupted (SIGINT)'
    assert_output --partial "stopping the verification of $NAME"
    wait_until 30 is_in_sync
    has_no_lock
    run last_verification .at
    assert_output "$before"
    run_at_full_speed
    assert_verified
    assert_writes_continue
}

@test "the death of the process leaves a verification that goes on; it is named, and another node waits for its result" {
    verify_slowly
    verify_in_background 1
    on 1 'pkill -KILL -f "^vhacs storage --verify"'
    wait "$VERIFYING" || true
    is_being_verified
    run vhacs_on 1 cluster --check
    assert_output --partial "$NAME is being verified"
    run vhacs_on 2 storage --verify "$NAME"
    assert_success
    assert_output --partial 'is being verified already'
    assert_output --partial "the two sides of $NAME are equal"
    run last_verification .isEqual
    assert_output true
    run vhacs_on 1 cluster --check
    refute_output --partial 'is being verified'
    assert_writes_continue
}

@test "two operators at once: one verification, of which both get the result; another storage waits" {
    verify_slowly
    verify_in_background 1
    on 2 'vhacs storage --verify verified2' >"$BATS_TEST_TMPDIR/other" 2>&1 3>&- &
    local waiting=$!
    run vhacs_on 2 storage --verify "$NAME"
    assert_success
    assert_output --partial 'is being verified already'
    wait "$VERIFYING"
    wait "$waiting"
    run cat "$BATS_TEST_TMPDIR/other"
    assert_output --partial "waiting: $NAME is being verified"
    assert_output --partial 'the two sides of verified2 are equal'
    run grep -c "drbd$MINOR: Starting Online Verify" <(kernel_log 1) <(kernel_log 2)
    assert_equal "$(grep -c ':1$' <<<"$output") $(grep -c ':0$' <<<"$output")" '1 1'
}

@test "a side that is reset breaks it off; afterwards the same command finds both sides equal" {
    verify_slowly
    local secondary before
    secondary=$((3 - $(exporter)))
    before=$(last_verification .at)
    verify_in_background $((3 - secondary))
    reset_node "$secondary"
    wait "$VERIFYING" && false
    run cat "$BATS_TEST_TMPDIR/said"
    assert_output --partial 'broken off'
    run last_verification .at
    assert_output "$before"
    run_at_full_speed
    wait_until 120 is_in_sync
    assert_verified
}

@test "the timer's service verifies one storage a night, on the node that coordinates the cluster" {
    on 1 'for storage in verified1 verified2; do for node in node1 node2; do crm_attribute --node $node --name vhacs-verification-$storage --lifetime forever --delete || true; done; done'
    local coordinator other
    coordinator=$(on 1 'crm_mon -1 --output-as=xml' | sed -n 's/.*<current_dc .*name="node\([0-9]\)".*/\1/p')
    other=$((3 - coordinator))
    run vhacs_on $other storage --verify ALL --nightly
    assert_success
    assert_output --partial "node$coordinator coordinates the cluster"
    on "$coordinator" 'systemctl daemon-reload && systemctl start vhacs-verify.service'
    run last_verification .isEqual
    assert_output true
    run vhacs_on "$coordinator" storage --verify ALL --nightly
    assert_success
    assert_output --partial 'the two sides of verified2 are equal'
    run vhacs_on "$coordinator" storage --verify ALL --nightly
    assert_success
    assert_output --partial 'no storage is due'
    run on "$coordinator" 'systemctl is-enabled vhacs-verify.timer'
    assert_output disabled
}
