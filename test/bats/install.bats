#!/usr/bin/env bats
# The files that make install installs, without the build.

load helper

# once, because each copies the executable
setup_file() {
    make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_FILE_TMPDIR/usual"
    make -C "$ROOT" -o dist/vhacs install DESTDIR="$BATS_FILE_TMPDIR/local" PREFIX=/usr/local
}

setup() {
    USUAL=$BATS_FILE_TMPDIR/usual
    # with PREFIX=/usr/local
    LOCAL=$BATS_FILE_TMPDIR/local
}

# uninstalls DIRECTORY [VARIABLE=VALUE...]: a copy of what is installed in it, of which no file is left
uninstalls() {
    cp -al "$1" "$BATS_TEST_TMPDIR/copy"
    run make -C "$ROOT" uninstall DESTDIR="$BATS_TEST_TMPDIR/copy" "${@:2}"
    assert_success
    run find "$BATS_TEST_TMPDIR/copy" ! -type d
    assert_output ''
}

@test "what is installed is uninstalled, with the directories of its own" {
    uninstalls "$USUAL"
    for directory in usr/share/doc/vhacs usr/libexec/vhacs usr/lib/vhacs; do
        [ -d "$USUAL/$directory" ]
        [ ! -e "$BATS_TEST_TMPDIR/copy/$directory" ]
    done
}

@test "the same below another prefix" {
    uninstalls "$LOCAL" PREFIX=/usr/local
    [ -d "$LOCAL/usr/lib/vhacs" ]
    [ ! -e "$BATS_TEST_TMPDIR/copy/usr/lib/vhacs" ]
}

@test "the notices of everything in the executable are installed" {
    local notices=$USUAL/usr/share/doc/vhacs/NOTICES
    for part in pino execa yaml Node.js OpenSSL V8 libuv; do
        grep -q "$part" "$notices" || fail "$part is not in the notices"
    done
    grep -q 'distributed under version 3' "$notices"
}

@test "the modules of a takeover are loaded at boot, and a daemon that has crashed is restarted" {
    run diff "$ROOT/systemd/vhacs-modules.conf" "$USUAL/usr/lib/modules-load.d/vhacs.conf"
    assert_success
    for daemon in iscsid multipathd; do
        run cat "$USUAL/usr/lib/systemd/system/$daemon.service.d/vhacs-restart.conf"
        assert_line Restart=on-failure
    done
}

@test "the timers run the command where it is installed, and are enabled by nobody" {
    local units=$LOCAL/usr/lib/systemd/system
    run cat "$units/vhacs-rehearse.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs storage --rehearse ALL --nightly'
    run cat "$units/vhacs-snapshots.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs storage --drop ALL --full --yes'
    run cat "$units/vhacs-verify.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs storage --verify ALL --nightly'
    for timer in rehearse verify snapshots; do
        run cat "$units/vhacs-$timer.timer"
        assert_line 'WantedBy=timers.target'
    done
    run find "$LOCAL" -path '*.wants*'
    assert_output ''
}

@test "Pacemaker starts the watch over its coordinator, which needs no other unit to be enabled and fills no journal" {
    local units=$LOCAL/usr/lib/systemd/system
    run cat "$units/pacemaker.service.d/vhacs-pacemaker.conf"
    assert_line 'Wants=vhacs-elect.timer'
    run cat "$units/vhacs-elect.timer"
    assert_line 'PartOf=pacemaker.service'
    refute_line '[Install]'
    run cat "$units/vhacs-elect.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs cluster --elect'
    assert_line 'LogLevelMax=notice'
    # is_met NODES QUORATE: whether its first condition is
    is_met() {
        mkdir -p "$BATS_TEST_TMPDIR/bin"
        printf '#!/bin/sh\nprintf "Nodes:            %s\\nQuorate:          %s\\n"\n' "$1" "$2" >"$BATS_TEST_TMPDIR/bin/corosync-quorumtool"
        chmod 755 "$BATS_TEST_TMPDIR/bin/corosync-quorumtool"
        PATH=$BATS_TEST_TMPDIR/bin:$PATH dash -c "$(sed -n "s/^ExecCondition=sh -c '\\(.*quorumtool.*\\)'/\\1/p" "$units/vhacs-elect.service" | sed 's/\$\$/$/g')"
    }
    is_met 1 Yes
    for others in '2 Yes' '1 No' '11 Yes'; do
        # shellcheck disable=SC2086
        run is_met $others
        assert_failure
    done
}

