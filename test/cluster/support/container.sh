# shellcheck shell=bash
# Small trees of operating systems, made of a node's own files, so that nothing is downloaded; runs on the nodes.

# copy_programs TREE PROGRAM...: with the libraries that they need
copy_programs() {
    local tree=$1 program
    shift
    for program in "$@"; do
        { echo "$program"; ldd "$program" 2>/dev/null | grep -oE '/[^ ]+'; }
    done | sort -u | xargs cp --parents -L -u -t "$tree"
}

# create_tree TREE: a shell, and a program "hold" that ends when it is told to
create_tree() {
    local tree=$1 name
    mkdir -p "$tree"/{usr/{bin,sbin,lib,lib64},etc,proc,sys,dev,run,tmp,var,root}
    for name in bin sbin lib lib64; do ln -sfn usr/$name "$tree/$name"; done
    # there systemctl --machine looks for the socket of D-Bus
    ln -sfn ../run "$tree/var/run"
    cp /usr/lib/os-release "$tree/usr/lib/os-release"
    ln -sfn ../usr/lib/os-release "$tree/etc/os-release"
    cp /etc/passwd /etc/group "$tree/etc"
    copy_programs "$tree" /usr/bin/{dash,sleep,cat,sync,touch,true,false}
    ln -sfn dash "$tree/usr/bin/sh"
    printf '#!/bin/sh\nexec sleep infinity\n' >"$tree/usr/bin/hold"
    # ends only by SIGKILL
    printf '#!/bin/sh\ntrap : TERM HUP\nwhile :; do sleep 1; done\n' >"$tree/usr/bin/stubborn"
    chmod 755 "$tree"/usr/bin/{hold,stubborn}
}

# create_systemd_tree TREE: with systemd, whose default target has only D-Bus, and a service that fails
create_systemd_tree() {
    local tree=$1 units=$1/etc/systemd/system helper
    create_tree "$tree"
    copy_programs "$tree" /usr/lib/systemd/systemd /usr/bin/systemctl /usr/bin/dbus-daemon
    for helper in shutdown executor; do
        [ ! -e /usr/lib/systemd/systemd-$helper ] || copy_programs "$tree" /usr/lib/systemd/systemd-$helper
    done
    cp -a /usr/lib/systemd/system "$tree/usr/lib/systemd"
    # systemd may have its name on the bus only by its policy
    mkdir -p "$tree/usr/share/dbus-1/system.d"
    cp /usr/share/dbus-1/system.conf "$tree/usr/share/dbus-1"
    cp /usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf "$tree/usr/share/dbus-1/system.d"
    ln -sfn ../lib/systemd/systemd "$tree/usr/sbin/init"
    mkdir -p "$units"
    : >"$tree/etc/machine-id"
    printf '[Unit]\nDescription=D-Bus alone\nWants=dbus.socket dbus.service\n' >"$units/default.target"
    printf '[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n' >"$units/dbus.socket"
    cat >"$units/dbus.service" <<'UNIT'
[Unit]
DefaultDependencies=no
Requires=dbus.socket
[Service]
Type=notify
NotifyAccess=main
ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation
UNIT
    printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/bin/false\n' >"$units/fails.service"
}

# write_in_vserver NAME FILE: a shell in the vserver appends numbers to a file of it, and acknowledges each as "N SECONDS" after its fsync. Its
# tree has /usr/bin/date
write_in_vserver() {
    local init loop
    init=$(head -n 1 "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/payload/cgroup.procs")
    # shellcheck disable=SC2016 # for the shell in the container
    loop='n=0; while :; do n=$((n + 1)); { echo $n >>"$0" && sync "$0"; } || { echo ERROR; exit 1; }; echo "$n $(date +%s.%3N)"; done'
    exec nsenter --target "$init" --all --root --wd="/proc/$init/root" -- /usr/bin/sh -c "$loop" "$2"
}

# supervisor_of NAME: the process that runs the vserver on this node, which a restart changes
supervisor_of() { cat "/sys/fs/cgroup/machine.slice/vhacs-nspawn-$1.service/supervisor/cgroup.procs"; }

# count_on_disk FILE: the numbers in it, on the disk; fails if they are not in order
count_on_disk() {
    echo 3 >/proc/sys/vm/drop_caches
    awk '$1 != NR { exit 1 } END { print NR }' "$1"
}

# create_container NAME SIZE: a volume that is mounted on /clouds/NAME, with a tree without an init in root
create_container() {
    create_volume "$1" "$2"
    mkfs.ext3 -q -m 0 "/dev/vhacs/$1"
    mkdir -p "/clouds/$1"
    mount -t ext3 "/dev/vhacs/$1" "/clouds/$1"
    create_tree "/clouds/$1/root"
}

# remove_container NAME
remove_container() {
    umount "/clouds/$1"
    rmdir "/clouds/$1" /clouds 2>/dev/null
    remove_volume "$1"
}
