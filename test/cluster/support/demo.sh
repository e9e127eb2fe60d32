# Shared by the demos, which set CLOUD, the name of a storage, and IN_LAB, and source this.
# shellcheck shell=bash

LAB_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../lab" && pwd)
SCRATCH=$(mktemp -d)
[ "$IN_LAB" = yes ] || export LAB_OWNER_PID=$$
START=$SECONDS
PHASES=()
writer=

lab() { "$LAB_HOME/lab" "$@"; }
on() { "$LAB_HOME/lab" ssh "$@"; }
announce() { printf '\n%4d s  %s\n' $((SECONDS - START)) "$*"; }
# phase NAME: what follows counts as this part of the demo's time
phase() { PHASES+=("$1 $SECONDS"); }
phase_times() {
    local entry name='' begun=0
    for entry in "${PHASES[@]}" "end $SECONDS"; do
        [ -z "$name" ] || printf '%4d s  %s\n' $((${entry##* } - begun)) "$name"
        name=${entry% *} begun=${entry##* }
    done
}
detail() { sed -u 's/^/        /'; }
fail() {
    printf '\n%4d s  FAILED: %s\n' $((SECONDS - START)) "$*" >&2
    exit 1
}

finish() {
    local status=$?
    trap - EXIT
    [ -z "$writer" ] || kill "$writer" 2>/dev/null || true
    if [ "$status" != 0 ]; then show_nodes || true; fi
    if [ "$IN_LAB" = no ]; then
        announce 'Stopping the nodes.'
        lab down || true
    fi
    rm -rf "$SCRATCH"
    exit "$status"
}
show_nodes() {
    local i
    for i in 1 2; do
        lab status 2>/dev/null | grep -q "^node$i running" || continue
        printf '\n--- node%s\n' "$i" >&2
        timeout 60 "$LAB_HOME/lab" ssh "$i" 'crm_mon -1rfA 2>&1; drbd-state; dmesg | tail -25; journalctl -u pacemaker --no-pager -p notice 2>/dev/null | tail -40' >&2 || true
    done
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# wait_until SECONDS WHAT COMMAND...
wait_until() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "timed out waiting until $what"
        sleep 1
    done
}

count_acknowledged() { grep -cE '^[0-9]+ ' "$SCRATCH/acknowledged" || true; }
has_more_than() { (($(count_acknowledged) > $1)); }
# longest_pause: the longest time between two acknowledgements, in seconds
longest_pause() { awk 'NR > 1 && $2 - last > longest {longest = $2 - last} {last = $2} END {printf "%.1f", longest}' "$SCRATCH/acknowledged"; }
# node_of RESOURCE ROLE: the number of the node where it has that role
node_of() {
    on "$witness" "crm_mon -1 --output-as=xml" |
        sed -nE "/<resource id=\"$1\"[^>]*role=\"($2)\"/,/<\/resource>/ s/.*<node name=\"node([0-9])\".*/\1/p" | head -1
}
is_in_sync() { on "$1" "drbd-state | grep -q 'cs:Connected.*ds:UpToDate/UpToDate'"; }
has_no_fence() { ! on "$1" "cibadmin -Q --xpath \"//rsc_location[starts-with(@id,'drbd-fence-by-handler-$CLOUD')]\""; }

# boot_cluster: two nodes with VHACS, unless they run already
boot_cluster() {
    if [ "$IN_LAB" = no ]; then
        phase 'booting two nodes'
        announce "Booting two emulated nodes with stock Debian, ${LAB_SUITE:-bookworm} (the first run builds the image)."
        lab up 2
        phase 'forming the cluster'
        announce 'Forming a Pacemaker cluster with fencing.'
        lab cluster
        phase 'installing VHACS'
        announce 'Installing VHACS on both nodes.'
        lab install
    fi
    FIRST_COMMAND=$SECONDS
}

# create_cloud: sets exporter and client, the numbers of the nodes that export and mount it, and witness, the node that is asked
create_cloud() {
    witness=1
    phase 'giving roles'
    announce 'Giving both nodes both roles: storage (holds data) and vhost (mounts clouds).'
    on 1 vhacs node --setrole ALL ALL | detail

    phase 'creating the cloud'
    announce "vhacs storage --create $CLOUD --size 200M --nodes node1,node2"
    on 1 vhacs storage --create "$CLOUD" --size 200M --nodes node1,node2 | detail
    on 1 vhacs storage --list | detail

    exporter=$(node_of "$CLOUD-target" Started)
    client=$(node_of "$CLOUD-filesystem" Started)
    [[ -n $exporter && -n $client ]] || fail "the cloud is not running"
    [ "$exporter" != "$client" ] || fail "node$client both exports and mounts the cloud: its failure would end the mount as well"
    witness=$client
}

# destroy_cloud: unless the nodes go on running
destroy_cloud() {
    [ "$IN_LAB" = no ] || return 0
    phase 'destroying the cloud'
    announce "vhacs storage --destroy $CLOUD --yes"
    on "$witness" vhacs storage --destroy "$CLOUD" --yes | detail
}

# say_times: the end
say_times() {
    announce "Done, $((SECONDS - FIRST_COMMAND)) s after the first vhacs command. Its time went into:"
    phase_times | detail
}
