#!/usr/bin/env bats
# Each action of each agent is killed at its steps, as Pacemaker kills at a timeout; what follows must end in the right
# state. Some of the steps inside the tools are left out, but not with KILLED_ALL=1. KILLED_AGENTS: these agents only; KILLED_TURN=1:
# after a step is tried what is otherwise tried after its neighbours.

# bats file_tags=long

load ../support/helpers

is_meant() { [[ " ${KILLED_AGENTS:-$1} " == *" $1 "* ]]; }

# survives_kills AGENT NODE
survives_kills() {
    is_meant "$1" || return 0
    {
        cat "$SUPPORT/killed.sh"
        echo "SCRATCH=\$(mktemp -d) KILLED_ALL=${KILLED_ALL:-0} KILLED_TURN=${KILLED_TURN:-0}"
        echo "kill_all $1"
        echo 'rm -r "$SCRATCH"'
    } | on_with_objects "$2" >"$BATS_FILE_TMPDIR/$1" 2>&1
}

# The agents of a node run one after the other, the two nodes at once.
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
        survives_kills lvm-volume 2
        survives_kills lio-iblock 2
        survives_kills iscsi-mount 2
        survives_kills iscsi-paths 2
        survives_kills ext3-filesystem 2
    } 3>&- &
    survives_kills drbd-cloud 1
    wait
}

teardown_file() {
    load ../support/helpers
    clean_nodes
    on 1 rm -rf /run/killer
    on 2 rm -rf /run/killer
}

# survived AGENT ACTION...: every round ended well, and each action was really killed at each of the steps chosen
survived() {
    local action
    is_meant "$1" || skip 'not among KILLED_AGENTS'
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

@test "lvm-volume recovers from a kill at any step" { survived lvm-volume start stop; }
@test "drbd-cloud recovers from a kill at any step" { survived drbd-cloud start promote demote stop; }
@test "lio-iblock recovers from a kill at any step" { survived lio-iblock start stop; }
@test "iscsi-mount recovers from a kill at any step" { survived iscsi-mount start stop; }
@test "iscsi-mount with two portals and mutual CHAP recovers from a kill at any step" { survived iscsi-paths start stop; }
@test "ext3-filesystem recovers from a kill at any step" { survived ext3-filesystem start stop; }
