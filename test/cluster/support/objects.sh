# shellcheck shell=bash
# One resource of each agent, for scenarios that look at one agent at a time; runs on the nodes. Objects are called
# cluster-*. What is there is looked at without the agents. iscsi-paths is iscsi-mount with two portals and mutual CHAP.

I=$(hostname | tr -dc 0-9)
INITIATOR=iqn.2026-01.org.vhacs:node$I
EXPORTED=iqn.2026-01.org.vhacs:cluster-lio
LOGGED_IN=iqn.2026-01.org.vhacs:cluster-iscsi
PATHS=iqn.2026-01.org.vhacs:cluster-paths
PORTAL=10.77.1.$I:3290
OUTSIDE=10.77.1.$I:3291
SECOND=10.77.3.$I:3291
CHAP=(chap_user=vhost chap_secret=secret-of-initiator mutual_chap_user=export mutual_chap_secret=secret-of-target)
TARGET=/sys/kernel/config/target
# LVM would open every DRBD device, and wait where its I/O is held back
ONLY=(--devices /dev/vdb)

# program_of AGENT: its executable
program_of() { echo "$AGENTS/${1/iscsi-paths/iscsi-mount}"; }

# parameters_of AGENT: NAME=VALUE each, with which a resource of it can run on this node; a comma stands for a blank
parameters_of() {
    case $1 in
    lvm-volume) echo volume=cluster-lvm volume_group=vhacs ;;
    drbd-cloud) echo drbd_resource=cluster-drbd ;;
    lio-iblock) echo iqn=$EXPORTED device=/dev/vhacs/cluster-lio portals="$PORTAL" allowed_initiators="$INITIATOR" ;;
    iscsi-mount) echo iqn=$LOGGED_IN portals="$OUTSIDE" ;;
    iscsi-paths) echo iqn=$PATHS portals="$OUTSIDE,$SECOND" "${CHAP[@]}" ;;
    ext3-filesystem) echo device=/dev/vhacs/cluster-ext3 directory=/clouds/cluster ;;
    esac
}

# prepare_objects: on each node; the node's side of the DRBD resource is down, the target for its session is there
prepare_objects() {
    local volume
    for volume in lvm lio iscsi paths ext3; do
        lvcreate "${ONLY[@]}" --quiet --yes --wipesignatures y --setautoactivation n --size 16M --name cluster-$volume vhacs >/dev/null
    done
    lvchange "${ONLY[@]}" -an vhacs/cluster-lvm
    mkfs.ext3 -q /dev/vhacs/cluster-ext3
    DRBD_SIZE=16M drbd_setup cluster-drbd 220 7960
    OCF_RESKEY_iqn=$LOGGED_IN OCF_RESKEY_device=/dev/vhacs/cluster-iscsi OCF_RESKEY_portals=$OUTSIDE \
        OCF_RESKEY_allowed_initiators=$INITIATOR "$AGENTS/lio-iblock" start
    env "${CHAP[@]/#/OCF_RESKEY_}" OCF_RESKEY_iqn=$PATHS OCF_RESKEY_device=/dev/vhacs/cluster-paths \
        OCF_RESKEY_portals="$OUTSIDE $SECOND" OCF_RESKEY_allowed_initiators="$INITIATOR" "$AGENTS/lio-iblock" start
}

# pair_up: on node 1, when the peer's side is up: the two sides hold the same data, and node 1's is down again
pair_up() {
    drbdadm up cluster-drbd
    drbd_equal cluster-drbd
    drbdadm down cluster-drbd
}

# remove_objects: whatever a scenario has left
remove_objects() {
    local agent volume
    for agent in ext3-filesystem iscsi-mount iscsi-paths lio-iblock drbd-cloud lvm-volume; do
        [ -z "$(left_of $agent)" ] || take_away $agent
    done
    [ -z "$(exported $LOGGED_IN)" ] || unexport $LOGGED_IN
    [ -z "$(exported $PATHS)" ] || unexport $PATHS
    drbd_teardown cluster-drbd
    for volume in lvm lio iscsi paths ext3; do lvremove "${ONLY[@]}" --quiet --yes vhacs/cluster-$volume >/dev/null; done
}

# left_of AGENT: everything that is there of its resource, one a line
left_of() {
    case $1 in
    lvm-volume)
        dmsetup info -c --noheadings -o name,suspended vhacs-cluster--lvm 2>/dev/null
        find /dev/vhacs/cluster-lvm /dev/mapper/vhacs-cluster--lvm 2>/dev/null
        ;;
    drbd-cloud)
        grep '^ *220: ' /proc/drbd
        drbdsetup show cluster-drbd 2>/dev/null
        crm_attribute --promotion cluster --quiet --query 2>/dev/null
        ;;
    lio-iblock) exported $EXPORTED ;;
    iscsi-mount) logged_in $LOGGED_IN ;;
    iscsi-paths) logged_in $PATHS ;;
    ext3-filesystem) grep -E ' /clouds/cluster |/dev/mapper/vhacs-cluster--ext3 ' /proc/self/mountinfo ;;
    esac
}

