#!/usr/bin/env bats
# The environment belongs to the caller: an operator's shell, a unit file. It does not affect the behaviour of the executable:
# its Node.js does not read its own variables, and takes no options.

load helper

setup() {
    SCRATCH=$BATS_TEST_TMPDIR/scratch
    mkdir -p "$SCRATCH/cwd"
    # the files that a variable may name: a module, a library's configuration, a note that it was loaded
    echo "require('node:fs').writeFileSync('$SCRATCH/loaded', '')" >"$SCRATCH/module.js"
    printf 'nodejs_conf = start\n[start]\nproviders = p\n[p]\nevil = e\n[e]\nmodule = %s/none.so\nactivate = 1\n' "$SCRATCH" >"$SCRATCH/openssl.cnf"
    # and the only ones that may exist afterwards
    find "$SCRATCH" | sort >"$BATS_TEST_TMPDIR/before"
}

# variables: every name that Node.js, V8, libuv, ICU or OpenSSL in it could read, one a line
variables() {
    {
        # the constants of C look the same: they do no harm in an environment
        grep -aoE '\b(NODE|UV|OPENSSL|SSL|ICU|V8)_[A-Z0-9_]+\b' "$(command -v node)"
        grep -aoE 'process\.env\.[A-Z][A-Z0-9_]+' "$(command -v node)" | sed 's/process\.env\.//'
        node --help | sed '1,/^Environment variables/d' | grep -oE '^[A-Z][A-Z0-9_]+'
        # https://nodejs.org/api/cli.html#environment-variables
        printf '%s\n' FORCE_COLOR NO_COLOR NODE_COMPILE_CACHE NODE_COMPILE_CACHE_PORTABLE NODE_DEBUG NODE_DEBUG_NATIVE \
            NODE_DISABLE_COLORS NODE_DISABLE_COMPILE_CACHE NODE_EXTRA_CA_CERTS NODE_ICU_DATA NODE_NO_WARNINGS NODE_OPTIONS \
            NODE_PATH NODE_PENDING_DEPRECATION NODE_PENDING_PIPE_INSTANCES NODE_PRESERVE_SYMLINKS NODE_REDIRECT_WARNINGS \
            NODE_REPL_EXTERNAL_MODULE NODE_REPL_HISTORY NODE_SKIP_PLATFORM_CHECK NODE_TEST_CONTEXT \
            NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_V8_COVERAGE OPENSSL_CONF SSL_CERT_DIR \
            SSL_CERT_FILE TZ UV_THREADPOOL_SIZE UV_USE_IO_URING NODE_CHANNEL_FD NODE_UNIQUE_ID
    } | sort -u
}

# unmoved STATUS COMMAND...: exits with STATUS, writes no more than without the variables, creates no file and loads none
unmoved() {
    local expected=$1 output_before
    shift
    output_before=$(cd "$SCRATCH/cwd" && env -i OCF_RESKEY_volume=vhacs-test "$@" 2>&1) || true
    for value in 0 1 99 all fs,child_process,stream child-v8 '{}' --bogus "--require=$SCRATCH/module.js" --inspect=0 \
        "$SCRATCH/module.js" "$SCRATCH/openssl.cnf" "$SCRATCH/new/directory" "$SCRATCH/none"; do
        mapfile -t environment < <(sed "s|\$|=$value|" "$BATS_FILE_TMPDIR/variables")
        cd "$SCRATCH/cwd" || return
        run env -i OCF_RESKEY_volume=vhacs-test "${environment[@]}" "$@"
        [ "$status" = "$expected" ] || fail "with all variables set to $value: $status $output"
        assert_output "$output_before"
        diff "$BATS_TEST_TMPDIR/before" <(find "$SCRATCH" | sort) || fail "with all variables set to $value"
    done
}

setup_file() {
    variables >"$BATS_FILE_TMPDIR/variables"
}

@test "the variables tried are those of the Node.js inside, more than a hundred" {
    [ "$(wc -l <"$BATS_FILE_TMPDIR/variables")" -gt 100 ]
    grep -qx NODE_OPTIONS "$BATS_FILE_TMPDIR/variables"
    grep -qx WATCH_REPORT_DEPENDENCIES "$BATS_FILE_TMPDIR/variables"
}

@test "no variable of Node.js changes what an agent does, not even a stop (OCF_SUCCESS)" {
    unmoved 0 "$DIST/lvm-volume" stop
}

@test "no variable of Node.js changes the result of a monitor (OCF_NOT_RUNNING)" {
    unmoved 7 "$DIST/lvm-volume" monitor
}

@test "no variable of Node.js changes what the command does" {
    unmoved 0 "$DIST/vhacs" --version
    unmoved 2 "$DIST/vhacs" storage --bogus
}

@test "an ordinary Node.js does read them: the checks above can fail" {
    run env -i NODE_OPTIONS=--bogus "$(command -v node)" --version
    assert_failure 9
    run env -i NODE_V8_COVERAGE="$SCRATCH/coverage" "$(command -v node)" --eval 1
    [ -d "$SCRATCH/coverage" ]
}

@test "an option of Node.js is not an option of the executable (OCF_ERR_UNIMPLEMENTED)" {
    for option in --require="$SCRATCH/module.js" --inspect=0 --node-options=--inspect=0 --eval=1; do
        call lvm-volume -- "$option"
        assert_failure 3
        assert_reasons 1
    done
    [ ! -e "$SCRATCH/loaded" ]
}

@test "SIGUSR1 opens no debugger, and does not end an action" {
    # a start that waits for its device
    env -i OCF_RESKEY_CRM_meta_timeout=4000 OCF_RESKEY_device=/dev/vhacs-test OCF_RESKEY_directory=/mnt/vhacs-test \
        "$DIST/ext3-filesystem" start >"$BATS_TEST_TMPDIR/output" 2>&1 &
    local pid=$! status=0
    sleep 1
    kill -USR1 "$pid"
    wait "$pid" || status=$?
    assert_equal "$status" 1
    run cat "$BATS_TEST_TMPDIR/output"
    assert_line --index 0 --partial ocf-exit-reason:
    refute_output --partial Debugger
}

@test "a mask under which all may write makes no file that others may write to" {
    unshare --mount true 2>/dev/null || skip 'no mount namespace can be made here'
    # a reason too long for Pacemaker is noted below /run
    local device
    device=/dev/$(printf 'x%.0s' {1..180})
    # shellcheck disable=SC2016 # expanded by that shell
    run env -i OCF_RESOURCE_INSTANCE=x OCF_RESKEY_CRM_meta_timeout=3000 OCF_RESKEY_device="$device" OCF_RESKEY_directory=/mnt/vhacs-test \
        unshare --mount bash -c 'umask 0; mount -t tmpfs -o mode=755 none /run; "$1" start; find /run -mindepth 1 -printf "%M %P\n"' \
        sh "$DIST/ext3-filesystem"
    assert_line 'drwxr-xr-x vhacs'
    assert_line '-rw------- vhacs/reason-x'
}
