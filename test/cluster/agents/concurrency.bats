#!/usr/bin/env bats
# Ten stacks on one node: each layer is started, monitored and stopped for all ten in parallel.

# bats file_tags=long

load ../support/helpers

# on_with_stacks: on_with, for a script on node 1 that uses the functions of concurrency.sh
on_with_stacks() { on_with 1 volumes.sh drbd.sh concurrency.sh; }

setup_file() {
    load ../support/helpers
    on_with_stacks <<<create_stacks
}

teardown_file() {
    load ../support/helpers
    on_with_stacks <<<remove_stacks
}

@test "ten stacks in parallel: every exit status is right, and nothing is left behind" {
    run on_with_stacks <<'NODE'
SCRATCH=$(mktemp -d)
test_stacks
rm -r "$SCRATCH"
NODE
    echo "$output" >&3
    assert_line '# 320 calls'
    refute_line --regexp '^[^#]'
}
