# Shared by the scenarios in which two nodes lose each other, after helpers.bash and fence-peer.bash.
# shellcheck shell=bash

# place NAME EXPORT MOUNT: has nodes EXPORT and MOUNT export and mount the storage
place() {
    local name=$1 export=$2 mount=$3
    ! is_placed "$name" "node$export" "node$mount" || return 0
    vhacs_on 1 storage --prefers "node$mount" "$name"
    on 1 "crm_resource --move --resource $name-export --node node$export; crm_resource --wait --timeout=200s; crm_resource --clear --resource $name-export"
    wait_until 240 is_placed "$name" "node$export" "node$mount"
}

is_placed() { [ "$(storage_field "$1" '"\(.target.node) \(.mount.node)"')" = "$2 $3" ]; }

# is_up_since I BOOTS: it has not been reset
is_up_since() { [ "$("$LAB" boots "$1")" = "$2" ]; }

# one_is_reset BOOTS1 BOOTS2
one_is_reset() { ! is_up_since 1 "$1" || ! is_up_since 2 "$2"; }

# The cuts: corosync's links are eth1 and eth2, and DRBD's is eth3
cut_links() { for link in eth1 eth2; do "$LAB" net 2 $link off; done; }
cut_everything() { for link in eth1 eth2 eth3; do "$LAB" net 2 $link off; done; }
deafen() { on "$1" 'printf "table inet split { chain in { type filter hook input priority 0; iifname { eth1, eth2 } drop; }; }" | nft -f -'; }
deafen_1() { deafen 1; }
deafen_2() { deafen 2; }
# longer than corosync's token and consensus take, and shorter pauses
flap() {
    local round link
    for round in 1 2 3; do
        for link in eth1 eth2; do "$LAB" net 2 $link off; done
        sleep $((13 + round))
        for link in eth1 eth2; do "$LAB" net 2 $link on; done
        sleep 3
    done
}

# mend: all links are as before, and both nodes are in the cluster
mend() {
    local link node
    for link in eth1 eth2 eth3; do "$LAB" net 2 $link on; done
    for node in 1 2; do
        wait_until 120 on $node true
        on $node 'nft delete table inet split 2>/dev/null' || true
    done
    "$LAB" cluster
    wait_until 300 are_in_sync
}

are_in_sync() { [ "$(on 1 'drbd-state | grep -c "cs:Connected .*ds:UpToDate/UpToDate"')" = 2 ]; }

coordinator() { on 1 'crmadmin -D' | grep -o 'node[12]' | head -n 1; }

# assert_survivor I CUT [COUNT]: cuts, while a writer writes to $NAME, which node I mounts: the other node is reset once, and I goes on.
# Several cuts, by default SPLIT_CUTS, begin with the same saved nodes, each after another while; after the last one, the writer too has to
# go on.
assert_survivor() {
    local survivor=$1 cut=$2 round count=${3:-${SPLIT_CUTS:-1}} before
    ((count == 1)) || "$LAB" snapshot save split
    for ((round = 1; round <= count; round++)); do
        if ((round > 1)); then
            "$LAB" snapshot load split
            sleep $((RANDOM % 15))
        fi
        assert_one_survives "$survivor" "$cut" "$round of $count"
    done
    assert_writes_continue 300
    echo "# the writer paused for $(longest_pause) s" >&3
    on "$survivor" "vhacs cluster --history $NAME" | sed 's/^/# /' >&3
    assert_nothing_lost
    is_up_since "$survivor" "${before[survivor]}"
    if ((count == 1)); then mend; else "$LAB" snapshot load split; fi
}

# assert_one_survives I CUT WHICH: one cut; the loser is left as it is. Sets before, the boots of the nodes
assert_one_survives() {
    local survivor=$1 cut=$2 which=$3 loser=$((3 - $1)) coordinator window mount
    start_writer "-${which%% *}"
    [ "$WRITER_NODE" = "$survivor" ]
    mount=$(mount_id)
    coordinator=$(coordinator)
    window=$(on 1 "sbd -d /dev/vdc dump | awk '/msgwait/ { print \$NF }'")
    before=(0 "$("$LAB" boots 1)" "$("$LAB" boots 2)")
    "$cut"
    if [ "$cut" = flap ]; then wait_until 120 are_agreed; else wait_until 120 one_is_reset "${before[1]}" "${before[2]}"; fi
    # by then the other one would have been reset too: the delay, and the time that a message counts as unread
    sleep $((window * 3 / 2))
    echo "# $BATS_TEST_DESCRIPTION, cut $which: the coordinator was $coordinator, node 1 $(fate 1 "${before[1]}"), node 2 $(fate 2 "${before[2]}")" >&3
    is_up_since "$survivor" "${before[survivor]}"
    # links that come back may leave nothing to decide
    if [ "$cut" != flap ] || ! is_up_since "$loser" "${before[loser]}"; then
        is_up_since "$loser" $((before[loser] + 1))
        wait_until 60 has_fenced "$survivor" "$loser"
    fi
    [ "$(mount_id)" = "$mount" ]
}

# are_agreed: one node has been reset, or both are in one cluster again
are_agreed() {
    one_is_reset "${before[1]}" "${before[2]}" || [ "$(on 1 'crm_node --partition' | wc -w)" = 2 ]
}

# has_fenced I J: whether node I knows that J was fenced
has_fenced() { on "$1" 'crm_mon -1 --output-as=xml' | grep -qE "<fence_event [^>]*target=\"node$2\" [^>]*status=\"success\""; }

# fate I BOOTS: what has become of the node, for people
fate() {
    if is_up_since "$1" "$2"; then echo 'stayed up'; else echo "was reset ($(($("$LAB" boots "$1") - $2)) times)"; fi
}
