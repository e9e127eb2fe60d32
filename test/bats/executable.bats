#!/usr/bin/env bats
# The executable: the names by which it can be called.

load helper

@test "each agent, each handler and vhacs is a name of the same file" {
    for name in "${AGENTS[@]}" "${HANDLERS[@]}"; do
        assert_equal "$(readlink -f "$DIST/$name")" "$(readlink -f "$DIST/vhacs")"
    done
}

@test "under another name it is not an agent (OCF_ERR_INSTALLED)" {
    for name in foo xlvm-volume lvm-volume2 Lvm-volume; do
        ln -s "$DIST/vhacs" "$BATS_TEST_TMPDIR/$name"
        run --separate-stderr env -i "$BATS_TEST_TMPDIR/$name" monitor
        assert_failure 5
        assert_output ''
        assert_reasons 1
        assert_stderr --partial "\"$name\" is not a program of VHACS"
    done
}

@test "called through PATH it finds its name" {
    run --separate-stderr env -i PATH="$DIST" lvm-volume usage
    assert_success
    assert_output --partial 'usage: lvm-volume '
}

@test "the name of the call counts, not that of the link's target" {
    mkdir "$BATS_TEST_TMPDIR/provider"
    ln -s "$DIST/lvm-volume" "$BATS_TEST_TMPDIR/provider/iscsi-mount"
    run --separate-stderr env -i "$BATS_TEST_TMPDIR/provider/iscsi-mount" usage
    assert_output --partial 'usage: iscsi-mount '
}

# unread OUTPUT COMMAND...: runs it with this output connected to a reader that has exited
unread() {
    # shellcheck disable=SC2016 # expanded by that shell
    run --separate-stderr bash -c 'exec 3> >(true); wait $!; eval "exec $1>&3"; shift; env -i "$@"' bash "$@"
}

@test "a reader that closes the pipe is not a failure" {
    unread 1 "$DIST/lvm-volume" meta-data
    assert_success
    assert_stderr ''
    unread 1 "$DIST/vhacs" --help
    assert_success
    assert_stderr ''
}

@test "an unread exit reason does not change the exit code (OCF_ERR_UNIMPLEMENTED)" {
    unread 2 "$DIST/lvm-volume" frobnicate
    assert_failure 3
    assert_output ''
}
