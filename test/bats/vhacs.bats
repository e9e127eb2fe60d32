#!/usr/bin/env bats
# The vhacs command, without a cluster.

load helper

vhacs() {
    run --separate-stderr env -i "$DIST/vhacs" "$@"
}

@test "--help names the commands" {
    vhacs --help
    assert_success
    assert_line --index 0 --partial 'usage: vhacs cluster|node|storage|vserver'
    assert_line --regexp '^node: '
    assert_line --regexp '^storage: '
    assert_stderr ''
}

@test "each command has its own --help" {
    for command in cluster node storage vserver metrics; do
        vhacs "$command" --help
        assert_success
        assert_line --index 0 --partial "usage: vhacs $command"
        assert_stderr ''
    done
}

@test "--version is that of the package" {
    vhacs --version
    assert_success
    assert_output "$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$ROOT/package.json")"
}

@test "without arguments it shows the usage and fails" {
    vhacs
    assert_failure 2
    assert_output ''
    assert_stderr --partial 'usage: vhacs'
}

@test "an unknown command or option is an error" {
    for word in frobnicate --frobnicate; do
        vhacs "$word"
        assert_failure 2
        assert_stderr --partial "unknown"
        refute_stderr --partial 'node:internal'
    done
}

@test "a command without a verb shows its usage and fails" {
    for command in cluster node storage; do
        vhacs "$command"
        assert_failure 2
        assert_output ''
        assert_stderr --partial "    vhacs $command -"
    done
}

@test "each verb has its own --help, by its long flag and its letter" {
    for flag in -c --create; do
        vhacs storage "$flag" --help
        assert_success
        assert_line --index 0 'usage: vhacs storage -c|--create STORAGES -s|--size SIZE [-n|--nodes DRBD_NODES] [--copies NUMBER] [--chap] [--dry-run]'
        assert_line --partial '--dry-run'
        assert_stderr ''
    done
}

@test "storage refuses wrong arguments before it reads the cluster" {
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

@test "destroy requires the loss of data to be confirmed" {
    vhacs storage --destroy c0
    assert_failure 2
    assert_stderr --partial '--yes'
}

@test "without a cluster it reports the missing tool, or that Pacemaker is not running" {
    for words in 'storage --list' 'cluster --history' 'cluster --history c0 --json'; do
        # shellcheck disable=SC2086 # several words
        vhacs $words
        assert_failure 1
        assert_stderr --regexp '^vhacs: .*(not installed|Pacemaker is not running on this node)'
        # shellcheck disable=SC2154 # set by run
        assert_equal "${#stderr_lines[@]}" 1
    done
}

@test "work in progress continues when the terminal is lost" {
    # in a session of its own, where no SIGHUP comes
    run timeout 60 python3 - "$DIST/vhacs" "$BATS_TEST_TMPDIR" <<'TERMINAL'
import os, pty, subprocess, sys, time
program, directory = sys.argv[1:]
terminal, end = pty.openpty()
command = f"cd {directory}; touch begun; sleep 1; echo lost; echo lost >&2; touch done"
words = [program, "cluster", os.uname().nodename, "-E", command]
child = subprocess.Popen(words, stdin=end, stdout=end, stderr=end, start_new_session=True)
os.close(end)
while not os.path.exists(f"{directory}/begun"):
    time.sleep(0.1)
os.close(terminal)
print(child.wait(), os.path.exists(f"{directory}/done"))
TERMINAL
    assert_output '0 True'
}

@test "the current directory may have been removed" {
    mkdir -p "$BATS_TEST_TMPDIR/gone"
    cd "$BATS_TEST_TMPDIR/gone" && rmdir "$BATS_TEST_TMPDIR/gone"
    vhacs storage --list
    assert_stderr --regexp '^vhacs: .*(not installed|Pacemaker is not running on this node)'
    run --separate-stderr env CIB_file=cib.xml "$DIST/vhacs" storage --list
    assert_failure 2
    assert_stderr 'vhacs: CIB_file=cib.xml is set, but cib.xml does not exist'
    cd /
}

@test "output that cannot be written is reported, and the command fails" {
    run --separate-stderr bash -c "'$DIST/vhacs' --version >/dev/full"
    assert_failure 1
    assert_stderr 'vhacs: the output is incomplete: ENOSPC: no space left on device, write'
}
