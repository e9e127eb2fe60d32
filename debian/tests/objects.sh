# shellcheck shell=sh
# A volume group on a loop device, for the tests that source this; all is removed at the end.

# shellcheck disable=SC2034 # for the tests
AGENTS=/usr/lib/ocf/resource.d/vhacs
GROUP=vhacs-test
export OCF_ROOT=/usr/lib/ocf

directory=$(mktemp -d)
loop=
remove_objects() {
    umount "$directory/mount" 2>/dev/null || true
    if [ -n "$loop" ]; then
        vgremove --force "$GROUP" >/dev/null 2>&1 || true
        losetup --detach "$loop"
    fi
    rm -rf "$directory"
}
trap remove_objects EXIT

truncate --size 64M "$directory/disk"
loop=$(losetup --find --show "$directory/disk") || { loop= && echo 'no loop devices here' && exit 77; }
vgcreate "$GROUP" "$loop" || { echo 'no device-mapper here' && exit 77; }
lvcreate --yes --activate n --zero n --name data --size 32M "$GROUP"
lvchange --activate y "$GROUP/data"
mkfs.ext3 -q "/dev/$GROUP/data"
lvchange --activate n "$GROUP/data"
mkdir "$directory/mount"

# Which target modules are there decides whether lio-iblock can be tested.
has_targets() { modprobe iscsi_target_mod 2>/dev/null && modprobe target_core_iblock 2>/dev/null && mountpoint -q /sys/kernel/config; }
