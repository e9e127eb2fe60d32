# Shared by the scenarios: bats-assert, and access to the nodes.
# shellcheck shell=bash
ROOT=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
LAB=$ROOT/test/lab/lab
GUEST=$ROOT/test/lab/guest
SUPPORT=$ROOT/test/cluster/support
bats_load_library() { load "$ROOT/node_modules/$1/load"; }
bats_load_library bats-support
bats_load_library bats-assert

# on I COMMAND...: runs a command on a node
on() { "$LAB" ssh "$@"; }

# where the agents are on the nodes; another folder tests a build that is not installed
AGENTS=${VHACS_AGENTS:-/usr/lib/ocf/resource.d/vhacs}

# on_with I FILE...: runs the script on standard input on a node, with the functions of these files of support/
on_with() {
    local node=$1
    shift
    { echo "export AGENTS=$AGENTS"; cat "${@/#/$SUPPORT/}" -; } | on "$node" bash
}

# on_with_objects I: on_with, for a script that works on the objects of objects.sh
on_with_objects() { on_with "$1" volumes.sh drbd.sh objects.sh; }

# on_with_drbd I: on_with, for a script that works on DRBD resources; its errors are output too
on_with_drbd() { on_with "$1" wait.sh volumes.sh drbd.sh 2>&1; }

# prepare_nodes: creates the objects on both nodes, with node 2's side of the DRBD resource up
prepare_nodes() {
    on_with_objects 1 <<<create_objects
    on_with_objects 2 <<<'create_objects; drbdadm up cluster-drbd'
    on_with_objects 1 <<<skip_initial_sync
}

clean_nodes() {
    on_with_objects 1 <<<remove_objects
    on_with_objects 2 <<<remove_objects
}

VHACS=${VHACS_COMMAND:-vhacs}

# vhacs_on I WORD...: runs vhacs on a node, with exactly these arguments
vhacs_on() {
    local node=$1
    shift
    on "$node" "$VHACS $(printf '%q ' "$@")"
}

# create_storages NAMES: small ones, exported by node 1 and mounted on node 2
create_storages() {
    vhacs_on 1 node --setrole ALL node1-2
    vhacs_on 1 storage --create "$1" --size 64M --nodes node1,node2
}

destroy_storages() { vhacs_on 1 storage --destroy ALL --force --yes || true; }

# storage_field NAME FILTER [I]: what jq's filter, such as .mount.node, finds in the storage as node I (1) lists it
storage_field() { vhacs_on "${3:-1}" storage -l --json | jq -r ".storages[] | select(.name == \"$1\") | $2"; }

# is_exported_by I [NAME], is_mounted_by I [NAME]: whether the node has that part of the storage, $NAME without one
is_exported_by() { [ "$(storage_field "${2:-$NAME}" .target.node)" = "node$1" ]; }
is_mounted_by() { [ "$(storage_field "${2:-$NAME}" .mount.node)" = "node$1" ]; }

# has_agent_logged I TEXT
has_agent_logged() { on "$1" "grep -aF '$2' /var/log/pacemaker/pacemaker.log" >/dev/null; }

# storage_state I: all of a node that belongs to storages, and the configuration of the cluster
storage_state() {
    on "$1" 'lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; cat /etc/drbd.d/*.res; drbd-state | grep " cs:"
        cibadmin --query --scope configuration'
}

# assert_no_traces_of WORD...: neither a node nor the cluster has anything with these words in its name, nor a lock of vhacs
assert_no_traces_of() {
    local node word
    for node in 1 2; do
        run storage_state $node
        for word in "$@" vhacs-lock cli-prefer; do refute_output --partial "$word"; done
    done
}

# on_terminal I COLUMNSxROWS COMMAND...: runs a command on a node in a terminal of its own; standard input is the script of
# screen.py that operates it
on_terminal() {
    local node=$1
    shift
    "$LAB" push "$node" "$SUPPORT/screen.py" /root/screen.py
    on "$node" "python3 /root/screen.py $(printf '%q ' "$@")"
}

# has_three_nodes: whether the lab has three nodes, running or not
has_three_nodes() { [ "$("$LAB" status 2>/dev/null | grep -c '^node[0-9] ')" = 3 ]; }

# count_online: how many nodes of node 1's cluster are online
count_online() { on 1 'crm_mon -1 --output-as=xml' | grep -cE '<node .*online="true".*pending="false".*unclean="false"' || true; }

# has_online_nodes COUNT: whether exactly that many nodes of node 1's cluster are online
has_online_nodes() { [ "$(count_online)" = "$1" ]; }

# wait_until SECONDS COMMAND...: until it succeeds, every two seconds
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 2
    done
}

# wait_until_online COUNT
wait_until_online() { wait_until 240 has_online_nodes "$1"; }

# on_bare_nodes COUNT FUNCTION: runs a function of bare.sh on the first COUNT nodes, in parallel
on_bare_nodes() {
    local node pids=()
    for ((node = 1; node <= $1; node++)); do
        { cat "$SUPPORT/bare.sh" && echo "$2"; } | on $node bash -e &
        pids+=($!)
    done
    for node in "${pids[@]}"; do wait "$node"; done
}

# assert_nothing_left NAME: no volume, no DRBD resource, nothing in the CIB
assert_nothing_left() {
    local node
    for node in 1 2; do
        run on $node "lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; drbd-state | grep -c ' cs:'"
        refute_output --partial "$1"
        assert_line 0
    done
    # the end shows that the CIB was read
    run on 1 "set -o pipefail; cibadmin --query | grep -o -e 'id=\"$1-[^\"]*\"' -e '</cib>'"
    assert_output '</cib>'
}
