#!/usr/bin/env bats
# libiscsi's iscsi-test-cu on one device of a node, exported by lio-iblock and then by targetcli: docs/conformance.md.
# What it printed stays in dist/conformance, for "make conformance".
# bats file_tags=long

load ../support/helpers

NODE=${CONFORMANCE_NODE:-1}
RESULTS=$BATS_TEST_DIRNAME/../../../dist/conformance

# there: runs standard input on the node, with the functions of conformance.sh
there() { { echo "AGENTS=$AGENTS"; cat "$SUPPORT/conformance.sh" -; } | on "$NODE" bash; }

setup_file() {
    load ../support/helpers
    mkdir -p "$RESULTS"
    rm -f "$RESULTS"/*
    there <<<prepare
}

teardown_file() {
    load ../support/helpers
    there <<<clean
}

# run_tests MAKER: all tests of iscsi-test-cu on what it exports
run_tests() {
    there <<<"export_$1 && begin_tests"
    there <<<await_tests || there <<<await_tests
    there <<<'cat $OUTPUT' >"$RESULTS/$1.txt"
    there <<<"unexport_$1"
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
