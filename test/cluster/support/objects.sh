# shellcheck shell=bash
# One resource of each agent, for scenarios that test one agent at a time; runs on the nodes, after volumes.sh and drbd.sh.
# Objects are named cluster-*, and are inspected without the agents. iscsi-paths is iscsi-mount with two portals and mutual CHAP.

I=$(hostname | tr -dc 0-9)
INITIATOR=iqn.2026-01.org.vhacs:node$I
TARGET_IQN=iqn.2026-01.org.vhacs:cluster-lio
SESSION_IQN=iqn.2026-01.org.vhacs:cluster-iscsi
MULTIPATH_IQN=iqn.2026-01.org.vhacs:cluster-paths
TARGET_PORTAL=10.77.1.$I:3290
SESSION_PORTAL=10.77.1.$I:3291
SECOND_PORTAL=10.77.3.$I:3291
CHAP=(chap_user=vhost chap_secret=secret-of-initiator mutual_chap_user=export mutual_chap_secret=secret-of-target)
LIO=/sys/kernel/config/target
# container.sh creates its tree
CONTAINER=cluster-nspawn
CONTAINER_UNIT=vhacs-nspawn-$CONTAINER.service

# program_of AGENT: its executable
program_of() { echo "$AGENTS/${1/iscsi-paths/iscsi-mount}"; }

# parameters_of AGENT: its parameters on this node, each as NAME=VALUE; a comma stands for a blank
parameters_of() {
    case $1 in
    lvm-volume) echo volume=cluster-lvm volume_group=vhacs ;;
    drbd-cloud) echo drbd_resource=cluster-drbd ;;
    lio-iblock) echo iqn=$TARGET_IQN device=/dev/vhacs/cluster-lio portals="$TARGET_PORTAL" allowed_initiators="$INITIATOR" ;;
    iscsi-mount) echo iqn=$SESSION_IQN portals="$SESSION_PORTAL" ;;
    iscsi-paths) echo iqn=$MULTIPATH_IQN portals="$SESSION_PORTAL,$SECOND_PORTAL" "${CHAP[@]}" ;;
    ext3-filesystem) echo device=/dev/vhacs/cluster-ext3 directory=/clouds/cluster ;;
    nspawn-container) echo machine=$CONTAINER directory=/clouds/$CONTAINER/root command=/usr/bin/hold ;;
    esac
}

# create_objects: on each node; leaves the DRBD resource down, and exports the targets of the sessions
create_objects() {
    local volume
    for volume in lvm lio iscsi paths ext3; do
        create_volume cluster-$volume 16M
    done
    lvchange "${LVM_DEVICES[@]}" -an vhacs/cluster-lvm
    mkfs.ext3 -q /dev/vhacs/cluster-ext3
    DRBD_SIZE=16M drbd_setup cluster-drbd 220 7960
    OCF_RESKEY_iqn=$SESSION_IQN OCF_RESKEY_device=/dev/vhacs/cluster-iscsi OCF_RESKEY_portals=$SESSION_PORTAL \
        OCF_RESKEY_allowed_initiators=$INITIATOR "$AGENTS/lio-iblock" start
    env "${CHAP[@]/#/OCF_RESKEY_}" OCF_RESKEY_iqn=$MULTIPATH_IQN OCF_RESKEY_device=/dev/vhacs/cluster-paths \
        OCF_RESKEY_portals="$SESSION_PORTAL $SECOND_PORTAL" OCF_RESKEY_allowed_initiators="$INITIATOR" "$AGENTS/lio-iblock" start
}

# skip_initial_sync: on node 1, when node 2's side is up: declares both sides' data the same, and leaves node 1's side down
skip_initial_sync() {
    drbdadm up cluster-drbd
    drbd_skip_initial_sync cluster-drbd
    drbdadm down cluster-drbd
}

