#!/usr/bin/env bats
# bats file_tags=long
# What is done to a storage with a container on it that writes: a snapshot, a growth and a rollback; and who names the container: refusals, warnings,
# the agent that unmounts, metrics, alerts, --history, --report, and readiness.

load ../support/helpers

NAME=hosting3
FILE=/root/vserver.yaml

# the container on node 2, and what tells its runs apart
supervisor() { on 2 'cat /sys/fs/cgroup/machine.slice/vhacs-nspawn-web0.service/supervisor/cgroup.procs'; }
is_running() { on 1 'crm_resource --locate --resource web0-container 2>/dev/null' | grep -q 'on: node2'; }

# records: how many lines the container has written
records() { on 2 "cat /clouds/$NAME/web0/var/records" | wc -l; }
has_more_than() { [ "$(records)" -gt "$1" ]; }

setup_file() {
    destroy_storages
    create_storages "$NAME"
    for node in 1 2; do on $node 'command -v systemd-nspawn >/dev/null || apt-get install --yes systemd-container'; done
    is_mounted_by 2
    on_with 2 container.sh <<<"create_tree /clouds/$NAME/web0"
    on 2 "cat >/clouds/$NAME/web0/usr/bin/hold" <<'SCRIPT'
#!/bin/sh
i=0
while i=$((i + 1)); do
    echo $i >>/var/records && sync /var/records
    sleep 0.2
done
SCRIPT
    vhacs_on 1 vserver --create web0 --storage "$NAME" --command /usr/bin/hold
}

teardown_file() {
    vhacs_on 1 cluster --setalerts none || true
    vhacs_on 1 vserver --destroy ALL --yes >/dev/null 2>&1 || true
    destroy_storages
    on 1 "rm -f $FILE /root/report.tar.zst"
}

setup() {
    wait_until_online 2
    wait_until 180 is_running
}

@test "a growth is seen inside, without a restart" {
    local before blocks
    before=$(supervisor)
    blocks=$(on 2 "stat -f -c %b /clouds/$NAME")
    run vhacs_on 1 storage --grow "$NAME" --size 96M
    assert_success
    [ "$(supervisor)" = "$before" ]
    [ "$(on 2 "stat -f -c %b /clouds/$NAME/web0")" -gt "$blocks" ]
    wait_until 30 has_more_than "$(records)"
}

@test "a snapshot freezes the container for a moment: it is not restarted, and goes on writing" {
    local before
    before=$(supervisor)
    run vhacs_on 1 storage --snapshot "$NAME" monday
    assert_success
    refute_output --partial WARNING
    [ "$(supervisor)" = "$before" ]
    wait_until 30 has_more_than "$(records)"
    run vhacs_on 1 vserver --list --json
    assert_output --partial '"isFailed": false'
}

@test "a rollback names the container, stops it with the mount, and it starts with the old data" {
    local before
    before=$(supervisor)
    on 2 "touch /clouds/$NAME/web0/var/later; sync -f /clouds/$NAME"
    run vhacs_on 1 storage --rollback "$NAME" monday --yes
    assert_success
    assert_output --partial "WARNING: $NAME is used on node2 by the vserver web0"
    wait_until 180 is_running
    refute [ "$(supervisor)" = "$before" ]
    run on 2 "ls /clouds/$NAME/web0/var"
    assert_line records
    refute_line later
    wait_until 30 has_more_than "$(records)"
    run on 1 'crm_mon -1 --output-as=xml'
    refute_output --regexp "<failure op_key=\"(web0|$NAME)-[a-z]*_stop_0"
}

@test "who shows the storage shows the container" {
    run vhacs_on 1 storage --info "$NAME"
    assert_line --regexp '^ *vservers: *web0 on node2$'
    run vhacs_on 1 storage --info "$NAME" --json
    assert_output --partial '"vservers"'
    run vhacs_on 1 storage --destroy "$NAME" --yes
    assert_failure 2
    assert_output --partial "$NAME is used on node2 by the vserver web0"
    run on 2 'vhacs metrics'
    assert_line "vhacs_container_state{vserver=\"web0\",storage=\"$NAME\",state=\"running\"} 1"
    assert_line "vhacs_vserver_running{vserver=\"web0\",storage=\"$NAME\"} 1"
    assert_line --regexp 'vhacs_container_memory_bytes\{vserver="web0".* [1-9]'
    run on 2 'su -s /bin/sh hacluster -c "vhacs metrics"'
    assert_output --partial 'state="running"'
}

@test "a failure is in the log of the alerts, in the history and in the report" {
    vhacs_on 1 cluster --setalerts log
    on 2 'systemctl kill --signal=KILL vhacs-nspawn-web0.service'
    wait_until 120 on 2 "journalctl -q -t vhacs-alert --since=-5min | grep -q 'vserver web0 on storage $NAME: monitor of the container failed on node2'"
    wait_until 180 is_running
    run vhacs_on 1 cluster --history "$NAME"
    assert_success
    assert_line --regexp "^web0 on $NAME, .*restart of the container on node2"
    on 1 'rm -f /root/report.tar.zst'
    run vhacs_on 1 cluster --report /root/report.tar.zst
    assert_success
    run on 1 'tar --zstd -xOf /root/report.tar.zst --wildcards "*/nodes/node2/commands/containers.txt"'
    assert_output --partial 'vhacs-nspawn-web0.service'
    assert_output --partial 'cgroup.events:populated 1'
}

@test "a node without systemd-nspawn, or without a bridge, cannot take the container over" {
    on 1 'mv /usr/bin/systemd-nspawn /usr/bin/systemd-nspawn.away'
    run vhacs_on 1 storage --info "$NAME"
    on 1 'mv /usr/bin/systemd-nspawn.away /usr/bin/systemd-nspawn'
    assert_output --partial 'systemd-nspawn is not installed: no vserver can run here'
    run vhacs_on 1 storage --info "$NAME"
    assert_line --regexp '^ *takeover by node1: *ready .*mount'
    on 2 'ip link add vsbr0 type bridge'
    vhacs_on 1 compose --read | sed 's/^\( *\)- name: web0$/&\n\1  network: bridge:vsbr0/' | on 1 "cat >$FILE"
    run vhacs_on 1 compose $FILE --apply --interrupt
    assert_success
    wait_until 180 is_running
    run vhacs_on 1 cluster --check
    assert_output --partial 'there is no interface vsbr0: web0 cannot run here'
    run vhacs_on 1 storage --prefers node1,node2 "$NAME"
    assert_output --partial 'there is no interface vsbr0'
    is_mounted_by 2
    on 1 "sed -i 's/network: bridge:vsbr0/network: none/' $FILE"
    vhacs_on 1 compose $FILE --apply --interrupt
    on 2 'ip link delete vsbr0'
}

@test "a container that somebody has started by hand is named by the agent that unmounts" {
    on_with 2 container.sh <<<"create_tree /clouds/$NAME/hand"
    on 2 "setsid systemd-nspawn --quiet --machine hand --as-pid2 --directory /clouds/$NAME/hand /usr/bin/hold </dev/null >/dev/null 2>&1 &"
    wait_until 60 on 2 'systemctl --quiet is-active machine-hand.scope'
    run vhacs_on 1 storage --standby "$NAME"
    assert_success
    assert_output --partial 'by the vserver web0'
    has_agent_logged 2 'sending SIGTERM to container hand'
    run on 2 'systemctl is-active vhacs-nspawn-web0 machine-hand.scope'
    refute_line active
    vhacs_on 1 storage --active "$NAME"
    wait_until 180 is_running
}
