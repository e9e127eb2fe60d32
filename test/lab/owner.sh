# shellcheck shell=bash
# The lab's owner. A keeper, in the background, stops the lab when its owner has ended or its time is up.
# $RUN/owner: TOKEN PID START END (PID 0: no owner; START distinguishes a reused pid; END in seconds since the epoch)

# start_time PID: prints when the process started, in ticks since boot
start_time() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${stat##*) }"
    [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}
read_owner() { # sets token, owner, began, ends
    token='' owner=0 began=0 ends=0
    [ ! -f "$RUN/owner" ] || read -r token owner began ends <"$RUN/owner" || true
}
owner_alive() { [ "$owner" != 0 ] && [ "$(start_time "$owner")" = "$began" ]; }

# check_owner: fails if another process that still runs owns the lab
check_owner() {
    local token owner began ends
    read_owner
    if [ "$owner" != "${LAB_OWNER_PID:-0}" ] && owner_alive; then
        die "the lab belongs to process $owner ($(ps -o comm= -p "$owner")): wait for it or terminate it"
    fi
}

# claim: makes LAB_OWNER_PID the lab's owner, or leaves it without one
claim() {
    local token owner began ends me=${LAB_OWNER_PID:-0}
    check_owner
    read_owner
    if [ "$owner" != 0 ] && ! owner_alive; then
        log "removing what process $owner left behind"
        kill_lab
        wipe_disks
    elif [ "$owner" = 0 ] && [ "$me" != 0 ] && [ -n "$(running_nodes)" ]; then
        [ -n "${LAB_ADOPT:-}" ] || die "a lab without an owner is running: stop it with '$HERE/lab down', or set LAB_ADOPT=1 to take it over"
        log "taking over the running lab"
    fi
    began=0
    [ "$me" = 0 ] || began=$(start_time "$me") || die "LAB_OWNER_PID=$me is not a running process"
    token=$$-$RANDOM$RANDOM
    echo "$token $me $began $(($(date +%s) + LAB_LIFETIME))" >"$RUN/owner.new"
    mv "$RUN/owner.new" "$RUN/owner"
    setsid env -u LAB_OWNER_PID -u LAB_LOCKED "$HERE/lab" keeper "$token" </dev/null >"$RUN/keeper.log" 2>&1 &
}

# keeper TOKEN: waits, then stops the lab; does nothing if the lab has another token by then
verb_keeper() {
    local token owner began ends left=$LAB_LIFETIME
    cd /
    while ((left-- > 0)); do
        read_owner
        [ "$token" = "$1" ] || exit 0
        [ "$owner" = 0 ] || owner_alive || break
        sleep 1
    done
    [ "$owner" = 0 ] || kill_verbs "$owner"
    log "owner $owner has ended, or the time is up"
    exec "$HERE/lab" down --token "$1"
}

# kill_verbs OWNER: kills the lab commands that an owner left running
kill_verbs() {
    local pid
    for pid in $(pids_with "$HERE/lab"); do
        grep -qszxF -- "LAB_OWNER_PID=$1" "/proc/$pid/environ" || continue
        kill -9 "$pid" 2>/dev/null || true
    done
}

verb_down() {
    local token owner began ends keep='' mine='' a
    for ((a = 1; a <= $#; a++)); do
        case ${!a} in
        --keep) keep=1 ;;
        --force) mine=1 ;;
        --token)
            a=$((a + 1))
            read_owner
            [ "$token" = "${!a}" ] || exit 0
            mine=1
            ;;
        *) die "usage: lab down [--keep] [--force]" ;;
        esac
    done
    [ -n "$mine" ] || check_owner
    rm -f "$RUN/owner"
    [ -z "$keep" ] || for a in $(running_nodes); do LAB_SSH_TIMEOUT=15 node_ssh "$a" sync || true; done
    kill_lab
    if [ -n "$keep" ]; then touch "$RUN/kept"; else wipe_disks; fi
}

verb_status() {
    local i token owner began ends
    read_owner
    [ -n "$token" ] || log "the lab is down"
    [ -z "$token" ] || log "owner: $owner; stops by itself in $((ends - $(date +%s))) s; runs with: $(tail -1 "$LAB_DIR/accel" 2>/dev/null)"
    for i in $(known_nodes); do
        if node_pid "$i" >/dev/null; then echo "node$i running, ssh port $((LAB_SSH_PORT + i))"; else echo "node$i off"; fi
    done
    log "snapshots: $(snapshot_names)"
}
