# shellcheck shell=bash
# Logical volumes of the nodes' volume group; runs on the nodes.

# LVM would open every DRBD device, and block on one whose I/O is suspended
LVM_DEVICES=(--devices /dev/vdb)

# create_volume NAME SIZE: active, but never activated automatically
create_volume() { lvcreate "${LVM_DEVICES[@]}" --quiet --yes --wipesignatures y --setautoactivation n --size "$2" --name "$1" vhacs >/dev/null; }

# remove_volume NAME
remove_volume() { lvremove "${LVM_DEVICES[@]}" --quiet --yes "vhacs/$1" >/dev/null; }
