# shellcheck shell=bash
# Settings, messages and processes.

LAB_DIR=${LAB_DIR:-/var/tmp/vhacs-lab}      # image, snapshots and run state
LAB_MEM=${LAB_MEM:-1024}                    # MiB per node
LAB_CPUS=${LAB_CPUS:-2}                      # processors per node: with one, no two actions of Pacemaker run at once
LAB_DATA=${LAB_DATA:-4G}                    # size of the (sparse) data disk vdb
LAB_SSH_PORT=${LAB_SSH_PORT:-2200}          # node I listens on 127.0.0.1:(LAB_SSH_PORT+I)
LAB_ACCEL=${LAB_ACCEL:-auto}                # kvm, tcg, or auto: kvm where a trial run shows that it works
LAB_SLOW=${LAB_SLOW:-1}                      # so many seconds of this machine are one of an emulated node
LAB_BOOT_TIMEOUT=${LAB_BOOT_TIMEOUT:-180}   # seconds until ssh answers
LAB_SSH_TIMEOUT=${LAB_SSH_TIMEOUT:-600}     # seconds for one command on a node
LAB_LIFETIME=${LAB_LIFETIME:-10800}         # seconds after which the lab ends by itself
LAB_OWNER_PID=${LAB_OWNER_PID:-}            # the lab ends when this process is gone
LAB_MAX=3

RUN=$LAB_DIR/run
IMG=$RUN/image                              # link to the image that the nodes use
export IMG LAB_DIR LAB_CPUS LAB_MEM LAB_DATA LAB_SSH_PORT LAB_ACCEL LAB_SLOW LAB_BOOT_TIMEOUT LAB_SSH_TIMEOUT LAB_LIFETIME LAB_OWNER_PID

say() { printf '[lab %s] %s\n' "$(date +%T)" "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

check_node() { [[ ${1:-} =~ ^[1-$LAB_MAX]$ ]] || die "node number 1..$LAB_MAX expected, got '${1:-}'"; }

# our_pid PIDFILE WORD: prints the pid in PIDFILE if that process has WORD (a path below LAB_DIR) on its
# command line: a recycled pid is never taken for ours
our_pid() {
    local pid=
    [ ! -f "$1" ] || read -r pid <"$1" || true
    [ -n "$pid" ] && grep -qsaF -- "$2" "/proc/$pid/cmdline" && echo "$pid"
}
node_pid() { our_pid "$RUN/node$1.pid" "$RUN/node$1."; }

# running: the numbers of the running nodes
running() {
    local i
    for ((i = 1; i <= LAB_MAX; i++)); do
        if node_pid "$i" >/dev/null; then echo "$i"; fi
    done
}

# members: the nodes that have a disk here, running or not
members() {
    local f
    for f in "$RUN"/node?.qcow2; do
        [ ! -f "$f" ] || basename "${f##*/node}" .qcow2
    done
}

# pids_with WORD: the processes that have WORD on their command line
pids_with() { grep -lsaF -- "$1" /proc/[0-9]*/cmdline | cut -d/ -f3 || true; }

# lab_pids: all processes of this lab, found by the paths on their command lines
lab_pids() {
    local pid exe
    for pid in $(pids_with "$RUN/"); do
        exe=$(readlink "/proc/$pid/exe") || continue
        exe=${exe% (deleted)}
        case ${exe##*/} in qemu-system-x86_64 | vde_switch | ssh) echo "$pid" ;; esac
    done
}

# stop_pid PID: kill it hard and wait until it is gone
stop_pid() {
    local n
    kill -9 "$1" 2>/dev/null || return 0
    for ((n = 0; n < 100; n++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    die "process $1 does not go away"
}

# takedown: ends every process of the lab, also one that is just being started
takedown() {
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
    ((clean == 2)) || die "processes do not go away: $pids"
    rm -rf "$RUN"/net? "$RUN"/net?.* "$RUN"/node?.{pid,mon,ctl}
}

# wipe: the disks of all nodes
wipe() { rm -rf "$RUN"/{authkey,kept,put,sbd.raw,stage.raw} "$RUN"/node?.*; }

# bound SECONDS CMD...: ends CMD after SECONDS, and at once when this script is killed
bound() {
    local s=$1
    shift
    setpriv --pdeathsig KILL timeout -k 5 "$s" setpriv --pdeathsig KILL "$@"
}

# pids_done PID...: waits for them all, false if one failed
pids_done() {
    local pid rc=0
    for pid; do wait "$pid" || rc=1; done
    return $rc
}
