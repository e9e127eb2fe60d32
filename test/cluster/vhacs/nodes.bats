#!/usr/bin/env bats
# bats file_tags=long
# vhacs and the nodes: roles, standby, a node unreachable by ssh, host keys, interface names.

load ../support/helpers

NAME=node0cloud

setup_file() {
    load ../support/helpers
    create_storages "$NAME"
    vhacs_on 1 storage --prefers node2,node1 "$NAME"
}

teardown_file() {
    load ../support/helpers
    # shellcheck disable=SC2016 # the shell of the node reads it
    on 1 'test ! -e /root/.ssh/config.before || mv /root/.ssh/config.before /root/.ssh/config'
    accept_ssh
    on 2 "$RESTORE_INTERFACE" || true
    vhacs_on 1 node --setrole ALL node1-2
    vhacs_on 1 node --active node1-2
    destroy_storages
}

# accept_ssh: node 2 is reachable by ssh again
accept_ssh() { on 2 'iptables -F INPUT'; }

# close_connections: closes the shared ssh connections to node 2, so that the next call opens a new one
close_connections() {
    # shellcheck disable=SC2016 # the shell of the node reads it
    on 1 'for socket in /run/vhacs/ssh-*; do ssh -o ControlPath="$socket" -O exit node2; done 2>/dev/null; true'
}

@test "roles are added and removed" {
    run vhacs_on 2 node -d vhost node1
    assert_success
    run vhacs_on 1 node -l --json
    run jq -c '[.nodes[:2][].roles]' <<<"$output"
    assert_output '[["storage"],["storage","vhost"]]'
    run vhacs_on 2 storage -p node1 "$NAME"
    assert_failure 2
    assert_output --partial 'node1 does not have the vhost role'
    vhacs_on 2 node -s ALL node1
}

@test "a node without the storage role still shows the free space of its volume group" {
    vhacs_on 1 node -d storage node2
    run vhacs_on 1 cluster -M
    vhacs_on 1 node -s storage node2
    assert_line --regexp '^\| \(A\)node2 +\| online +\| [0-9.]+G/[0-9.]+G +\| N/A +\|'
}

@test "a vhost whose initiator name changed is reported, and added to the ACL again while the storage stays mounted" {
    on 1 'cp /etc/iscsi/initiatorname.iscsi /root/ && sed -i "s/^InitiatorName=.*/&.new/" /etc/iscsi/initiatorname.iscsi'
    vhacs_on 1 storage --prefers node2,node1 "$NAME"
    run vhacs_on 2 cluster -c
    assert_failure 1
    assert_line --regexp "^error: node1: its initiator .*\.new is not in the ACL of $NAME"
    run vhacs_on 2 node -s vhost node1
    assert_failure 2
    assert_line "! cloud $NAME is interrupted: its I/O is paused until its export is back"
    mounted=$(on 2 "findmnt -no ID --mountpoint /clouds/$NAME")
    run vhacs_on 2 node -s vhost node1 --interrupt
    assert_success
    assert_equal "$(on 2 "date >/clouds/$NAME/date && sync -f /clouds/$NAME && findmnt -no ID --mountpoint /clouds/$NAME")" "$mounted"
    run on 1 'ls -d /sys/kernel/config/target/iscsi/iqn.*/tpgt_1/acls/*.new; cibadmin --query --xpath "//nvpair[@name=\"vhacs-initiator\"]"'
    assert_success
    assert_line --regexp 'value=".*\.new"'
    on 1 'mv /root/initiatorname.iscsi /etc/iscsi/'
    vhacs_on 1 node -s vhost node1
}

