# shellcheck shell=bash
# Settings, messages and processes.

LAB_DIR=${LAB_DIR:-/var/tmp/vhacs-lab}      # images, snapshots and run state
LAB_SUITE=${LAB_SUITE:-bookworm}            # Debian of the nodes: bookworm (12), trixie (13), or a list by node, the oldest first
LAB_DRBD_MODULES=${LAB_DRBD_MODULES:-}      # directory with drbd.ko and drbd_transport_tcp.ko for the nodes' kernel, used instead of its own drbd
LAB_MEM=${LAB_MEM:-1024}                    # MiB per node
LAB_CPUS=${LAB_CPUS:-2}                      # processors per node: with one, Pacemaker never runs two actions at the same time
LAB_DATA=${LAB_DATA:-4G}                    # size of the (sparse) data disk vdb
LAB_SSH_PORT=${LAB_SSH_PORT:-2200}          # node I listens on 127.0.0.1:(LAB_SSH_PORT+I)
LAB_ACCEL=${LAB_ACCEL:-auto}                # kvm, tcg, or auto: kvm where a trial run shows that it works
LAB_SLOW=${LAB_SLOW:-1}                      # this many seconds on this machine are one second on an emulated node
LAB_TSC_KHZ=${LAB_TSC_KHZ:-}                # frequency of this machine's time-stamp counter; empty: as its kernel found
LAB_BOOT_TIMEOUT=${LAB_BOOT_TIMEOUT:-180}   # seconds to wait for ssh
LAB_SSH_TIMEOUT=${LAB_SSH_TIMEOUT:-600}     # seconds for one command on a node
LAB_LIFETIME=${LAB_LIFETIME:-10800}         # seconds after which the lab stops by itself
LAB_OWNER_PID=${LAB_OWNER_PID:-}            # the lab stops when this process has ended
LAB_MAX=3

RUN=$LAB_DIR/run
IMG=$RUN/image                              # image1, image2, image3: links to the images that the nodes use
export IMG LAB_DIR LAB_SUITE LAB_DRBD_MODULES LAB_CPUS LAB_MEM LAB_DATA LAB_SSH_PORT LAB_ACCEL LAB_SLOW LAB_TSC_KHZ LAB_BOOT_TIMEOUT LAB_SSH_TIMEOUT LAB_LIFETIME LAB_OWNER_PID

log() { printf '[lab %s] %s\n' "$(date +%T)" "$*" >&2; }
die() {
    log "error: $*"
    exit 1
}

[[ $LAB_SUITE =~ ^[a-z]+(,[a-z]+)*$ ]] || die "LAB_SUITE is '$LAB_SUITE': expected bookworm, trixie, or bookworm,trixie"
IFS=, read -ra SUITES <<<"$LAB_SUITE"
if [ -n "$LAB_DRBD_MODULES" ]; then
    [ -f "$LAB_DRBD_MODULES/drbd.ko" ] || die "LAB_DRBD_MODULES: there is no $LAB_DRBD_MODULES/drbd.ko"
    LAB_DRBD_MODULES=$(readlink -f "$LAB_DRBD_MODULES")
fi

# suite_of I: a node beyond the list is as the last in it
suite_of() { echo "${SUITES[$1 > ${#SUITES[@]} ? ${#SUITES[@]} - 1 : $1 - 1]}"; }

check_node() { [[ ${1:-} =~ ^[1-$LAB_MAX]$ ]] || die "node number 1..$LAB_MAX expected, got '${1:-}'"; }

# pid_from PIDFILE WORD: prints the pid in PIDFILE if that process has WORD (a path below LAB_DIR) on its
# command line, so that a reused pid is never mistaken for ours
pid_from() {
    local pid=
    [ ! -f "$1" ] || read -r pid <"$1" || true
    [ -n "$pid" ] && grep -qsaF -- "$2" "/proc/$pid/cmdline" && echo "$pid"
}
node_pid() { pid_from "$RUN/node$1.pid" "$RUN/node$1."; }

# running_nodes: the numbers of the running nodes
running_nodes() {
    local i
    for ((i = 1; i <= LAB_MAX; i++)); do
        if node_pid "$i" >/dev/null; then echo "$i"; fi
    done
}

# known_nodes: the numbers of the nodes that have a disk, running or not
known_nodes() {
    local f
    for f in "$RUN"/node?.qcow2; do
        [ ! -f "$f" ] || basename "${f##*/node}" .qcow2
    done
}

# pids_with WORD: the processes that have WORD on their command line
pids_with() { grep -lsaF -- "$1" /proc/[0-9]*/cmdline | cut -d/ -f3 || true; }

# lab_pids: all processes of this lab, identified by the paths on their command lines
lab_pids() {
    local pid exe
    for pid in $(pids_with "$RUN/"); do
        exe=$(readlink "/proc/$pid/exe") || continue
        exe=${exe% (deleted)}
        case ${exe##*/} in qemu-system-x86_64 | vde_switch | ssh) echo "$pid" ;; esac
    done
}

# kill_process PID: kills it and waits until it has ended
kill_process() {
    local n
    kill -9 "$1" 2>/dev/null || return 0
    for ((n = 0; n < 100; n++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    die "process $1 cannot be killed"
}

# kill_lab: kills every process of the lab, including any that starts meanwhile
kill_lab() {
    local pid pids n clean=0
    for ((n = 0; n < 50 && clean < 2; n++)); do
        pids=$(lab_pids)
        clean=$((clean + 1))
        for pid in $pids; do
            clean=0
            kill -9 "$pid" 2>/dev/null || true
        done
        sleep 0.2
    done
    ((clean == 2)) || die "processes cannot be killed: $pids"
    rm -rf "$RUN"/net? "$RUN"/net?.* "$RUN"/node?.{pid,mon,ctl}
}

# wipe_disks: deletes the disks of all nodes
wipe_disks() { rm -rf "$RUN"/{authkey,kept,put,sbd.raw,stage.raw} "$RUN"/node?.*; }

# run_bounded SECONDS CMD...: kills CMD after SECONDS, and immediately if this script is killed
run_bounded() {
    local s=$1
    shift
    setpriv --pdeathsig KILL timeout -k 5 "$s" setpriv --pdeathsig KILL "$@"
}

# wait_for_all PID...: waits for all of them; fails if any failed
wait_for_all() {
    local pid rc=0
    for pid; do wait "$pid" || rc=1; done
    return $rc
}
