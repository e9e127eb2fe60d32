#!/usr/bin/env bats
# The part of the contract of all agents (test/contract) that can be tested where their resources cannot run. One test runs
# all cases of an agent: a failure names the case.

load helper

# contract_case AGENT TITLE
contract_case() {
    title="$1: $2"
}

# contract_call CODES REASONS OUTPUT [NAME=VALUE...] -- [ARGUMENT...]
contract_call() {
    local codes=$1 reasons=$2 expected=$3
    shift 3
    call "$agent" "$@"
    # shellcheck disable=SC2154 # set by run
    [[ ",$codes," == *",$status,"* ]] || fail "$title: $(printf '%q ' "$@"): $status instead of $codes: $stderr"
    assert_reasons "$reasons" || fail "$title: $(printf '%q ' "$@"): $stderr"
    case $expected in
        nothing) assert_output '' ;;
        meta-data) diff <(printf '%s\n' "$output") "$ROOT/metadata/$agent.xml" ;;
        usage) assert_output --regexp "^usage: $agent \{.*\}$" ;;
    esac
    called=$((called + 1))
}

keeps_contract() {
    local agent=$1 called=0 title
    node "$ROOT/test/contract/shell.ts" --bare "$agent" >"$BATS_TEST_TMPDIR/contract.sh"
    # shellcheck source=/dev/null
    source "$BATS_TEST_TMPDIR/contract.sh"
    [ "$called" -gt 20 ]
}

@test "lvm-volume: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract lvm-volume
}

@test "drbd-cloud: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract drbd-cloud
}

@test "lio-iblock: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract lio-iblock
}

@test "iscsi-mount: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract iscsi-mount
}

@test "ext3-filesystem: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract ext3-filesystem
}

@test "nspawn-container: contract (OCF_NOT_RUNNING, OCF_ERR_UNIMPLEMENTED, OCF_ERR_CONFIGURED, stop always OCF_SUCCESS)" {
    keeps_contract nspawn-container
}
