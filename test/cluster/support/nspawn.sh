#!/bin/bash
# Runs on a node, after volumes.sh and container.sh: nspawn-container with small trees. Prints a line of result for each step: see report.sh.
# shellcheck disable=SC2153 # set by helpers.bash
AGENT=$AGENTS/nspawn-container
DISK=nspawn
HOME_OF=/clouds/$DISK
TREE=$HOME_OF/web
UNIT=vhacs-nspawn-lab-web.service
CGROUP=/sys/fs/cgroup/machine.slice/$UNIT

# step NAME ACTION [NAME=VALUE...]: calls the agent for the tree with systemd
step() {
    report "$1" env OCF_RESOURCE_INSTANCE=lab-web OCF_RESKEY_machine=lab-web OCF_RESKEY_directory=$TREE "${@:3}" "$AGENT" "$2"
}
monitor() { step "$1" monitor OCF_RESKEY_CRM_meta_interval=20000 "${@:2}"; }
# hold NAME ACTION [NAME=VALUE...]: the same for a tree without an init
hold() { step "$1" "$2" OCF_RESKEY_directory=$HOME_OF/root OCF_RESKEY_command=/usr/bin/hold "${@:3}"; }

supervisor() { cat $CGROUP/supervisor/cgroup.procs; }
leader() { pgrep -P "$(supervisor)" | head -n 1; }
inside() { nsenter --target "$(leader)" --all "$@"; }
# left: what a container leaves on the node
left() {
    ls -d $CGROUP /run/systemd/transient/$UNIT /run/systemd/nspawn/lab-web.nspawn 2>/dev/null
    grep /run/systemd/nspawn/unix-export/lab-web /proc/self/mountinfo
    ip -br link | grep -E '^(vb-|ve-)lab-web'
    return 0
}
# count_programs: that a recurring monitor executes
count_programs() {
    env OCF_RESOURCE_INSTANCE=lab-web OCF_RESKEY_machine=lab-web OCF_RESKEY_directory=$TREE OCF_RESKEY_CRM_meta_interval=20000 \
        strace -f -qq -e trace=execve -o /tmp/nspawn.trace "$AGENT" monitor
    grep -c 'execve(' /tmp/nspawn.trace
}
# monitor_until_changed PID: monitors while the container reboots; prints each code other than 0
monitor_until_changed() {
    local end=$((SECONDS + 120)) code
    while ((SECONDS < end)); do
        env OCF_RESOURCE_INSTANCE=lab-web OCF_RESKEY_machine=lab-web OCF_RESKEY_directory=$TREE OCF_RESKEY_CRM_meta_interval=20000 \
            "$AGENT" monitor >/dev/null 2>&1 || {
            code=$?
            echo "monitor $code"
        }
        [ ! -d $CGROUP/supervisor ] || [ -z "$(supervisor)" ] || [ "$(supervisor)" = "$1" ] || break
    done
    [ "$(supervisor)" != "$1" ] && echo rebooted
}
wait_for_readiness() { timeout 120 bash -c "until [ \"\$(systemctl show -P ActiveState $UNIT)\" = active ]; do sleep 1; done"; }

clean() {
    # shellcheck disable=SC2086 # two numbers
    kill -CONT $STOPPED
    dmsetup resume vhacs-$DISK
    systemctl kill --signal=KILL $UNIT
    machinectl terminate lab-web
    machinectl terminate lab-other
    sleep 2
    systemctl reset-failed $UNIT
    umount /run/systemd/nspawn/unix-export/lab-web
    ip link delete br-lab-nspawn12
    remove_container $DISK
    rm -f /tmp/nspawn.trace
} >/dev/null 2>&1
STOPPED=''
trap clean EXIT

create_container $DISK 192M
create_systemd_tree $TREE

umount $HOME_OF
mkdir -p $TREE
step unmounted start
rmdir $TREE
mount -t ext3 /dev/vhacs/$DISK $HOME_OF
step no-init start OCF_RESKEY_directory=$HOME_OF/root

step validate validate-all OCF_CHECK_LEVEL=10
step start start
report machines machinectl --no-legend list
report order systemctl show --property Before --value $UNIT
monitor monitor
report programs count_programs
monitor level-10 OCF_CHECK_LEVEL=10
step again start

old=$(supervisor)
kill -s RTMIN+5 "$(leader)"
report reboot monitor_until_changed "$old"
report ready wait_for_readiness
monitor rebooted

inside /usr/bin/systemctl start fails.service
sleep 1
monitor degraded OCF_CHECK_LEVEL=10
monitor degraded-level-0
systemctl freeze $UNIT
monitor frozen
step frozen-stop stop
report stopped left
monitor stopped-monitor

step restart start
systemctl kill --signal=KILL $UNIT
sleep 2
monitor killed
step killed-start start
inside /usr/bin/systemctl poweroff
timeout 60 bash -c "while [ -d $CGROUP ]; do sleep 1; done"
monitor powered-off
step powered-off-stop stop
report powered-off-left left

systemd-run --quiet systemd-nspawn --quiet --register=yes -b -D $TREE -M lab-web
sleep 10
monitor by-hand
step by-hand-stop stop
report by-hand-left machinectl --no-legend list
systemd-run --quiet systemd-nspawn --quiet -b -D $TREE -M lab-other
sleep 10
step foreign start
machinectl terminate lab-other
sleep 3

# systemd-machined and D-Bus hang, as programs that were stopped do
hold without-bus-start start
STOPPED="$(systemctl show -P MainPID systemd-machined) $(systemctl show -P MainPID dbus)"
# shellcheck disable=SC2086 # two numbers
kill -STOP $STOPPED
hold without-bus-stop stop OCF_RESKEY_shutdown_timeout=20
# shellcheck disable=SC2086
kill -CONT $STOPPED
STOPPED=''
# it releases the unit when it goes on
sleep 5
report without-bus-left left

hold stubborn-start start OCF_RESKEY_command=/usr/bin/stubborn
hold stubborn-stop stop OCF_RESKEY_command=/usr/bin/stubborn OCF_RESKEY_shutdown_timeout=5

# a writer whose disk hangs
printf '#!/bin/sh\nwhile :; do echo x >>/written; sync; done\n' >$HOME_OF/root/usr/bin/writes
chmod 755 $HOME_OF/root/usr/bin/writes
hold hung-start start OCF_RESKEY_command=/usr/bin/writes
dmsetup suspend --noflush --nolockfs vhacs-$DISK
sleep 3
hold hung-stop stop OCF_RESKEY_command=/usr/bin/writes OCF_RESKEY_shutdown_timeout=5 OCF_RESKEY_CRM_meta_timeout=60000
dmsetup resume vhacs-$DISK
sleep 5
hold hung-stop-again stop OCF_RESKEY_command=/usr/bin/writes
report hung-left left

ip link add br-lab-nspawn12 type bridge
hold bridge-start start OCF_RESKEY_network=bridge:br-lab-nspawn12
report bridge ls /sys/class/net/br-lab-nspawn12/brif
hold bridge-stop stop
hold macvlan-start start OCF_RESKEY_network=macvlan:br-lab-nspawn12
hold macvlan-stop stop

systemd-nspawn --quiet --private-users=524288:65536 --private-users-ownership=chown -D $HOME_OF/root /usr/bin/true
hold users-start start
report users cat "/proc/$(leader)/uid_map"
hold users-stop stop OCF_RESKEY_private_users=no
report users-left left
