#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage --unfail on real nodes: DRBD's fence constraint, and a split brain.

load ../support/helpers

NAME=split1

setup_file() {
    load ../support/helpers
    create_storages "$NAME"
    vhacs_on 1 storage -p node2,node1 "$NAME"
}

teardown_file() {
    load ../support/helpers
    "$LAB" net 2 eth3 on
    destroy_storages
}

# wait_for_info REGEX: until --info of the storage prints a matching line
wait_for_info() {
    local n
    for ((n = 0; n < 40; n++)); do
        run vhacs_on 1 storage -i "$NAME"
        if grep -qE "$1" <<<"$output"; then return; fi
        sleep 2
    done
    assert_line --regexp "$1"
}

@test "while replication is down only one side may be promoted: --unfail keeps the fence constraint and reports why (failed, 1)" {
    "$LAB" net 2 eth3 off
    on 2 "dd if=/dev/urandom of=/clouds/$NAME/written bs=64k count=16 conv=fsync status=none"
    wait_for_info 'fence: +only node1 may be promoted until the resync is complete \(drbd-fence-by-handler-'
    run vhacs_on 2 storage -i "$NAME"
    assert_line --regexp 'DRBD on node1: +(WFConnection|Connecting), Primary, UpToDate, .* out of sync'
    assert_line --regexp 'replication: .*, not in sync'
    run vhacs_on 2 storage -u "$NAME"
    assert_failure 1
    assert_output --regexp "stays: only node1 is known to have all data of $NAME \(node1: (WFConnection|Connecting), UpToDate; node2: (WFConnection|Connecting)"
    on 1 "cibadmin --query --xpath \"//rsc_location[starts-with(@id,'drbd-fence-by-handler-$NAME')]\" >/root/fence.xml"
}

@test "after the resync the fence constraint is removed; --unfail removes one that was left behind" {
    "$LAB" net 2 eth3 on
    wait_for_info 'replication: .*, in sync$'
    on 1 "for n in \$(seq 30); do grep -q drbd-fence <(cibadmin --query --scope constraints) || break; sleep 1; done
        cibadmin --create --scope constraints --xml-file /root/fence.xml"
    run vhacs_on 2 storage -i "$NAME"
    assert_line --regexp 'fence: +only node1 may be promoted'
    run vhacs_on 2 storage -u "$NAME"
    assert_success
    assert_output --partial "allowing both sides of $NAME to be promoted again"
    run on 1 'cibadmin --query --scope constraints'
    refute_output --partial drbd-fence
}

@test "sides that were disconnected manually are shown as such, and --unfail connects them" {
    on 2 "drbdadm disconnect $NAME"
    wait_for_info 'replication: .* disconnected without a known split brain'
    run vhacs_on 1 storage -u "$NAME"
    assert_success
    assert_output --partial "connecting node2, which had disconnected from the other side of $NAME"
    wait_for_info 'replication: .*, in sync$'
}

# write_one_side I WORD: writes to one side without the other, as after a failure without fencing
write_one_side() {
    on "$1" "NAME=$NAME WORD=$2 bash -s" <<'NODE'
set -e
rm -rf /run/split && cp -a /etc/drbd.d /run/split
# without fencing, so that no handler decides whether this side may be promoted
sed -i '/fencing/d; /fence-peer/d' /run/split/$NAME.res
unshare --mount bash -c "mount --bind /run/split /etc/drbd.d && lvchange --activate y vhacs/$NAME &&
    drbdadm up $NAME && drbdadm disconnect $NAME; drbdadm primary --force $NAME"
minor=$(drbdadm sh-dev $NAME)
mount "$minor" /mnt && echo "$WORD" >/mnt/who && umount /mnt
drbdadm down $NAME
lvchange --activate n vhacs/$NAME
rm -r /run/split
NODE
}

@test "a split brain is shown, and --unfail does not resolve it without --discard (failed, 1)" {
    vhacs_on 1 storage -S "$NAME"
    write_one_side 1 first
    write_one_side 2 second
    # in the background: it cannot be mounted during a split brain
    on 1 "nohup $VHACS storage -A $NAME >/root/active.out 2>&1 </dev/null &"
    wait_for_info 'SPLIT BRAIN'
    run vhacs_on 2 storage -u "$NAME"
    assert_failure 1
    assert_output --partial "$NAME has a split brain, node"
    assert_output --partial "choose the node whose changes to discard, \"vhacs storage --unfail $NAME --discard NODE\""
}

@test "in a split brain neither side is promoted, and --discard of a node without data is refused (usage, 2)" {
    run vhacs_on 1 storage -i "$NAME"
    for node in 1 2; do assert_line --regexp "DRBD on node$node: +StandAlone, Secondary, Consistent, .* out of sync"; done
    run vhacs_on 1 storage -u "$NAME" --discard node3 --yes
    assert_failure 2
    assert_output --partial "node3 does not hold data of $NAME: only node1 and node2 do"
}

@test "--discard reports what would be lost, and changes nothing without --yes (usage, 2) or in a dry run" {
    run vhacs_on 1 storage -u "$NAME" --discard node1
    assert_failure 2
    assert_output --regexp "node1 has changed [0-9.]+[KM] of $NAME since the two sides lost each other, node2 [0-9.]+[KM]; the changes of node1 will be lost"
    assert_output --partial 'pass --yes to proceed'
    run vhacs_on 1 storage -u "$NAME" --discard node1 --dry-run
    assert_success
    assert_output --partial "node1: drbdadm connect --discard-my-data $NAME"
    wait_for_info 'SPLIT BRAIN'
}

@test "after --discard both sides have the other side's data, and it is mounted" {
    run vhacs_on 1 storage -u "$NAME" --discard node1 --yes
    assert_success
    wait_for_info 'replication: .*, in sync$'
    vhacs_on 1 storage -A "$NAME"
    vhacs_on 1 storage -p node1 "$NAME"
    run on 1 "cat /clouds/$NAME/who"
    assert_output second
    run vhacs_on 1 storage -i "$NAME" --json
    run jq -c '.storages[0] | [.fences, .failures, .problems]' <<<"$output"
    assert_output '[[],[],[]]'
}
