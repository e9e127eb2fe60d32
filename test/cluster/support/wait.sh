# shellcheck shell=bash
# Polling, for scripts that run on the nodes.

# poll TIMES SECONDS COMMAND...: runs the command until it succeeds, at most that many times, and pauses after each failure
poll() {
    local attempt
    for ((attempt = 0; attempt < $1; attempt++)); do
        "${@:3}" && return
        sleep "$2"
    done
    return 1
}

# not COMMAND...
not() { ! "$@"; }
