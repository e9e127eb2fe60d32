# Functions for initiator.bats, on the nodes: targets on node 2, sessions to them on node 1.
# shellcheck shell=bash
NAMES='0 1 2 3 4 5 6 7 8 9 chap mutual'

iqn() { echo "iqn.2026-01.org.vhacs:initiator-$1"; }

# export_parameters NAME=VALUE...: puts them into the environment, where no other user can read them
export_parameters() {
    local pair
    for pair in "$@"; do export "OCF_RESKEY_$pair"; done
}

# export_secrets NAME: the CHAP parameters of that target, if it has any
export_secrets() {
    case $1 in
    chap) export_parameters chap_user=vhost chap_secret=secret-of-initiator ;;
    mutual) export_parameters chap_user=vhost chap_secret=secret-of-initiator mutual_chap_user=export mutual_chap_secret=secret-of-target ;;
    esac
}

# a function of this file, as the command line that ssh runs must not contain the secret
create_secret_file() { install -m 600 /dev/stdin /run/initiator-secret <<<'secret-of-initiator'; }

# agent LABEL ACTION NAME [PARAMETER=VALUE...]: calls iscsi-mount for that target; prints "LABEL STATUS OUTPUT" on one line
agent() {
    local label=$1 action=$2 name=$3 output status
    shift 3
    output=$(
        export_secrets "$name"
        export_parameters "iqn=$(iqn "$name")" portals=10.77.1.2:3280 "$@"
        OCF_RESOURCE_INSTANCE="initiator-$name" "$AGENTS/iscsi-mount" "$action" 2>&1
    )
    status=$?
    echo "$label $status $(tr '\n' ' ' <<<"$output")"
}

# outlast: makes the interruptions that monitors have noted older than a failover
outlast() { sed -i 's/"since":[0-9]*/"since":1/' /run/vhacs/interrupted-initiator-* 2>/dev/null || true; }

# on_all ACTION [PARAMETER=VALUE...]: of ten sessions in parallel
on_all() {
    local n
    for n in {0..9}; do agent "$1$n" "$1" "$n" "${@:2}" & done
    wait
}

disk() { echo "/dev/disk/by-path/ip-10.77.1.2:3280-iscsi-$(iqn "$1")-lun-0"; }
own_sessions() { grep -l initiator- /sys/class/iscsi_session/session*/targetname 2>/dev/null; }
count_sessions() { echo "sessions: $(own_sessions | wc -l)"; }
count_records() { echo "records: $(find /root/iscsi-database/nodes -path '*initiator-*' -type f 2>/dev/null | wc -l)"; }

# wait_for_state STATE: until our session has that state, at most a minute
wait_for_state() {
    local n
    for n in {1..60}; do
        if grep -q "$1" "$(dirname "$(own_sessions | head -1)")/state"; then return; fi
        sleep 1
    done
}

watch_for_secrets() {
    while sleep 0.3; do
        if cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep 'secret-o[f]'; then echo 'seen: a secret'; fi
    done
}

# block_ports PORT...: drops all packets to and from these ports of other nodes, until unblock_ports
block_ports() {
    nft add table inet initiator
    nft add chain inet initiator out '{ type filter hook output priority 0; }'
    nft add chain inet initiator in '{ type filter hook input priority 0; }'
    local port
    for port in "$@"; do
        nft add rule inet initiator out tcp dport "$port" drop
        nft add rule inet initiator in tcp sport "$port" drop
    done
}
unblock_ports() { nft delete table inet initiator 2>/dev/null; }

delete_records() {
    local name
    for name in $NAMES; do rm -rf "/root/iscsi-database/nodes/$(iqn "$name")"; done
    rm -rf /root/iscsi-database/send_targets/10.77.1.2,3280
}

clean_up() {
    local session
    systemctl unmask --quiet --runtime iscsid.socket iscsid.service
    systemctl start iscsid.socket
    for session in $(own_sessions); do iscsiadm -m session -r "$(basename "$(dirname "$session")" | tr -dc 0-9)" --logout; done
    delete_records
    rm -f /root/iscsi-database/ifaces/initiator
    ip address delete fd77::1/64 dev eth1 2>/dev/null
}

# target ACTION NAME: calls lio-iblock for that target
target() (
    export_secrets "$2"
    export_parameters "iqn=$(iqn "$2")" "device=/dev/vhacs/initiator-$2" allowed_initiators=iqn.2026-01.org.vhacs:node1 \
        portals='10.77.1.2:3280 10.77.1.2:3281 [fd77::2]:3280'
    OCF_RESOURCE_INSTANCE="initiator-$2" exec "$AGENTS/lio-iblock" "$1"
)

create_targets() {
    local name failed=0 pid pids=()
    ip address add fd77::2/64 dev eth1 nodad
    for name in $NAMES; do
        lvcreate --quiet --yes --wipesignatures y --setautoactivation n --size 4M --name "initiator-$name" vhacs >/dev/null || return
    done
    for name in $NAMES; do
        target start "$name" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    return $failed
}

remove_targets() {
    local name
    for name in $NAMES; do target stop "$name" & done
    wait
    for name in $NAMES; do lvremove --quiet --yes "vhacs/initiator-$name"; done
    ip address delete fd77::2/64 dev eth1
}
