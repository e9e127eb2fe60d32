# shellcheck shell=bash
# shellcheck disable=SC2086 # numbers and names only
# Ten stacks on this node, worked on at once; runs on node 1. Prints a line for each answer that is not the right one.

TARGET=/sys/kernel/config/target
TEN=(0 1 2 3 4 5 6 7 8 9)
FIRST=(0 1 2 3 4)
SECOND=(5 6 7 8 9)

prepare_ten() {
    local n
    for n in "${TEN[@]}"; do
        DRBD_SIZE=16M drbd_setup cluster-ten$n 23$n 797$n
        drbdadm up cluster-ten$n && drbdadm primary --force cluster-ten$n
        mkfs.ext3 -q /dev/drbd23$n
        drbdadm down cluster-ten$n
        lvchange --devices /dev/vdb -an vhacs/cluster-ten$n
    done
}

remove_ten() {
    local n
    for n in "${TEN[@]}"; do
        drbd_teardown cluster-ten$n
    done
    rmdir /clouds/cluster-ten*
}

# parameters_of_one AGENT N
parameters_of_one() {
    local iqn=iqn.2026-01.org.vhacs:cluster-ten$2 portal=10.77.1.1:3292
    case $1 in
    lvm-volume) echo volume=cluster-ten$2 ;;
    drbd-cloud) echo drbd_resource=cluster-ten$2 wfc_timeout=0 ;;
    lio-iblock) echo iqn=$iqn device=/dev/drbd23$2 portals=$portal allowed_initiators=iqn.2026-01.org.vhacs:node1 ;;
    iscsi-mount) echo iqn=$iqn portals=$portal ;;
    ext3-filesystem) echo device=/dev/disk/by-path/ip-$portal-iscsi-$iqn-lun-0 directory=/clouds/cluster-ten$2 ;;
    esac
}

# at_once AGENT CODES ACTION N...: starts those calls and goes on; `answers` waits for them
at_once() {
    local agent=$1 codes=$2 action=$3 interval=0 n code
    shift 3
    [ "$action" != monitor ] || interval=10000
    for n in "$@"; do
        {
            # shellcheck disable=SC2046 # one word per parameter
            said=$(env -i OCF_RESOURCE_INSTANCE=cluster-ten$n OCF_RESKEY_CRM_meta_interval=$interval \
                $(printf 'OCF_RESKEY_%s ' $(parameters_of_one "$agent" "$n")) "$AGENTS/$agent" "${action/probe/monitor}" 2>&1)
            code=$?
            [[ ",$codes," == *",$code,"* ]] || echo "$agent $n: $action is $code instead of $codes: $said" >>"$SCRATCH/wrong"
            [ "$code" -lt 190 ] || [[ $said == *"ocf-exit-reason:no connection to the peer"* ]] ||
                echo "$agent $n: $action is degraded: $said" >>"$SCRATCH/wrong"
            echo "$agent $action" >>"$SCRATCH/calls"
        } &
    done
}

answers() {
    wait
    cat "$SCRATCH/wrong" 2>/dev/null
    : >"$SCRATCH/wrong"
}

# up AGENT RUNNING [PROMOTED]: all ten are started, and promoted if there are roles, and say so
up() {
    local begun=$SECONDS
    at_once "$1" 0 start "${TEN[@]}" && answers
    [ -z "${3:-}" ] || { at_once "$1" 0 promote "${TEN[@]}" && answers; }
    at_once "$1" "${3:-$2}" monitor "${TEN[@]}" && answers
    echo "# $1: up in $((SECONDS - begun)) s"
    [ "$(working_of "$1" | sort -u | wc -l)" = 10 ] || echo "$1: at work are only: $(working_of "$1" | sort -u | paste -sd,)"
}

# working_of AGENT: a line for each of the ten that does its work, looked at without the agents
working_of() {
    case $1 in
    lvm-volume) dmsetup info -c --noheadings -o attr,suspended,name | grep '^L.*:Active:vhacs-cluster--ten' ;;
    drbd-cloud) grep -o '^ *23[0-9]: .* ro:Primary/.* ds:UpToDate/' /proc/drbd ;;
    lio-iblock) grep -lx 1 $TARGET/iscsi/*cluster-ten*/tpgt_1/enable ;;
    iscsi-mount) lsblk --noheadings --nodeps --output NAME /dev/disk/by-path/*cluster-ten*-lun-0 ;;
    ext3-filesystem) grep -o ' /clouds/cluster-ten. rw,' /proc/self/mountinfo ;;
    esac
}

# down AGENT RUNNING [PROMOTED]: five are stopped while the others are looked at, and started while those are stopped
down() {
    local begun=$SECONDS
    [ -z "${3:-}" ] || { at_once "$1" 0 demote "${TEN[@]}" && answers; }
    at_once "$1" 0 stop "${FIRST[@]}"
    at_once "$1" "$2" monitor "${SECOND[@]}" && answers
    at_once "$1" 0 start "${FIRST[@]}"
    at_once "$1" 0 stop "${SECOND[@]}" && answers
    at_once "$1" "$2" monitor "${FIRST[@]}" && answers
    at_once "$1" 0 stop "${FIRST[@]}"
    at_once "$1" 7 probe "${SECOND[@]}" && answers
    at_once "$1" 7 probe "${FIRST[@]}" && answers
    echo "# $1: down in $((SECONDS - begun)) s"
}

# all ten stacks up and down again, layer by layer; DRBD has no peer, which it calls degraded
play_ten() {
    up lvm-volume 0
    up drbd-cloud 190 191
    up lio-iblock 0
    up iscsi-mount 0
    up ext3-filesystem 0
    for n in "${TEN[@]}"; do echo "$n" >"/clouds/cluster-ten$n/written" || echo "ten$n cannot be written"; done
    down ext3-filesystem 0
    down iscsi-mount 0
    down lio-iblock 0
    down drbd-cloud 190 191
    down lvm-volume 0
    left_of_ten | sed 's/^/left behind: /'
    echo "# $(wc -l <"$SCRATCH/calls") calls"
}

# what is there of all ten, looked at without the agents
left_of_ten() {
    dmsetup info -c --noheadings -o name,suspended 2>/dev/null | grep cluster--ten
    grep '^ *23[0-9]: cs:' /proc/drbd
    find $TARGET/iscsi $TARGET/core -maxdepth 2 -name '*cluster-ten*' 2>/dev/null
    grep -h cluster-ten /sys/class/iscsi_session/*/targetname 2>/dev/null
    find /etc/iscsi/nodes /dev/disk/by-path /dev/vhacs -name '*cluster-ten*' 2>/dev/null
    grep cluster-ten /proc/self/mountinfo
    cibadmin --query --scope status | grep -o 'name="master-cluster-ten[^/]*'
    ls -d /run/lock/iscsi/lock.write /run/vhacs-iscsid-restart 2>/dev/null
    dmsetup udevcookies | grep -v Cookie
}
