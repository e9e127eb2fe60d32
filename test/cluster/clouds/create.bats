#!/usr/bin/env bats
# vhacs storage --create that cannot succeed: it reports the problem and leaves nothing behind.

load ../support/helpers

setup_file() {
    load ../support/helpers
    on 1 vhacs node --setrole ALL ALL
}

@test "an unknown storage node is refused before anything is changed (usage, 2)" {
    run on 1 vhacs storage --create broken --size 100M --nodes node1,node9
    assert_failure 2
    assert_output --partial 'node9 is not a node of this cluster'
    assert_nothing_left broken
}

@test "a size that fits on no node is refused, with the free space of each (usage, 2)" {
    run on 1 vhacs storage --create broken --size 1T
    assert_failure 2
    assert_output --regexp 'node1 has [0-9]+ MiB free'
    assert_nothing_left broken
}

@test "if too few of the listed nodes have room, the reason for each is reported (usage, 2)" {
    run on 1 vhacs storage --create broken --size 1T --nodes node1-2
    assert_failure 2
    assert_output --regexp 'are needed: node1 has [0-9]+ MiB free, node2 has [0-9]+ MiB free'
    assert_nothing_left broken
}

@test "an existing volume of that name is refused and not changed (usage, 2)" {
    on 2 'lvcreate --quiet --yes --wipesignatures y --size 32M --name precious vhacs; echo treasure | dd of=/dev/vhacs/precious conv=fsync status=none'
    run on 1 vhacs storage --create precious --size 100M
    assert_failure 2
    assert_output --partial 'node2 already has a volume vhacs/precious'
    run on 2 'head -c 8 /dev/vhacs/precious'
    assert_output treasure
    on 2 'lvremove --quiet --yes vhacs/precious'
}

@test "a step that fails on one node is reported and rolled back on both (failed, 1)" {
    on 2 'mount --bind /etc/drbd.d /etc/drbd.d && mount -o remount,bind,ro /etc/drbd.d'
    run on 1 vhacs storage --create broken --size 100M --nodes node1,node2
    on 2 'umount /etc/drbd.d'
    assert_failure 1
    assert_output --partial 'FAILED: configuring DRBD on node1 and node2'
    assert_output --partial 'Read-only file system'
    assert_output --partial 'undoing: creating the volume'
    refute_output --partial 'NOT UNDONE'
    assert_nothing_left broken
}

@test "a cloud whose DRBD sides cannot connect is reported and rolled back (failed, 1)" {
    "$LAB" net 2 eth3 off
    run on 1 vhacs storage --create broken --size 100M --nodes node1,node2
    "$LAB" net 2 eth3 on
    assert_failure 1
    assert_output --partial 'FAILED: creating the file system on node1'
    refute_output --partial 'NOT UNDONE'
    assert_nothing_left broken
}
