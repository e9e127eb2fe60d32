#!/usr/bin/env bats
# bats file_tags=long
# drbd-cloud on the kernel of two nodes, run by hand beside the cluster: who may be promoted, and what Pacemaker is told.

load ../support/helpers

AWAIT_SYNC='for n in {1..60}; do [ "$(drbdadm dstate drbd-p)" = UpToDate/UpToDate ] && break; sleep 1; done'

# discard I: a split brain is resolved as the agent's reason has it, the data of that node are thrown away
discard() {
    script "$1" <<<'drbdadm disconnect drbd-p; drbdadm connect --discard-my-data drbd-p'
    script $((3 - $1)) <<<"drbdadm disconnect drbd-p; drbdadm connect drbd-p; $AWAIT_SYNC"
}

# script I: runs standard input on a node, with the functions of drbd.sh and two of its own
script() {
    {
        echo 'score() { echo "score $(crm_attribute --promotion drbd-p --quiet --query 2>/dev/null)"; }'
        # cut -I|-D: the peer is out of reach, or in reach again
        echo 'cut() { iptables "$1" INPUT -p tcp -m multiport --ports 7982 -j DROP; iptables "$1" OUTPUT -p tcp -m multiport --ports 7982 -j DROP; }'
        cat
    } | on_with_drbd "$1"
}

setup_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        script $node <<'NODE'
printf '#!/bin/sh\nexit 1\n' >/root/drbd-fence-fails; chmod +x /root/drbd-fence-fails
drbd_setup drbd-p 212 7982 'disk { fencing resource-only; resync-rate 64k; c-plan-ahead 0; } handlers { fence-peer /root/drbd-fence-fails;
    split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE"; }'
drbdadm up drbd-p
NODE
    done
    script 1 <<<'drbd_equal drbd-p'
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do
        script $node <<<'iptables -F; crm_attribute --promotion drbd-p --delete; drbd_teardown drbd-p; rm -f /root/drbd-fence-fails' || true
    done
}

@test "promote waits while the peer is still promoted" {
    script 2 <<<'ag drbd-p promote'
    script 1 <<<'ag drbd-p promote OCF_RESKEY_CRM_meta_timeout=60000' >"$BATS_TEST_TMPDIR/promoted" 3>&- &
    sleep 8
    run cat "$BATS_TEST_TMPDIR/promoted"
    assert_output ''
    run script 2 <<<'ag drbd-p demote; watch drbd-p; score'
    assert_line --index 0 --regexp '^drbd-p demote 0 *$'
    assert_line 'score 10000'
    wait
    run cat "$BATS_TEST_TMPDIR/promoted"
    assert_line --index 0 --regexp '^drbd-p promote 0 *$'
    run script 1 <<<'watch drbd-p; score; ag drbd-p demote; score'
    assert_line --index 0 --regexp '^drbd-p monitor 8 *$'
    assert_line --index 1 'score 10000'
    assert_line --index 2 --regexp '^drbd-p demote 0 *$'
    assert_line --index 3 'score 10000'
}

@test "a side that is syncing has promotion score 10, and is not promoted if it loses its peer" {
    run script 2 <<'NODE'
drbdadm invalidate drbd-p; sleep 2
watch drbd-p; score
drbdadm disconnect drbd-p
watch drbd-p; score
ag drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
NODE
    assert_line --index 0 --regexp '^drbd-p monitor (0|190) .*'
    assert_line --index 1 'score 10'
    assert_line --regexp '^drbd-p monitor 190 .*Inconsistent'
    assert_line --index 3 'score '
    assert_line --regexp '^drbd-p promote 1 drbd-p cannot be promoted here: the local data are Inconsistent and no peer with good data is connected'
    run script 1 <<<'watch drbd-p; score'
    assert_line --index 1 'score 10000'
    for node in 1 2; do script $node <<<'sed -i s/64k/100M/ /etc/drbd.d/drbd-p.res; drbdadm adjust drbd-p'; done
    run script 2 <<<"$AWAIT_SYNC; watch drbd-p; score"
    assert_line --index 0 --regexp '^drbd-p monitor 0 *$'
    assert_line --index 1 'score 10000'
}

