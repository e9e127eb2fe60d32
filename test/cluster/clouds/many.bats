#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage with several at once: one fails, two operators work at the same time, one presses Ctrl-C.

load ../support/helpers

setup_file() {
    load ../support/helpers
    vhacs_on 1 node --setrole ALL node1-2
}

teardown_file() {
    load ../support/helpers
    on 2 'dmsetup remove vhacs-many2' || true
    destroy_storages
}

@test "of several created at once, the one that fails is rolled back and the others are kept (failed, 1)" {
    # the device mapper already has a device of that name, so the volume cannot be activated
    on 2 "dmsetup create vhacs-many2 --table '0 8 zero'"
    run vhacs_on 1 storage -c many1-3 --size 32M -n node1-2
    on 2 'dmsetup remove vhacs-many2'
    assert_failure 1
    for name in many1 many3; do assert_line --regexp "^ +[0-9.]+ s  $name: is mounted$"; done
    assert_line --partial 'many2: FAILED: creating the volume vhacs/many2 on node1 and node2'
    assert_line --partial 'vhacs: 1 of 3 failed: many2: creating the volume'
    refute_line --partial 'NOT UNDONE'
    assert_no_traces_of many2
    run vhacs_on 2 storage -l --json
    run jq -r '.storages[] | select(.mount) | .name' <<<"$output"
    assert_output 'many1
many3'
}

@test "destroying several leaves nothing behind" {
    run vhacs_on 1 storage -D many1,many3 --yes
    assert_success
    for name in many1 many3; do assert_line --regexp "$name: is destroyed$"; done
    assert_no_traces_of many
}

@test "two operators at once, one on each node: one waits, and their clouds share no address, device, IQN or port" {
    vhacs_on 2 storage -c right1 --size 32M -n node1-2 >"$BATS_TEST_TMPDIR/right" 2>&1 &
    run vhacs_on 1 storage -c left1 --size 32M -n node1-2
    wait $!
    assert_success
    run cat "$BATS_TEST_TMPDIR/right" - <<<"$output"
    assert_output --regexp 'waiting for vhacs on node[12], process [0-9]+'
    run vhacs_on 1 storage -i left1,right1 --json
    run jq -r '.storages | [map(.address), map(.device), map(.iqn), map(.port)] | map(unique | length) | join(" ")' <<<"$output"
    assert_output '2 2 2 2'
}

# create_interrupted STEP: creates a storage, and sends it SIGINT when it begins that step; prints its output
create_interrupted() {
    # shellcheck disable=SC2016 # the shell of the node reads it
    on 1 "VHACS=$VHACS STEP=$(printf %q "$1") bash -s" <<'NODE'
"$VHACS" storage -c broken1 --size 32M -n node1-2 >/root/create.out 2>&1 &
for ((n = 0; n < 600; n++)); do
    grep -qF "$STEP" /root/create.out && break
    sleep 0.1
done
kill -INT $!
wait $!
status=$?
cat /root/create.out
exit $status
NODE
}

@test "Ctrl-C during a create leaves nothing behind (failed, 1)" {
    local step
    for step in 'creating the volume' 'connecting DRBD' 'waiting until /clouds/broken1'; do
        run create_interrupted "$step"
        assert_failure 1
        assert_output --partial "$step"
        assert_output --partial 'interrupted: undoing when this step has finished'
        assert_output --partial 'interrupted (SIGINT)'
        assert_output --partial 'undoing: creating the volume'
        refute_output --partial 'NOT UNDONE'
        assert_no_traces_of broken1
    done
}