# remove_objects: and whatever a scenario has left of them
remove_objects() {
    local agent volume
    for agent in nspawn-container ext3-filesystem iscsi-mount iscsi-paths lio-iblock drbd-cloud lvm-volume; do
        [ -z "$(leftovers_of $agent)" ] || stop_without_agent $agent
    done
    [ -z "$(export_parts $SESSION_IQN)" ] || delete_export $SESSION_IQN
    [ -z "$(export_parts $MULTIPATH_IQN)" ] || delete_export $MULTIPATH_IQN
    drbd_teardown cluster-drbd
    for volume in lvm lio iscsi paths ext3; do remove_volume cluster-$volume; done
}

# leftovers_of AGENT: every part of its resource that exists, one a line
leftovers_of() {
    case $1 in
    lvm-volume)
        dmsetup info -c --noheadings -o name,suspended vhacs-cluster--lvm 2>/dev/null
        find /dev/vhacs/cluster-lvm /dev/mapper/vhacs-cluster--lvm 2>/dev/null
        ;;
    drbd-cloud)
        drbd-state | grep '^ *220: '
        drbdsetup show cluster-drbd 2>/dev/null
        crm_attribute --promotion cluster --quiet --query 2>/dev/null
        ;;
    lio-iblock) export_parts $TARGET_IQN ;;
    iscsi-mount) session_parts $SESSION_IQN ;;
    iscsi-paths) session_parts $MULTIPATH_IQN ;;
    ext3-filesystem) grep -E ' /clouds/cluster |/dev/mapper/vhacs-cluster--ext3 ' /proc/self/mountinfo ;;
    nspawn-container)
        ls -d /sys/fs/cgroup/machine.slice/$CONTAINER_UNIT /run/systemd/transient/$CONTAINER_UNIT 2>/dev/null
        grep " /run/systemd/nspawn/unix-export/$CONTAINER " /proc/self/mountinfo
        ;;
    esac
}

# usable_parts_of AGENT: the parts of its resource that could be in use
usable_parts_of() {
    case $1 in
    # a device without a table has no data
    lvm-volume) dmsetup info -c --noheadings -o attr,name vhacs-cluster--lvm 2>/dev/null | grep '^L' ;;
    # an unconfigured device has neither data nor a peer
    drbd-cloud) drbd-state | grep '^ *220: cs:' | grep -v cs:Unconfigured ;;
    lio-iblock) grep -lx 1 $LIO/iscsi/$TARGET_IQN/tpgt_1/enable "$(export_parts $TARGET_IQN | tail -n 1)/enable" 2>/dev/null ;;
    iscsi-mount) grep -lx $SESSION_IQN /sys/class/iscsi_session/*/targetname 2>/dev/null ;;
    iscsi-paths) grep -lx $MULTIPATH_IQN /sys/class/iscsi_session/*/targetname 2>/dev/null ;;
    ext3-filesystem) grep ' /clouds/cluster ' /proc/self/mountinfo ;;
    nspawn-container) find /sys/fs/cgroup/machine.slice/$CONTAINER_UNIT -name cgroup.procs -exec cat {} + 2>/dev/null ;;
    esac
}

# is_working AGENT: whether its resource does its job
is_working() {
    case $1 in
    lvm-volume) can_read /dev/vhacs/cluster-lvm ;;
    drbd-cloud)
        drbd-state | grep -q '^ *220: .* ds:UpToDate/' && crm_attribute --promotion cluster --quiet --query >/dev/null &&
            { drbd-state | grep -q '^ *220: .* ro:Secondary/' || can_read /dev/drbd220; }
        ;;
    lio-iblock)
        # the target and its backstore are enabled, the initiator's LUN is mapped to it, and the portal listens
        ! grep -L 1 $LIO/iscsi/$TARGET_IQN/tpgt_1/enable "$(export_parts $TARGET_IQN | tail -n 1)/enable" | grep . &&
            ls $LIO/iscsi/$TARGET_IQN/tpgt_1/acls/"$INITIATOR"/lun_0/*/*/udev_path >/dev/null &&
            ss -Hltn "src $TARGET_PORTAL" | grep -q .
        ;;
    iscsi-mount) can_read /dev/disk/by-path/ip-"$SESSION_PORTAL"-iscsi-$SESSION_IQN-lun-0 ;;
    iscsi-paths) can_read_over "$SESSION_PORTAL" || can_read_over "$SECOND_PORTAL" ;;
    ext3-filesystem) touch /clouds/cluster/written && rm /clouds/cluster/written ;;
    nspawn-container) usable_parts_of nspawn-container | sed 's,.*,/proc/&/comm,' | xargs cat 2>/dev/null | grep -qx sleep ;;
    esac
}

