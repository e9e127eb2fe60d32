#!/usr/bin/env bats
# libiscsi's iscsi-test-cu on one device of a node, exported by lio-iblock and then by targetcli: docs/conformance.md.
# Its output is kept in dist/conformance, for "make conformance".
# bats file_tags=long

load ../support/helpers

NODE=${CONFORMANCE_NODE:-1}
RESULTS=$BATS_TEST_DIRNAME/../../../dist/conformance

# on_node: runs the script on standard input on the node, with the functions of conformance.sh
on_node() { on_with "$NODE" volumes.sh conformance.sh; }

setup_file() {
    load ../support/helpers
    mkdir -p "$RESULTS"
    rm -f "$RESULTS"/*
    on_node <<<create_device
}

teardown_file() {
    load ../support/helpers
    on_node <<<remove_device
}

# run_tests EXPORTER: runs all tests of iscsi-test-cu against what lio-iblock or targetcli exports
run_tests() {
    on_node <<<"export_$1 && begin_tests"
    on_node <<<await_tests || on_node <<<await_tests
    on_node <<<'cat $OUTPUT' >"$RESULTS/$1.txt"
    on_node <<<"unexport_$1"
    run -0 grep -E '^ +tests +230 +230 ' "$RESULTS/$1.txt"
}

@test "iscsi-test-cu runs all its tests against lio-iblock" {
    run_tests lio-iblock
}

@test "iscsi-test-cu runs all its tests against targetcli" {
    run_tests targetcli
}

@test "lio-iblock is not worse than targetcli in any test, and docs/conformance.md has these results" {
    run node "$ROOT/build/conformance.ts" --check
    assert_output ''
    assert_success
}
