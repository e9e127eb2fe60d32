# shellcheck shell=bash
# Forms a cluster of all nodes that have a disk, and waits until the running ones are online.
# Only ssh starts at boot: a killed or fenced node rejoins when this is run again.

# join_node I: does nothing if pacemaker is running. The sbd daemon allocates and clears its own slot
# (never run 'sbd message NODE clear' for it: that waits for msgwait).
join_node() {
    tar -C "$RUN/put" -cf - etc var |
        node_ssh "$1" "systemctl is-active -q pacemaker && exit 0
        tar -C / --no-same-owner -xf - || exit 1
        cd /var/lib/pacemaker/cib
        [ -f cib.xml ] || install -m600 -o hacluster -g haclient cib.lab cib.xml
        timeout 100 systemctl start corosync pacemaker"
}

join() { # NODE...: in parallel
    local i pids=()
    for i; do
        join_node "$i" &
        pids+=($!)
    done
    wait_for_all "${pids[@]}"
}

# nodes_seen_by I: node I's view of the cluster's nodes, one XML element per line
nodes_seen_by() { node_ssh "$1" "timeout 20 crm_mon -1 --output-as=xml 2>/dev/null" | grep '<node .*online=' || true; }

# A node that was just killed may still look online to the others, so every node must see all running nodes
# as online, not pending and clean.
all_online() { # NODE...
    local i n
    for i; do
        n=$(nodes_seen_by "$i" | grep -cE 'online="true".*pending="false".*unclean="false"') || true
        [ "$n" = $# ] || return 1
    done
}

# wait_for_device NODE END: until the fencing device is started, with nothing pending or failed
wait_for_device() {
    local state
    while :; do
        state=$(node_ssh "$1" "timeout 20 crm_mon -1 --output-as=xml 2>/dev/null" | grep '<resource id="fence"' || true)
        [[ $state != *'role="Started"'*'failed="false"'* || $state == *pending=* ]] || return 0
        ((SECONDS < $2)) || die "the fencing device is not started: ${state:-no resource fence}; run lab ssh $1 crm_mon -1 and lab ssh $1 journalctl -u pacemaker"
        sleep 1
    done
}

# wait_for_fencing NODE...: a node that joins while the others are still about to fence it would be reset once more
wait_for_fencing() {
    local i active='' end=$((SECONDS + 90))
    for i; do
        if node_ssh "$i" systemctl is-active -q pacemaker; then active=$i; fi
    done
    [ -n "$active" ] || return 0
    for i; do
        node_ssh "$i" systemctl is-active -q pacemaker && continue
        while nodes_seen_by "$active" | grep -qE "name=\"node$i\".*(online|unclean)=\"true\"" && ((SECONDS < end)); do sleep 1; done
    done
}

verb_cluster() {
    local nodes members schema start=$SECONDS end again good=0 wait=${LAB_CLUSTER_TIMEOUT:-180}
    [ $# = 0 ] || die "usage: lab cluster"
    check_owner
    mapfile -t nodes < <(running_nodes)
    mapfile -t members < <(known_nodes)
    [ ${#nodes[@]} -ge 1 ] || die "no node is running: run lab up first"
    # as that node's own Pacemaker would write it; with nodes of several releases the first is the oldest
    schema=$(node_ssh "${nodes[0]}" cibadmin --empty | sed -nE 's/^<cib.* validate-with="([^"]+)".*/\1/p')
    [ -n "$schema" ] || die "node${nodes[0]}: cibadmin --empty shows no schema"
    (
        umask 077
        mkdir -p "$RUN"/put/{etc/corosync,etc/default,var/lib/pacemaker/cib}
        [ -f "$RUN/authkey" ] || { head -c 256 /dev/urandom >"$RUN/authkey.new" && mv "$RUN/authkey.new" "$RUN/authkey"; }
        cp "$RUN/authkey" "$RUN/put/etc/corosync/authkey"
        corosync_conf "${members[@]}" >"$RUN/put/etc/corosync/corosync.conf"
        sbd_conf >"$RUN/put/etc/default/sbd"
        first_cib "$schema" >"$RUN/put/var/lib/pacemaker/cib/cib.lab"
        chmod 755 "$RUN"/put/{etc,etc/corosync,etc/default,var,var/lib}
        chmod 750 "$RUN"/put/var/lib/pacemaker{,/cib}
    )
    node_ssh "${nodes[0]}" "sbd -d /dev/vdc dump >/dev/null 2>&1 ||
        sbd -d /dev/vdc -1 $WATCHDOG -4 $((2 * WATCHDOG)) create >/dev/null" || die "node${nodes[0]}: sbd cannot use /dev/vdc"
    wait_for_fencing "${nodes[@]}"
    join "${nodes[@]}" || die "the cluster stack of a node did not start: run lab ssh I journalctl -u corosync -u sbd -u pacemaker"
    end=$((SECONDS + wait)) again=$((SECONDS + 30))
    while ((good < 3)); do
        if all_online "${nodes[@]}"; then good=$((good + 1)); else good=0; fi
        ((SECONDS < end)) || die "not all of nodes ${nodes[*]} are online after $wait s: run lab ssh ${nodes[0]} crm_mon -1"
        if ((SECONDS > again)); then # a node may have been fenced meanwhile
            join "${nodes[@]}" 2>/dev/null || true
            again=$((SECONDS + 30))
        fi
        sleep 1
    done
    wait_for_device "${nodes[0]}" "$end"
    log "cluster of ${#nodes[@]} nodes online: $((SECONDS - start)) s"
}
