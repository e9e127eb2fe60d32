#!/usr/bin/env bats
# Ten stacks on one node: each layer is started, looked at and stopped for all ten at once.

# bats file_tags=long

load ../support/helpers

# on_with_ten: runs the script on standard input on node 1, with the functions of concurrency.sh
on_with_ten() {
    { echo "AGENTS=$AGENTS"; cat "$SUPPORT/drbd.sh" "$SUPPORT/concurrency.sh" -; } | on 1 bash
}

setup_file() {
    load ../support/helpers
    on_with_ten <<<prepare_ten
}

teardown_file() {
    load ../support/helpers
    on_with_ten <<<remove_ten
}

@test "ten stacks in parallel: every exit status is right, and nothing is left behind" {
    run on_with_ten <<'NODE'
SCRATCH=$(mktemp -d)
play_ten
rm -r "$SCRATCH"
NODE
    echo "$output" >&3
    assert_line '# 320 calls'
    refute_line --regexp '^[^#]'
}
