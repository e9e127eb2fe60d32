# shellcheck shell=bash
# Commands and files for the nodes, and commands for their QEMU monitors.

ssh_opts() { # I: fills the array SSH_OPTS
    SSH_OPTS=(-F none -i "$LAB_DIR/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
        -o LogLevel=ERROR -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3
        -o BatchMode=yes -o ControlPath="$RUN/node$1.ctl" -o Ciphers=aes128-gcm@openssh.com
        -p $((LAB_SSH_PORT + $1)))
}

# ssh_master I: opens the shared connection to node I, detached from our pipes
ssh_master() {
    ssh_opts "$1"
    timeout 5 ssh "${SSH_OPTS[@]}" -O check root@127.0.0.1 >/dev/null 2>&1 && return
    (
        flock -w 20 9 || exit 1
        timeout 5 ssh "${SSH_OPTS[@]}" -O check root@127.0.0.1 >/dev/null 2>&1 9>&- && exit
        rm -f "$RUN/node$1.ctl"
        timeout 20 ssh "${SSH_OPTS[@]}" -o ControlMaster=yes -fN root@127.0.0.1 </dev/null >/dev/null 2>&1 9>&-
    ) 9>"$RUN/node$1.ssh"
}

# node_ssh I CMD...
node_ssh() {
    local i=$1
    shift
    ssh_master "$i" || die "node$i: unreachable by ssh; see $RUN/node$i.console"
    ssh_opts "$i"
    timeout --foreground -k 5 "$LAB_SSH_TIMEOUT" ssh "${SSH_OPTS[@]}" root@127.0.0.1 "$@"
}

verb_ssh() {
    check_node "${1:-}"
    trap - ERR # a command that fails on the node is not a failure of the lab
    [ $# -gt 1 ] || { ssh_master "$1" && ssh_opts "$1" && exec ssh -t "${SSH_OPTS[@]}" root@127.0.0.1; }
    node_ssh "$@"
}

# wait_ssh I SECONDS
wait_ssh() {
    local end=$((SECONDS + $2))
    until ssh_master "$1" 2>/dev/null; do
        node_pid "$1" >/dev/null || die "node$1: QEMU has ended; see $RUN/node$1.qemu and $RUN/node$1.console"
        ((SECONDS < end)) || die "node$1: unreachable by ssh after $2 s; see $RUN/node$1.console"
        sleep 0.5
    done
}

# wait_boot I: until ssh works. The kernel of an emulated node occasionally loops before its first message: then the node is reset
wait_boot() {
    local tries n
    ! ssh_master "$1" 2>/dev/null || return 0
    for tries in 1 2 3; do
        for ((n = 0; n < LAB_BOOT_TIMEOUT / 3; n++)); do
            ! grep -q '^lab: the kernel runs' "$RUN/node$1.console" 2>/dev/null || break 2
            node_pid "$1" >/dev/null || break 2
            sleep 1
        done
        log "node$1: its kernel does not start: resetting it ($tries)"
        set_monitor "$1" system_reset
    done
    wait_ssh "$1" "$LAB_BOOT_TIMEOUT"
}

verb_push() {
    local i=${1:-} src=${2:-} dst=${3:-} mode
    check_node "$i"
    [ -n "$dst" ] || die "usage: lab push I SRC DST"
    [ -e "$src" ] || die "$src does not exist"
    if [ -d "$src" ]; then
        tar -C "$src" -cf - . | node_ssh "$i" "mkdir -p '$dst' && tar -C '$dst' --no-same-owner -xf -"
    else
        mode=$(stat -Lc %a "$src")
        node_ssh "$i" "mkdir -p '$(dirname "$dst")' && cat >'$dst.lab-new' && chmod $mode '$dst.lab-new' && mv -f '$dst.lab-new' '$dst'" <"$src"
    fi
}

# query_monitor I CMD: sends a command to the QEMU monitor of node I, and prints the answer
query_monitor() { printf '%s\n' "$2" | timeout 10 socat -t0.5 - "UNIX-CONNECT:$RUN/node$1.mon" 2>/dev/null | tr -d '\r'; }
# set_monitor I CMD: sends it a command that prints nothing unless it fails
set_monitor() {
    local out
    out=$(query_monitor "$1" "$2") || die "node$1: its QEMU monitor does not answer: is the node running?"
    if grep -qiE 'not found|unknown command|error' <<<"$out"; then die "node$1: $2: $out"; fi
}
