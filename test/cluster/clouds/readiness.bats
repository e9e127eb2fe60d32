#!/usr/bin/env bats
# bats file_tags=long
# What would keep a storage from being taken over is seen before a node is lost: each obstacle is put there, is named by --check, --info
# and the table, and is gone after the command that they name.

load ../support/helpers

NAME=ready1
MODULES="/lib/modules/\$(uname -r)"

setup_file() {
    load ../support/helpers
    create_storages "$NAME"
}

teardown_file() {
    load ../support/helpers
    on 1 "crm_resource --clear -r $NAME-export -N node2; crm_resource -r $NAME-mount --meta -d is-managed" || true
    on 1 "! findmnt --types tmpfs --mountpoint /clouds/$NAME >/dev/null || umount /clouds/$NAME; [ ! -f /clouds/$NAME ] || rm /clouds/$NAME" || true
    on 1 'ip link set dev eth1 up; ! mountpoint -q /etc/iscsi || umount /etc/iscsi; rm -rf /run/iscsi-copy' || true
    on 2 "systemctl stop vhacs-test-port; [ ! -e $MODULES.away ] || mv $MODULES.away $MODULES" || true
    for node in node1 node2; do on 1 "crm_attribute --node $node --name standby --lifetime forever --delete" || true; done
    destroy_storages
}

# is_ready: nothing is in the way, and nothing degraded, as for some time after a start
is_ready() { [ "$(storage_field "$NAME" .isReady)" = true ]; }

# assert_ready: node 2 would take over the export, and node 1 the mount, and nothing else is said
assert_ready() {
    run wait_until 120 is_ready
    assert_success
    run vhacs_on 1 storage --info "$NAME"
    assert_line --regexp 'takeover by node2: +ready \(export\)$'
    assert_line --regexp 'takeover by node1: +ready \(mount\)$'
    refute_output --partial 'NOT READY'
    run vhacs_on 1 storage --list
    assert_output --partial "(A)$NAME "
    run vhacs_on 1 cluster --check
    refute_output --partial 'cannot move'
    refute_output --partial 'is full'
    refute_output --partial 'port 3260'
}

# assert_unready TEXT: --info says why, and gives what to do
assert_unready() {
    run vhacs_on 1 storage --info "$NAME"
    assert_line --regexp "takeover by node[12]: +NOT READY"
    assert_output --partial "$1"
    run vhacs_on 1 cluster --check
    assert_failure
    assert_output --partial "$1"
}

@test "a healthy storage is ready, and no check says anything of it" {
    assert_ready
    run vhacs_on 1 storage --info "$NAME" --json
    jq -e '.storages[0] | .isReady and (.takeovers | length == 2 and all(.isReady))' <<<"$output"
}

@test "a ban that crm_resource has left is named, and gone after what is said to be typed" {
    on 1 "crm_resource --ban -r $NAME-export -N node2"
    assert_unready "the constraint cli-ban-$NAME-export-on-node2 bans $NAME-export from node2"
    run vhacs_on 1 storage --list
    assert_output --partial "(A)$NAME!"
    run vhacs_on 1 node --standby node1
    assert_failure 2
    assert_output --partial 'nothing was changed'
    on 1 "crm_resource --clear -r $NAME-export -N node2"
    assert_ready
}

@test "an unmanaged mount is named; neither its node's standby nor a restart begins" {
    on 1 "crm_resource -r $NAME-mount --meta -p is-managed -v false"
    assert_unready "$NAME-mount has is-managed=false: Pacemaker neither stops nor moves it"
    run vhacs_on 1 node --standby node2
    assert_failure 2
    assert_output --partial "the mount of $NAME would not move"
    run vhacs_on 1 storage --restart "$NAME"
    assert_failure 2
    assert_output --partial 'nothing was changed'
    run storage_field "$NAME" .mount.node
    assert_output node2
    on 1 "crm_resource -r $NAME-mount --meta -d is-managed"
    assert_ready
}

@test "the running kernel's modules are gone from the node that would export it" {
    on 2 'modprobe -r iscsi_target_mod target_core_iblock target_core_mod' || skip 'they are in use there'
    on 2 "mv $MODULES $MODULES.away"
    assert_unready 'cannot be loaded for a takeover'
    run vhacs_on 1 node --standby node1
    assert_failure 2
    assert_output --partial "the export of $NAME would not move"
    on 2 "mv $MODULES.away $MODULES"
    assert_ready
}

@test "there is no room for node records on the node that would mount it" {
    on 1 'cp -a /etc/iscsi /run/iscsi-copy && mount -t tmpfs -o size=256k,nr_inodes=20 tmpfs /etc/iscsi && cp -a /run/iscsi-copy/. /etc/iscsi/'
    assert_unready 'the file system of /etc/iscsi is full: it has no inodes left'
    on 1 'umount /etc/iscsi && rm -rf /run/iscsi-copy'
    assert_ready
}

@test "something else is mounted on the directory of the mount, or a file is there, on the node that would mount it" {
    on 1 "mount -t tmpfs vhacs-test /clouds/$NAME"
    assert_unready "vhacs-test is mounted on /clouds/$NAME"
    run vhacs_on 1 node --standby node2
    assert_failure 2
    assert_output --partial "the mount of $NAME would not move"
    on 1 "umount /clouds/$NAME && rmdir /clouds/$NAME && touch /clouds/$NAME"
    assert_unready "/clouds/$NAME is not a directory"
    on 1 "rm /clouds/$NAME"
    assert_ready
}

@test "somebody else listens on the port of the portal where it would be exported" {
    on 2 "systemd-run --quiet --unit=vhacs-test-port --collect python3 -c 'import socket, time
s = socket.socket(); s.bind((\"\", 3260)); s.listen(); time.sleep(600)'"
    run wait_until 20 on 2 "ss -Hltn 'sport = :3260' | grep -q ."
    assert_success
    assert_unready 'port 3260 of 0.0.0.0 is held by process'
    on 2 'systemctl stop vhacs-test-port'
    assert_ready
}

@test "a restart of a storage whose exporter has no storage network stops nothing" {
    on 1 'ip link set dev eth1 down'
    run vhacs_on 1 storage --restart "$NAME"
    on 1 'ip link set dev eth1 up'
    assert_failure 2
    assert_output --partial "$NAME would not start again: node1: eth1, the interface for the service address"
    run storage_field "$NAME" .state
    assert_output active
    run wait_until 120 on 2 "touch /clouds/$NAME/after && sync /clouds/$NAME/after"
    assert_success
}
