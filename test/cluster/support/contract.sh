# shellcheck shell=bash
# The functions that test/contract/shell.ts calls, on a node with the objects of objects.sh. Each case is a line of TAP.

cases=0

contract_case() {
    end_case
    agent=$1 title=$2 answers='' faults='' begun=$SECONDS
}

# contract_call CODES REASONS OUTPUT [NAME=VALUE...] -- [ARGUMENT...]
contract_call() {
    local codes=$1 reasons=$2 expected=$3 environment=() code said output
    shift 3
    while [ "$1" != -- ]; do
        environment+=("$1")
        shift
    done
    shift
    output=$(env -i OCF_RESOURCE_INSTANCE=cluster "${environment[@]}" "$AGENTS/$agent" "$@" 2>"$SCRATCH/stderr" </dev/null)
    code=$?
    said=$(<"$SCRATCH/stderr")
    answers+="#   $(printf '%q ' "${environment[@]}" "$@"): $code $said"$'\n'
    [[ ",$codes," == *",$code,"* ]] || faults+="#   $1 is $code instead of $codes"$'\n'
    [ "$(grep -c '^ocf-exit-reason:.' <<<"$said")" = "$reasons" ] || faults+="#   $1: not $reasons reason"$'\n'
    ! grep -qE '^ +at |node:internal' <<<"$said" || faults+="#   $1: a stack trace"$'\n'
    case $expected in
    nothing) [ -z "$output" ] ;;
    meta-data) [ "$output" = "$(<"/run/contract/$agent.xml")" ] ;;
    usage) [[ $output == "usage: $agent {"*'}' ]] ;;
    esac || faults+="#   $1 prints: $output"$'\n'
}

contract_take_away() {
    take_away "$agent"
    answers+="#   (taken away)"$'\n'
}

# the next case begins where nothing of it runs, and that is the agent's own work
end_case() {
    local left
    [ -n "${title:-}" ] || return 0
    cases=$((cases + 1))
    if [ -n "$(left_of "$agent")" ]; then
        # shellcheck disable=SC2046 # one word per parameter
        env -i OCF_RESOURCE_INSTANCE=cluster $(printf 'OCF_RESKEY_%s ' $(parameters_of "$agent")) "$AGENTS/$agent" stop \
            >"$SCRATCH/stderr" 2>&1 </dev/null || faults+="#   a last stop: $? $(<"$SCRATCH/stderr")"$'\n'
        left=$(left_of "$agent")
        [ -z "$left" ] || faults+="#   left behind: $left"$'\n'
    fi
    if [ -z "$faults" ]; then
        echo "ok $cases - $agent: $title # $((SECONDS - begun)) s"
    else
        printf 'not ok %s - %s: %s\n%s# the calls were:\n%s' "$cases" "$agent" "$title" "$faults" "$answers"
    fi
    title=''
}

contract_end() {
    end_case
    echo "1..$cases"
}
