#!/usr/bin/env bats
# The handlers of DRBD, on a machine without cluster and without the resource. DRBD continues after 3, 4, 5 and 7.

load helper

# handle NAME=VALUE... -- HANDLER: as drbdadm calls it
handle() {
    local environment=()
    while [ "$1" != -- ]; do
        environment+=("$1")
        shift
    done
    run --separate-stderr env -i "${environment[@]}" "$DIST/$2"
}

@test "fence-peer answers 1 and reports it if DRBD does not have the resource up" {
    handle DRBD_RESOURCE=vhacs-test DRBD_PEER=node2 -- fence-peer
    assert_failure 1
    assert_output ''
    assert_stderr --partial 'DRBD has lost node2'
    assert_stderr --partial 'DRBD does not have the resource up on this node'
}

@test "both handlers exit with 1 without a valid resource name" {
    for handler in "${HANDLERS[@]}"; do
        for resource in '' ../x 'a b' "a'b" --help; do
            handle DRBD_RESOURCE="$resource" DRBD_PEER=node2 -- "$handler"
            assert_failure 1
            assert_stderr --partial 'the name of a DRBD resource is expected'
        done
    done
}

@test "fence-peer refuses a peer whose name is not a node name" {
    for peer in --version "x'y" a/b; do
        handle DRBD_RESOURCE=vhacs-test DRBD_PEER="$peer" -- fence-peer
        assert_failure 1
        assert_stderr --partial 'a host name such as alpha is expected'
    done
}

@test "an answer does not depend on a reader of its output" {
    run bash -c 'exec 3> >(true); wait $!; exec 2>&3; exec env -i DRBD_RESOURCE=x DRBD_PEER=y "$1"' bash "$DIST/fence-peer"
    assert_failure 1
    run bash -c 'exec env -i DRBD_RESOURCE=x DRBD_PEER=y "$1" <&- >&- 2>&-' bash "$DIST/fence-peer"
    assert_failure 1
}

@test "short of memory or files, it never exits with a status that DRBD takes for an answer" {
    for limit in '-v 20000' '-v 100000' '-v 400000' '-v 800000' '-n 8' '-n 16'; do
        # shellcheck disable=SC2016 # expanded by that shell
        run bash -c 'ulimit $1; exec env -i DRBD_RESOURCE=x DRBD_PEER=y "$2"' bash "$limit" "$DIST/fence-peer"
        [[ $status != [034567] ]] || fail "ulimit $limit: $status"
    done
}

@test "called for DRBD under an unknown name, it does not answer that the peer is down" {
    ln -s "$DIST/vhacs" "$BATS_TEST_TMPDIR/fence-peer-9"
    run --separate-stderr env -i DRBD_RESOURCE=x "$BATS_TEST_TMPDIR/fence-peer-9"
    assert_failure 1
    assert_stderr --partial 'is not a program of VHACS'
}
