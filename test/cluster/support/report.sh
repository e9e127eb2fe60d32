# shellcheck shell=bash
# The lines of result of volume-lvm.sh and volume-ext3.sh, which volume.bats reads.

# report STEP COMMAND...: runs the command and prints "STEP: STATUS SECONDS OUTPUT" on one line
report() {
    local step=$1 begun output status
    shift
    begun=$(date +%s)
    output=$("$@" 2>&1)
    status=$?
    echo "$step: $status $(($(date +%s) - begun)) $(tr '\n' ' ' <<<"$output")"
}
