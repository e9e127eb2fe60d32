# shellcheck shell=bash
# The nodes are QEMU processes; each network 1..3 is a vde switch, a process that uses unix sockets only.

start_switches() {
    local n
    for n in 1 2 3; do
        pid_from "$RUN/net$n.pid" "$RUN/net$n" >/dev/null && continue
        rm -rf "$RUN/net$n" "$RUN/net$n.pid" "$RUN/net$n.mgmt"
        vde_switch -daemon -sock "$RUN/net$n" -pidfile "$RUN/net$n.pid" -mgmt "$RUN/net$n.mgmt" </dev/null >/dev/null 2>&1 ||
            die "vde_switch for network $n did not start"
    done
}

# create_disks I: vda is the node's own layer on the image, vdb its data disk, vdc sbd's, vdd transfers files ('install')
create_disks() {
    local base=$RUN/node$1
    [ -f "$base.qcow2" ] || qemu-img create -q -f qcow2 -b "$(readlink -f "$IMG$1")/root.ext4" -F raw "$base.qcow2"
    [ -f "$base.data" ] || truncate -s "$LAB_DATA" "$base.data"
    [ -f "$RUN/sbd.raw" ] || truncate -s 8M "$RUN/sbd.raw"
    [ -f "$RUN/stage.raw" ] || truncate -s 1G "$RUN/stage.raw"
}

# translation_cache: the size in MiB of an emulated node's cache of translated code. A full cache is flushed, and a node that
# runs the agents' executable all the time fills 192 MiB in ten seconds.
translation_cache() { awk '/^MemAvailable/ { m = int($2 / 1024 / 12); print (m < 192 ? 192 : (m > 1024 ? 1024 : m)) }' /proc/meminfo; }

# start_node I [STATE]: starts QEMU; with STATE, paused and in that saved state (see snapshot.sh)
start_node() {
    local i=$1 base=$RUN/node$1 mac=52:54:00:77 opts=() n
    case $(accel) in
    kvm) opts+=(-accel kvm -cpu host) ;;
    *) opts+=(-accel "tcg,thread=multi,tb-size=$(translation_cache)" -cpu max) ;;
    esac
    for n in 1 2 3; do
        opts+=(-netdev "vde,id=net$n,sock=$RUN/net$n"
            -device "virtio-net-pci,netdev=net$n,id=eth$n,mac=$mac:0$n:0$i,romfile=")
    done
    [ -z "${2:-}" ] || opts+=(-S -incoming "exec:cat $2")
    rm -f "$base".{mon,ctl,pid}
    # The data disk is raw: what the guest wrote survives a kill of QEMU even with cache=unsafe, as it is in this
    # machine's page cache; a qcow2 would lose its own tables. The sbd disk is shared through the same page cache.
    timeout 60 qemu-system-x86_64 -name "node$i" -pidfile "$base.pid" -daemonize -no-user-config -nodefaults \
        -M pc -smp "$LAB_CPUS" -m "$LAB_MEM" -display none -kernel "$IMG$i/vmlinuz" -initrd "$IMG$i/initrd" \
        -append "console=ttyS0 quiet panic=1 net.ifnames=0 mitigations=off apparmor=0 audit=0 random.trust_cpu=on tsc=reliable nowatchdog systemd.show_status=0 systemd.ssh_auto=no systemd.machine_id=7700000000000000000000000000000$i lab.node=$i $(clock_option) ${LAB_APPEND:-}" \
        -serial "file:$base.console" -monitor "unix:$base.mon,server=on,wait=off" \
        -device i6300esb -action watchdog=reset \
        -netdev "user,id=net0,restrict=on,ipv6=off,net=10.0.2.0/24,hostfwd=tcp:127.0.0.1:$((LAB_SSH_PORT + i))-10.0.2.15:22" \
        -device "virtio-net-pci,netdev=net0,id=eth0,mac=$mac:00:0$i,romfile=" "${opts[@]}" \
        -drive "file=$base.qcow2,format=qcow2,if=none,id=root,cache=writeback" -device virtio-blk-pci,drive=root \
        -drive "file=$base.data,format=raw,if=none,id=data,cache=unsafe,discard=unmap" -device virtio-blk-pci,drive=data,serial=data \
        -drive "file=$RUN/sbd.raw,format=raw,if=none,id=sbd,cache=unsafe,file.locking=off" \
        -device virtio-blk-pci,drive=sbd,serial=sbd,share-rw=on \
        -drive "file=$RUN/stage.raw,format=raw,if=none,id=stage,cache=unsafe,readonly=on,file.locking=off" \
        -device virtio-blk-pci,drive=stage,serial=stage </dev/null >"$base.qemu" 2>&1 ||
        die "node$i: QEMU did not start: $(head -c 300 "$base.qemu")"
}

# start I: with the lock held; does nothing if the node is running
verb_start() {
    check_node "$1"
    if node_pid "$1" >/dev/null; then
        if query_monitor "$1" "info status" | grep -q paused; then set_monitor "$1" cont; fi # left by an interrupted snapshot
        return
    fi
    [ -e "$IMG$1/root.ext4" ] || die "there is no image: run lab up first"
    [ -f "$RUN/owner" ] || claim
    create_disks "$1"
    start_switches
    start_node "$1"
}
verb_boot() {
    check_node "${1:-}"
    "$HERE/lab" start "$1"
    [ "${2:-}" = --nowait ] || wait_boot "$1"
}
verb_kill() {
    local pid
    check_node "${1:-}"
    pid=$(node_pid "$1") || return 0
    kill_process "$pid"
    rm -f "$RUN/node$1.pid" "$RUN/node$1.mon"
    for pid in $(lab_pids); do # the ssh connections to it
        if grep -qsaF -- "$RUN/node$1.ctl" "/proc/$pid/cmdline"; then kill -9 "$pid" 2>/dev/null || true; fi
    done
    rm -f "$RUN/node$1.ctl"
}
verb_reset() {
    verb_kill "$@"
    verb_boot "$@"
}
verb_pause() {
    check_node "${1:-}"
    set_monitor "$1" stop
}
# boots I: how often it was reset or has started since it was switched on, or since a snapshot was loaded. sbd's reset shows at once; an
# emulated kernel occasionally needs minutes until its first message
verb_boots() {
    check_node "${1:-}"
    awk '/sysrq: Resetting/ { count++; reset = 1 } /^lab: the kernel runs/ { if (!reset) count++; reset = 0 } END { print count + 0 }' \
        "$RUN/node$1.console"
}
verb_net() {
    check_node "${1:-}"
    [[ ${2:-} =~ ^eth[0-3]$ && ${3:-} =~ ^(on|off)$ ]] || die "usage: lab net I eth0..eth3 on|off"
    set_monitor "$1" "set_link $2 $3"
}

verb_up() {
    local count=${1:-2} i start images
    check_node "$count"
    mapfile -t images < <(wanted_images)
    claim
    if [ -z "$(running_nodes)" ]; then
        kill_lab
        if [ ! -f "$RUN/kept" ] || ! uses_images "${images[@]}"; then wipe_disks; fi
        rm -f "$RUN/kept"
    elif ! uses_images "${images[@]}"; then
        die "LAB_SUITE or the lab's files have changed, but the running nodes use the previous images: run lab down first"
    fi
    verb_image
    use_images "${images[@]}"
    start=$SECONDS
    for ((i = 1; i <= count; i++)); do verb_start "$i"; done
    for ((i = 1; i <= count; i++)); do wait_boot "$i"; done
    check_clocks
    log "$count nodes are up: $((SECONDS - start)) s"
}
