#!/bin/bash
# Runs on a node: ext3-filesystem on disks of its own. Prints a line of result for each step: see report.sh.
# Usage: volume-ext3.sh AGENTS-FOLDER PART...     (parts: content journal busy concealed chrooted places frozen foreign served stuck export_down)
# shellcheck source=test/cluster/support/report.sh
. "$(dirname "$0")/report.sh"
AGENTS=$1
shift
DIR=/clouds/volume
DISK=/dev/vhacs/volume-fs
COPY=/dev/vhacs/volume-copy
IQN=iqn.2026-01.org.vhacs:volume
HERE=$(hostname)
PORTAL=10.77.1.${HERE#node}:3275

# agent NAME ACTION [NAME=VALUE...]
agent() {
    local name=$1 action=$2
    shift 2
    env OCF_RESOURCE_INSTANCE="volume-$name" "$@" "$AGENTS/$name" "$action" 2>&1
}

# step NAME ACTION [NAME=VALUE...]: calls ext3-filesystem
step() { report "$1" agent ext3-filesystem "$2" OCF_RESKEY_device="$DISK" OCF_RESKEY_directory=$DIR "${@:3}"; }
monitor() { step "$1" monitor OCF_RESKEY_CRM_meta_interval=20000 "${@:2}"; }

# start_user COMMAND...: a process that uses the mount, in a session of its own; its number in $!
start_user() { setsid "$@" </dev/null >/dev/null 2>&1 & }
alive() { kill -0 "$@" 2>&1; }

clean() {
    jobs -p | xargs -r kill -KILL
    dmsetup resume vhacs-volume--fs
    swapoff $DIR/swap
    losetup -j $DIR/image -O NAME -n | xargs -r losetup -d
    agent ext3-filesystem stop OCF_RESKEY_device="$DISK" OCF_RESKEY_directory=$DIR
    umount $DIR
    agent iscsi-mount stop OCF_RESKEY_iqn="$IQN" OCF_RESKEY_portals="$PORTAL"
    agent lio-iblock stop OCF_RESKEY_iqn="$IQN" OCF_RESKEY_device=/dev/vhacs/volume-fs
    lvremove -q -y vhacs/volume-fs vhacs/volume-copy
    rm -rf $DIR /clouds/volume-bind
} >/dev/null 2>&1
trap clean EXIT
clean
for volume in volume-fs volume-copy; do
    lvcreate -q -y --wipesignatures y --setautoactivation n --size 32M --name $volume vhacs >/dev/null
done

content() {
    dd if=/dev/zero of=$DISK bs=1M count=1 status=none
    step empty start
    mkfs.ext4 -q -F $DISK
    step ext4 start
    mkfs.ext2 -q -F $DISK
    step ext2 start
    mkfs.ext3 -q -F $DISK
    rm -rf $DIR
    step no-directory start OCF_RESKEY_create_directory=no
    step start start
    monitor monitor
    monitor level-10 OCF_CHECK_LEVEL=10
    monitor level-20 OCF_CHECK_LEVEL=20
    report level-20-leaves ls -A $DIR

    # as after a crash: a copy of the disk while the file system is mounted
    echo acknowledged | dd of=$DIR/record conv=fsync status=none
    dd if=$DISK of=$COPY bs=1M conv=fsync status=none
    step stop stop
    kernel-log mark crashed
    step crashed start OCF_RESKEY_device=$COPY
    report crashed-log kernel-log since crashed
    report crashed-record cat $DIR/record
    step crashed-stop stop OCF_RESKEY_device=$COPY

    step again start
    echo 1 >"/sys/fs/ext4/$(basename "$(readlink -f $DISK)")/trigger_fs_error"
    monitor read-only
    step read-only-stop stop
    step repaired start
    monitor repaired-monitor
    step repaired-stop stop
    debugfs -w -R 'ssv error_count 5' $DISK 2>/dev/null
    step unchecked start OCF_RESKEY_run_fsck=no
    step checked start
    monitor checked-monitor
    step checked-stop stop
    debugfs -w -R 'clri <2>' $DISK 2>/dev/null
    debugfs -w -R 'ssv state 3' $DISK 2>/dev/null
    step unrepaired start
}

busy() {
    local bystander beneath pids
    # in the directory before the mount, which then covers it
    mkdir -p $DIR && cd $DIR && start_user sleep 299
    beneath=$!
    step busy-start start
    cd /clouds && start_user sleep 300
    bystander=$!
    cd $DIR && start_user bash -c 'trap "" TERM; while :; do sleep 1; done'
    pids=$!
    cd / && start_user tail -f /dev/null 3>$DIR/open
    pids+=" $!"
    cp /lib/x86_64-linux-gnu/libm.so.6 /usr/bin/sleep $DIR
    start_user $DIR/sleep 301
    pids+=" $!"
    start_user perl -e "chroot '$DIR'; sleep 302"
    pids+=" $!"
    start_user unshare -m --propagation slave bash -c "cd $DIR; exec sleep 303"
    pids+=" $!"
    sleep 1
    step busy-stop stop
    # shellcheck disable=SC2086
    report busy-users alive $pids
    report busy-bystander alive $bystander
    report busy-beneath alive $beneath

    step mapped-start start
    start_user env LD_PRELOAD=$DIR/libm.so.6 sleep 304
    sleep 0.5
    step mapped-no stop OCF_RESKEY_force_unmount=no OCF_RESKEY_CRM_meta_timeout=8000
    step mapped-stop stop

    step spawner-start start
    # like a service manager, which restarts what has ended
    start_user bash -c "while :; do (cd $DIR && exec sleep 5); sleep 0.3; done"
    local spawner=$!
    step spawner-stop stop
    report spawner-alive alive $spawner
    kill $spawner
}

# start_contained_user PERL: a process in its own mount namespace, with a file open on a tmpfs that is mounted there on the mount
start_contained_user() {
    start_user unshare -m --propagation private bash -c \
        "mount -t tmpfs none $DIR/dev && exec perl -e 'open my \$open, q(>), q($DIR/dev/open); $1'"
}

# processes whose root is the mount or a directory on it
chrooted() {
    step rooted-start start
    mkdir -p $DIR/dev $DIR/old $DIR/jail
    # shellcheck disable=SC2016 # perl's own: pivot_root, and umount2 with MNT_DETACH, on x86_64
    local pids pivot='my ($new, $old, $up) = qw(. old /old); syscall 155, $new, $old; chdir q(/); syscall 166, $up, 2; sleep 308'
    start_contained_user "chroot q($DIR); chdir q(/); sleep 307"
    pids=$!
    start_contained_user "chdir q($DIR); $pivot"
    pids+=" $!"
    start_user unshare -m --propagation private perl -e "chdir q($DIR); $pivot"
    pids+=" $!"
    start_user unshare -m --propagation private perl -e "chroot q($DIR/jail); chdir q(/); sleep 309"
    pids+=" $!"
    sleep 1
    step rooted-stop stop
    # shellcheck disable=SC2086
    report rooted-users alive $pids
}

places() {
    step places-start start
    mkdir -p $DIR/below $DIR/part /clouds/volume-bind
    mount -t tmpfs none $DIR/below
    mount --bind $DIR/part /clouds/volume-bind
    start_user unshare -m --propagation private sleep 305
    local private=$!
    sleep 0.5
    step places-stop stop
    report places-private alive $private
    kill $private

    step held-start start
    dd if=/dev/zero of=$DIR/swap bs=1M count=2 status=none
    chmod 600 $DIR/swap
    mkswap -q $DIR/swap >/dev/null
    swapon $DIR/swap
    truncate -s 1M $DIR/image
    losetup -f $DIR/image
    step held stop OCF_RESKEY_CRM_meta_timeout=20000
    swapoff $DIR/swap
    losetup -j $DIR/image -O NAME -n | xargs losetup -d

    start_user unshare --user --map-root-user --mount sleep 306
    local container=$!
    sleep 0.5
    step container-safe stop OCF_RESKEY_force_unmount=safe
    monitor container-monitor
    step container-yes stop
    report container-alive alive $container

    # an administrator detaches the mount while it is in use
    step lazy-start start
    start_user tail -f /dev/null 3>$DIR/open
    local holder=$!
    sleep 0.5
    umount -l $DIR
    monitor lazy-monitor
    step lazy-no stop OCF_RESKEY_force_unmount=no OCF_RESKEY_CRM_meta_timeout=6000
    step lazy-stop stop
    report lazy-holder alive $holder

    mount -t tmpfs other $DIR
    monitor other
    step other-stop stop
    report other-left findmnt --noheadings --output SOURCE $DIR
    umount $DIR

    mount $DISK /clouds/volume-bind
    monitor elsewhere
    step elsewhere-stop stop
    report elsewhere-left grep volume-bind /proc/self/mountinfo

    # an administrator has configured the node's own disk
    local disk
    disk=$(findmnt --noheadings --output SOURCE /)
    monitor system OCF_RESKEY_device="$disk"
    step system-start start OCF_RESKEY_device="$disk"
    step system-stop stop OCF_RESKEY_device="$disk"
    report system-left findmnt --noheadings /dev/shm
}

# freeze NAME: as a backup that died leaves the file system
freeze() { report "$1" fsfreeze --freeze $DIR; }

# leaves NAME: what a stop has left of the file system; 1 when that is nothing
leaves() {
    local name
    name=$(basename "$(readlink -f $DISK)")
    report "$1" bash -c "{ find /sys/fs/ext4/$name /run/vhacs/thaw-* -maxdepth 0; grep -E '$DIR |/run/vhacs/thaw' /proc/self/mountinfo; } 2>/dev/null | grep ."
}

frozen() {
    step frozen-start start
    freeze frozen
    step frozen-stop stop
    leaves frozen-leaves

    # frozen with a process in it, and one that hangs in a write
    step frozen-busy-start start
    cd $DIR && start_user sleep 311
    local pids=$!
    cd /
    freeze frozen-busy
    start_user bash -c "echo written >$DIR/written"
    pids+=" $!"
    sleep 1
    step frozen-busy-stop stop
    # shellcheck disable=SC2086
    report frozen-busy-users alive $pids
    leaves frozen-busy-leaves

    step frozen-umount-start start
    freeze frozen-umount
    umount $DIR
    monitor frozen-umount-monitor
    step frozen-umount-stop stop
    leaves frozen-umount-leaves

    step frozen-read-only-start start OCF_RESKEY_options=ro
    freeze frozen-read-only
    umount $DIR
    step frozen-read-only-stop stop OCF_RESKEY_options=ro
    leaves frozen-read-only-leaves

    step frozen-lazy-start start
    freeze frozen-lazy
    cd $DIR && start_user sleep 312
    cd /
    start_user bash -c "echo written >$DIR/written"
    sleep 1
    umount -l $DIR
    step frozen-lazy-stop stop
    leaves frozen-lazy-leaves
}

# users with a mount namespace of their own, in which a stop does not get on
foreign() {
    local work=/clouds/volume-bind
    mkdir -p $work/a/b $work/again
    step bytes-start start
    # shellcheck disable=SC2016 # the shell's own
    start_user unshare -m --propagation private bash -c 'place=$(printf "$1/caf\\351"); mkdir -p "$place"
        mount --bind "$2" "$place" && exec sleep 313' bash $work $DIR
    local private=$!
    sleep 1
    step bytes-stop stop
    report bytes-user alive $private
    kill $private
    leaves bytes-leaves

    step hidden-start start
    start_user unshare --user --map-root-user --mount bash -c "mount --bind $DIR $work/a/b && mount -t tmpfs none $work/a && exec sleep 314"
    sleep 1
    step hidden-stop stop
    leaves hidden-leaves

    step again-start start
    start_user unshare -m --propagation private bash -c "while :; do mount --bind $DIR $work/again; sleep 0.1; done"
    sleep 1
    step again-stop stop
    leaves again-leaves

    # it replaces itself faster than a signal reaches it
    step comet-start start
    start_user setpriv --reuid nobody --clear-groups python3 -c 'import os, sys
os.chdir(sys.argv[1])
while True:
    if os.fork() > 0: os._exit(0)' $DIR
    sleep 1
    step comet-stop stop
    leaves comet-leaves
    report comet-user pgrep -u nobody
    rm -rf $work
}

# mounts on it whose server does not answer
served() {
    local way where
    for way in silent write; do
        for where in here elsewhere; do
            step $way-$where-start start
            mkdir -p $DIR/served
            local enter=()
            [ $where = here ] || enter=(unshare --user --map-root-user --mount)
            start_user "${enter[@]}" python3 /root/silent.py $DIR/served $way
            sleep 3
            report $way-$where-mounted grep -c " $DIR/served .*fuse" /proc/$!/mountinfo
            step $way-$where-stop stop
            leaves $way-$where-leaves
            pkill -KILL -f silent.py
        done
    done
}

# files that no link in /proc shows
concealed() {
    step flight-start start
    # shellcheck disable=SC2016 # perl's own: sendmsg(2) with SCM_RIGHTS on x86_64
    start_user perl -MSocket -e 'socketpair my $from, my $to, AF_UNIX, SOCK_DGRAM, 0; open my $file, q(+>), "$ARGV[0]/flight";
        my ($data, $control) = (q(x), pack(q(QiiiI), 20, 1, 1, fileno $file, 0)); my $vector = pack q(P1Q), $data, 1;
        my $message = pack q(QLLP16QP24QiI), 0, 0, 0, $vector, 1, $control, 24, 0, 0;
        syscall(46, fileno $from, $message, 0) == 1 or die; close $file; close $from; sleep 315' $DIR
    sleep 1
    step flight-no stop OCF_RESKEY_force_unmount=no OCF_RESKEY_CRM_meta_timeout=20000
    step flight-stop stop

    step fifo-start start
    rm -f $DIR/fifo
    mkfifo $DIR/fifo
    start_user perl -e "open my \$fifo, q(>), q($DIR/fifo)"
    sleep 1
    step fifo-stop stop

    # a read of it continues, of which /proc shows only the number of the descriptor
    step closed-start start
    rm -f $DIR/fifo
    mkfifo -m 666 $DIR/fifo
    start_user setpriv --reuid nobody --clear-groups python3 -c 'import os, sys, threading, time
fifo = os.open(sys.argv[1], os.O_RDWR)
threading.Thread(target=os.read, args=(fifo, 1), daemon=True).start()
time.sleep(1)
os.close(fifo)
time.sleep(315)' $DIR/fifo
    sleep 3
    step closed-stop stop

    # a user after the last mount was detached, when only names are left
    step lost-start start
    start_user perl -MSocket -e "socket my \$socket, AF_UNIX, SOCK_STREAM, 0; bind \$socket, sockaddr_un q($DIR/socket) or die; sleep 315"
    sleep 1
    umount -l $DIR
    step lost-stop stop
}

# journal_error BYTES: writes s_errno into the superblock of the journal
journal_error() {
    local block size
    block=$(debugfs -R 'bmap <8> 0' $DISK 2>/dev/null)
    size=$(dumpe2fs -h $DISK 2>/dev/null | sed -n 's/^Block size: *//p')
    printf '%b' "$1" | dd of=$DISK bs=1 seek=$((block * size + 32)) conv=notrunc,fsync status=none
}

# errors that the superblock of the file system does not show before it is mounted
journal() {
    mkfs.ext3 -q -F $DISK
    journal_error '\377\377\377\373'
    step journal-no start OCF_RESKEY_run_fsck=no
    step journal-start start
    monitor journal-monitor
    report journal-superblock bash -c "dumpe2fs -h $DISK 2>/dev/null | grep 'Filesystem state'"
    step journal-stop stop

    # the journal of a copy has a newer superblock, with an error, than its file system
    step newer-start start OCF_RESKEY_options=errors=continue
    echo 1 >"/sys/fs/ext4/$(basename "$(readlink -f $DISK)")/trigger_fs_error"
    echo written >$DIR/written
    sync -f $DIR/written
    sleep 1
    dd if=$DISK of=$COPY bs=1M conv=fsync status=none
    step newer-stop stop OCF_RESKEY_options=errors=continue
    debugfs -w -R 'ssv error_count 0' $COPY 2>/dev/null
    debugfs -w -R 'ssv state 1' $COPY 2>/dev/null
    step newer-copy start OCF_RESKEY_device=$COPY
    report newer-superblock bash -c "dumpe2fs -h $COPY 2>/dev/null | grep 'Filesystem state'"
    step newer-copy-stop stop OCF_RESKEY_device=$COPY
    mkfs.ext3 -q -F $DISK
}

# a disk that hangs between the read of its superblock and the mount: its first blocks stay cached while it is open
stuck() {
    exec 9<$DISK
    # what a start reads before it mounts: the beginning, the inode of the journal, and its superblock
    dd if=$DISK of=/dev/null bs=68k count=1 status=none
    dumpe2fs -h $DISK >/dev/null 2>&1
    # without freezing the file system: nothing frozen can be mounted
    dmsetup suspend --nolockfs vhacs-volume--fs
    step stuck-start start OCF_RESKEY_CRM_meta_timeout=8000
    monitor stuck-monitor
    step stuck-probe monitor
    step stuck-stop stop OCF_RESKEY_CRM_meta_timeout=6000
    dmsetup resume vhacs-volume--fs
    exec 9<&-
    step stuck-stop-again stop
    report stuck-mounts grep $DIR /proc/self/mountinfo
    monitor stuck-monitor-after
    step stuck-start-again start
    dmsetup suspend --nolockfs vhacs-volume--fs
    monitor stuck-level-10 OCF_CHECK_LEVEL=10 OCF_RESKEY_CRM_meta_timeout=8000
    dmsetup resume vhacs-volume--fs
    fsfreeze --freeze $DIR
    monitor frozen-level-20 OCF_CHECK_LEVEL=20 OCF_RESKEY_CRM_meta_timeout=8000
    fsfreeze --unfreeze $DIR
    monitor stuck-level-again OCF_CHECK_LEVEL=20
    report stuck-level-leaves ls -A $DIR
    step stuck-stopped stop
}

export_down() {
    DISK=/dev/disk/by-path/ip-$PORTAL-iscsi-$IQN-lun-0
    local target=(lio-iblock start OCF_RESKEY_iqn="$IQN" OCF_RESKEY_device=/dev/vhacs/volume-fs OCF_RESKEY_portals="$PORTAL"
        "OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:$HERE")
    report target agent "${target[@]}"
    report login agent iscsi-mount start OCF_RESKEY_iqn="$IQN" OCF_RESKEY_portals="$PORTAL"
    step away-start start
    echo written >$DIR/record
    target[1]=stop
    report away agent "${target[@]}"
    for _ in {1..40}; do
        [ "$(cat "/sys/block/$(basename "$(readlink -f "$DISK")")/device/state")" != blocked ] || break
        sleep 0.5
    done
    monitor away-monitor
    monitor away-level-10 OCF_CHECK_LEVEL=10
    step away-stop stop OCF_RESKEY_CRM_meta_timeout=8000
    report away-mounts grep $DIR /proc/self/mountinfo
    monitor away-monitor-after
    step away-stop-again stop OCF_RESKEY_CRM_meta_timeout=6000
    target[1]=start
    report back agent "${target[@]}"
    step back-stop stop
    monitor back-monitor
    step back-start start
    report back-record cat $DIR/record
    step back-stopped stop
}

for part in "$@"; do
    mkfs.ext3 -q -F $DISK
    "$part"
done
