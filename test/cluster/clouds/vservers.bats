#!/usr/bin/env bats
# bats file_tags=long
# Containers on a cloud, from a file of clouds: they do not notice that the export moves, stop before the mount, and one that fails disturbs neither the
# mount nor the other. Their trees are made of the node's own files, without an init.

load ../support/helpers

NAME=hosting2
FILE=/root/vservers.yaml

# clouds_file [KEY: VALUE]: the cloud with two vservers, the first with one more key
clouds_file() {
    cat <<YAML
clouds:
  - name: $NAME
vservers:
  - {name: web0, cloud: $NAME, command: /usr/bin/hold${1:+, $1}}
  - {name: db0, cloud: $NAME, command: /usr/bin/hold}
YAML
}

# compose WORD...: with the file on node 1
compose() { vhacs_on 1 compose $FILE "$@"; }

# supervisor NAME: the process that runs the container on node 2, which a restart changes
supervisor() { on 2 "cat /sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/supervisor/cgroup.procs"; }

# mount_state: the ID of the mount on node 2, which an unmount changes, and its options
mount_state() { on 2 "awk -v m=/clouds/$NAME '\$5 == m {print \$1, \$6}' /proc/self/mountinfo"; }

# are_running NAME...: on node 2, for Pacemaker
are_running() {
    local name
    for name in "$@"; do
        on 1 "crm_resource --locate --resource $name-container 2>/dev/null" | grep -q 'on: node2' || return 1
    done
}

setup_file() {
    destroy_storages
    create_storages "$NAME"
    for node in 1 2; do on $node 'command -v systemd-nspawn >/dev/null || apt-get install --yes systemd-container'; done
    is_mounted_by 2
    on_with 2 container.sh <<<"create_tree /clouds/$NAME/web0; create_tree /clouds/$NAME/db0"
}

teardown_file() {
    destroy_storages
    on 1 "rm -f $FILE"
}

setup() { wait_until_online 2; }

@test "the first vservers remount their cloud without nosuid, which --diff explains and --apply does with --interrupt" {
    clouds_file | on 1 "cat >$FILE"
    run mount_state
    assert_output --partial nosuid
    run compose --diff
    assert_success
    assert_line '    without nosuid, with which su and sudo would do nothing in web0 and db0'
    assert_line "+ vserver web0: container in /clouds/$NAME/web0 of cloud $NAME"
    run compose --apply
    assert_failure 2
    assert_output --partial "this would interrupt $NAME; pass --interrupt"
    run compose --apply --interrupt
    assert_success
    wait_until 120 are_running web0 db0
    run mount_state
    refute_output --partial nosuid
    assert_output --partial nodev
    run compose --diff
    assert_line --index 0 'nothing changes'
}

@test "no container notices that the export moves, there and back" {
    local web db mount
    web=$(supervisor web0)
    db=$(supervisor db0)
    mount=$(mount_state)
    wait_until 120 on 1 "drbdadm dstate $NAME | grep -q UpToDate/UpToDate"
    vhacs_on 1 node --standby node1
    wait_until 120 is_exported_by 2
    vhacs_on 1 node --active node1
    wait_until 120 on 1 "drbdadm cstate $NAME | grep -q Connected"
    [ "$(supervisor web0)" = "$web" ]
    [ "$(supervisor db0)" = "$db" ]
    [ "$(mount_state)" = "$mount" ]
}

@test "a container that cannot start stays where it is: mount and other container go on, and it is started again" {
    local db mount
    db=$(supervisor db0)
    mount=$(mount_state)
    on 2 "mv /clouds/$NAME/web0/usr/bin/hold /clouds/$NAME/web0/away; systemctl kill --signal=KILL vhacs-nspawn-web0.service"
    wait_until 120 on 1 'crm_failcount --query --resource web0-container --node node2 | grep -q value=INFINITY'
    sleep 30
    run are_running web0
    assert_failure
    [ "$(supervisor db0)" = "$db" ]
    [ "$(mount_state)" = "$mount" ]
    on 2 "mv /clouds/$NAME/web0/away /clouds/$NAME/web0/usr/bin/hold"
    # the failure expires after two minutes
    wait_until 300 are_running web0
    [ "$(supervisor db0)" = "$db" ]
}

@test "a change restarts its vserver alone" {
    local db mount
    db=$(supervisor db0)
    mount=$(mount_state)
    clouds_file 'memory_max: 64M' | on 1 "cat >$FILE"
    run compose --apply
    assert_failure 2
    assert_output --partial 'this would interrupt vserver web0'
    run compose --apply --interrupt
    assert_success
    wait_until 120 are_running web0
    run on 2 'systemctl show --property MemoryMax --value vhacs-nspawn-web0.service'
    assert_output 67108864
    [ "$(supervisor db0)" = "$db" ]
    [ "$(mount_state)" = "$mount" ]
}

@test "a storage in standby stops its vservers before the unmount, and they start with it" {
    run vhacs_on 1 storage --standby "$NAME"
    assert_success
    assert_output --partial "$NAME is used on node2 by the vserver"
    run on 2 'ls -d /sys/fs/cgroup/machine.slice/vhacs-nspawn-*'
    assert_failure
    run on 1 'crm_mon -1 --output-as=xml'
    refute_output --regexp '<failure op_key="(web0|db0|hosting2)-[a-z]*_stop_0'
    vhacs_on 1 storage --active "$NAME"
    wait_until 120 are_running web0 db0
}

@test "--read prints the vservers, and --detach removes them with their cloud; their trees stay" {
    run vhacs_on 1 compose --read
    assert_success
    assert_line 'vservers:'
    assert_line '    memory_max: 64M'
    on 1 "echo 'clouds: []' >$FILE"
    run compose --apply --detach
    assert_failure 2
    assert_output --partial 'vserver db0, vserver web0'
    run compose --apply --detach --interrupt
    assert_success
    run on 1 'cibadmin --query --scope configuration'
    refute_output --regexp 'web0|db0'
    on 1 "printf 'clouds:\n  - name: $NAME\n' >$FILE"
    run compose --apply --attach
    assert_success
    run on 2 "ls /clouds/$NAME/web0/usr/bin/hold"
    assert_success
}
