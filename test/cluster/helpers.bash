# Common to the scenarios: bats-assert, and the nodes.
# shellcheck shell=bash
bats_load_library() { load "$BATS_TEST_DIRNAME/../../node_modules/$1/load"; }
bats_load_library bats-support
bats_load_library bats-assert

# on I COMMAND...: runs a command on a node
on() { "$BATS_TEST_DIRNAME/lab" ssh "$@"; }

# where the nodes have the agents; another folder for a build that is not installed
AGENTS=${VHACS_AGENTS:-/usr/lib/ocf/resource.d/vhacs}
