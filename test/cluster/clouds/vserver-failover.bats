#!/usr/bin/env bats
# bats file_tags=long
# The demo of a vserver, on the running nodes: a container with a writer in it does not notice that the node dies that exports its disk, and when
# its own node dies, it starts on the other one with every acknowledged record. Then the cluster's links are cut, which it does not notice.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    load ../support/helpers
    destroy_storages
    for node in 1 2; do on $node 'command -v systemd-nspawn >/dev/null || apt-get install --yes systemd-container'; done
}

teardown_file() {
    load ../support/helpers
    for node in 1 2; do "$LAB" boot $node; done
    "$LAB" cluster
    vhacs_on 1 vserver --destroy ALL --yes || true
    destroy_storages
    for node in 1 2; do on $node 'rm -rf /root/web'; done
}

# container_node: the number of the node on which Pacemaker has the container
container_node() {
    local node
    node=$(on 1 'crm_resource --locate --resource web0-container 2>/dev/null' | grep -o 'on: node[12]')
    [ -n "$node" ] && echo "${node#on: node}"
}
has_container() { container_node >/dev/null; }
supervisor() { on_with "$WRITER_NODE" container.sh <<<'supervisor_of web0'; }

@test "the exporting node dies, and the container goes on; its own node dies, and it starts on the other one, where it stays" {
    run "$ROOT/test/cluster/demo-vserver" --in-lab
    echo "$output"
    assert_success
    sed -n -e 's/.*\(its longest pause was .*\)/# \1/p' -e '/Its time went into:/,$ s/^/# /p' <<<"$output" >&3
    wait_until_online 2
    assert_output --partial "The container runs on node$(container_node),"
}

@test "the cluster's links are cut: the container's node survives, and the container goes on" {
    local link boots before last found
    wait_until_online 2
    choose_storage demo
    wait_until 240 is_in_sync
    wait_until 240 has_container
    WRITER_NODE=$(container_node)
    ACKNOWLEDGED=$BATS_TEST_TMPDIR/acknowledged
    on_with "$WRITER_NODE" container.sh <<<'write_in_vserver web0 /records-cut' >"$ACKNOWLEDGED" 2>/dev/null 3>&- &
    wait_until 60 has_acknowledged 20
    before=$(supervisor)
    boots=$("$LAB" boots "$WRITER_NODE")
    for link in eth1 eth2; do "$LAB" net 2 $link off; done
    sleep 60
    assert_writes_continue 300
    [ "$(supervisor)" = "$before" ]
    refute grep ERROR "$ACKNOWLEDGED"
    [ "$("$LAB" boots "$WRITER_NODE")" = "$boots" ]
    echo "# the writer paused for $(longest_pause) s" >&3
    on "$WRITER_NODE" 'pkill -f "[w]hile :; do n="' || true
    last=$(awk 'END { print $1 }' "$ACKNOWLEDGED")
    found=$(on_with "$WRITER_NODE" container.sh <<<'count_on_disk /clouds/demo/web0/records-cut')
    echo "# $last acknowledged, $found on the disk" >&3
    ((last >= 20 && found >= last))
    for link in eth1 eth2; do "$LAB" net 2 $link on; done
    wait_until 120 on 1 true
    "$LAB" cluster
}
