#!/usr/bin/env bats
# bats file_tags=long
# The vhacs command on real nodes: what it refuses, its dry runs and its verbosity.

load ../support/helpers

NAME=said1

setup_file() {
    load ../support/helpers
    create_storages "$NAME"
}

teardown_file() {
    load ../support/helpers
    destroy_storages
}

@test "unknown names and wrong arguments are refused before anything is changed (usage, 2)" {
    local words before
    before=$(storage_state 1)
    for words in 'storage -S nothing1-3' "storage -c $NAME --size 64M" 'storage -c new3-1 --size 64M' 'storage -c new1-2-2 --size 64M' "storage -D $NAME" \
        "storage -p node9 $NAME" "storage -u $NAME --discard node1 --yes" 'node -s boss node1' 'node -i node9' 'storage -m'; do
        # shellcheck disable=SC2086 # several words
        run vhacs_on 1 $words </dev/null
        assert_failure 2
        assert_line --partial 'vhacs'
    done
    run storage_state 1
    assert_output "$before"
}

@test "verbosity 1 shows what runs where, 2 also its input and output" {
    run vhacs_on 1 storage -M -V 1
    assert_success
    assert_line --regexp '^node2: vgs .* \[0, [0-9.]+ s\]$'
    refute_line --regexp '^  [<>] '
    run vhacs_on 1 storage -M -V 2
    assert_line --regexp '^  > .*"vg_free":'
}

@test "a dry run of every changing verb changes nothing, and prints commands and nodes" {
    local before words
    before=$(storage_state 1; storage_state 2)
    for words in '-c more1-2 --size 64M' "-D $NAME" "-S $NAME" "-A $NAME" "-r $NAME" "-u $NAME" "-p node1 $NAME"; do
        # shellcheck disable=SC2086 # several words
        run vhacs_on 1 storage $words --dry-run
        assert_success
        assert_output --regexp 'node1: (lvcreate|lvremove|cibadmin|crm_resource)'
    done
    for words in '-s vhost node1' '-d ALL ALL' '-S node2' '-A node2'; do
        # shellcheck disable=SC2086 # several words
        run vhacs_on 1 node $words --dry-run
        assert_success
        assert_output --regexp 'node1: crm_attribute --node node[123] '
    done
    run vhacs_on 1 cluster node2 -E 'touch /root/touched' --dry-run
    assert_output --partial 'touch /root/touched'
    run on 2 'ls /root/touched'
    assert_failure
    run storage_state 1
    assert_equal "$output
$(storage_state 2)" "$before"
}
