# Common to the scenarios: bats-assert, and the nodes.
# shellcheck shell=bash
bats_load_library() { load "$BATS_TEST_DIRNAME/../../node_modules/$1/load"; }
bats_load_library bats-support
bats_load_library bats-assert

# on I COMMAND...: runs a command on a node
on() { "$BATS_TEST_DIRNAME/lab" ssh "$@"; }

# where the nodes have the agents; another folder for a build that is not installed
AGENTS=${VHACS_AGENTS:-/usr/lib/ocf/resource.d/vhacs}

# on_with_objects I: runs the script on standard input on a node, with the functions of objects.sh
on_with_objects() {
    { echo "AGENTS=$AGENTS"; cat "$BATS_TEST_DIRNAME/objects.sh" -; } | on "$1" bash
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
