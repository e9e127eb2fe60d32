# shellcheck shell=bash
# The lab's own changes to the image. Every build repeats them in the same root file system, so each step is idempotent.

UNITS_OFF=(corosync pacemaker drbd iscsid rtslib-fb-targetctl targetclid.socket e2scrub_reap logd sbd_remote fstrim.timer
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer drbd-graceful-shutdown crm_mon
    multipathd multipathd.socket pacemaker_remote corosync-notifyd getty@tty1 remote-fs.target)
# not needed on a node: without them it boots seconds faster
UNITS_MASKED=(systemd-firstboot systemd-random-seed systemd-update-utmp systemd-logind systemd-machine-id-commit getty@tty1
    serial-getty@ttyS0 getty.target systemd-hwdb-update systemd-journal-flush systemd-pstore systemd-binfmt modprobe@fuse
    modprobe@loop systemd-sysusers dev-hugepages.mount sys-fs-fuse-connections.mount
    ldconfig systemd-journal-catalog-update systemd-update-done systemd-hibernate-clear)

# offline_systemctl ROOT ARGUMENT...: the image's systemctl, because this machine may not have one; Debian 13's needs /proc
# shellcheck disable=SC2016
offline_systemctl() {
    SYSTEMD_OFFLINE=1 unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" systemctl "$@"' "$@"
}

customize() { # ROOT
    local root=$1 unit
    install -m755 "$HERE/guest/lab-init" "$root/usr/local/sbin/lab-init"
    install -m755 "$HERE/guest/kernel-log" "$root/usr/local/bin/kernel-log"
    install -m755 "$HERE/guest/drbd-state" "$root/usr/local/bin/drbd-state"
    install -m644 "$HERE/guest/lab-init.service" "$root/etc/systemd/system/"
    install -m644 "$HERE/guest/vhacs.conf" "$root/etc/vhacs.conf"
    install_ssh_keys "$root"
    link_iscsi_database "$root"
    printf '127.0.0.1 localhost\n10.77.2.1 node1\n10.77.2.2 node2\n10.77.2.3 node3\n' >"$root/etc/hosts"
    printf 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' >"$root/etc/environment"
    echo '/dev/vda / ext4 noatime 0 0' >"$root/etc/fstab"
    : >"$root/etc/machine-id"
    install -d "$root/etc/systemd/journald.conf.d"
    printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
    sed -i 's/^\([[:space:]]*\)#* *usage-count .*/\1usage-count no;/' "$root/etc/drbd.d/global_common.conf"
    for unit in "${UNITS_OFF[@]}"; do offline_systemctl "$root" disable "$unit" >/dev/null 2>&1 || true; done
    for unit in "${UNITS_MASKED[@]}"; do
        [[ $unit == *.* ]] || unit=$unit.service
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    offline_systemctl "$root" -q enable lab-init ssh iscsid.socket sbd >&2
}

# install_drbd_modules ROOT: the modules of LAB_DRBD_MODULES come before the kernel's own, as those of DKMS do; without them, those of an
# earlier build are removed
install_drbd_modules() {
    local release dir module built
    release=$(ls "$1/usr/lib/modules")
    dir=$1/usr/lib/modules/$release/updates/lab
    [ -d "$dir" ] || [ -n "$LAB_DRBD_MODULES" ] || return 0
    rm -rf "$dir"
    for module in $(drbd_modules); do
        built=$(modinfo -F vermagic "$module")
        [ "${built%% *}" = "$release" ] || die "$module was built for kernel ${built%% *}; that of the nodes is $release"
        install -D -m644 -t "$dir" "$module"
    done
    depmod -b "$1" "$release"
}

# link_iscsi_database ROOT: /root/iscsi-database is where Open-iSCSI has its records: /etc/iscsi, or from Debian 13 on /var/lib/iscsi.
# Open-iSCSI's own program shows the place, so that no scenario searches for remains in the wrong one.
link_iscsi_database() {
    local nodes
    nodes=$(grep -aoE -m 1 '/(etc|var/lib)/iscsi/nodes' "$1/sbin/iscsiadm" | head -n 1) || die "iscsiadm of the image does not say where its records are"
    ln -sfn "${nodes%/nodes}" "$1/root/iscsi-database"
}

# install_ssh_keys ROOT: allows root to log in, by key only; from here to the nodes and between them it is the same key
install_ssh_keys() {
    if [ ! -f "$LAB_DIR/key" ]; then
        rm -f "$LAB_DIR"/key.new*
        ssh-keygen -qt ed25519 -N '' -C vhacs-lab -f "$LAB_DIR/key.new"
        mv "$LAB_DIR/key.new.pub" "$LAB_DIR/key.pub"
        mv "$LAB_DIR/key.new" "$LAB_DIR/key"
    fi
    install -d -m700 "$1/root/.ssh"
    install -m600 "$LAB_DIR/key" "$1/root/.ssh/id_ed25519"
    install -m600 "$LAB_DIR/key.pub" "$1/root/.ssh/authorized_keys"
    printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >"$1/root/.ssh/config"
    printf 'UsePAM no\nUseDNS no\nPermitRootLogin prohibit-password\nMaxSessions 50\n' >"$1/etc/ssh/sshd_config.d/lab.conf"
}
