#!/usr/bin/env bats
# bats file_tags=long
# vhacs storage on real nodes: restart, standby, preferences, failures, and storages in use.

load ../support/helpers

NAME=oper1
OTHER=oper2

setup_file() {
    load ../support/helpers
    create_storages oper1-2
}

teardown_file() {
    load ../support/helpers
    on 1 "fuser -k /clouds/$NAME/held" || true
    destroy_storages
}

# sessions: the iSCSI sessions of both nodes; the kernel numbers each new one differently
sessions() {
    local node
    for node in 1 2; do on $node 'grep . /sys/class/iscsi_session/*/targetname' || true; done
}

@test "restarting one storage does not touch the others" {
    local before
    before=$(sessions)
    run vhacs_on 1 storage -r "$NAME"
    assert_success
    assert_line --regexp "$NAME: mounted again$"
    run diff <(sessions) - <<<"$before"
    assert_line --regexp "^[<>] .*:$NAME$"
    refute_line --partial $OTHER
}

@test "ALL are put in standby, and a range starts only the storages that it names" {
    run vhacs_on 2 storage -S ALL
    assert_success
    run vhacs_on 1 storage -A oper1-1
    assert_success
    run vhacs_on 1 storage -l --json
    run jq -r '[.storages[] | .name + "=" + .state + "=" + (.mount.node != null | tostring)] | join(" ")' <<<"$output"
    assert_output "$NAME=active=true $OTHER=standby=false"
    # it already is in standby
    run vhacs_on 1 storage -S "$OTHER"
    assert_success
}

@test "the preferred node gets the mount, with the data intact" {
    local from to
    from=$(storage_field "$NAME" .mount.node)
    to=$([ "$from" = node1 ] && echo node2 || echo node1)
    on "${from#node}" "echo kept >/clouds/$NAME/file; sync"
    run vhacs_on 2 storage -p "$to,$from" "$NAME"
    assert_success
    assert_output --partial "$NAME prefers $to, $from; it is mounted on $to"
    run on "${to#node}" "cat /clouds/$NAME/file"
    assert_output kept
    run vhacs_on 1 storage -i "$NAME" --json
    run jq -r '.storages[0].preferredVhosts | join(" ")' <<<"$output"
    assert_output "$to $from"
    assert_no_traces_of cli-prefer # the preference that moved it
}

@test "a failure is shown, and --unfail clears it" {
    local node
    node=$(storage_field "$NAME" .mount.node)
    on 1 "crm_resource --fail --resource $NAME-filesystem --node $node"
    on 1 'crm_resource --wait --timeout=120s'
    run vhacs_on 2 storage -i "$NAME"
    assert_line --regexp "^ *failed: $NAME-filesystem: +.* on $node: "
    run vhacs_on 2 storage -l
    assert_line --regexp "^\| \(A\)$NAME!? .*\(F\)$node"
    run vhacs_on 2 storage -u "$NAME"
    assert_success
    run vhacs_on 1 storage -i "$NAME" --json
    run jq -c '.storages[0] | [.failures, .mount.isFailed]' <<<"$output"
    assert_output '[[],false]'
}

@test "if the preferred node cannot mount it, the next one does" {
    local from to
    from=$(storage_field "$NAME" .mount.node)
    to=$([ "$from" = node1 ] && echo node2 || echo node1)
    # without iscsid it cannot log in
    on "${to#node}" "systemctl stop iscsid.socket iscsid.service; systemctl mask --runtime iscsid.socket iscsid.service"
    run vhacs_on 1 storage -p "$to,$from" "$NAME"
    on "${to#node}" "systemctl unmask --runtime iscsid.socket iscsid.service; systemctl start iscsid.socket iscsid.service"
    assert_success
    assert_output --partial "failed there"
    assert_output --partial "$NAME prefers $to, $from; it is mounted on $from"
    vhacs_on 1 storage -u "$NAME"
}

@test "destroy refuses a storage that the kernel uses (usage, 2); restart reports the processes that it kills" {
    local node
    node=$(storage_field "$NAME" .mount.node)
    on "${node#node}" "dd if=/dev/zero of=/clouds/$NAME/image bs=64k count=16 status=none; losetup --find /clouds/$NAME/image"
    run vhacs_on 2 storage -D "$NAME" --yes
    on "${node#node}" "losetup -D"
    assert_failure 2
    assert_output --regexp "$NAME is used on $node by loop device loop[0-9]+ on /clouds/$NAME/image"
    on "${node#node}" "nohup sleep 600 >/clouds/$NAME/held 2>/dev/null </dev/null & sleep 1"
    run vhacs_on 1 storage -r "$NAME"
    assert_success
    assert_output --regexp "WARNING: $NAME is used on $node by process [0-9]+"
}

@test "destroy refuses a storage that a process uses (usage, 2), unless --force is given" {
    local node
    node=$(storage_field "$NAME" .mount.node)
    on "${node#node}" "nohup sleep 600 >/clouds/$NAME/held 2>/dev/null </dev/null & sleep 1"
    run vhacs_on 2 storage -D "$NAME" --yes
    assert_failure 2
    assert_output --regexp "$NAME is used on $node by process [0-9]+: stop that first, or pass --force"
    run vhacs_on 2 storage -l
    assert_line --regexp "^\| \(A\)$NAME!? .*\(S\)$node"
    run vhacs_on 2 storage -D "$NAME" --yes --force
    assert_success
    assert_no_traces_of "$NAME"
}
