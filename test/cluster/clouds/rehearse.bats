#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --rehearse, with a writer that verifies: the export moves and comes back, and nothing is left behind, whatever happens.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    prepare_storage rehearsed
}

teardown_file() {
    on 1 'crm_resource --clear -r rehearsed-export -N node1; crm_resource --clear -r rehearsed-export -N node2' || true
    destroy_storages
}

setup() { begin_scenario rehearsed; }

teardown() { assert_nothing_lost; }

has_constraint() { on 1 "cibadmin --query --xpath \"//rsc_location[@id='rehearsed-rehearsal-location']\"" >/dev/null 2>&1; }
has_no_constraint_of_a_rehearsal() { ! has_constraint; }
has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }
exporter() { storage_field rehearsed .target.node; }
last_rehearsal() { vhacs_on "${2:-1}" storage --info rehearsed --json | jq -r ".storages[0].lastRehearsal$1"; }
is_rehearsable() { [ "$(storage_field rehearsed .isReady)" = true ] && is_in_sync; }

# wait_until_settled: until Pacemaker has nothing to do, and the storage can be rehearsed
wait_until_settled() {
    on 1 'crm_resource --wait --timeout=200s'
    wait_until 120 is_rehearsable
}

# rehearse_in_background: on node 1, until Pacemaker has the constraint; REHEARSAL is the process
rehearse_in_background() {
    on 1 'vhacs storage --rehearse rehearsed' >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    REHEARSAL=$!
    wait_until 90 has_constraint
}

@test "the export moves to the other side and back; the writer goes on, and its mount is the same" {
    wait_until 120 is_rehearsable
    local mounted
    mounted=$(mount_id)
    run vhacs_on 1 storage --rehearse rehearsed
    assert_success
    assert_line --regexp 'moving the export of rehearsed from node1 to node2$'
    assert_line --regexp 'moving the export of rehearsed from node2 to node1$'
    assert_line --regexp 'rehearsed is exported by node1 again: its I/O paused for [0-9]+\.[0-9] s on the way to node2, and for [0-9]+\.[0-9] s on the way back; disk and mount are unchanged$'
    echo "# $output" >&3
    is_exported_by 1
    has_no_constraint_of_a_rehearsal
    has_no_lock
    run mount_id
    assert_output "$mounted"
    assert_writes_continue
    is_in_sync
    echo "# the writer paused for $(longest_pause) s" >&3
    # the pause that the command shows is that of the writer
    local shown
    shown=$(last_rehearsal '.pauseSeconds | max')
    awk -v writer="$(longest_pause)" -v shown="$shown" 'BEGIN { exit !(writer - shown < 2 && shown - writer < 2) }'
}

@test "the result is shown by every node" {
    for node in 1 2; do
        run last_rehearsal .isPassed $node
        assert_output true
        run vhacs_on $node storage --info rehearsed
        assert_line --regexp 'last rehearsal: +passed .* ago'
    done
}

@test "what is not ready is refused, and nothing moves" {
    on 1 'crm_resource --ban -r rehearsed-export -N node2'
    run vhacs_on 1 storage --rehearse rehearsed
    on 1 'crm_resource --clear -r rehearsed-export -N node2'
    assert_failure 2
    assert_output --partial 'the constraint cli-ban-rehearsed-export-on-node2 bans rehearsed-export from node2'
    assert_output --partial 'nothing was changed'
    is_exported_by 1
    has_no_constraint_of_a_rehearsal
}

@test "Ctrl-C during the move removes the constraint; the export stays where it is" {
    wait_until_settled
    rehearse_in_background
    on 1 'pkill -INT -f "^vhacs storage --rehearse"'
    # not for the writer as well
    wait "$REHEARSAL" || true
    run cat "$BATS_TEST_TMPDIR/said"
    assert_output --partial 'interrupted (SIGINT)'
    has_no_constraint_of_a_rehearsal
    has_no_lock
    assert_writes_continue 90
    wait_until_settled
}

@test "the death of the process in the midst of it leaves only a constraint that expires, and the next rehearsal removes it" {
    wait_until_settled
    rehearse_in_background
    on 1 'pkill -KILL -f "^vhacs storage --rehearse"'
    wait "$REHEARSAL" || true
    has_constraint
    run on 1 "cibadmin --query --xpath \"//rsc_location[@id='rehearsed-rehearsal-location']//date_expression\""
    assert_output --regexp 'operation="lt"'
    assert_output --regexp 'end="20[0-9-]+T[0-9:]+Z"'
    assert_writes_continue 90
    wait_until_settled
    local before
    before=$(exporter)
    run vhacs_on 2 storage --rehearse rehearsed
    assert_success
    assert_output --partial "rehearsed is exported by $before again"
    has_no_constraint_of_a_rehearsal
    has_no_lock
    run vhacs_on 1 cluster --check
    refute_output --partial rehearsal
}

@test "the timer's service acts on the node that coordinates the cluster, once in a night" {
    wait_until_settled
    local coordinator other before
    before=$(exporter)
    coordinator=$(on 1 'crm_mon -1 --output-as=xml' | sed -n 's/.*<current_dc .*name="node\([0-9]\)".*/\1/p')
    other=$((3 - coordinator))
    run vhacs_on $other storage --rehearse ALL --nightly
    assert_success
    assert_output --partial "node$coordinator coordinates the cluster"
    run vhacs_on "$coordinator" storage --rehearse ALL --nightly
    assert_success
    assert_output --partial 'was rehearsed less than 6 hours ago'
    on 1 'for node in node1 node2; do crm_attribute --node $node --name vhacs-rehearsal-rehearsed --lifetime forever --delete || true; done'
    on "$coordinator" 'systemctl daemon-reload && systemctl start vhacs-rehearse.service'
    run last_rehearsal .isPassed
    assert_output true
    [ "$(exporter)" = "$before" ]
    has_no_constraint_of_a_rehearsal
}
