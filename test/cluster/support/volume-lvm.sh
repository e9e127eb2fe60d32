#!/bin/bash
# Runs on a node: lvm-volume on a volume group of its own (volvg, on a mapped loop device). Prints a line of result for each
# step: see report.sh.
# Usage: volume-lvm.sh AGENTS-FOLDER
# shellcheck source=test/cluster/support/report.sh
. "$(dirname "$0")/report.sh"
AGENTS=$1
HOME_DIR=/root/volume-lvm

# step NAME VOLUME ACTION [NAME=VALUE...]: calls the agent
step() {
    report "$1" env OCF_RESOURCE_INSTANCE=volume OCF_RESKEY_volume_group=volvg OCF_RESKEY_volume="$2" "${@:4}" \
        "$AGENTS/lvm-volume" "$3"
}

active_volumes() { dmsetup ls | awk '/^volvg-/ { print $1 }' | sort; }

clean() {
    drbdsetup down volume-lvm
    rm -f /etc/drbd.d/volume-lvm.res
    dmsetup resume vol-pv
    dmsetup ls | awk '/^volvg-/ { print $1 }' | xargs -r -n 1 dmsetup remove --retry --force
    dmsetup remove --retry vol-pv
    dmsetup remove --retry vol-pv2
    losetup -j $HOME_DIR/pv.img -O NAME -n | xargs -r losetup -d
    rm -rf $HOME_DIR
} >/dev/null 2>&1
trap clean EXIT
clean

mkdir -p $HOME_DIR
truncate -s 64M $HOME_DIR/pv.img
loop=$(losetup -f --show $HOME_DIR/pv.img)
# not from the start of the loop device, or LVM would find the PV's label there too
dmsetup create vol-pv --table "0 65536 linear $loop 2048"
dmsetup create vol-pv2 --table "0 32768 linear $loop 69632"
vgcreate -q volvg /dev/mapper/vol-pv >/dev/null
lvcreate -q -y -n c0 -L 8M --setautoactivation n volvg >/dev/null
lvcreate -q -y -n c1 -L 4M volvg >/dev/null
lvchange -an volvg/c0 volvg/c1

step missing-volume c9 start
step missing-volume-validated c9 validate-all OCF_CHECK_LEVEL=10
step missing-group c0 start OCF_RESKEY_volume_group=volnone

# test_with_config PREFIX LINE...: the agent's steps with an administrator's lvmlocal.conf of these lines and with LISTED in the
# devices file, in a mount namespace of their own
test_with_config() {
    local name=$1
    shift
    {
        cp -r /etc/lvm $HOME_DIR/etc
        mkdir -p $HOME_DIR/etc/devices
        printf '%s\n' "$@" >$HOME_DIR/etc/lvmlocal.conf
        printf 'VERSION=1.1.1\n%s' "$LISTED" >$HOME_DIR/etc/devices/system.devices
    }
    export -f step report active_volumes
    # shellcheck disable=SC2016
    AGENTS=$AGENTS unshare -m bash -c 'mount --bind "$1" /etc/lvm; report "$2-lvm" lvchange -ay volvg/c0; report "$2-lvm-active" active_volumes
        lvchange -an volvg/c0 >/dev/null 2>&1
        step "$2-start" c0 start; report "$2-active" active_volumes; report "$2-ro" blockdev --getro /dev/volvg/c0; step "$2-stop" c0 stop; report "$2-stopped" active_volumes' . $HOME_DIR/etc "$name"
    rm -rf "${HOME_DIR:?}/etc"
}
LISTED='' test_with_config hidden 'devices { use_devicesfile = 1 }' 'activation { volume_list = ["other"] }'
LISTED="IDTYPE=devname IDNAME=/dev/mapper/vol-pv DEVNAME=/dev/mapper/vol-pv PVID=$(pvs --noheadings -o pv_uuid /dev/mapper/vol-pv | tr -d ' -')
" test_with_config listed 'devices { use_devicesfile = 1 }'
LISTED='' test_with_config filtered 'devices { global_filter = ["r|.*|"] }'
LISTED='' test_with_config read-only 'activation { read_only_volume_list = ["volvg"] }'

