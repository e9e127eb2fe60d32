#!/usr/bin/env bats
# The Debian package that "make deb" has built: its files, and its installation and removal on Debian 12 and 13.

bats_require_minimum_version 1.11.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
AGENTS=(lvm-volume drbd-cloud lio-iblock iscsi-mount ext3-filesystem nspawn-container)
# in the directories of the other Debian, as test/debian-root.sh unpacks no manual pages
NEEDS=(e2fsprogs drbd-utils iproute2 iputils-ping kmod lvm2 open-iscsi openssh-client pacemaker pacemaker-cli-utils procps
    resource-agents man-db crmsh libxml2-utils)

export BATS_LIB_PATH=$ROOT/node_modules
bats_load_library bats-support
bats_load_library bats-assert

setup_file() {
    DEB=$(echo "$ROOT"/dist/deb/vhacs_*_amd64.deb)
    FILES=$BATS_FILE_TMPDIR/files
    export DEB FILES
    dpkg-deb -x "$DEB" "$FILES"
}

@test "the package has the files that make install installs, its configuration file, and those that Debian requires" {
    local copy=$BATS_TEST_TMPDIR/copy stage=$BATS_TEST_TMPDIR/stage file
    mkdir -p "$copy/dist"
    for file in "$ROOT"/*; do [ "${file##*/}" = dist ] || ln -s "$file" "$copy"; done
    # only their names matter
    touch "$copy"/dist/{vhacs,NOTICES,vhacs.cdx.json}
    run make -C "$copy" -o dist/vhacs install DESTDIR="$stage"
    assert_success
    run diff <(cd "$stage" && find . ! -type d -printf '%p %l\n' | sort) \
        <(cd "$FILES" && find . ! -type d -printf '%p %l\n' | sed '/share\/\(doc\|man\)/s/\.gz / /' | sort)
    assert_equal "$(sed -n 's/^> //p' <<<"$output" | sed 's,^\./usr/share/doc/vhacs/.*,doc,' | uniq)" "./etc/vhacs.conf 
doc"
    refute_output --regexp '(^|'$'\n'')<'
}

@test "all links are relative and lead to a file of the package" {
    cd "$FILES"
    run find . -xtype l
    assert_output ''
    run find . -type l -lname '/*'
    assert_output ''
}

@test "the executable runs, and is the one whose parts the bill of materials names" {
    run "$FILES/usr/sbin/vhacs" --version
    assert_output "$(dpkg-deb -f "$DEB" Version)"
    run grep -c '"purl": "pkg:npm/' "$FILES/usr/share/doc/vhacs/vhacs.cdx.json"
    ((output > 30))
}

@test "lintian finds nothing" {
    run lintian --allow-root --fail-on info,warning,error "$DEB"
    assert_success
    assert_output ''
}

# on_debian SUITE: installs the package there, calls what it has, removes and purges it, and prints files that are left or changed
on_debian() {
    local root before
    root=$(VHACS_ROOTS=${VHACS_ROOTS:-/var/tmp/vhacs-roots}/package "$ROOT/test/debian-root.sh" "$1" "${NEEDS[@]}")
    list() { find "$root" -xdev \( -path "$root/var" -o -path "$root/tmp" -o -path "$root/root" \) -prune -o -printf '%P %m %u %l\n' | sort; }
    before=$(list)
    cp "$DEB" "$root/tmp/vhacs.deb"
    cp "$ROOT/debian/tests/metadata" "$root/tmp/"
    unshare --mount --pid --fork --kill-child chroot "$root" sh -ec '
        export LC_ALL=C.UTF-8
        mount -t proc proc /proc
        dpkg --path-include="/usr/share/man/*" --path-include="/usr/share/doc/*" -i /tmp/vhacs.deb
        test -d /run/vhacs
        grep -qx "Status: install ok installed" /var/lib/dpkg/status
        for page in vhacs vhacs.conf vhacs-clouds fence_vhacs_sbd '"${AGENTS[*]/#/ocf_vhacs_}"'; do
            man --warnings "$page" >/tmp/page 2>/tmp/warnings
            grep -q "^NAME" /tmp/page
            test ! -s /tmp/warnings || cat /tmp/warnings
            echo "manual: $page"
        done
        export HOME=/tmp/home
        mkdir -p /tmp/home
        chown nobody /tmp/home
        setpriv --reuid=nobody --clear-groups /tmp/metadata
        # a second installation, as at an upgrade, keeps what the operator has written
        echo "STORAGE_IFNAME = \"eth9\"" >>/etc/vhacs.conf
        dpkg -i /tmp/vhacs.deb
        tail -n 1 /etc/vhacs.conf
        mkdir -p /etc/vhacs/chap
        echo secret >/etc/vhacs/chap/cloud0
        dpkg --remove vhacs
        test -e /etc/vhacs.conf -a -e /etc/vhacs/chap/cloud0
        dpkg --purge vhacs
    ' 2>&1 || return
    diff <(echo "$before") <(list)
}

check_debian() {
    run on_debian "$1"
    assert_success
    for agent in "${AGENTS[@]}"; do
        assert_line "manual: ocf_vhacs_$agent"
        assert_line "$agent: meta-data are right"
    done
    assert_line 'STORAGE_IFNAME = "eth9"'
}

@test "it is installed, updated and purged on Debian 12, and leaves nothing" { check_debian bookworm; }

@test "it is installed, updated and purged on Debian 13, and leaves nothing" { check_debian trixie; }
