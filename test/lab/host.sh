# shellcheck shell=bash
# What the lab requires of this machine: root, a lock, some Debian packages, and KVM if it works.

# ensure_root VERB...: runs the verb again with sudo, unless this is root already
ensure_root() {
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || die "the lab needs root (mmdebstrap, file owners in the image) and there is no sudo: run it as root"
    local v vars=("LAB_PATH=$PATH")
    for v in "${!LAB_@}"; do vars+=("$v=${!v}"); done
    exec sudo env "${vars[@]}" "$HERE/lab" "$@"
}

# hold_lock VERB...: runs the verb again while holding a lock that no child inherits
hold_lock() {
    local rc=0
    [ -z "${LAB_LOCKED:-}" ] || return 0
    LAB_LOCKED=1 flock -o -w 60 -E 99 "$LAB_DIR/lock" "$HERE/lab" "$@" || rc=$?
    [ $rc != 99 ] || die "another lab command is running (it holds $LAB_DIR/lock)"
    exit $rc
}

busybox_static() {
    local b
    b=$(command -v busybox) && ! ldd "$b" >/dev/null 2>&1 && echo "$b"
}

install_tools() {
    local pair need=()
    for pair in dh:debhelper dpkg-buildpackage:dpkg-dev strip:binutils mmdebstrap:mmdebstrap vde_switch:vde2 socat:socat ssh-keygen:openssh-client qemu-img:qemu-utils \
        qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs depmod:kmod setpriv:util-linux ps:procps cpio:cpio gzip:gzip jq:jq; do
        command -v "${pair%:*}" >/dev/null || need+=("${pair#*:}")
    done
    [ -n "$(busybox_static)" ] || need+=(busybox-static)
    [ -e /usr/share/seabios/bios-256k.bin ] || need+=(seabios)
    [ ${#need[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get to install them: ${need[*]}"
    log "installing missing packages: ${need[*]}"
    apt_install "${need[@]}" || {
        log "retrying after apt-get update"
        timeout 300 apt-get -qq update >&2 || true
        apt_install "${need[@]}"
    } || die "cannot install ${need[*]}: see $LAB_DIR/apt.log, and run apt-get install yourself"
}
apt_install() {
    DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends "$@" </dev/null >"$LAB_DIR/apt.log" 2>&1
}

# accel: prints kvm or tcg; /dev/kvm may exist and still not work, so it runs the lab's kernel once as a trial
accel() {
    local known=$LAB_DIR/accel boot
    [ "$LAB_ACCEL" = auto ] || { echo "$LAB_ACCEL" && return; }
    boot=$(cat /proc/sys/kernel/random/boot_id)
    if [ "$(head -1 "$known" 2>/dev/null)" != "$boot" ]; then
        { echo "$boot" && { kvm_works && echo kvm || echo tcg; }; } >"$known.new"
        mv "$known.new" "$known"
        log "the nodes run with: $(tail -1 "$known")"
    fi
    tail -1 "$known"
}
kvm_works() {
    [ -w /dev/kvm ] && run_bounded 10 qemu-system-x86_64 -no-user-config -nodefaults -M pc -accel kvm -cpu host -m 256 \
        -display none -no-reboot -kernel "${IMG}1/vmlinuz" -initrd "${IMG}1/initrd" -append "console=ttyS0 quiet panic=1 lab.trial" \
        -serial stdio </dev/null 2>/dev/null | grep -qa 'lab: trial'
}
