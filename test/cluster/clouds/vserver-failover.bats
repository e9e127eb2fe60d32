#!/usr/bin/env bats
# bats file_tags=long
# A container with a writer in it: it does not notice that the node dies that exports its disk, nor a cut of the cluster's links; when its own
# node dies, it starts on the other one with every acknowledged record.

load ../support/helpers
load ../support/fence-peer

NAME=hosting3
FILE=/root/vserver-failover.yaml

setup_file() {
    load ../support/helpers
    destroy_storages
    create_storages "$NAME"
    for node in 1 2; do on $node 'command -v systemd-nspawn >/dev/null || apt-get install --yes systemd-container'; done
    wait_until 60 is_mounted_by 2
    on_with 2 container.sh <<<"tree=/clouds/$NAME/web0; create_tree \$tree; copy_programs \$tree /usr/bin/date"
    printf 'clouds: [{name: %s}]\nvservers: [{name: web0, cloud: %s, command: /usr/bin/hold}]\n' "$NAME" "$NAME" | on 1 "cat >$FILE"
    vhacs_on 1 compose $FILE --apply --interrupt
    wait_until 120 has_container
}

teardown_file() {
    load ../support/helpers
    for node in 1 2; do "$LAB" boot $node; done
    "$LAB" cluster
    destroy_storages
    on 1 "rm -f $FILE"
}

setup() {
    wait_until_online 2
    choose_storage "$NAME"
    wait_until 240 is_in_sync
    wait_until 240 has_container
}

# container_node: the number of the node on which Pacemaker has the container
container_node() {
    local node
    node=$(on "${1:-1}" 'crm_resource --locate --resource web0-container 2>/dev/null' | grep -o 'on: node[12]')
    [ -n "$node" ] && echo "${node#on: node}"
}
has_container() { container_node "$@" >/dev/null; }

# supervisor: the process that runs the container, which a restart changes
supervisor() { on "$WRITER_NODE" 'cat /sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service/supervisor/cgroup.procs'; }

# inside COMMAND: in the container, on the node that it was on when the writer was started
inside() {
    on "$WRITER_NODE" "init=\$(head -n 1 /sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service/payload/cgroup.procs)
        exec nsenter --target \$init --all --root --wd=/proc/\$init/root -- /usr/bin/sh -c $(printf '%q' "$1")"
}

# start_writer_inside: numbers, each acknowledged after its fsync, as "N SECONDS"
start_writer_inside() {
    WRITER_NODE=$(container_node)
    RECORDS=/clouds/$NAME/web0/records-$BATS_TEST_NUMBER
    ACKNOWLEDGED=$BATS_TEST_TMPDIR/acknowledged
    inside "file=/${RECORDS##*/}"'
        n=0
        while :; do n=$((n + 1)); { echo $n >>$file && sync $file; } || { echo ERROR; exit 1; }; echo "$n $(date +%s.%3N)"; done' \
        >"$ACKNOWLEDGED" 2>/dev/null 3>&- &
    wait_until 60 has_acknowledged 20
    SUPERVISOR=$(supervisor)
}

# assert_unnoticed: the same container, whose writer had no error, and goes on
assert_unnoticed() {
    assert_writes_continue 300
    [ "$(supervisor)" = "$SUPERVISOR" ]
    refute grep ERROR "$ACKNOWLEDGED"
    echo "# $BATS_TEST_DESCRIPTION: the writer paused for $(longest_pause) s" >&3
    on "$WRITER_NODE" 'pkill -f "[w]hile :; do n="' || true
    assert_records
}

# assert_records: every acknowledged number is on the disk, in order
assert_records() {
    local node last count
    node=$(mount_node)
    last=$(awk 'END { print $1 }' "$ACKNOWLEDGED")
    count=$(on "$node" "echo 3 >/proc/sys/vm/drop_caches; awk '\$1 != NR { exit 1 } END { print NR }' $RECORDS")
    echo "# $last acknowledged, $count on the disk" >&3
    ((last >= 20 && count >= last))
}

@test "the exporting node dies" {
    local exporter
    start_writer_inside
    exporter=$((3 - WRITER_NODE))
    is_exported_by $exporter
    "$LAB" kill $exporter
    sleep 10
    assert_unnoticed
    "$LAB" boot $exporter
    "$LAB" cluster
}

@test "the cluster's links are cut: the container's node survives" {
    local link boots
    start_writer_inside
    boots=$("$LAB" boots "$WRITER_NODE")
    for link in eth1 eth2; do "$LAB" net 2 $link off; done
    sleep 60
    assert_unnoticed
    [ "$("$LAB" boots "$WRITER_NODE")" = "$boots" ]
    for link in eth1 eth2; do "$LAB" net 2 $link on; done
    wait_until 120 on 1 true
    "$LAB" cluster
}

@test "its own node dies: it starts on the other one, with every acknowledged record" {
    local other
    start_writer_inside
    other=$((3 - WRITER_NODE))
    "$LAB" kill "$WRITER_NODE"
    wait_until 300 is_running_on $other
    assert_records
    "$LAB" boot "$WRITER_NODE"
    "$LAB" cluster
    wait_until 240 is_in_sync
    # it stays
    is_running_on $other
}
is_running_on() { [ "$(container_node "$1")" = "$1" ] && on "$1" 'test -d /sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service/payload'; }
