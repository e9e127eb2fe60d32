#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage with thirty-two clouds in one call. Emulated nodes are too slow for that many monitors, unless LAB_SLOW slows
# down their clocks: "make test-scale-32".

load ../support/helpers

setup() { [ "${THIRTY_TWO:-0}" = 1 ] || skip 'this needs nodes that are fast enough: make test-scale-32'; }

# storages I FILTER: what jq's filter finds in the list of this scenario's storages, as node I prints it
storages() { vhacs_on "${1:-1}" storage -l --json | jq -r '[.storages[] | select(.name | test("^full[0-9]+$"))] | '"$2"; }

@test "one call creates and mounts thirty-two clouds, each with its own identifiers" {
    vhacs_on 1 node --setrole ALL node1-2
    run vhacs_on 1 storage -c full01-32 --size 32M
    assert_success
    assert_equal "$(grep -cE '^ +[0-9.]+ s  full[0-9]+: is mounted$' <<<"$output")" 32
    run storages 2 '[length, (map(select(.state == "active" and .mount.node and .target.node)) | length)] | join(" ")'
    assert_output '32 32'
    run vhacs_on 1 storage -i full01-32 --json
    run jq -r '.storages | [map(.address + ":" + (.port | tostring)), map(.device), map(.iqn), map(.identity | tostring), map([.sides[].replication.disk])] | map(unique | length) | join(" ")' <<<"$output"
    assert_output '32 32 32 32 1'
}

@test "data written to one of them appear in no other" {
    local node
    for node in 1 2; do
        # shellcheck disable=SC2016 # the shell of the node reads it
        on $node 'for cloud in /clouds/full*; do mountpoint -q "$cloud" && echo "${cloud##*/}" >"$cloud/name"; done; sync
            for cloud in /clouds/full*; do ! mountpoint -q "$cloud" || cat "$cloud/name"; done'
    done >"$BATS_TEST_TMPDIR/names"
    run sort "$BATS_TEST_TMPDIR/names"
    assert_output "$(printf 'full%02d\n' {1..32})"
}

@test "a range is put in standby, the others stay active, and the tables show it" {
    run vhacs_on 2 storage -S full01-4
    assert_success
    run vhacs_on 1 cluster -M
    assert_equal "$(grep -cE '^\| \(S\)full0[1-4] ' <<<"$output")" 4
    assert_equal "$(grep -cE '^\| \(A\)full(0[5-9]|[123][0-9])!? ' <<<"$output")" 28
}

@test "one call destroys them all and leaves nothing behind" {
    run vhacs_on 1 storage -D full01-32 --yes
    assert_success
    assert_no_traces_of full
}
