# Common to the scenarios: bats-assert, and the nodes.
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

# where the nodes have the agents; another folder for a build that is not installed
AGENTS=${VHACS_AGENTS:-/usr/lib/ocf/resource.d/vhacs}

# on_with_objects I: runs the script on standard input on a node, with the functions of objects.sh
on_with_objects() {
    { echo "AGENTS=$AGENTS"; cat "$SUPPORT/drbd.sh" "$SUPPORT/objects.sh" -; } | on "$1" bash
}

# on_with_drbd I: runs the script on standard input on a node, with the functions of drbd.sh
on_with_drbd() {
    { echo "export AGENT=$AGENTS/drbd-cloud"; cat "$SUPPORT/drbd.sh" -; } | on "$1" bash -s 2>&1
}

# prepare_nodes: the objects on both nodes, node 2's side of the DRBD resource up
prepare_nodes() {
    on_with_objects 1 <<<prepare_objects
    on_with_objects 2 <<<'prepare_objects; drbdadm up cluster-drbd'
    on_with_objects 1 <<<pair_up
}

clean_nodes() {
    on_with_objects 1 <<<remove_objects
    on_with_objects 2 <<<remove_objects
}

VHACS=${VHACS_COMMAND:-vhacs}

# vhacs_on I WORD...: runs the command on a node; its words reach it as they are
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

# content_of I: what a node holds of storages, and what the cluster is configured to do
content_of() {
    on "$1" 'lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; cat /etc/drbd.d/*.res; grep " cs:" /proc/drbd
        cibadmin --query --scope configuration'
}

# refute_traces WORD...: neither node has anything of these names, nor has the cluster, nor a lock of vhacs
refute_traces() {
    local node word
    for node in 1 2; do
        run content_of $node
        for word in "$@" vhacs-lock cli-prefer; do refute_output --partial "$word"; done
    done
}

# on_screen I COLUMNSxROWS COMMAND...: runs a command on a terminal of its own on a node, with the script of screen.py on
# standard input
on_screen() {
    local node=$1
    shift
    "$LAB" push "$node" "$SUPPORT/screen.py" /root/screen.py
    on "$node" "python3 /root/screen.py $(printf '%q ' "$@")"
}

# three_run: the lab has three nodes, a dead one among them perhaps
three_run() { [ "$("$LAB" status 2>/dev/null | grep -c '^node[0-9] ')" = 3 ]; }

# online: how many nodes are in the cluster that node 1 is in
online() { on 1 'crm_mon -1 --output-as=xml' | grep -cE '<node .*online="true".*pending="false".*unclean="false"' || true; }

# bare_on COUNT FUNCTION: runs a function of bare.sh on that many nodes at once
bare_on() {
    local node pids=()
    for ((node = 1; node <= $1; node++)); do
        { cat "$SUPPORT/bare.sh" && echo "$2"; } | on $node bash -e &
        pids+=($!)
    done
    for node in "${pids[@]}"; do wait "$node"; done
}

# await_online COUNT: so many nodes are in the cluster that node 1 is in
await_online() {
    local end=$((SECONDS + 240))
    until [ "$(online)" = "$1" ]; do
        ((SECONDS < end)) || return 1
        sleep 2
    done
}
