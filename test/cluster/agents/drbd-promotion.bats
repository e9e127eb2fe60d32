#!/usr/bin/env bats
# bats file_tags=long
# drbd-cloud on the kernels of two nodes, called directly and not by the cluster: which side may be promoted, and with which score.

load ../support/helpers

WAIT_FOR_SYNC='poll 60 1 is_synced'

# discard_data I: resolves a split brain as the agent's exit reason advises, by discarding that node's data
discard_data() {
    on_with_promotion "$1" <<<'drbdadm disconnect drbd-p; drbdadm connect --discard-my-data drbd-p'
    on_with_promotion $((3 - $1)) <<<"drbdadm disconnect drbd-p; drbdadm connect drbd-p; $WAIT_FOR_SYNC"
}

# on_with_promotion I: on_with_drbd, with functions for the resource drbd-p
on_with_promotion() {
    {
        echo 'is_synced() { [ "$(drbdadm dstate drbd-p)" = UpToDate/UpToDate ]; }'
        echo 'is_waiting_for_peer() { drbd-state | grep -q "^ *212: cs:WFConnection "; }'
        # block_peer -I|-D: the peer becomes unreachable, or reachable again
        echo 'block_peer() { iptables "$1" INPUT -p tcp -m multiport --ports 7982 -j DROP; iptables "$1" OUTPUT -p tcp -m multiport --ports 7982 -j DROP; }'
        cat
    } | on_with_drbd "$1"
}

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_promotion $node <<'NODE'
create_failing_fence_handler
drbd_setup drbd-p 212 7982 "$(drbd_fencing resource-only "resync-rate 64k; c-plan-ahead 0;") handlers { fence-peer $FAILING_FENCE_HANDLER;
    $SPLIT_BRAIN_HANDLER }"
drbdadm up drbd-p
NODE
    done
    on_with_promotion 1 <<<'drbd_skip_initial_sync drbd-p'
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        on_with_promotion $node <<<'iptables -F; crm_attribute --promotion drbd-p --delete; drbd_teardown drbd-p; rm -f $FAILING_FENCE_HANDLER' || true
    done
}

@test "promote waits while the peer is still promoted" {
    on_with_promotion 2 <<<'agent drbd-p promote'
    on_with_promotion 1 <<<'agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=60000' >"$BATS_TEST_TMPDIR/promoted" 3>&- &
    sleep 8
    run cat "$BATS_TEST_TMPDIR/promoted"
    assert_output ''
    run on_with_promotion 2 <<<'agent drbd-p demote; monitor drbd-p; score drbd-p'
    assert_line --index 0 --regexp '^drbd-p demote 0 *$'
    assert_line 'score 10000'
    wait
    run cat "$BATS_TEST_TMPDIR/promoted"
    assert_line --index 0 --regexp '^drbd-p promote 0 *$'
    run on_with_promotion 1 <<<'monitor drbd-p; score drbd-p; agent drbd-p demote; score drbd-p'
    assert_line --index 0 --regexp '^drbd-p monitor 8 *$'
    assert_line --index 1 'score 10000'
    assert_line --index 2 --regexp '^drbd-p demote 0 *$'
    assert_line --index 3 'score 10000'
}

# The kernel completes a promotion that its caller has given up, and the tools of 8.4 do not wait for it: "lock on ... currently held by pid:...".
@test "a promote that gave up while DRBD's handler ran: the kernel completes it, demote ends it, and the monitor reports it" {
    run on_with_promotion 1 <<'NODE'
is_primary() { [ "$(drbdadm role drbd-p | cut -d/ -f1)" = Primary ]; }
# the peer is outdated, it reports after 20 s
printf '#!/bin/sh\nsleep 20\nexit 4\n' >$FAILING_FENCE_HANDLER
block_peer -I
poll 60 1 is_waiting_for_peer
agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
agent drbd-p demote OCF_RESKEY_CRM_meta_timeout=60000
sleep 20
echo "after demote: $(drbdadm role drbd-p) $(drbdadm dstate drbd-p)"
block_peer -D
poll 60 1 is_synced
block_peer -I
poll 60 1 is_waiting_for_peer
agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
poll 60 1 is_primary
monitor drbd-p
agent drbd-p demote
block_peer -D
poll 60 1 is_synced
create_failing_fence_handler
echo "at the end: $(drbdadm role drbd-p)"
NODE
    assert_line --index 0 --regexp '^drbd-p promote 1 .*timed out'
    assert_line --index 1 --regexp '^drbd-p demote 0 *$'
    assert_line --index 2 --regexp '^after demote: Secondary/Unknown UpToDate/Outdated'
    assert_line --index 3 --regexp '^drbd-p promote 1 .*timed out'
    assert_line --index 4 --regexp '^drbd-p monitor (8|191) '
    assert_line --index 5 --regexp '^drbd-p demote 0 *$'
    assert_line --index 6 'at the end: Secondary/Secondary'
}