# alive_of AGENT: what of it could be in use
alive_of() {
    case $1 in
    # a device without a table has no data
    lvm-volume) dmsetup info -c --noheadings -o attr,name vhacs-cluster--lvm 2>/dev/null | grep '^L' ;;
    # an unconfigured device has neither data nor a peer
    drbd-cloud) grep '^ *220: cs:' /proc/drbd | grep -v cs:Unconfigured ;;
    lio-iblock) grep -lx 1 $TARGET/iscsi/$EXPORTED/tpgt_1/enable "$(exported $EXPORTED | tail -n 1)/enable" 2>/dev/null ;;
    iscsi-mount) grep -lx $LOGGED_IN /sys/class/iscsi_session/*/targetname 2>/dev/null ;;
    iscsi-paths) grep -lx $PATHS /sys/class/iscsi_session/*/targetname 2>/dev/null ;;
    ext3-filesystem) grep ' /clouds/cluster ' /proc/self/mountinfo ;;
    esac
}

# works_of AGENT: whether it does its job
works_of() {
    case $1 in
    lvm-volume) can_read /dev/vhacs/cluster-lvm ;;
    drbd-cloud)
        grep -q '^ *220: .* ds:UpToDate/' /proc/drbd && crm_attribute --promotion cluster --quiet --query >/dev/null &&
            { grep -q '^ *220: .* ro:Secondary/' /proc/drbd || can_read /dev/drbd220; }
        ;;
    lio-iblock)
        # the target is enabled, its backstore open, the initiator's LUN leads there, and the portal listens
        ! grep -L 1 $TARGET/iscsi/$EXPORTED/tpgt_1/enable "$(exported $EXPORTED | tail -n 1)/enable" | grep . &&
            ls $TARGET/iscsi/$EXPORTED/tpgt_1/acls/"$INITIATOR"/lun_0/*/*/udev_path >/dev/null &&
            ss -Hltn "src $PORTAL" | grep -q .
        ;;
    iscsi-mount) can_read /dev/disk/by-path/ip-"$OUTSIDE"-iscsi-$LOGGED_IN-lun-0 ;;
    iscsi-paths) works_over "$OUTSIDE" || works_over "$SECOND" ;;
    ext3-filesystem) touch /clouds/cluster/written && rm /clouds/cluster/written ;;
    esac
}

# is_whole AGENT: whether it does its job with all that it has been given for it
is_whole() {
    works_of "$1" && case $1 in iscsi-paths) works_over "$OUTSIDE" && works_over "$SECOND" ;; esac
}

works_over() { can_read /dev/disk/by-path/ip-"$1"-iscsi-$PATHS-lun-0; }
can_read() { timeout 20 dd if="$1" of=/dev/null bs=4k count=1 iflag=direct status=none; }

# logged_in IQN: the sessions to it, its records and the links to its disks
logged_in() {
    grep -lx "$1" /sys/class/iscsi_session/*/targetname 2>/dev/null
    find /etc/iscsi/nodes/"$1" /dev/disk/by-path/*"$1"* 2>/dev/null
}

# exported IQN: the target, its backstore, and any HBA that lost its backstore
exported() {
    local hba
    find $TARGET/iscsi/"$1" -maxdepth 0 2>/dev/null
    for hba in "$TARGET"/core/iblock_*; do
        [ ! -d "$hba" ] || [ -n "$(find "$hba" -mindepth 1 -type d -print -quit)" ] || echo "$hba"
    done
    find $TARGET/core -mindepth 2 -maxdepth 2 -type d -name "${1/:/_}*" 2>/dev/null
}

# as_at_first AGENT: what a first start makes on a node, and leaves there for the next, is not there
as_at_first() {
    case $1 in
    lvm-volume) rm -f /run/lvm/hints ;;
    iscsi-mount | iscsi-paths)
        rm -rf /run/lock/iscsi /etc/iscsi/ifaces
        rmdir /etc/iscsi/nodes 2>/dev/null
        ;;
    ext3-filesystem) rmdir /clouds/cluster /clouds 2>/dev/null ;;
    esac
}

# take_away AGENT: ends its resource as something else than the agent could
take_away() {
    case $1 in
    lvm-volume) dmsetup remove vhacs-cluster--lvm ;;
    drbd-cloud) drbdsetup down cluster-drbd ;;
    lio-iblock) unexport $EXPORTED ;;
    iscsi-mount) iscsiadm -m node -T $LOGGED_IN --logout >/dev/null ;;
    iscsi-paths) iscsiadm -m node -T $PATHS --logout >/dev/null ;;
    ext3-filesystem) umount /clouds/cluster ;;
    esac
}

# unexport IQN
unexport() {
    local store part
    store=$(exported "$1" | grep "$TARGET/core/")
    echo 0 >"$TARGET/iscsi/$1/tpgt_1/enable"
    find "$TARGET/iscsi/$1" -type l -delete
    for part in "$TARGET/iscsi/$1"/tpgt_1/{acls/*/lun_*,acls/*,np/*,lun/lun_*,}; do
        [ ! -d "$part" ] || rmdir "$part"
    done
    rmdir "$TARGET/iscsi/$1" "$store" "$(dirname "$store")"
}
