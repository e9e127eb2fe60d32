#!/usr/bin/env bats
# Each action of each agent is killed at its steps, as Pacemaker kills at a timeout; the action that follows must end in the
# right state. Some of the steps inside the tools are skipped unless KILLED_ALL=1. KILLED_AGENTS: these agents only.
# KILLED_TURN=1: each kill is followed by what otherwise follows the kill at the next step.

# bats file_tags=long

load ../support/helpers

# is_selected AGENT
is_selected() { [[ " ${KILLED_AGENTS:-$1} " == *" $1 "* ]]; }

# run_kills AGENT I: runs all rounds of one agent on a node
run_kills() {
    is_selected "$1" || return 0
    {
        cat "$SUPPORT/killed.sh"
        echo "SCRATCH=\$(mktemp -d) KILLED_ALL=${KILLED_ALL:-0} KILLED_TURN=${KILLED_TURN:-0}"
        echo "kill_at_each_step $1"
        echo 'rm -r "$SCRATCH"'
    } | on_with_objects "$2" >"$BATS_FILE_TMPDIR/$1" 2>&1
}

# the agents of a node in turn, the two nodes in parallel
setup_file() {
    load ../support/helpers
    export LAB_SSH_TIMEOUT=7200
    local node
    prepare_nodes
    for node in 1 2; do
        "$LAB" push $node "$SUPPORT/killer.py" /run/killer/killer.py
        "$LAB" push $node "$SUPPORT/steps.py" /run/killer/steps.py
    done
    {
        run_kills lvm-volume 2
        run_kills lio-iblock 2
        run_kills iscsi-mount 2
        run_kills iscsi-paths 2
        run_kills ext3-filesystem 2
    } 3>&- &
    run_kills drbd-cloud 1
    if is_selected nspawn-container; then on_with 1 volumes.sh container.sh <<<'create_container cluster-nspawn 64M'; fi
    run_kills nspawn-container 1
    wait
}

teardown_file() {
    load ../support/helpers
    clean_nodes
    if is_selected nspawn-container; then on_with 1 volumes.sh container.sh <<<'remove_container cluster-nspawn'; fi
    on 1 rm -rf /run/killer
    on 2 rm -rf /run/killer
}

# assert_recovered AGENT ACTION...: every round succeeded, and each action was killed at each of its chosen steps
assert_recovered() {
    local action
    is_selected "$1" || skip 'not among KILLED_AGENTS'
    run grep -v '^ok ' "$BATS_FILE_TMPDIR/$1"
    shift
    for action in "$@"; do
        [[ $output =~ \#\ $action:\ ([0-9]+)\ steps,\ ([0-9]+)\ killed ]] || fail "$output"
        [ "${BASH_REMATCH[1]}" -gt 3 ] || fail "$output"
        assert_equal "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}"
    done
    refute_output --partial 'not ok'
    assert_line --regexp '^1\.\.[0-9]+$'
    echo "$output" >&3
}

@test "lvm-volume recovers from a kill at any step" { assert_recovered lvm-volume start stop; }
@test "drbd-cloud recovers from a kill at any step" { assert_recovered drbd-cloud start promote demote stop; }
@test "lio-iblock recovers from a kill at any step" { assert_recovered lio-iblock start stop; }
@test "iscsi-mount recovers from a kill at any step" { assert_recovered iscsi-mount start stop; }
@test "iscsi-mount with two portals and mutual CHAP recovers from a kill at any step" { assert_recovered iscsi-paths start stop; }
@test "ext3-filesystem recovers from a kill at any step" { assert_recovered ext3-filesystem start stop; }
@test "nspawn-container recovers from a kill at any step" { assert_recovered nspawn-container start stop; }