@test "DRBD finds its handlers in /usr/lib/vhacs, wherever the executable is" {
    for handler in "${HANDLERS[@]}" vhacs-alert; do
        run readlink "$LOCAL/usr/lib/vhacs/$handler"
        assert_output ../../local/libexec/vhacs/vhacs
    done
}

@test "the socket for metrics runs the command where it is installed, and is enabled by nobody; alerts and dashboard are in share" {
    local units=$LOCAL/usr/lib/systemd/system
    run cat "$units/vhacs-metrics@.service"
    assert_line 'ExecStart=/usr/local/sbin/vhacs metrics --http'
    # drbdsetup, which is run with DRBD 9, asks the kernel by netlink
    assert_line 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'
    run cat "$units/vhacs-metrics.socket"
    assert_line 'ListenStream=127.0.0.1:17800'
    for file in rules.yaml dashboard.json; do
        run cmp "$ROOT/monitoring/$file" "$LOCAL/usr/local/share/vhacs/monitoring/$file"
        assert_success
    done
    run find "$LOCAL" -path '*.wants*'
    assert_output ''
}

@test "each command, agent and handler is a relative link to the executable" {
    local links link
    mapfile -t links < <(cd "$USUAL" && find . -type l)
    # besides these: the command, the program for alerts, the fencing agent
    assert_equal ${#links[@]} $((3 + ${#AGENTS[@]} + ${#HANDLERS[@]}))
    for link in "${links[@]}"; do
        run readlink "$USUAL/$link"
        refute_output --regexp '^/'
        assert_equal "$(readlink -f "$USUAL/$link")" "$(readlink -f "$USUAL/usr/libexec/vhacs/vhacs")"
    done
    [ -x "$USUAL/usr/sbin/vhacs" ]
    for agent in "${AGENTS[@]}"; do [ -x "$USUAL/usr/lib/ocf/resource.d/vhacs/$agent" ]; done
}

@test "every page of the manual is installed in its section, and is without faults for both of its readers" {
    local man=$USUAL/usr/share/man page
    for page in man8/vhacs.8 man8/fence_vhacs_sbd.8 man5/vhacs.conf.5 man5/vhacs-clouds.5 "${AGENTS[@]/#/man7/ocf_vhacs_}"; do
        [[ $page != man7/* ]] || page+=.7
        run groff -man -Tutf8 -ww -z "$man/$page"
        assert_success
        assert_output ''
        # a date would have to be kept up to date
        run bash -c "mandoc -T lint -W warning '$man/$page' | grep -v 'missing date'"
        assert_output ''
    done
    assert_equal "$(find "$man" -type f | wc -l)" "$(find "$ROOT/docs/man" -type f | wc -l)"
}

@test "zsh completes nouns, flags, options and roles" {
    # complete WORD...: the words that are offered in place of the last one
    complete() {
        run zsh -fc '
            _describe() { local line; for line in ${(P)@[-1]}; do print -r -- ${line%%:*}; done }
            words=("${@[2,-1]}") CURRENT=$#words
            source $1' zsh "$ROOT/docs/completion/_vhacs" "$@"
        assert_success
    }
    complete vhacs ''
    for noun in cluster node storage compose metrics help; do assert_line $noun; done
    complete vhacs storage ''
    assert_line -- --create
    refute_line -- --size
    complete vhacs storage --create c1 ''
    assert_line -- --size
    refute_line -- --create
    complete vhacs node --setrole ''
    assert_line storage,vhost
    complete vhacs compose clouds.yaml ''
    assert_line -- --format
}

@test "no script of the package starts, stops or restarts a service, and each is right for the shell" {
    local script scripts=("$ROOT"/debian/vhacs.p*)
    assert_equal ${#scripts[@]} 2
    for script in "${scripts[@]}"; do
        dash -n "$script"
        run grep -nE '(invoke-rc\.d|service|deb-systemd-invoke|initctl|vhacs (node|storage|cluster)|crm|pcs)( |$)' "$script"
        assert_output ''
        run bash -c "grep -E '^[^#]*systemctl' '$script' | grep -vE 'systemctl --system daemon-reload( |\$)'"
        assert_output ''
    done
    # debhelper would add some for the timer
    grep -qx 'override_dh_installsystemd:' "$ROOT/debian/rules"
}