@test "a side with outdated data has no score and is not promoted until an operator forces it" {
    on 2 'drbdadm down drbd-p'
    run script 1 <<'NODE'
sleep 2; watch drbd-p; score
drbdadm outdate drbd-p
watch drbd-p; score
ag drbd-p promote OCF_RESKEY_CRM_meta_timeout=8000
timeout 60 drbdadm primary --force drbd-p && drbdadm secondary drbd-p
watch drbd-p; score
NODE
    # the peer left in good order: it is known to be behind
    assert_line --index 0 --regexp '^drbd-p monitor 190 '
    assert_line --index 1 --regexp '^score 1000'
    assert_line --index 2 --regexp '^drbd-p monitor 190 .*Outdated'
    assert_line --index 3 'score '
    assert_line --index 4 --regexp '^drbd-p promote 1 drbd-p cannot be promoted here: the local data are Outdated and no peer with good data is connected'
    assert_line --index -2 --regexp '^drbd-p monitor 190 '
    assert_line --index -1 --regexp '^score 1000'
}

# DRBD makes two generations of a side that is forced while its fence-peer handler fails: the peer knows neither.
@test "a peer that returns after a forced promotion is in split brain, although it wrote nothing" {
    run script 2 <<<"ag drbd-p start; sleep 5; watch drbd-p; score"
    assert_line --index 0 --regexp '^drbd-p start 0'
    assert_line --index 1 --regexp '^drbd-p monitor 190 '
    assert_line --index 2 'score '
    run script 1 <<<'watch drbd-p; dmesg'
    assert_line --index 0 --regexp '^drbd-p monitor 190 split brain: both sides of drbd-p were written to'
    assert_line --partial 'bm UUID was already set'
    discard 2
    for node in 1 2; do
        run script $node <<<'watch drbd-p; score'
        assert_line --index 0 --regexp '^drbd-p monitor 0 *$'
        assert_line --index 1 'score 10000'
    done
}

@test "a side that is only Consistent is not promoted until its peer returns or an operator forces it" {
    # a peer that leaves in good order is known to be behind; of one that is cut off nothing is known
    run script 1 <<'NODE'
cut -I
for n in {1..60}; do [ "$(drbdadm cstate drbd-p)" = WFConnection ] && break; sleep 1; done
ag drbd-p stop; score
ag drbd-p start OCF_RESKEY_wfc_timeout=5
drbdadm dstate drbd-p
watch drbd-p; score
ag drbd-p promote OCF_RESKEY_CRM_meta_timeout=10000
timeout 60 drbdadm primary --force drbd-p && drbdadm secondary drbd-p
drbdadm dstate drbd-p
watch drbd-p; score
ag drbd-p promote; ag drbd-p demote
NODE
    assert_line --index 0 --regexp '^drbd-p stop 0 *$'
    assert_line --index 1 'score '
    assert_line --index 2 --regexp '^drbd-p start 0'
    assert_line --index 3 'Consistent/DUnknown'
    assert_line --index 4 --regexp '^drbd-p monitor 190 .*Consistent, and only the peer knows'
    assert_line --index 5 'score '
    assert_line --index 6 --regexp '^drbd-p promote 1 '
    assert_line 'UpToDate/Outdated'
    assert_line --regexp '^score 1000'
    assert_line --index -2 --regexp '^drbd-p promote 0 *$'
    assert_line --index -1 --regexp '^drbd-p demote 0 *$'
    script 1 <<<'cut -D; sleep 5'
    discard 2
    run script 2 <<<"$AWAIT_SYNC; watch drbd-p; score"
    assert_line --index -2 --regexp '^drbd-p monitor 0 *$'
    assert_line --index -1 'score 10000'
}
