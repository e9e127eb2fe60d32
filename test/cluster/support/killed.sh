# shellcheck shell=bash
# Kills the actions of an agent at their steps, on a node with the objects of objects.sh, and checks that what Pacemaker
# does next ends in the right state. Prints a line of TAP per round; steps.py defines what a step is.

KILLER=(timeout -s KILL 300 /usr/bin/python3 -B /run/killer/killer.py)
declare -A steps killed

# kill_at_each_step AGENT [FIRST [LAST]]: in each round every action is killed once, each time at its next step
kill_at_each_step() {
    agent=$1 program=$(program_of "$1")
    local first=${2:-1} last=${3:-999} rounds=0 action actions=(start stop)
    [ "$agent" != drbd-cloud ] || actions=(start promote demote stop)
    # shellcheck disable=SC2046 # one word per parameter
    mapfile -t parameters < <(printf 'OCF_RESKEY_%s\n' $(parameters_of "$agent") | tr , ' ')
    # what DRBD writes to new meta-data it writes only once
    for action in "${actions[@]}"; do call "$program" "$action"; done
    undo_first_start "$agent"
    for action in "${actions[@]}"; do
        choose_steps "$action"
        # shellcheck disable=SC2086 # one word per step
        set -- ${steps[$action]}
        [ $# -le $rounds ] || rounds=$#
        echo "# $action will be killed at $# steps"
    done
    for ((round = first; round <= rounds && round <= last; round++)); do
        faults='' calls=''
        run_round
        if [ -z "$faults" ]; then
            echo "ok $round - $agent: $(grep -o 'killed.*' <<<"$calls" | paste -sd,)"
        else
            printf 'not ok %s - %s:\n%s# the calls were:\n%s' "$round" "$agent" "$faults" "$calls"
            clean_up || break
        fi
    done
    for action in "${actions[@]}"; do echo "# $action: $(wc -w <<<"${steps[$action]}") steps, ${killed[$action]:-0} killed"; done
    echo "1..$rounds"
}

# After an action that timed out Pacemaker stops the resource, or starts it if the operator has cleaned up the failure. The
# rounds alternate between the two; KILLED_TURN=1 swaps them.
run_round() {
    local is_odd=$(((round + ${KILLED_TURN:-0}) % 2))
    undo_first_start "$agent"
    if kill_during start && [ $is_odd = 1 ]; then expect_success stop && expect_nothing_left; fi
    expect_success start
    expect_monitor 0
    if [ -n "$(step_of promote)$(step_of demote)" ]; then
        if kill_during promote && [ $is_odd = 1 ]; then expect_success demote && expect_monitor 0; fi
        expect_success promote
        expect_monitor 8
        if ! kill_during demote || [ $is_odd = 1 ]; then expect_success demote && expect_monitor 0; fi
    fi
    # cleaned up instead of fenced: it starts again
    if kill_during stop && [ $is_odd = 0 ]; then expect_success start && expect_monitor 0; fi
    expect_success stop
    expect_nothing_left
}

# choose_steps ACTION: runs the action to its end, and chooses the steps at which it will be killed
choose_steps() {
    call "${KILLER[@]}" list "$program" "$1"
    [ "$code" = 0 ] || echo "not ok - $agent: $1 traced by killer.py: $code $output $stderr"
    steps[$1]=$(grep -v '^ended' <<<"$output" | awk -v all="${KILLED_ALL:-0}" '
        { program[NR] = $1; step[NR] = $0 }
        END {
            for (n = 1; n <= NR; n++) {
                is_end = program[n] != program[n - 1] || program[n] != program[n + 1]
                if (all == 1 || is_end || program[n] == "agent" || step[n] ~ /ioctl|mount|drbdsetup/ || n % 4 == 0) print n
            }
        }')
}

# step_of ACTION: the step at which it is killed in this round, if it has that many
step_of() {
    # shellcheck disable=SC2086 # one word per step
    set -- ${steps[$1]:-}
    echo "${*:round:1}"
}

# kill_during ACTION: kills it at this round's step, if it has that many; a probe afterwards must not report something that
# could be in use as stopped, nor something that does not work as running
kill_during() {
    local step
    step=$(step_of "$1")
    [ -n "$step" ] || return 1
    call "${KILLER[@]}" after "$step" "$program" "$1"
    record "$1 $output"
    [[ $output == killed* ]] && killed[$1]=$((${killed[$1]:-0} + 1))
    call "$program" monitor
    record "probe: $code"
    [ "$code" != 7 ] || [ -z "$(usable_parts_of "$agent")" ] || add_fault "after $1 a probe misses $(usable_parts_of "$agent")"
    case $code in 0 | 8) check_claim "$1" ;; esac
}

# check_claim ACTION: what the probe reported as running works; what the action requested may still be in progress
check_claim() {
    local reported=$code
    is_working "$agent" >/dev/null 2>&1 && return
    sleep 2
    call "$program" monitor
    [ "$code" != "$reported" ] || is_working "$agent" >/dev/null 2>&1 || add_fault "after $1 a probe is $code, and it does not work"
}

expect_success() {
    local started_at=$SECONDS
    call "$program" "$1"
    record "$1: $code, $((SECONDS - started_at)) s $stderr"
    [ "$code" = 0 ] || add_fault "$1 is $code: $stderr"
}

# expect_monitor CODE: the monitor exits with CODE, and the resource does its job
expect_monitor() {
    local why
    call OCF_RESKEY_CRM_meta_interval=10000 "$program" monitor
    record "monitor: $code $stderr"
    [ "$code" = "$1" ] || add_fault "monitor is $code instead of $1: $stderr"
    why=$(is_fully_working "$agent" 2>&1) || add_fault "it does not work: $why"
}

expect_nothing_left() {
    local left
    left=$(leftovers_of "$agent")
    [ -z "$left" ] || add_fault "left behind: $left"
}

# call [NAME=VALUE...] COMMAND...: calls it as Pacemaker does; sets code, output and stderr
call() {
    output=$(env -i OCF_RESOURCE_INSTANCE=cluster "${parameters[@]}" "$@" 2>"$SCRATCH/stderr" </dev/null)
    code=$?
    stderr=$(<"$SCRATCH/stderr")
}

record() { calls+="#   $*"$'\n'; }
add_fault() { faults+="#   $*"$'\n'; }

# the next round needs a clean node
clean_up() {
    call "$program" stop
    [ -z "$(leftovers_of "$agent")" ] || stop_without_agent "$agent" 2>/dev/null
    [ -z "$(leftovers_of "$agent")" ] || ! echo "Bail out! $agent: $(leftovers_of "$agent")"
}
