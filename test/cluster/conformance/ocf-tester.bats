#!/usr/bin/env bats
# resource-agents' ocf-tester, unmodified, on each agent with real objects of node 1's kernel; node 2 is its peer.
# It has objects of its own (volumes, a DRBD resource, targets named ocft*), independent of what the cluster runs.

load ../support/helpers

IQN=iqn.2026-01.org.vhacs:ocft
SESSION_IQN=iqn.2026-01.org.vhacs:ocft-outside

# run_ocf_tester AGENT NAME=VALUE...: runs ocf-tester on node 1
run_ocf_tester() {
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
    create_volume $volume 32M
done
mkfs.ext3 -q /dev/vhacs/ocft-disk
DRBD_DISK=/dev/vhacs/ocft-drbd drbd_configure ocft 200 7999
modprobe drbd
drbdadm create-md --force ocft >/dev/null 2>&1
NODE
    done
    # node 2's side stays up, in sync; node 1's is started by the agent
    on 2 'drbdadm up ocft' && on_with_drbd 1 <<<'drbdadm up ocft && drbd_skip_initial_sync ocft && drbdadm down ocft'
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_drbd $node <<<'drbd_teardown ocft ocft-drbd ocft-disk'
    done
    on_with 1 volumes.sh container.sh <<<'remove_container ocft-tree' || true
}

@test "lvm-volume passes ocf-tester" {
    on 1 lvchange -an vhacs/ocft
    run_ocf_tester lvm-volume volume=ocft
}

@test "drbd-cloud passes ocf-tester" {
    run_ocf_tester drbd-cloud drbd_resource=ocft
}

@test "lio-iblock passes ocf-tester" {
    on 1 lvchange -ay vhacs/ocft
    run_ocf_tester lio-iblock iqn=$IQN device=/dev/vhacs/ocft portals=10.77.1.1:3261 allowed_initiators=iqn.2026-01.org.vhacs:node1
}

@test "iscsi-mount passes ocf-tester" {
    on 2 "lvchange -ay vhacs/ocft; OCF_RESKEY_iqn=$SESSION_IQN OCF_RESKEY_device=/dev/vhacs/ocft OCF_RESKEY_portals=10.77.1.2:3262 \
        OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node1 $AGENTS/lio-iblock start"
    run_ocf_tester iscsi-mount iqn=$SESSION_IQN portals=10.77.1.2:3262
    on 2 "OCF_RESKEY_iqn=$SESSION_IQN OCF_RESKEY_device=/dev/vhacs/ocft $AGENTS/lio-iblock stop"
}

@test "ext3-filesystem passes ocf-tester" {
    run_ocf_tester ext3-filesystem device=/dev/vhacs/ocft-disk directory=/clouds/ocft
}

@test "nspawn-container passes ocf-tester" {
    on_with 1 volumes.sh container.sh <<<'create_container ocft-tree 64M'
    run_ocf_tester nspawn-container machine=ocft directory=/clouds/ocft-tree/root command=/usr/bin/hold
}
