#!/usr/bin/env bats
# The files that make install installs, without the build.

load helper

@test "the notices of everything in the executable are beside it, and are uninstalled with it" {
    run make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_TEST_TMPDIR"
    assert_success
    local notices=$BATS_TEST_TMPDIR/usr/lib/vhacs/NOTICES
    for part in pino execa yaml Node.js OpenSSL V8 libuv; do
        grep -q "$part" "$notices" || fail "$part is not in the notices"
    done
    grep -q 'distributed under version 3' "$notices"
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR"
    assert_success
    [ ! -e "$BATS_TEST_TMPDIR/usr/lib/vhacs" ]
}

@test "the modules of a takeover are loaded at boot, and a daemon that has crashed is restarted" {
    run make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_TEST_TMPDIR"
    assert_success
    run diff "$ROOT/systemd/vhacs-modules.conf" "$BATS_TEST_TMPDIR/usr/lib/modules-load.d/vhacs.conf"
    assert_success
    for daemon in iscsid multipathd; do
        run cat "$BATS_TEST_TMPDIR/usr/lib/systemd/system/$daemon.service.d/vhacs-restart.conf"
        assert_line Restart=on-failure
    done
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR"
    assert_success
    run find "$BATS_TEST_TMPDIR" ! -type d
    assert_output ''
}

@test "the timer of rehearsals runs the command where it is installed, and is enabled by nobody" {
    run make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    local units=$BATS_TEST_TMPDIR/usr/lib/systemd/system
    run cat "$units/vhacs-rehearse.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs storage --rehearse ALL --nightly'
    run cat "$units/vhacs-rehearse.timer"
    assert_line 'WantedBy=timers.target'
    run find "$BATS_TEST_TMPDIR" -path '*.wants*'
    assert_output ''
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    run find "$BATS_TEST_TMPDIR" ! -type d
    assert_output ''
}

@test "DRBD finds its handlers in /usr/lib/vhacs, wherever the executable is" {
    run make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    for handler in "${HANDLERS[@]}" vhacs-alert; do
        run readlink "$BATS_TEST_TMPDIR/usr/lib/vhacs/$handler"
        assert_output /usr/local/lib/vhacs/vhacs
    done
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    [ ! -e "$BATS_TEST_TMPDIR/usr/lib/vhacs" ]
}

@test "the socket for metrics runs the command where it is installed, and is enabled by nobody; alerts and dashboard are in share" {
    run make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    local units=$BATS_TEST_TMPDIR/usr/lib/systemd/system
    run cat "$units/vhacs-metrics@.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs metrics --http'
    run cat "$units/vhacs-metrics.socket"
    assert_line 'ListenStream=127.0.0.1:17800'
    for file in rules.yaml dashboard.json; do
        run cmp "$ROOT/monitoring/$file" "$BATS_TEST_TMPDIR/usr/local/share/vhacs/monitoring/$file"
        assert_success
    done
    run find "$BATS_TEST_TMPDIR" -path '*.wants*'
    assert_output ''
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr/local
    assert_success
    run find "$BATS_TEST_TMPDIR" ! -type d
    assert_output ''
}
