#!/usr/bin/env bats
# The demo, on the running nodes.

load ../support/helpers

@test "a cloud survives the loss of its exporting node: no I/O error, no lost record, no restart of the mount" {
    run "$ROOT/test/cluster/demo" --in-lab
    echo "$output"
    assert_success
    assert_output --partial 'the mount was never restarted'
    grep -o 'the longest pause was .*' <<<"$output" | sed 's/^/# /' >&3
}
