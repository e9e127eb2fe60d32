# shellcheck shell=bash
# DRBD resources on a node, and calls of drbd-cloud; runs on the nodes. AGENT is the agent's path.

# drbd_configure NAME MINOR PORT [OPTION...]: its file; DRBD_DISK is its disk where that is not the volume of its name
drbd_configure() {
    cat >"/etc/drbd.d/$1.res" <<RES
resource $1 {
    device /dev/drbd$2; disk ${DRBD_DISK:-/dev/vhacs/$1}; meta-disk internal;
    ${*:4}
    on node1 { address 10.77.3.1:$3; }
    on node2 { address 10.77.3.2:$3; }
}
RES
}

# drbd_setup NAME MINOR PORT [OPTION...]: its volume (of DRBD_SIZE), its file and its meta-data
drbd_setup() {
    lvcreate --devices /dev/vdb --quiet --yes --wipesignatures y --setautoactivation n --size "${DRBD_SIZE:-32M}" --name "$1" vhacs >/dev/null || return
    drbd_configure "$@"
    modprobe drbd
    drbdadm create-md --force "$1" >/dev/null 2>&1
}

# drbd_equal NAME: on one node, when both sides are up: their data are declared equal
drbd_equal() { timeout 60 drbdadm wait-connect "$1" && drbdadm new-current-uuid --clear-bitmap "$1/0"; }

# drbd_teardown NAME...: nothing of them stays on this node
drbd_teardown() {
    local name
    for name; do
        drbdadm resume-io "$name" 2>/dev/null
        drbdsetup down "$name" 2>/dev/null
        rm -f "/etc/drbd.d/$name.res" "/run/vhacs/"*"-$name"
        lvremove --devices /dev/vdb --quiet --yes "vhacs/$name" 2>/dev/null
    done
    return 0
}

# ag NAME ACTION [VARIABLE=VALUE...]: calls the agent; prints "NAME ACTION STATUS REASON"
ag() {
    local name=$1 action=$2 status=0 reason
    shift 2
    reason=$(env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE="$name" OCF_RESKEY_drbd_resource="$name" \
        OCF_RESKEY_CRM_meta_timeout=40000 "$@" "$AGENT" "$action" 2>&1 >/dev/null) || status=$?
    echo "$name $action $status $(sed -n 's/^ocf-exit-reason://p' <<<"$reason")"
}

# watch NAME: a recurring monitor
watch() { ag "$1" monitor OCF_RESKEY_CRM_meta_interval=20000; }

# privately: the script on standard input sees a copy of the DRBD configuration that nobody else sees
privately() {
    rm -rf /run/drbd-private && cp -a /etc/drbd.d /run/drbd-private
    { declare -f; cat; } | unshare --mount bash -c 'mount --bind /run/drbd-private /etc/drbd.d && . /dev/stdin'
    rm -rf /run/drbd-private
}
