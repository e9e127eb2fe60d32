#!/usr/bin/env bats
# The cases of resource-agents' ocft, with our agents and their parameters, on one node. docs/ocft.md has the exit statuses
# expected of the stock agents, and the reasons for the differences.
# bats file_tags=long

load ../support/helpers

NODE=${OCFT_NODE:-1}

# on_node: runs the script on standard input on the node, with the functions of ocft.sh
on_node() { on_with "$NODE" ocft.sh; }

# assert_cases AGENT: the cases on standard input have the exit statuses that they state
assert_cases() {
    local table
    table=$(cat)
    on_node <<<"create_disk $1"
    run on_node <<NODE
run_cases $1 <<'TABLE'
$table
TABLE
NODE
    on_node <<<"remove_disk $1"
    assert_output "$table"
}

@test "ocft iscsi: its cases with iscsi-mount" {
    assert_cases iscsi-mount <<'TABLE'
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
    assert_cases ext3-filesystem <<'TABLE'
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
    assert_cases lvm-volume <<'TABLE'
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