@test "a side that is syncing has promotion score 10, and is not promoted if it loses its peer" {
    run on_with_promotion 2 <<'NODE'
drbdadm invalidate drbd-p; sleep 2
monitor drbd-p; score drbd-p
drbdadm disconnect drbd-p
monitor drbd-p; score drbd-p
agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
NODE
    assert_line --index 0 --regexp '^drbd-p monitor (0|190) .*'
    assert_line --index 1 'score 10'
    assert_line --regexp '^drbd-p monitor 190 .*Inconsistent'
    assert_line --index 3 'score '
    assert_line --regexp '^drbd-p promote 1 drbd-p cannot be promoted here: the local data are Inconsistent and no peer with good data is connected'
    run on_with_promotion 1 <<<'monitor drbd-p; score drbd-p'
    assert_line --index 1 'score 10000'
    for node in 1 2; do on_with_promotion $node <<<'sed -i s/64k/100M/ /etc/drbd.d/drbd-p.res; drbdadm adjust drbd-p'; done
    run on_with_promotion 2 <<<"$WAIT_FOR_SYNC; monitor drbd-p; score drbd-p"
    assert_line --index 0 --regexp '^drbd-p monitor 0 *$'
    assert_line --index 1 'score 10000'
}

@test "a side with outdated data has no score and is not promoted until an operator forces it" {
    on 2 'drbdadm down drbd-p'
    run on_with_promotion 1 <<'NODE'
kernel-log mark forced
sleep 2; monitor drbd-p; score drbd-p
# drbdadm of DRBD 9 cannot do it while the disk is attached
drbdsetup outdate 212
monitor drbd-p; score drbd-p
agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
timeout 60 drbdadm primary --force drbd-p && drbdadm secondary drbd-p
monitor drbd-p; score drbd-p
NODE
    # the peer was stopped in good order, so it is known to be outdated
    assert_line --index 0 --regexp '^drbd-p monitor 190 '
    assert_line --index 1 --regexp '^score 1000'
    assert_line --index 2 --regexp '^drbd-p monitor 190 .*Outdated'
    assert_line --index 3 'score '
    assert_line --index 4 --regexp '^drbd-p promote 1 drbd-p cannot be promoted here: the local data are Outdated and no peer with good data is connected'
    assert_line --index -2 --regexp '^drbd-p monitor 190 '
    assert_line --index -1 --regexp '^score 1000'
}

# DRBD creates two data generations on a side that is forced while its fence-peer handler fails: the peer knows neither.
@test "a peer that returns after a forced promotion is in split brain, although it wrote nothing" {
    run on_with_promotion 2 <<<"agent drbd-p start; sleep 5; monitor drbd-p; score drbd-p"
    assert_line --index 0 --regexp '^drbd-p start 0'
    assert_line --index 1 --regexp '^drbd-p monitor 190 '
    assert_line --index 2 'score '
    run on_with_promotion 1 <<<'monitor drbd-p; kernel-log since forced'
    assert_line --index 0 --regexp '^drbd-p monitor 190 split brain .*Both sides of drbd-p were written to'
    assert_line --partial 'bm UUID was already set'
    discard_data 2
    for node in 1 2; do
        run on_with_promotion $node <<<'monitor drbd-p; score drbd-p'
        assert_line --index 0 --regexp '^drbd-p monitor 0 *$'
        assert_line --index 1 'score 10000'
    done
}

@test "a side that is only Consistent is not promoted until its peer returns or an operator forces it" {
    # a peer that is stopped in good order is known to be outdated; nothing is known of one that became unreachable
    run on_with_promotion 1 <<'NODE'
block_peer -I
poll 60 1 is_waiting_for_peer
agent drbd-p stop; score drbd-p
agent drbd-p start OCF_RESKEY_wfc_timeout=5
drbdadm dstate drbd-p
monitor drbd-p; score drbd-p
agent drbd-p promote OCF_RESKEY_CRM_meta_timeout=10000
timeout 60 drbdadm primary --force drbd-p && drbdadm secondary drbd-p
drbdadm dstate drbd-p
monitor drbd-p; score drbd-p
agent drbd-p promote; agent drbd-p demote
NODE
    assert_line --index 0 --regexp '^drbd-p stop 0 *$'
    assert_line --index 1 'score '
    assert_line --index 2 --regexp '^drbd-p start 0'
    assert_line --index 3 'Consistent/DUnknown'
    assert_line --index 4 --regexp '^drbd-p monitor 190 .*Consistent: .*only the peer knows'
    assert_line --index 5 'score '
    assert_line --index 6 --regexp '^drbd-p promote 1 '
    assert_line 'UpToDate/Outdated'
    assert_line --regexp '^score 1000'
    assert_line --index -2 --regexp '^drbd-p promote 0 *$'
    assert_line --index -1 --regexp '^drbd-p demote 0 *$'
    on_with_promotion 1 <<<'block_peer -D; sleep 5'
    discard_data 2
    run on_with_promotion 2 <<<"$WAIT_FOR_SYNC; monitor drbd-p; score drbd-p"
    assert_line --index -2 --regexp '^drbd-p monitor 0 *$'
    assert_line --index -1 'score 10000'
}
