#!/usr/bin/env bats
# The vhacs command as far as it needs no cluster.

load helper

vhacs() {
    run --separate-stderr env -i "$DIST/vhacs" "$@"
}

@test "--help names the commands" {
    vhacs --help
    assert_success
    assert_line --index 0 --partial 'Usage: vhacs'
    assert_line --regexp '^ +node '
    assert_line --regexp '^ +storage '
    assert_stderr ''
}

@test "each command has its own --help" {
    for command in node storage; do
        vhacs "$command" --help
        assert_success
        assert_line --index 0 --partial "Usage: vhacs $command"
        assert_stderr ''
    done
}

@test "--version is that of the package" {
    vhacs --version
    assert_success
    assert_output "$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$ROOT/package.json")"
}

@test "without arguments it is a wrong call that shows the usage" {
    vhacs
    assert_failure 2
    assert_output ''
    assert_stderr --partial 'Usage: vhacs'
}

@test "an unknown command or option is a wrong call" {
    for word in frobnicate --frobnicate; do
        vhacs "$word"
        assert_failure 2
        assert_stderr --partial "unknown"
        refute_stderr --partial 'node:internal'
    done
}

@test "storage wants to know what to do" {
    vhacs storage
    assert_failure 2
    assert_stderr --partial 'one of --create, --destroy and --list is expected'
}

@test "storage refuses what is wrong before it looks at the cluster" {
    wrong=('--create c0' '--create c0 --size big' '--create ../c0 --size 1G' '--create c0 --size 1M' '--destroy c0'
        '--create c0 --size 1G --nodes alpha' '--create c0 --size 1G --nodes alpha,alpha' '--create c0 --list')
    for words in "${wrong[@]}"; do
        # shellcheck disable=SC2086 # several words
        vhacs storage $words
        assert_failure 2
        assert_output ''
        refute_stderr --partial 'node:internal'
    done
}

@test "destroy asks for the loss of data to be confirmed" {
    vhacs storage --destroy c0
    assert_failure 2
    assert_stderr --partial '--yes'
}

@test "without a cluster it says which tool is missing, or that there is no cluster" {
    vhacs storage --list
    assert_failure 1
    assert_stderr --regexp '^vhacs: .*(not installed|cibadmin)'
    # shellcheck disable=SC2154 # set by run
    assert_equal "${#stderr_lines[@]}" 1
}
