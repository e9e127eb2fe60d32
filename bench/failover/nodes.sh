# shellcheck shell=bash
# Shared by the benchmarks of failovers, which set ROOT and source this: two nodes, and a storage of stock agents on them.
LAB=$ROOT/test/lab/lab
HERE=$ROOT/bench/failover
# the first exports, the second mounts; the witness is the one that is asked, because it survives
EXPORTER=1 CLIENT=2 WITNESS=2
if [ "${LAB_KEEP:-0}" = 0 ]; then
    export LAB_OWNER_PID=$$
    trap '"$LAB" down' EXIT
    trap 'exit 130' INT TERM HUP
fi

on() { "$LAB" ssh "$@"; }
die() {
    echo "${0##*/}: $*" >&2
    on "$WITNESS" 'crm_mon -1rf; drbd-state' >&2 || true
    exit 1
}
# wait_until SECONDS WHAT COMMAND...
wait_until() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || die "timed out waiting until $what"
        sleep 1
    done
}
runs_on() { on "$WITNESS" "crm_resource --resource $1 --locate" 2>/dev/null | grep -q "running on: node$2"; }
is_in_sync() { on "$WITNESS" "drbd-state | grep -q 'cs:Connected.*ds:UpToDate/UpToDate'"; }
has_no_fence() { ! on "$WITNESS" "cibadmin -Q --xpath \"//rsc_location[starts-with(@id,'drbd-fence-by-handler-')]\""; }
is_idle() { on "$WITNESS" 'crm_resource --wait --timeout 100'; }

# move_export NAME NODE: as an operator does
move_export() {
    local resource=$1-export option=
    [ "$1" != stock ] || resource=stock-drbd-clone option=--promoted
    on "$WITNESS" "crm_resource --resource $resource --move $option --node node$2 >/dev/null"
    wait_until 300 "node$2 exports $1" runs_on "$1-target" "$2"
    is_idle
    on "$WITNESS" "crm_resource --resource $resource --clear >/dev/null"
}

# rejoin NODE: boots it, and waits until the cluster and its storages are as before
rejoin() {
    "$LAB" boot "$1"
    "$LAB" cluster
    wait_until 300 'DRBD is in sync' is_in_sync
    wait_until 120 'no fence constraint is left' has_no_fence
    is_idle
}

# the export to the one node, the mount to the other
move_to_places() {
    runs_on "$1-target" $EXPORTER || move_export "$1" $EXPORTER
    runs_on "$1-filesystem" $CLIENT || die "node$CLIENT does not mount $1"
}

create_stock() {
    local node
    for node in $EXPORTER $CLIENT; do
        "$LAB" push "$node" "$HERE/stock.res" /etc/drbd.d/stock.res
        on "$node" 'mkdir -p /clouds/stock && lvcreate -qq -y -Wn -L 200M -n stock vhacs && drbdadm -- --force create-md stock >/dev/null 2>&1 && drbdadm up stock'
    done
    on $EXPORTER 'drbdadm wait-connect stock && drbdadm new-current-uuid --clear-bitmap stock/0 && drbdadm primary stock &&
        mkfs.ext3 -q /dev/drbd90 && drbdadm secondary stock && drbdadm down stock'
    on $CLIENT 'drbdadm down stock'
    "$LAB" push $EXPORTER "$HERE/stock.crm" /root/stock.crm
    on $EXPORTER 'crm --force configure load update /root/stock.crm'
    wait_until 600 'the stock storage is mounted' on $CLIENT 'mountpoint -q /clouds/stock'
    move_to_places stock
}

destroy_stock() {
    local node
    # shellcheck disable=SC2016
    on $EXPORTER 'for id in client server stock-drbd-clone; do crm_resource --resource $id --meta --set-parameter target-role --parameter-value Stopped; crm_resource --wait --timeout 300; done
        crm --force configure delete client server stock-session stock-filesystem stock-address stock-iqn stock-target stock-drbd-clone stock-drbd'
    for node in $EXPORTER $CLIENT; do
        on "$node" 'drbdadm down stock; rm -f /etc/drbd.d/stock.res; lvremove -qq -f vhacs/stock; rmdir /clouds/stock'
    done
}
