# shellcheck shell=bash
# shellcheck disable=SC2086 # numbers and names only
# Ten stacks on one node, called in parallel; runs on node 1, after volumes.sh and drbd.sh. Prints a line for each call that
# fails the test, and comments.

LIO=/sys/kernel/config/target
STACKS=(0 1 2 3 4 5 6 7 8 9)
FIRST_HALF=(0 1 2 3 4)
SECOND_HALF=(5 6 7 8 9)

create_stacks() {
    local n
    for n in "${STACKS[@]}"; do
        DRBD_SIZE=16M drbd_setup cluster-ten$n 23$n 797$n
        drbdadm up cluster-ten$n && drbdadm primary --force cluster-ten$n
        mkfs.ext3 -q /dev/drbd23$n
        drbdadm down cluster-ten$n
        lvchange "${LVM_DEVICES[@]}" -an vhacs/cluster-ten$n
    done
}

remove_stacks() {
    local n
    for n in "${STACKS[@]}"; do
        drbd_teardown cluster-ten$n
    done
    rmdir /clouds/cluster-ten*
}

# parameters_of AGENT N: its parameters in stack N, each as NAME=VALUE
parameters_of() {
    local iqn=iqn.2026-01.org.vhacs:cluster-ten$2 portal=10.77.1.1:3292
    case $1 in
    lvm-volume) echo volume=cluster-ten$2 ;;
    drbd-cloud) echo drbd_resource=cluster-ten$2 wfc_timeout=0 ;;
    lio-iblock) echo iqn=$iqn device=/dev/drbd23$2 portals=$portal allowed_initiators=iqn.2026-01.org.vhacs:node1 ;;
    iscsi-mount) echo iqn=$iqn portals=$portal ;;
    ext3-filesystem) echo device=/dev/disk/by-path/ip-$portal-iscsi-$iqn-lun-0 directory=/clouds/cluster-ten$2 ;;
    esac
}

# begin_calls AGENT CODES ACTION N...: calls the agent of these stacks in the background, and expects one of CODES
begin_calls() {
    local agent=$1 codes=$2 action=$3 interval=0 n code
    shift 3
    [ "$action" != monitor ] || interval=10000
    for n in "$@"; do
        {
            # shellcheck disable=SC2046 # one word per parameter
            output=$(env -i OCF_RESOURCE_INSTANCE=cluster-ten$n OCF_RESKEY_CRM_meta_interval=$interval \
                $(printf 'OCF_RESKEY_%s ' $(parameters_of "$agent" "$n")) "$AGENTS/$agent" "${action/probe/monitor}" 2>&1)
            code=$?
            [[ ",$codes," == *",$code,"* ]] || echo "$agent $n: $action is $code instead of $codes: $output" >>"$SCRATCH/wrong"
            [ "$code" -lt 190 ] || [[ $output == *"ocf-exit-reason:no connection to the peer"* ]] ||
                echo "$agent $n: $action is degraded: $output" >>"$SCRATCH/wrong"
            echo "$agent $action" >>"$SCRATCH/calls"
        } &
    done
}

# await_calls: until they have ended; prints those that failed the test
await_calls() {
    wait
    cat "$SCRATCH/wrong" 2>/dev/null
    : >"$SCRATCH/wrong"
}

# start_layer AGENT RUNNING [PROMOTED]: starts all ten, promotes them if PROMOTED is given, and checks that they work; the
# arguments are the monitor's exit statuses
start_layer() {
    local started_at=$SECONDS
    begin_calls "$1" 0 start "${STACKS[@]}" && await_calls
    [ -z "${3:-}" ] || { begin_calls "$1" 0 promote "${STACKS[@]}" && await_calls; }
    begin_calls "$1" "${3:-$2}" monitor "${STACKS[@]}" && await_calls
    echo "# $1: started in $((SECONDS - started_at)) s"
    [ "$(working_stacks "$1" | sort -u | wc -l)" = 10 ] || echo "$1: only these work: $(working_stacks "$1" | sort -u | paste -sd,)"
}

# working_stacks AGENT: a line for each of the ten that works, found without the agents
working_stacks() {
    case $1 in
    lvm-volume) dmsetup info -c --noheadings -o attr,suspended,name | grep '^L.*:Active:vhacs-cluster--ten' ;;
    drbd-cloud) drbd-state | grep -o '^ *23[0-9]: .* ro:Primary/.* ds:UpToDate/' ;;
    lio-iblock) grep -lx 1 $LIO/iscsi/*cluster-ten*/tpgt_1/enable ;;
    iscsi-mount) lsblk --noheadings --nodeps --output NAME /dev/disk/by-path/*cluster-ten*-lun-0 ;;
    ext3-filesystem) grep -o ' /clouds/cluster-ten. rw,' /proc/self/mountinfo ;;
    esac
}

# stop_layer AGENT RUNNING [PROMOTED]: stops five while the others are monitored, and starts those five while the others stop
stop_layer() {
    local started_at=$SECONDS
    [ -z "${3:-}" ] || { begin_calls "$1" 0 demote "${STACKS[@]}" && await_calls; }
    begin_calls "$1" 0 stop "${FIRST_HALF[@]}"
    begin_calls "$1" "$2" monitor "${SECOND_HALF[@]}" && await_calls
    begin_calls "$1" 0 start "${FIRST_HALF[@]}"
    begin_calls "$1" 0 stop "${SECOND_HALF[@]}" && await_calls
    begin_calls "$1" "$2" monitor "${FIRST_HALF[@]}" && await_calls
    begin_calls "$1" 0 stop "${FIRST_HALF[@]}"
    begin_calls "$1" 7 probe "${SECOND_HALF[@]}" && await_calls
    begin_calls "$1" 7 probe "${FIRST_HALF[@]}" && await_calls
    echo "# $1: stopped in $((SECONDS - started_at)) s"
}

# test_stacks: starts and stops all ten stacks, layer by layer; DRBD has no peer, so it is degraded
test_stacks() {
    start_layer lvm-volume 0
    start_layer drbd-cloud 190 191
    start_layer lio-iblock 0
    start_layer iscsi-mount 0
    start_layer ext3-filesystem 0
    for n in "${STACKS[@]}"; do echo "$n" >"/clouds/cluster-ten$n/written" || echo "stack $n cannot be written to"; done
    stop_layer ext3-filesystem 0
    stop_layer iscsi-mount 0
    stop_layer lio-iblock 0
    stop_layer drbd-cloud 190 191
    stop_layer lvm-volume 0
    leftovers | sed 's/^/left behind: /'
    echo "# $(wc -l <"$SCRATCH/calls") calls"
}

# leftovers: every part of the ten that exists, found without the agents
leftovers() {
    dmsetup info -c --noheadings -o name,suspended 2>/dev/null | grep cluster--ten
    drbd-state | grep '^ *23[0-9]: cs:'
    find $LIO/iscsi $LIO/core -maxdepth 2 -name '*cluster-ten*' 2>/dev/null
    grep -h cluster-ten /sys/class/iscsi_session/*/targetname 2>/dev/null
    find /root/iscsi-database/nodes /dev/disk/by-path /dev/vhacs -name '*cluster-ten*' 2>/dev/null
    grep cluster-ten /proc/self/mountinfo
    cibadmin --query --scope status | grep -o 'name="master-cluster-ten[^/]*'
    ls -d /run/lock/iscsi/lock.write /run/vhacs-iscsid-restart 2>/dev/null
    dmsetup udevcookies | grep -v Cookie
}
