#!/usr/bin/env bats
# bats file_tags=long
# A file of clouds on real nodes: from the text to the mounts, and through an operator's changes to it.

load ../support/helpers

CLOUDS=(file1 file2 file3 file4)
FILE=/root/clouds.yaml

# compose I WORD...: runs vhacs compose on a node
compose() {
    local node=$1
    shift
    on "$node" "$VHACS compose $*"
}

# write_file I: writes standard input to the file of clouds on a node
write_file() { on "$1" "cat >$FILE"; }

# clouds_file [LINE...]: a file of two clouds, one with mutual CHAP, one with an IPv6 address, and these lines at its end
clouds_file() {
    cat <<'YAML'
cluster: vhacs
networks:
  storage: {addresses: 10.77.1.180-10.77.1.189/24}
nodes:
  - {name: node1, roles: [storage, vhost], initiator: "iqn.2026-01.org.vhacs:node1"}
  - {name: node2, roles: [storage, vhost], initiator: "iqn.2026-01.org.vhacs:node2"}
clouds:
  - name: file1
    size: 48M
    storage: [node1, node2]
    vhosts: [node2]
    chap:
      user: file1
      secret: /etc/vhacs/file1.secret
      mutual: {user: the-target, secret: /etc/vhacs/the-target.secret}
  - name: file2
    size: 48M
    storage: [node2, node1]
    vhosts: [node1]
    address: fd77::c2/64
YAML
    (($# == 0)) || printf '%s\n' "$@"
}

# configuration: the cluster's configuration, without the CIB's version
configuration() { on 1 'cibadmin --query --scope configuration'; }

# mount_state I CLOUD: the mount's ID, which a remount after an unmount would change, and its options
mount_state() { on "$1" "awk -v m=/clouds/$2 '\$5 == m {print \$1, \$6}' /proc/self/mountinfo"; }

# on_both COMMAND: runs it on both nodes in turn
on_both() {
    on 1 "$1"
    on 2 "$1"
}

setup_file() {
    load ../support/helpers
    local node
    # the initiator of a node that does not exist is unknown
    on 1 "$VHACS node --delrole ALL node3" || true
    for node in 1 2; do
        on $node "ip -6 address replace fd77::$node/64 dev eth1 nodad; mkdir -p /etc/vhacs; umask 077
            echo first-secret-1 >/etc/vhacs/file1.secret; echo second-secret-2 >/etc/vhacs/the-target.secret"
    done
}

teardown_file() {
    load ../support/helpers
    local name
    on 1 "cibadmin --delete --xpath \"//rsc_location[@id='by-hand-location']\"; crm_resource --resource by-hand --set-parameter target-role --meta --parameter-value Stopped;
        crm_resource --wait --timeout 60; cibadmin --delete --xpath \"//primitive[@id='by-hand']\"; crm_resource --cleanup" >/dev/null 2>&1 || true
    for name in "${CLOUDS[@]}"; do on 1 "$VHACS storage --destroy $name --force --yes" >/dev/null 2>&1 || true; done
    on_both "for c in ${CLOUDS[*]}; do
            if [ -e /etc/drbd.d/\$c.res ]; then drbdadm down \$c; rm -f /etc/drbd.d/\$c.res; fi
            lvremove --quiet --yes vhacs/\$c
        done
        rm -rf $FILE /tmp/clouds.* /etc/vhacs/file1.secret /etc/vhacs/the-target.secret
        ip -6 address delete fd77::1/64 dev eth1; ip -6 address delete fd77::2/64 dev eth1; true" >/dev/null 2>&1 || true
}

@test "problems in a file are reported with line and column, and nothing is changed (usage, 2)" {
    clouds_file '  - name: file3' '    sise: 48M' | write_file 1
    before=$(configuration)
    run compose 1 $FILE --apply
    assert_failure 2
    assert_line --partial "$FILE:22:5: \"sise\" is not a key here"
    run configuration
    assert_output "$before"
}

@test "the text for crm and the XML produce the same configuration, on copies of the CIB" {
    clouds_file | write_file 1
    before=$(configuration)
    compose 1 $FILE >/tmp/clouds.crm.$$
    run cat /tmp/clouds.crm.$$
    assert_line 'primitive file1-lvm ocf:vhacs:lvm-volume \'
    assert_line --partial '# Cloud file2: data on node2 and node1, exported at fd77::c2, mounted on /clouds/file2.'
    rm /tmp/clouds.crm.$$
    run on 1 "set -e
        $VHACS compose $FILE >/tmp/clouds.crm; $VHACS compose $FILE --format xml >/tmp/clouds.xml
        cibadmin --query >/tmp/clouds.via-crm; cp /tmp/clouds.via-crm /tmp/clouds.via-xml
        CIB_file=/tmp/clouds.via-crm crm configure load update /tmp/clouds.crm
        CIB_file=/tmp/clouds.via-xml cibadmin --modify --allow-create --scope configuration --xml-file /tmp/clouds.xml
        for c in crm xml; do
            crm_verify --xml-file /tmp/clouds.via-\$c
            $VHACS compose --read --file /tmp/clouds.via-\$c >/tmp/clouds.\$c.yaml
        done
        diff /tmp/clouds.crm.yaml /tmp/clouds.xml.yaml && grep -c '^  - name: file' /tmp/clouds.xml.yaml"
    assert_success
    assert_line --index -1 2
    run configuration
    assert_output "$before"
}

@test "--diff shows what would change, and changes nothing" {
    before=$(configuration)
    run compose 1 $FILE --diff
    assert_success
    assert_line '+ cloud file1: 48M on node1 and node2, exported at 10.77.1.180, mounted on /clouds/file1, by node2 if possible'
    assert_line '+ cloud file2: 48M on node2 and node1, exported at fd77::c2, mounted on /clouds/file2, by node1 if possible'
    assert_line '    file1-lvm: start on node1'
    run configuration
    assert_output "$before"
}

@test "a secret that is missing on a node is reported before anything is changed (usage, 2)" {
    on 2 'mv /etc/vhacs/file1.secret /etc/vhacs/away'
    before=$(configuration)
    run compose 1 $FILE --apply
    on 2 'mv /etc/vhacs/away /etc/vhacs/file1.secret'
    assert_failure 2
    assert_output --regexp "$FILE:[0-9]+:[0-9]+: /etc/vhacs/file1.secret does not exist on node2"
    run configuration
    assert_output "$before"
}

@test "--apply creates both clouds, and both are mounted and writable" {
    run compose 1 $FILE --apply
    assert_success
    assert_output --partial 'file1: is mounted'
    assert_output --partial 'file2: is mounted'
    run on 2 'findmnt --noheadings --output fstype /clouds/file1; echo one >/clouds/file1/written; sync -f /clouds/file1/written; cat /clouds/file1/written'
    assert_output $'ext3\none'
    run on 1 'findmnt --noheadings --output fstype /clouds/file2; echo two >/clouds/file2/written; sync -f /clouds/file2/written; cat /clouds/file2/written'
    assert_output $'ext3\ntwo'
}

@test "one session uses mutual CHAP, the other an IPv6 address" {
    run on 2 'grep -H . /sys/class/iscsi_session/session*/{username,username_in,targetname}'
    assert_line --regexp '/username:file1$'
    assert_line --regexp '/username_in:the-target$'
    run on 1 'grep -h . /sys/class/iscsi_connection/connection*/persistent_address'
    assert_line --regexp '^\[?fd77::c2\]?$'
}

@test "no secret is in the CIB or in a log" {
    run on_both "cibadmin --query; journalctl --no-pager -o cat --since -15min; cat /var/log/pacemaker/pacemaker.log"
    assert_output --partial file1-target
    refute_output --partial first-secret-1
    refute_output --partial second-secret-2
}

@test "--apply again, on the other node, changes nothing" {
    clouds_file | write_file 2
    before=$(configuration)
    run compose 2 $FILE --apply
    assert_success
    assert_line 'nothing changes'
    run compose 1 $FILE --diff
    assert_line --index 0 'nothing changes'
    run configuration
    assert_output "$before"
}

@test "--read prints a file for which --diff finds nothing to change" {
    run on 2 "$VHACS compose --read >/tmp/clouds.read; $VHACS compose /tmp/clouds.read --diff"
    assert_success
    assert_line --index 0 'nothing changes'
}

@test "manual additions and changes are kept" {
    on 1 "cibadmin --create --scope constraints --xml-text '<rsc_location id=\"by-hand-location\" rsc=\"file2-mount\" node=\"node1\" score=\"7\"/>'
        cibadmin --create --scope resources --xml-text '<primitive id=\"by-hand\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>'
        cibadmin --modify --xml-text '<op id=\"file2-address-stop-0s\" timeout=\"90s\"/>'
        crm_resource --wait"
    mounts=$(mount_state 2 file1; mount_state 1 file2)
    clouds_file '    vhosts: [node1, node2]' | grep -v 'vhosts: \[node1\]$' | write_file 1
    run compose 1 $FILE --apply
    assert_success
    assert_line '~ cloud file2'
    assert_line '    preferred vhosts: node1 -> node1, node2'
    run configuration
    assert_line --partial 'id="by-hand-location"'
    assert_line --partial '<primitive id="by-hand"'
    assert_line --regexp 'id="file2-address-stop-0s".*timeout="90s"'
    assert_line --partial 'id="file2-vhost-preference-2"'
    run on 1 'crm_mon -1'
    assert_line --regexp 'by-hand.*Started'
    run eval 'mount_state 2 file1; mount_state 1 file2'
    assert_output "$mounts"
}

@test "a change that would unmount a running cloud is refused without --interrupt" {
    clouds_file '    options: noatime,nodiratime' | write_file 1
    before=$(configuration)
    mount=$(mount_state 1 file2)
    run compose 1 $FILE --apply
    assert_failure 2
    assert_line '! cloud file2 is interrupted: it is unmounted, and its users lose access'
    assert_line --partial 'this would interrupt file2; pass --interrupt to proceed'
    run configuration
    assert_output "$before"
    run mount_state 1 file2
    assert_output "$mount"

    other=$(mount_state 2 file1)
    run compose 1 $FILE --apply --interrupt
    assert_success
    run on 1 'findmnt --noheadings --output options /clouds/file2; cat /clouds/file2/written'
    assert_line --index 0 --partial noatime
    assert_line --index 1 two
    run mount_state 2 file1
    assert_output "$other"
}

# in standby, as emulated nodes are too slow for four running clouds
@test "of two concurrent runs one waits for the other, and both create their clouds, with different numbers" {
    clouds_file '    options: noatime,nodiratime' '  - {name: file3, size: 48M, state: standby}' | write_file 1
    clouds_file '    options: noatime,nodiratime' '  - {name: file4, size: 48M, state: standby}' | write_file 2
    compose 1 $FILE --apply >"$BATS_TEST_TMPDIR/one" 2>&1 &
    one=$!
    compose 2 $FILE --apply >"$BATS_TEST_TMPDIR/other" 2>&1 &
    other=$!
    wait $one
    wait $other
    run cat "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/other"
    assert_line --regexp 'waiting for vhacs on node[12], process [0-9]+'
    assert_line --partial 'file3 is created'
    assert_line --partial 'file4 is created'
    run on 1 "crm_verify --live-check && cibadmin --query --scope resources | grep -oE 'value=\"(/dev/drbd[0-9]+|10[.][.0-9]+|fd[0-9a-f:]+)\"' | sort | uniq -d"
    assert_success
    refute_output
    run on 1 "$VHACS compose --read | grep -E '^  - name: file'"
    assert_output $'  - name: file1\n  - name: file2\n  - name: file3\n  - name: file4'
    run configuration
    refute_output --partial vhacs-lock
}

@test "other storage nodes are not printed for other tools, which would not copy the data (usage, 2)" {
    clouds_file | sed 's/storage: \[node1, node2\]/storage: [node1, node3]/' | write_file 1
    run compose 1 $FILE
    assert_failure 2
    assert_line --partial "$FILE:10:14: the data of file1 are on node1 and node2, and a change of the configuration alone does not move them"
}

@test "a cloud that is not in the file is kept until --detach removes it from the cluster, without its data" {
    on 1 "$VHACS storage --destroy file3-4 --yes"
    clouds_file | sed '/name: file2/,$d' | write_file 1
    run compose 1 $FILE --apply
    assert_success
    assert_line --partial 'cloud file2 is not in the file: it stays as it is'
    run compose 1 $FILE --apply --detach
    assert_failure 2
    assert_output --partial 'this would interrupt file2'
    run compose 1 $FILE --apply --detach --interrupt
    assert_success
    assert_line --partial 'file2 is removed from the cluster; its volumes and /etc/drbd.d/file2.res stay'
    run on_both 'lvs --noheadings -o lv_name,lv_active vhacs/file2; ls /etc/drbd.d/file2.res; findmnt /clouds/file2; true'
    assert_line --partial file2
    refute_line --partial ' active'
    refute_line --partial ext3
    run configuration
    refute_output --partial file2
}

@test "--attach brings the cloud back with its data" {
    clouds_file '    options: noatime,nodiratime' | write_file 2
    run compose 2 $FILE --apply
    assert_failure 2
    assert_output --regexp "$FILE:[0-9]+:[0-9]+: node[12] already has a volume vhacs/file2: .* adopt it with vhacs compose --apply --attach"
    run compose 2 $FILE --apply --attach
    assert_success
    assert_line --partial '+ cloud file2: existing data on node2 and node1'
    assert_line --partial 'file2 is mounted'
    run on 1 'cat /clouds/file2/written'
    assert_output two
}

@test "destroy leaves nothing of the clouds behind" {
    run on 2 "$VHACS storage --destroy file1-2 --yes"
    assert_success
    run configuration
    refute_output --partial 'id="file'
    run on_both "lvs --noheadings -o lv_name vhacs; ls /etc/drbd.d; ls /sys/kernel/config/target/iscsi 2>/dev/null"
    for name in "${CLOUDS[@]}"; do refute_output --partial "$name"; done
}
