# shellcheck shell=bash
# The lines of result of volume-lvm.sh and volume-ext3.sh, which volume.bats reads.

# report STEP COMMAND...: runs the command and prints "STEP: STATUS SECONDS OUTPUT" on one line
report() {
    local step=$1 started_at output status
    shift
    started_at=$(date +%s)
    output=$("$@" 2>&1)
    status=$?
    echo "$step: $status $(($(date +%s) - started_at)) $(tr '\n' ' ' <<<"$output")"
}
