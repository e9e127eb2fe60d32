#!/usr/bin/env bats
# The contract of all agents (test/contract) on a real kernel. A case that fails is shown with its calls. Cases with wrong
# parameters, which never reach the kernel, run only with CONTRACT_ALL=1: test/bats runs them on the same executable.

# bats file_tags=long

load ../support/helpers

# run_contract AGENT I: runs the cases of one agent on a node
run_contract() {
    local parameters only=--right
    [ "${CONTRACT_ALL:-0}" = 0 ] || only=
    parameters=$(on_with_objects "$2" <<<"parameters_of $1")
    # shellcheck disable=SC2086 # one word per parameter
    "$ROOT/node_modules/.bin/node" "$ROOT/test/contract/shell.ts" $only "$1" $parameters \
        >"$BATS_FILE_TMPDIR/$1.cases"
    "$LAB" push "$2" "$ROOT/metadata/$1.xml" "/run/contract/$1.xml"
    {
        cat "$SUPPORT/contract.sh"
        echo 'SCRATCH=$(mktemp -d)'
        cat "$BATS_FILE_TMPDIR/$1.cases"
        echo contract_end
        echo 'rm -r "$SCRATCH"'
    } | on_with_objects "$2"
}

# the agents of a node in turn, the two nodes in parallel
setup_file() {
    load ../support/helpers
    export LAB_SSH_TIMEOUT=1800
    prepare_nodes
    {
        run_contract lio-iblock 2 >"$BATS_FILE_TMPDIR/lio-iblock" 2>&1
        run_contract iscsi-mount 2 >"$BATS_FILE_TMPDIR/iscsi-mount" 2>&1
        run_contract lvm-volume 2 >"$BATS_FILE_TMPDIR/lvm-volume" 2>&1
    } 3>&- &
    run_contract drbd-cloud 1 >"$BATS_FILE_TMPDIR/drbd-cloud" 2>&1
    run_contract ext3-filesystem 1 >"$BATS_FILE_TMPDIR/ext3-filesystem" 2>&1
    on_with 1 volumes.sh container.sh <<<'create_container cluster-nspawn 64M'
    run_contract nspawn-container 1 >"$BATS_FILE_TMPDIR/nspawn-container" 2>&1
    wait
}

teardown_file() {
    load ../support/helpers
    clean_nodes
    on_with 1 volumes.sh container.sh <<<'remove_container cluster-nspawn'
    on 1 rm -rf /run/contract
    on 2 rm -rf /run/contract
}

# assert_contract AGENT: all its cases ran, and none failed
assert_contract() {
    local failed
    failed=$(grep -v -e '^ok ' -e '^1\.\.' "$BATS_FILE_TMPDIR/$1") || true
    [ -z "$failed" ] || fail "$failed"
    assert_equal "$(grep -c '^ok ' "$BATS_FILE_TMPDIR/$1")" "$(grep -c "^'contract_case'" "$BATS_FILE_TMPDIR/$1.cases")"
    assert_equal "$(tail -n 1 "$BATS_FILE_TMPDIR/$1")" "1..$(grep -c '^ok ' "$BATS_FILE_TMPDIR/$1")"
}

@test "lvm-volume meets the contract on a real kernel" { assert_contract lvm-volume; }
@test "drbd-cloud meets the contract on a real kernel" { assert_contract drbd-cloud; }
@test "lio-iblock meets the contract on a real kernel" { assert_contract lio-iblock; }
@test "iscsi-mount meets the contract on a real kernel" { assert_contract iscsi-mount; }
@test "ext3-filesystem meets the contract on a real kernel" { assert_contract ext3-filesystem; }
@test "nspawn-container meets the contract on a real kernel" { assert_contract nspawn-container; }
