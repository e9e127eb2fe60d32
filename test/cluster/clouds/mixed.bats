#!/usr/bin/env bats
# A cloud in a cluster whose nodes have different releases of Debian, as while one after the other is upgraded:
# LAB_SUITE=bookworm,trixie. Each release exports, mounts, takes over from the other and returns.

load ../support/helpers

NAME=mixed

setup_file() {
    load ../support/helpers
    [ "$(releases | sort -u | wc -l)" = 2 ] || skip 'both nodes have the same release of Debian: set LAB_SUITE=bookworm,trixie'
    for node in 1 2; do
        "$LAB" push $node "$GUEST/records" /usr/local/bin/records
        "$LAB" push $node "$GUEST/identity" /usr/local/bin/identity
    done
    vhacs_on 1 node --setrole ALL node1-2
    vhacs_on 2 storage --create $NAME --size 64M --nodes node1,node2
}

teardown_file() {
    load ../support/helpers
    for node in 1 2; do on $node 'pkill -x records; vhacs node --active ALL' || true; done
    vhacs_on 1 storage --destroy $NAME --force --yes || true
}

releases() { for node in 1 2; do on $node sed -n s/^VERSION_CODENAME=//p /etc/os-release; done; }
# identity_on I: without the relative target port in page 83, which a kernel before 6.4 counts for each disk, and a later one for each node
identity_on() {
    on "$1" "identity \$(findmnt --noheadings --output SOURCE /clouds/$NAME)" | tr -s '\n ' ' ' |
        sed -E 's/ 51 94 00 04( [0-9a-f]{2}){4}/ port/' | fold -w 80
}
is_in_sync() { on "$1" "drbd-state | grep -q 'cs:Connected.*ds:UpToDate/UpToDate'"; }
count_records() { on "$1" 'wc -l </run/acknowledged'; }
has_more_records_than() { (($(count_records "$1") > $2)); }

# take_over FROM TO: TO mounts, and a writer runs there; FROM exports and is put into standby, so that TO exports too
take_over() {
    local from=$1 to=$2 before
    on 1 "crm_resource --move --resource $NAME-export --node node$from; crm_resource --wait; crm_resource --clear --resource $NAME-export"
    wait_until 120 is_exported_by "$from"
    wait_until 60 is_mounted_by "$to"
    identity_on "$to" >"$BATS_TEST_TMPDIR/identity"
    on "$to" "kernel-log mark mixed; (setsid records write /clouds/$NAME/records-$to >/run/acknowledged 2>&1 &)"
    wait_until 60 has_more_records_than "$to" 20
    run vhacs_on "$to" node --standby "node$from"
    assert_success
    before=$(count_records "$to")
    wait_until 120 has_more_records_than "$to" $((before + 20))
    wait_until 60 is_exported_by "$to"
    run diff "$BATS_TEST_TMPDIR/identity" <(identity_on "$to")
    assert_success
    on "$to" 'pkill -TERM -x records'
    run on "$to" "kernel-log since mixed | grep -E 'kernel-log:|I/O error|EXT[34]-fs error|JBD2.*(abort|error)'; sort /run/acknowledged |
        sed 's/ .*//' | comm -23 - <(echo 3 >/proc/sys/vm/drop_caches; records check /clouds/$NAME/records-$to | sort)"
    assert_output ''
    run vhacs_on "$to" node --active "node$from"
    assert_success
    wait_until 180 is_in_sync "$to"
}

@test "the newer release takes over from the older one: the same disk, no I/O error, no lost record" {
    run vhacs_on 1 storage --prefers node2,node1 $NAME
    assert_success
    run vhacs_on 2 storage --list
    assert_line --partial "$NAME"
    take_over 1 2
}

@test "the older release takes over from the newer one: the same disk, no I/O error, no lost record" {
    run vhacs_on 2 storage --prefers node1,node2 $NAME
    assert_success
    take_over 2 1
}
