# shellcheck shell=bash
# Takes a node out of its cluster, as if it had never been in one, and restores it. Runs on the node.

SAVED=/var/tmp/saved-cluster.tar
# the cluster's configuration, and what vhacs cluster --init changes
CONFIGURATION=(/etc/corosync /etc/default/sbd /etc/lvm/lvmlocal.conf /etc/drbd.d/global_common.conf
    /var/lib/corosync /var/lib/pacemaker/cib)
SAVED_UNITS=/var/tmp/saved-units

stop_cluster() {
    systemctl stop pacemaker
    systemctl stop corosync # and sbd with it
    find /var/lib/corosync /var/lib/pacemaker/cib -mindepth 1 -delete
}

make_bare() {
    tar -cPf "$SAVED" "${CONFIGURATION[@]}"
    systemctl is-enabled corosync pacemaker sbd >"$SAVED_UNITS" || true
    stop_cluster
    rm -f /etc/corosync/corosync.conf /etc/corosync/authkey
    sed -i '/^SBD_DEVICE=/d' /etc/default/sbd
    sed -i 's/usage-count no/usage-count yes/' /etc/drbd.d/global_common.conf
    systemctl -q disable corosync pacemaker sbd
}

restore_config() {
    [ -f "$SAVED" ] || return 0
    stop_cluster
    rm -rf /etc/corosync /etc/systemd/system/resource-agents-deps.target.d /var/lib/pacemaker/cib.backup-* \
        /etc/lvm/*.backup-* /etc/default/*.backup-* /etc/drbd.d/*.backup-*
    tar -xPf "$SAVED"
    systemctl daemon-reload
    paste -d' ' "$SAVED_UNITS" <(printf 'corosync\npacemaker\nsbd\n') | while read -r state unit; do
        systemctl -q "${state%d}" "$unit"
    done
    rm -f "$SAVED" "$SAVED_UNITS"
}

start_cluster() { systemctl start corosync pacemaker; }
