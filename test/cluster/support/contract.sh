# shellcheck shell=bash
# The functions that test/contract/shell.ts calls, on a node with the objects of objects.sh. Prints a line of TAP per case.

cases=0

contract_case() {
    end_case
    agent=$1 title=$2 answers='' faults='' started_at=$SECONDS
}

# contract_call CODES REASONS OUTPUT [NAME=VALUE...] -- [ARGUMENT...]
contract_call() {
    local codes=$1 reasons=$2 expected=$3 environment=() code stderr output
    shift 3
    while [ "$1" != -- ]; do
        environment+=("$1")
        shift
    done
    shift
    output=$(env -i OCF_RESOURCE_INSTANCE=cluster "${environment[@]}" "$AGENTS/$agent" "$@" 2>"$SCRATCH/stderr" </dev/null)
    code=$?
    stderr=$(<"$SCRATCH/stderr")
    answers+="#   $(printf '%q ' "${environment[@]}" "$@"): $code $stderr"$'\n'
    [[ ",$codes," == *",$code,"* ]] || faults+="#   $1 is $code instead of $codes"$'\n'
    [ "$(grep -c '^ocf-exit-reason:.' <<<"$stderr")" = "$reasons" ] || faults+="#   $1: not $reasons exit reason"$'\n'
    ! grep -qE '^ +at |node:internal' <<<"$stderr" || faults+="#   $1: a stack trace"$'\n'
    case $expected in
    nothing) [ -z "$output" ] ;;
    meta-data) [ "$output" = "$(<"/run/contract/$agent.xml")" ] ;;
    usage) [[ $output == "usage: $agent {"*'}' ]] ;;
    esac || faults+="#   $1 prints: $output"$'\n'
}

contract_take_away() {
    stop_without_agent "$agent"
    answers+="#   (stopped without the agent)"$'\n'
}

# so that the next case begins with the resource stopped, by the agent itself
end_case() {
    local left
    [ -n "${title:-}" ] || return 0
    cases=$((cases + 1))
    if [ -n "$(leftovers_of "$agent")" ]; then
        # shellcheck disable=SC2046 # one word per parameter
        env -i OCF_RESOURCE_INSTANCE=cluster $(printf 'OCF_RESKEY_%s ' $(parameters_of "$agent")) "$AGENTS/$agent" stop \
            >"$SCRATCH/stderr" 2>&1 </dev/null || faults+="#   the final stop: $? $(<"$SCRATCH/stderr")"$'\n'
        left=$(leftovers_of "$agent")
        [ -z "$left" ] || faults+="#   left behind: $left"$'\n'
    fi
    if [ -z "$faults" ]; then
        echo "ok $cases - $agent: $title # $((SECONDS - started_at)) s"
    else
        printf 'not ok %s - %s: %s\n%s# the calls were:\n%s' "$cases" "$agent" "$title" "$faults" "$answers"
    fi
    title=''
}

contract_end() {
    end_case
    echo "1..$cases"
}
