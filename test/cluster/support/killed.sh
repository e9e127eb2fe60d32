# shellcheck shell=bash
# Kills the actions of an agent at their steps, on a node with the objects of objects.sh, and looks whether what Pacemaker
# does next ends in the right state. A line of TAP per round; killer.py says what a step is.

KILLER=(timeout -s KILL 300 /usr/bin/python3 -B /run/killer/killer.py)
declare -A points killed

# kill_all AGENT [FIRST [LAST]]: in each round every action is killed once, each time at its next step
kill_all() {
    agent=$1 program=$(program_of "$1")
    local first=${2:-1} last=${3:-999} rounds=0 action actions=(start stop)
    [ "$agent" != drbd-cloud ] || actions=(start promote demote stop)
    # shellcheck disable=SC2046 # one word per parameter
    mapfile -t parameters < <(printf 'OCF_RESKEY_%s\n' $(parameters_of "$agent") | tr , ' ')
    # DRBD's meta-data are written to once only when they are new
    for action in "${actions[@]}"; do call "$program" "$action"; done
    as_at_first "$agent"
    for action in "${actions[@]}"; do
        choose_points "$action"
        # shellcheck disable=SC2086 # one word per point
        set -- ${points[$action]}
        [ $# -le $rounds ] || rounds=$#
        echo "# $action will be killed at $# steps"
    done
    for ((round = first; round <= rounds && round <= last; round++)); do
        faults='' calls=''
        play_round
        if [ -z "$faults" ]; then
            echo "ok $round - $agent: $(grep -o 'killed.*' <<<"$calls" | paste -sd,)"
        else
            printf 'not ok %s - %s:\n%s# the calls were:\n%s' "$round" "$agent" "$faults" "$calls"
            recover || break
        fi
    done
    for action in "${actions[@]}"; do echo "# $action: $(wc -w <<<"${points[$action]}") steps, ${killed[$action]:-0} killed"; done
    echo "1..$rounds"
}

# What Pacemaker does after an action that timed out is stop; the operator's clean-up makes it start. Rounds take turns, and
# KILLED_TURN=1 exchanges them.
play_round() {
    local is_odd=$(((round + ${KILLED_TURN:-0}) % 2))
    as_at_first "$agent"
    if interrupt start && [ $is_odd = 1 ]; then must stop && nothing_left; fi
    must start
    serves 0
    if [ -n "$(point_of promote)$(point_of demote)" ]; then
        if interrupt promote && [ $is_odd = 1 ]; then must demote && serves 0; fi
        must promote
        serves 8
        if ! interrupt demote || [ $is_odd = 1 ]; then must demote && serves 0; fi
    fi
    # a clean-up instead of fencing, and it starts again
    if interrupt stop && [ $is_odd = 0 ]; then must start && serves 0; fi
    must stop
    nothing_left
}

# choose_points ACTION: runs the action once to its end and chooses the steps at which it will be killed
choose_points() {
    call "${KILLER[@]}" list "$program" "$1"
    [ "$code" = 0 ] || echo "not ok - $agent: $1 under the killer's eyes: $code $output $said"
    points[$1]=$(grep -v '^ended' <<<"$output" | awk -v all="${KILLED_ALL:-0}" '
        { program[NR] = $1; step[NR] = $0 }
        END {
            for (n = 1; n <= NR; n++) {
                is_end = program[n] != program[n - 1] || program[n] != program[n + 1]
                if (all == 1 || is_end || program[n] == "agent" || step[n] ~ /ioctl|mount|drbdsetup/ || n % 4 == 0) print n
            }
        }')
}

# point_of ACTION: its step of this round; nothing when it has not so many
point_of() {
    # shellcheck disable=SC2086 # one word per point
    set -- ${points[$1]:-}
    echo "${*:round:1}"
}

# interrupt ACTION: kills it at this round's step, if it has so many; a probe afterwards must not deny what is there, nor
# call running what does not work
interrupt() {
    local point
    point=$(point_of "$1")
    [ -n "$point" ] || return 1
    call "${KILLER[@]}" after "$point" "$program" "$1"
    note "$1 $output"
    [[ $output == killed* ]] && killed[$1]=$((${killed[$1]:-0} + 1))
    call "$program" monitor
    note "probe: $code"
    [ "$code" != 7 ] || [ -z "$(alive_of "$agent")" ] || fault "after $1 a probe denies $(alive_of "$agent")"
    case $code in 0 | 8) is_right "$1" ;; esac
}

# is_right ACTION: what the probe called running works; what the action had asked for may still be on its way
is_right() {
    local called=$code
    works_of "$agent" >/dev/null 2>&1 && return
    sleep 2
    call "$program" monitor
    [ "$code" != "$called" ] || works_of "$agent" >/dev/null 2>&1 || fault "after $1 a probe is $code, and it does not work"
}

must() {
    local begun=$SECONDS
    call "$program" "$1"
    note "$1: $code, $((SECONDS - begun)) s $said"
    [ "$code" = 0 ] || fault "$1 is $code: $said"
}

# serves CODE: it does its job, and the monitor says so
serves() {
    local why
    call OCF_RESKEY_CRM_meta_interval=10000 "$program" monitor
    note "monitor: $code $said"
    [ "$code" = "$1" ] || fault "monitor is $code instead of $1: $said"
    why=$(is_whole "$agent" 2>&1) || fault "it does not work: $why"
}

nothing_left() {
    local left
    left=$(left_of "$agent")
    [ -z "$left" ] || fault "left behind: $left"
}

# call [NAME=VALUE...] COMMAND...: as Pacemaker would; sets code, output and said
call() {
    output=$(env -i OCF_RESOURCE_INSTANCE=cluster "${parameters[@]}" "$@" 2>"$SCRATCH/stderr" </dev/null)
    code=$?
    said=$(<"$SCRATCH/stderr")
}

note() { calls+="#   $*"$'\n'; }
fault() { faults+="#   $*"$'\n'; }

# the next round needs a clean node
recover() {
    call "$program" stop
    [ -z "$(left_of "$agent")" ] || take_away "$agent" 2>/dev/null
    [ -z "$(left_of "$agent")" ] || ! echo "Bail out! $agent: $(left_of "$agent")"
}
