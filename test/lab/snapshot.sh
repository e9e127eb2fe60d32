# shellcheck shell=bash
# Saved nodes: LAB_DIR/snapshots/NAME has each node's memory, the disks, and a list of what they require.

snapshot_names() { (cd "$LAB_DIR/snapshots" 2>/dev/null && ls) | grep -v '\.new$' | tr '\n' ' '; }

wait_for_answer() { # I COMMAND PATTERN
    local end=$((SECONDS + 120))
    until query_monitor "$1" "$2" | grep -q "$3"; do
        ((SECONDS < end)) || die "node$1: its QEMU monitor does not answer '$3' to '$2'"
        node_pid "$1" >/dev/null || die "node$1: QEMU has ended; see $RUN/node$1.qemu"
        sleep 0.2
    done
}

# requirements: what must be the same when a snapshot is loaded
requirements() {
    readlink "$IMG"?
    cat "$IMG"?/id
    echo "$(accel) $LAB_CPUS $LAB_MEM $LAB_SLOW ${LAB_APPEND:-}"
    qemu-system-x86_64 --version | head -1
}

# remove_stale_snapshots: those whose image no longer exists
remove_stale_snapshots() {
    local d i of keep
    rm -rf "$LAB_DIR"/snapshots/*.new
    for d in "$LAB_DIR/snapshots"/*; do
        [ -d "$d" ] || continue
        mapfile -t of < <(head -n $((2 * LAB_MAX)) "$d/fits" 2>/dev/null || true)
        keep=1
        for ((i = 0; i < LAB_MAX; i++)); do
            [ -n "${of[LAB_MAX + i]:-}" ] && [ "$(cat "${of[i]}/id" 2>/dev/null)" = "${of[LAB_MAX + i]}" ] || keep=0
        done
        [ $keep = 1 ] || rm -rf "$d"
    done
}

snapshot_save() { # DIR
    local dir=$1 i nodes pids=()
    mapfile -t nodes < <(running_nodes)
    [ ${#nodes[@]} -gt 0 ] || die "no node is running"
    rm -rf "$LAB_DIR"/snapshots/*.new
    mkdir -p "$dir.new"
    requirements >"$dir.new/fits"
    for i in "${nodes[@]}"; do
        set_monitor "$i" stop &
        pids+=($!)
    done
    wait_for_all "${pids[@]}" || exit 1
    for i in "${nodes[@]}"; do set_monitor "$i" "migrate -d \"exec:cat >$dir.new/node$i.state\""; done
    for i in "${nodes[@]}"; do wait_for_answer "$i" "info migrate" "Migration status: completed"; done
    cp --sparse=always "$RUN"/node?.qcow2 "$RUN"/node?.data "$RUN"/{sbd.raw,stage.raw} "$dir.new/"
    [ ! -f "$RUN/authkey" ] || cp "$RUN/authkey" "$dir.new/"
    resume_nodes "${nodes[@]}"
    rm -rf "$dir"
    mv "$dir.new" "$dir"
}

snapshot_load() { # DIR
    local dir=$1 i f nodes=() images
    [ -f "$dir/fits" ] || die "there is no snapshot ${dir##*/}"
    install_tools
    claim
    kill_lab
    wipe_disks
    mapfile -t images < <(head -n "$LAB_MAX" "$dir/fits")
    use_images "${images[@]}"
    cmp -s "$dir/fits" <(requirements) || die "snapshot ${dir##*/} was saved with other settings or another QEMU: save it again"
    cp --sparse=always "$dir"/*.{qcow2,data,raw} "$RUN/"
    [ ! -f "$dir/authkey" ] || cp "$dir/authkey" "$RUN/"
    start_switches
    for f in "$dir"/node?.state; do
        i=$(basename "${f##*/node}" .state)
        nodes+=("$i")
        start_node "$i" "$f"
    done
    for i in "${nodes[@]}"; do wait_for_answer "$i" "info status" "VM status: paused\( (prelaunch)\)\?$"; done
    resume_nodes "${nodes[@]}"
}

# resume_nodes NODE...: resumes them together, and sets their clocks, which stood still
resume_nodes() {
    local i pids=()
    for i; do
        set_monitor "$i" cont &
        pids+=($!)
    done
    wait_for_all "${pids[@]}" || exit 1
    for i; do
        wait_ssh "$i" 60
        node_ssh "$i" "date -s @$(date +%s) >/dev/null"
    done
}

verb_snapshot() {
    local start=$SECONDS
    if [ "${1:-}" = list ]; then
        snapshot_names || true
        echo
        return
    fi
    [[ ${1:-} =~ ^(save|load)$ && ${2:-} =~ ^[A-Za-z0-9_-]+$ ]] || die "usage: lab snapshot save|load NAME, lab snapshot list"
    check_owner
    "snapshot_$1" "$LAB_DIR/snapshots/$2"
    log "snapshot $2, $1: $((SECONDS - start)) s"
}