@test "a node in standby runs nothing, and its clouds move to another node" {
    run vhacs_on 1 node -S node2
    assert_success
    assert_output 'node2: in standby: Pacemaker moves its resources to other nodes'
    on 1 'crm_resource --wait --timeout=200s'
    run vhacs_on 1 cluster -M
    assert_line --regexp '^\| \(S\)node2 +\| standby '
    assert_line --regexp "^\| \(A\)$NAME! +\| \(P\)node1!? +\| \(-\)node2 +\| \(S\)node1!? +\| \(S\)node1!? "
    run vhacs_on 1 node -A ALL
    assert_success
    on 1 'crm_resource --wait --timeout=200s'
    run vhacs_on 2 cluster -M
    assert_line --regexp '^\| \(A\)node2 +\| online '
    assert_line --regexp "^\| \(A\)$NAME!? +\| \(P\)node1!? +\| \(S\)node2!? "
}

@test "an unreachable node costs one timeout, and is shown as unreachable" {
    vhacs_on 1 storage --prefers node2,node1 "$NAME"
    close_connections
    on 2 'iptables -I INPUT -i eth2 -p tcp --dport 22 -j DROP'
    run vhacs_on 1 cluster -M -V 1
    assert_success
    assert_line --regexp 'node2 could not be queried: ssh root@node2 .*timed out'
    assert_line --regexp "^\| \(A\)$NAME!? .*\(S\)node2 +\| \? +\|$"
    # all queries to it share one attempt to connect
    assert_equal "$(grep -c '^node2: ' <<<"$output")" 1
    run vhacs_on 1 storage -i "$NAME"
    assert_success
    assert_line --regexp 'DRBD on node2: +\? \(ssh root@node2 .*timed out'
    run vhacs_on 1 storage -c unheard --size 32M -n node1-2
    assert_failure 1
    assert_output --partial 'node2 is unreachable, so unheard cannot be created there: ssh root@node2 '
    accept_ssh
    assert_no_traces_of unheard
}

@test "an unknown or changed host key is an error, not a prompt" {
    accept_ssh
    on 1 'cd /root/.ssh && mv config config.before && rm -f known_hosts'
    close_connections
    run vhacs_on 1 cluster node2 -E true </dev/null
    assert_failure 1
    assert_line --regexp '^node2: Host key verification failed\. \(vhacs never prompts: '
    # a key that is not node 2's
    # shellcheck disable=SC2016 # the shell of the node reads it
    on 1 'ssh-keygen -q -t ed25519 -N "" -f /root/other <<<y >/dev/null; echo "node2 $(cut -d" " -f1,2 /root/other.pub)" >/root/.ssh/known_hosts'
    run vhacs_on 1 cluster -M </dev/null
    assert_success
    assert_line --regexp 'node2 could not be queried: .*Host key verification failed'
    on 1 'cd /root/.ssh && mv config.before config && rm -f known_hosts /root/other /root/other.pub'
    run vhacs_on 1 cluster node2 -E true
    assert_success
}

RESTORE_INTERFACE='ip link set repl0 down && ip link set repl0 name eth3 && ip link set eth3 up
    sed -i "s/repl0/eth3/" /etc/vhacs.conf'

@test "interface names may differ between nodes: replication uses the one that each node's vhacs.conf names" {
    vhacs_on 1 storage -S "$NAME"
    on 2 'ip link set eth3 down && ip link set eth3 name repl0 && ip link set repl0 up
        sed -i "s/eth3/repl0/" /etc/vhacs.conf'
    run vhacs_on 1 storage -c named1 --size 32M -n node1-2
    assert_success
    run on 1 'grep address /etc/drbd.d/named1.res'
    assert_line --regexp '10\.77\.3\.1:'
    assert_line --regexp '10\.77\.3\.2:'
    run vhacs_on 1 node -i node2
    assert_line --regexp 'replication network: +repl0, 10\.77\.3\.2$'
    vhacs_on 1 storage -D named1 --yes
    on 2 "sed -i 's/repl0/nothere/' /etc/vhacs.conf"
    run vhacs_on 1 storage -c named1 --size 32M -n node1-2
    on 2 "sed -i 's/nothere/repl0/' /etc/vhacs.conf"
    assert_failure
    assert_output --partial 'node2: '
    assert_output --partial 'nothere'
    on 2 "$RESTORE_INTERFACE"
    assert_no_traces_of named1
    run vhacs_on 1 storage -A "$NAME"
    assert_success
}
