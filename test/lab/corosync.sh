# shellcheck shell=bash
# The cluster's configuration files, printed on standard output.

# seconds; sbd's msgwait is twice that. The watchdog counts seconds of this machine, but sbd feeds it by the node's clock
WATCHDOG=${LAB_WATCHDOG:-$((10 * LAB_SLOW))}
TOKEN=${LAB_TOKEN:-5000} # corosync's token, ms: a busy machine with two cores pauses its guests occasionally

corosync_conf() { # NODE...
    local i
    printf 'totem {\n\tversion: 2\n\tcluster_name: vhacs\n\ttransport: knet\n\ttoken: %s\n\tcrypto_cipher: aes128\n\tcrypto_hash: sha256\n}\n' "$TOKEN"
    printf 'nodelist {\n'
    for i; do
        printf '\tnode {\n\t\tnodeid: %s\n\t\tname: node%s\n\t\tring0_addr: 10.77.2.%s\n\t\tring1_addr: 10.77.1.%s\n\t}\n' "$i" "$i" "$i" "$i"
    done
    printf '}\nquorum {\n\tprovider: corosync_votequorum\n'
    # two_node: the survivor keeps quorum, and fencing decides who that is; wait_for_all: a node that starts alone waits for the other
    [ $# -ne 2 ] || printf '\ttwo_node: 1\n\twait_for_all: 1\n'
    [ $# -ne 1 ] || printf '\texpected_votes: 1\n'
    printf '}\nlogging {\n\tto_syslog: yes\n\tto_stderr: no\n\ttimestamp: on\n}\n'
}

sbd_conf() {
    printf 'SBD_DEVICE=/dev/vdc\nSBD_PACEMAKER=yes\nSBD_STARTMODE=always\nSBD_DELAY_START=no\n'
    printf 'SBD_WATCHDOG_DEV=/dev/watchdog\nSBD_WATCHDOG_TIMEOUT=%s\nSBD_TIMEOUT_ACTION=flush,reboot\n' "$WATCHDOG"
    printf 'SBD_MOVE_TO_ROOT_CGROUP=auto\nSBD_SYNC_RESOURCE_STARTUP=no\nSBD_OPTS=\n'
}

nvpair() { printf '<nvpair id="%s-%s" name="%s" value="%s"/>' "$1" "$2" "$2" "$3"; }

# first_device: until the project is installed, Debian 13's fence_sbd, or where a node is older external/sbd, which both have
first_device() {
    if [[ ,$LAB_SUITE, == *,bookworm,* ]]; then fencing_device external/sbd sbd_device; else fencing_device fence_sbd devices; fi
}

# fencing_device TYPE PARAMETER: its priority breaks a tie between two
fencing_device() {
    local disk=$2
    printf '<primitive id="fence" class="stonith" type="%s"><meta_attributes id="fence-meta_attributes">' "$1"
    nvpair fence priority 1
    printf '</meta_attributes><instance_attributes id="fence-params">'
    nvpair fence "$disk" /dev/vdc
    nvpair fence pcmk_host_check none
    printf '</instance_attributes></primitive>'
}

# first_cib SCHEMA: the first CIB is written before the first start: crmsh would need 13 s for it,
# and the default dc-deadtime delays the first election by 20 s.
first_cib() {
    printf '<cib validate-with="%s" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config>' "$1"
    printf '<cluster_property_set id="cib-bootstrap-options">'
    nvpair opt stonith-enabled true
    nvpair opt stonith-timeout $((6 * WATCHDOG))
    nvpair opt priority-fencing-delay "$WATCHDOG"
    nvpair opt no-quorum-policy stop
    nvpair opt dc-deadtime 8s
    nvpair opt cluster-recheck-interval 60s
    # Pacemaker runs one action at a time on a node whose load is above 80 %: an emulated node's always is
    nvpair opt load-threshold 1000%
    printf '</cluster_property_set></crm_config><nodes/><resources>'
    first_device
    printf '</resources><constraints/>'
    printf '<rsc_defaults><meta_attributes id="rsc-options">'
    nvpair rsc resource-stickiness 100
    nvpair rsc migration-threshold 3
    nvpair rsc failure-timeout 60s
    printf '</meta_attributes></rsc_defaults><op_defaults><meta_attributes id="op-options">'
    nvpair op timeout 60s
    printf '</meta_attributes></op_defaults></configuration><status/></cib>\n'
}
