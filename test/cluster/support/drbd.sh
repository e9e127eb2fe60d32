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
    $(is_drbd_9 && echo 'options { auto-promote no; }')
    on node1 { $(is_drbd_9 && echo 'node-id 0;') address 10.77.3.1:$3; }
    on node2 { $(is_drbd_9 && echo 'node-id 1;') address 10.77.3.2:$3; }
}
RES
}

# is_drbd_9: whether the module is DRBD 9, whose files and commands differ
is_drbd_9() { { [ -e /proc/drbd ] || modprobe drbd; } && grep -q '^version: 9' /proc/drbd; }

# drbd_fencing POLICY [DISK_OPTIONS]: an option for drbd_setup: the policy, in the section that the version has it in
drbd_fencing() { if is_drbd_9; then echo "net { fencing $1; } disk { ${2:-} }"; else echo "disk { fencing $1; ${2:-} }"; fi; }

# drbd_peer_id NAME: the number that DRBD 9 has for the other node
drbd_peer_id() { drbdsetup status "$1" --json | awk '/"peer-node-id":/ { print $2 + 0; exit }'; }

# drbd_disconnect_by_force NAME LOCAL REMOTE: the peer is not told, and tries to connect again; the addresses are those of the connection
drbd_disconnect_by_force() {
    if is_drbd_9; then drbdsetup disconnect "$1" "$(drbd_peer_id "$1")" --force; else drbdsetup disconnect "ipv4:$2" "ipv4:$3" --force; fi
}

# drbd_resync_slowly NAME MINOR: until the next adjust
drbd_resync_slowly() {
    local rate=(--resync-rate=100k --c-plan-ahead=0)
    if is_drbd_9; then drbdsetup peer-device-options "$1" "$(drbd_peer_id "$1")" 0 "${rate[@]}"; else drbdsetup disk-options "$2" "${rate[@]}"; fi
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
