#!/usr/bin/env bats
# The cases of resource-agents' ocft, with our agents and their parameters, on one node. What the stock agents are expected
# to answer, and why some answers differ: docs/ocft.md.
# bats file_tags=long

load ../support/helpers

NODE=${OCFT_NODE:-1}

# ocft: runs standard input on the node, with the functions of ocft.sh
ocft() { { echo "AGENTS=$AGENTS"; cat "$SUPPORT/ocft.sh" -; } | on "$NODE" bash; }

# go AGENT: the cases on standard input go as they say
go() {
    local table
    table=$(cat)
    ocft <<<"prepare $1"
    run ocft <<NODE
cases $1 <<'TABLE'
$table
TABLE
NODE
    ocft <<<"clean $1"
    assert_output "$table"
}

@test "ocft iscsi: its cases with iscsi-mount" {
    go iscsi-mount <<'TABLE'
check base env: start 0
unset portals: start 6 -u OCF_RESKEY_portals
invalid portals: start 6 OCF_RESKEY_portals=nowhere:0
unset iqn: start 6 -u OCF_RESKEY_iqn
normal start: start 0
normal stop: start 0; stop 0
double start: start 0; start 0
double stop: stop 0
monitor when running: start 0; monitor 0
monitor when not running: monitor 7
unimplemented command: no_cmd 3
TABLE
}

@test "ocft Filesystem: its cases with ext3-filesystem" {
    go ext3-filesystem <<'TABLE'
check base env: start 0
invalid device: start 1 OCF_RESKEY_device=/dev/no_such_device
unset device: start 6 -u OCF_RESKEY_device
normal start: start 0
normal stop: start 0; stop 0
double start: start 0; start 0
double stop: stop 0
monitor when running: start 0; monitor 0
monitor when not running: monitor 7
monitor depth 10 when running: start 0; monitor 0 OCF_CHECK_LEVEL=10
monitor depth 20 when running: start 0; monitor 0 OCF_CHECK_LEVEL=20
start insert failure (remove device): $ losetup -d $LOOP; start 1; $ losetup $LOOP $IMAGE
monitor depth 20 insert failure (r/o fs): start 0; $ mount -o remount,ro $DIRECTORY; monitor 1 OCF_CHECK_LEVEL=20; monitor 1; $ mount -o remount,rw $DIRECTORY
unimplemented command: no_cmd 3
TABLE
}

@test "ocft LVM: its cases with lvm-volume" {
    go lvm-volume <<'TABLE'
check base env: start 0
invalid volume_group: start 6 OCF_RESKEY_volume_group=/dev/no_such_device
unset volume: start 6 -u OCF_RESKEY_volume
normal start: start 0
normal stop: start 0; stop 0
double start: start 0; start 0
double stop: stop 0
monitor when running: start 0; monitor 0
monitor when not running: monitor 7
unimplemented command: no_cmd 3
TABLE
}
