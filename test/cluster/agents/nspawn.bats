#!/usr/bin/env bats
# nspawn-container on node 1, with containers made of the node's own files: support/nspawn.sh prints a line for each step (STEP: STATUS
# SECONDS OUTPUT), which the tests check. The containers' disk is a volume of the node: that of a cloud is in test/cluster/clouds.
# bats file_tags=long

load ../support/helpers

setup_file() {
    load ../support/helpers
    export LAB_SSH_TIMEOUT=1800
    on_with 1 volumes.sh container.sh report.sh nspawn.sh </dev/null >"$BATS_FILE_TMPDIR/nspawn" 2>&1 || true
}

# step NAME STATUS [TEXT]: a step exited with STATUS, and its output matches TEXT
step() {
    run cat "$BATS_FILE_TMPDIR/nspawn"
    assert_line --regexp "^$1: $2 "
    [ $# -lt 3 ] || assert_line --regexp "^$1: $2 [0-9]+ .*$3"
}

# took_at_most NAME SECONDS
took_at_most() {
    run sed -n "s/^$1: [0-9]* \([0-9]*\) .*/\1/p" "$BATS_FILE_TMPDIR/nspawn"
    [ "$output" -le "$2" ]
}

# leaves_nothing NAME: a step printed nothing
leaves_nothing() {
    run grep "^$1: " "$BATS_FILE_TMPDIR/nspawn"
    assert_output --regexp "^$1: 0 [0-9]+ *\$"
}

@test "a tree below a mount point without its mount, or without an init, is not started (OCF_ERR_GENERIC, OCF_ERR_ARGS)" {
    step unmounted 1 'is on the root file system of this node'
    step no-init 2 'has no init'
    step validate 0
}

@test "a start waits until systemd is ready; its unit is ordered before Pacemaker, and machinectl has it" {
    step start 0
    step machines 0 'lab-web container systemd-nspawn'
    step order 0 'pacemaker.service'
    step again 0
}

@test "a monitor starts no process; at level 10 it asks the container's systemd (OCF_SUCCESS, OCF_RA_DEGRADED)" {
    step monitor 0
    step programs 0 '1 $'
    step level-10 0
    step degraded 190 'services of lab-web have failed'
    step degraded-level-0 0
}

@test "a reboot inside is no failure" {
    step reboot 0 'rebooted $'
    refute_output --partial 'monitor 1'
    refute_output --partial 'monitor 7'
    step ready 0
    step rebooted 0
}

@test "a frozen container is degraded, and a stop thaws it and leaves nothing (OCF_RA_DEGRADED)" {
    step frozen 190 'is frozen'
    step frozen-stop 0
    took_at_most frozen-stop 60
    leaves_nothing stopped
    step stopped-monitor 7
}

@test "a killed or powered-off container is reported, and starts again (OCF_NOT_RUNNING)" {
    step killed 7 'lab-web has ended: a signal ended it'
    step killed-start 0
    step powered-off 7 'not running'
    step powered-off-stop 0
    leaves_nothing powered-off-left
}

@test "a container that was started by hand is degraded and stopped; one of another name is left alone, and named" {
    step by-hand 190 'was started by hand, in .*: restart the resource'
    step by-hand-stop 0
    run grep '^by-hand-left: ' "$BATS_FILE_TMPDIR/nspawn"
    refute_output --partial lab-web
    step foreign 1 'lab-other runs from /clouds/nspawn/web already'
}

@test "a stop needs neither systemd-machined nor D-Bus" {
    step without-bus-start 0
    step without-bus-stop 0
    took_at_most without-bus-stop 60
    leaves_nothing without-bus-left
}

@test "a container that does not shut down is terminated after shutdown_timeout" {
    step stubborn-start 0
    step stubborn-stop 0 'has not shut down within 5 s: terminating it'
    took_at_most stubborn-stop 60
}

@test "a stop succeeds while the disk hangs: killed processes end when it answers" {
    step hung-start 0
    step hung-stop 0
    took_at_most hung-stop 60
    step hung-stop-again 0
    leaves_nothing hung-left
}

@test "a container has an interface of a bridge, or of an interface, and takes it along" {
    step bridge-start 0
    step bridge 0 'vb-'
    step bridge-stop 0
    step macvlan-start 0
    step macvlan-stop 0
}

@test "a container has the user ids of the owner of its tree" {
    step users-start 0
    step users 0 '0 +524288 +65536'
    step users-stop 0
    leaves_nothing users-left
}
