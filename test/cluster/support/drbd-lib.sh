# On a node: calls of drbd-cloud, each answered by one line "NAME ACTION STATUS REASON". AGENT is the agent's path.
# shellcheck shell=bash

# ag NAME ACTION [VARIABLE=VALUE...]
ag() {
    local name=$1 action=$2 status=0 reason
    shift 2
    reason=$(env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE="$name" OCF_RESKEY_drbd_resource="$name" \
        OCF_RESKEY_CRM_meta_timeout=40000 "$@" "$AGENT" "$action" 2>&1 >/dev/null) || status=$?
    echo "$name $action $status $(sed -n 's/^ocf-exit-reason://p' <<<"$reason")"
}

# watch NAME: a recurring monitor
watch() { ag "$1" monitor OCF_RESKEY_CRM_meta_interval=20000; }

# resource NAME MINOR PORT [OPTION...]: its volume, its configuration and its meta-data
resource() {
    lvcreate --quiet --yes --wipesignatures y --setautoactivation n --size 32M --name "$1" vhacs >/dev/null || return
    configure "$@"
    drbdadm create-md --force "$1" >/dev/null 2>&1
}

configure() {
    cat >"/etc/drbd.d/$1.res" <<RES
resource $1 {
    device /dev/drbd$2; disk /dev/vhacs/$1; meta-disk internal;
    ${*:4}
    on node1 { address 10.77.3.1:$3; }
    on node2 { address 10.77.3.2:$3; }
}
RES
}

# privately: what follows on standard input sees a copy of the DRBD configuration that nobody else sees
privately() {
    rm -rf /run/drbd-private && cp -a /etc/drbd.d /run/drbd-private
    unshare --mount bash -c 'mount --bind /run/drbd-private /etc/drbd.d && . /root/drbd-lib.sh && . /dev/stdin'
    rm -rf /run/drbd-private
}
