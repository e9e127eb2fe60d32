#!/usr/bin/env bats
# The demo's scenario on the nodes that are up.

load helpers

@test "a cloud survives the loss of its exporting node: no I/O error, no lost record, no restart of the mount" {
    run "$BATS_TEST_DIRNAME/demo" --in-lab
    echo "$output"
    assert_success
    assert_output --partial 'the mount was never restarted'
}
