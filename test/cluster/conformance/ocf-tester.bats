#!/usr/bin/env bats
# ocf-tester of resource-agents, unmodified, on each agent with real objects of node 1's kernel; node 2 is its peer.
# The objects are of their own (volumes, a DRBD resource, targets named ocft*), beside whatever the cluster runs.

load ../support/helpers

IQN=iqn.2026-01.org.vhacs:ocft
OUTSIDE=iqn.2026-01.org.vhacs:ocft-outside

# tester AGENT NAME=VALUE...: runs ocf-tester on node 1
tester() {
    local agent=$1 options=() pair
    shift
    for pair in "$@"; do options+=(-o "'$pair'"); done
    run on 1 "timeout 540 ocf-tester -v -n ocft ${options[*]} $AGENTS/$agent 2>&1"
    echo "$output"
    assert_success
    assert_output --partial 'passed all tests'
}

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_drbd $node <<'NODE'
set -e
for volume in ocft ocft-drbd ocft-disk; do
    lvcreate --quiet --yes --wipesignatures y --setautoactivation n --size 32M --name $volume vhacs >/dev/null
done
mkfs.ext3 -q /dev/vhacs/ocft-disk
DRBD_DISK=/dev/vhacs/ocft-drbd drbd_configure ocft 200 7999
modprobe drbd
drbdadm create-md --force ocft >/dev/null 2>&1
NODE
    done
    # node 2 has its side of the pair up, with the data declared equal; node 1 is left to the agent
    on 2 'drbdadm up ocft' && on_with_drbd 1 <<<'drbdadm up ocft && drbd_equal ocft && drbdadm down ocft'
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_drbd $node <<<'drbd_teardown ocft ocft-drbd ocft-disk'
    done
}

@test "lvm-volume passes ocf-tester" {
    on 1 lvchange -an vhacs/ocft
    tester lvm-volume volume=ocft
}

@test "drbd-cloud passes ocf-tester" {
    tester drbd-cloud drbd_resource=ocft
}

@test "lio-iblock passes ocf-tester" {
    on 1 lvchange -ay vhacs/ocft
    tester lio-iblock iqn=$IQN device=/dev/vhacs/ocft portals=10.77.1.1:3261 allowed_initiators=iqn.2026-01.org.vhacs:node1
}

@test "iscsi-mount passes ocf-tester" {
    on 2 "lvchange -ay vhacs/ocft; OCF_RESKEY_iqn=$OUTSIDE OCF_RESKEY_device=/dev/vhacs/ocft OCF_RESKEY_portals=10.77.1.2:3262 \
        OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node1 $AGENTS/lio-iblock start"
    tester iscsi-mount iqn=$OUTSIDE portals=10.77.1.2:3262
    on 2 "OCF_RESKEY_iqn=$OUTSIDE OCF_RESKEY_device=/dev/vhacs/ocft $AGENTS/lio-iblock stop"
}

@test "ext3-filesystem passes ocf-tester" {
    tester ext3-filesystem device=/dev/vhacs/ocft-disk directory=/clouds/ocft
}
