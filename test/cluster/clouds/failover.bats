#!/usr/bin/env bats
# The demo, on the running nodes, and what it leaves.

load ../support/helpers

@test "a cloud survives the loss of its exporting node: no I/O error, no lost record, no restart of the mount" {
    run "$ROOT/test/cluster/demo" --in-lab
    echo "$output"
    assert_success
    assert_output --partial 'the mount was never restarted'
    sed -n -e 's/.*\(the longest pause was .*\)/# \1/p' -e '/Its time went into:/,$ s/^/# /p' <<<"$output" >&3
}

@test "its volumes have autoactivation off on both nodes, and are removed with it" {
    for node in 1 2; do
        # if it is on, "enabled" follows the name
        run on $node 'lvs --noheadings -o lv_name,lv_autoactivation vhacs/demo'
        assert_success
        assert_line --regexp '^ *demo *$'
    done
    on 1 'vhacs storage --destroy demo --yes'
    assert_nothing_left demo
}