lvchange -ky volvg/c0
step skipped c0 start
lvchange -kn volvg/c0
step monitor c0 monitor OCF_RESKEY_CRM_meta_interval=20000
step volume-level-10 c0 monitor OCF_RESKEY_CRM_meta_interval=20000 OCF_CHECK_LEVEL=10

dmsetup suspend volvg-c0
(sleep 2; dmsetup resume volvg-c0) &
step suspended-shortly c0 monitor OCF_RESKEY_CRM_meta_interval=20000
dmsetup suspend volvg-c0
step suspended c0 monitor OCF_RESKEY_CRM_meta_interval=20000 OCF_RESKEY_CRM_meta_timeout=8000
step suspended-stop c0 stop
dmsetup create volvg-c0 --table "0 8 zero"
step name-taken c0 start
step name-taken-monitor c0 monitor
dmsetup remove --retry volvg-c0

lvchange -ay volvg/c1
step autoactivated c1 start
tail -f /dev/null 3</dev/volvg/c1 &
holder=$!
step held c1 stop OCF_RESKEY_CRM_meta_timeout=20000
(sleep 4; kill $holder) &
step held-shortly c1 stop
lvchange -ay volvg/c1
lvcreate -q -y -s -n snap -L 4M volvg/c1 >/dev/null
step origin c1 start
lvchange -an volvg/c1
step snapshot snap start
lvchange -ay volvg/c1
lvremove -q -y volvg/snap >/dev/null

step hung-before c0 stop
dmsetup suspend --noflush --nolockfs vol-pv
step hung-monitor c1 monitor OCF_RESKEY_CRM_meta_interval=20000
step hung-start c0 start OCF_RESKEY_CRM_meta_timeout=5000
step hung-stop c1 stop OCF_RESKEY_CRM_meta_timeout=10000
report hung-active active_volumes
dmsetup resume vol-pv
step hung-again c1 start
dmsetup suspend --noflush --nolockfs vol-pv
step hung-level-10 c1 monitor OCF_RESKEY_CRM_meta_interval=20000 OCF_RESKEY_CRM_meta_timeout=8000 OCF_CHECK_LEVEL=10
dmsetup resume vol-pv
step level-10-again c1 monitor OCF_RESKEY_CRM_meta_interval=20000 OCF_CHECK_LEVEL=10
step hung-end c1 stop

# a volume group that a client has created on a DRBD device
lvcreate -q -y -n replicated -L 12M --setautoactivation n volvg >/dev/null
cat >/etc/drbd.d/volume-lvm.res <<'RES'
resource volume-lvm {
    device /dev/drbd240; disk /dev/volvg/replicated; meta-disk internal;
    on node1 { address 10.77.3.1:7990; }
    on node2 { address 10.77.3.2:7990; }
}
RES
{
    modprobe drbd
    drbdadm create-md --force volume-lvm
    drbdadm up volume-lvm
    drbdadm primary --force volume-lvm
    ALL='devices { use_devicesfile=0 filter=["a|.*|"] global_filter=["a|.*|"] }'
    vgcreate --config "$ALL" volinner /dev/drbd240
    lvcreate --config "$ALL" -y -n inner -l 1 volinner
    vgchange --config "$ALL" -an volinner
} >/dev/null 2>&1
report inner-lvm lvs --config "$ALL" --noheadings -o vg_name volinner
step inner inner start OCF_RESKEY_volume_group=volinner
drbdadm down volume-lvm >/dev/null
rm /etc/drbd.d/volume-lvm.res
lvremove -q -y volvg/replicated >/dev/null

vgextend -q volvg /dev/mapper/vol-pv2 >/dev/null
lvcreate -q -y -n wide -l 100%FREE --setautoactivation n volvg >/dev/null
lvchange -an volvg/wide
dmsetup remove --retry vol-pv2
step partial wide start
step partial-other c0 start
dmsetup suspend --noflush --nolockfs vol-pv
dmsetup load vol-pv --table '0 65536 error'
dmsetup resume vol-pv
step dead-stop c0 stop
report dead-active active_volumes
