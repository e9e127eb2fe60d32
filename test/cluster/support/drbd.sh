# shellcheck shell=bash
# DRBD resources on a node, and calls of drbd-cloud; runs on the nodes, after volumes.sh.

# an option for drbd_setup: the handler that leaves a note of a split brain for the agent
# shellcheck disable=SC2016,SC2034 # DRBD sets the variable; scenarios use the option
SPLIT_BRAIN_HANDLER='split-brain "mkdir -p /run/vhacs && touch /run/vhacs/split-brain-$DRBD_RESOURCE";'

# a fence-peer handler that always fails
FAILING_FENCE_HANDLER=/root/drbd-fence-fails
create_failing_fence_handler() { printf '#!/bin/sh\nexit 1\n' >$FAILING_FENCE_HANDLER && chmod +x $FAILING_FENCE_HANDLER; }

# drbd_configure NAME MINOR PORT [OPTION...]: writes its file; DRBD_DISK is its disk if that is not the volume of the same name
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

# drbd_setup NAME MINOR PORT [OPTION...]: creates its volume (of DRBD_SIZE), its file and its meta-data
drbd_setup() {
    create_volume "$1" "${DRBD_SIZE:-32M}" || return
    drbd_configure "$@"
    modprobe drbd
    drbdadm create-md --force "$1" >/dev/null 2>&1
}

# drbd_skip_initial_sync NAME: on one node, when both sides are up, declares that their data are the same
drbd_skip_initial_sync() { timeout 60 drbdadm wait-connect "$1" && drbdadm new-current-uuid --clear-bitmap "$1/0"; }

# drbd_teardown NAME...: removes them from this node
drbd_teardown() {
    local name
    for name; do
        drbdadm resume-io "$name" 2>/dev/null
        drbdsetup down "$name" 2>/dev/null
        rm -f "/etc/drbd.d/$name.res" "/run/vhacs/"*"-$name"
        remove_volume "$name" 2>/dev/null
    done
    return 0
}

# agent NAME ACTION [VARIABLE=VALUE...]: calls drbd-cloud; prints "NAME ACTION STATUS REASON"
agent() {
    local name=$1 action=$2 status=0 reason
    shift 2
    reason=$(env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE="$name" OCF_RESKEY_drbd_resource="$name" \
        OCF_RESKEY_CRM_meta_timeout=40000 "$@" "$AGENTS/drbd-cloud" "$action" 2>&1 >/dev/null) || status=$?
    echo "$name $action $status $(sed -nE 's/^(\S+: ERROR: |ocf-exit-reason:)//p' <<<"$reason" | head -n 1)"
}

# monitor NAME: a recurring monitor
monitor() { agent "$1" monitor OCF_RESKEY_CRM_meta_interval=20000; }

# score NAME: prints "score" and its promotion score on this node, if it has one
score() { echo "score $(crm_attribute --promotion "$1" --quiet --query 2>/dev/null)"; }

# with_private_config: the script on standard input sees a copy of the DRBD configuration that nobody else sees
with_private_config() {
    rm -rf /run/drbd-private && cp -a /etc/drbd.d /run/drbd-private
    { declare -f; cat; } | unshare --mount bash -c 'mount --bind /run/drbd-private /etc/drbd.d && . /dev/stdin'
    rm -rf /run/drbd-private
}