# is_fully_working AGENT: whether its resource does its job, over each of its portals
is_fully_working() {
    is_working "$1" && case $1 in iscsi-paths) can_read_over "$SESSION_PORTAL" && can_read_over "$SECOND_PORTAL" ;; esac
}

can_read_over() { can_read /dev/disk/by-path/ip-"$1"-iscsi-$MULTIPATH_IQN-lun-0; }
can_read() { timeout 20 dd if="$1" of=/dev/null bs=4k count=1 iflag=direct status=none; }

# session_parts IQN: the sessions to it, its node records and the links to its disks
session_parts() {
    grep -lx "$1" /sys/class/iscsi_session/*/targetname 2>/dev/null
    find /root/iscsi-database/nodes/"$1" /dev/disk/by-path/*"$1"* 2>/dev/null
}

# export_parts IQN: the target, its backstore, and any HBA without a backstore
export_parts() {
    local hba
    find $LIO/iscsi/"$1" -maxdepth 0 2>/dev/null
    for hba in "$LIO"/core/iblock_*; do
        [ ! -d "$hba" ] || [ -n "$(find "$hba" -mindepth 1 -type d -print -quit)" ] || echo "$hba"
    done
    find $LIO/core -mindepth 2 -maxdepth 2 -type d -name "${1/:/_}*" 2>/dev/null
}

# undo_first_start AGENT: removes what the first start on a node creates and a stop leaves
undo_first_start() {
    case $1 in
    lvm-volume) rm -f /run/lvm/hints ;;
    iscsi-mount | iscsi-paths)
        rm -rf /run/lock/iscsi /root/iscsi-database/ifaces
        rmdir /root/iscsi-database/nodes 2>/dev/null
        ;;
    ext3-filesystem) rmdir /clouds/cluster /clouds 2>/dev/null ;;
    esac
}

# stop_without_agent AGENT: stops its resource as an administrator could
stop_without_agent() {
    case $1 in
    lvm-volume) dmsetup remove vhacs-cluster--lvm ;;
    drbd-cloud) drbdsetup down cluster-drbd ;;
    lio-iblock) delete_export $TARGET_IQN ;;
    iscsi-mount) iscsiadm -m node -T $SESSION_IQN --logout >/dev/null ;;
    iscsi-paths) iscsiadm -m node -T $MULTIPATH_IQN --logout >/dev/null ;;
    ext3-filesystem) umount /clouds/cluster ;;
    nspawn-container) systemctl kill --signal=KILL $CONTAINER_UNIT && sleep 2 ;;
    esac
}

# delete_export IQN
delete_export() {
    local store part
    store=$(export_parts "$1" | grep "$LIO/core/")
    echo 0 >"$LIO/iscsi/$1/tpgt_1/enable"
    find "$LIO/iscsi/$1" -type l -delete
    for part in "$LIO/iscsi/$1"/tpgt_1/{acls/*/lun_*,acls/*,np/*,lun/lun_*,}; do
        [ ! -d "$part" ] || rmdir "$part"
    done
    rmdir "$LIO/iscsi/$1" "$store" "$(dirname "$store")"
}
