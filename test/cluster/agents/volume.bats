#!/usr/bin/env bats
# lvm-volume on node 1 and ext3-filesystem on node 2, in parallel, on objects of their own: each script prints a line for each
# step (STEP: STATUS SECONDS OUTPUT), which the tests check.
# bats file_tags=long

load ../support/helpers

setup_file() {
    load ../support/helpers
    local lab=$LAB
    # longer than the scripts may take on a busy machine
    export LAB_SSH_TIMEOUT=1260
    "$lab" push 1 "$SUPPORT/report.sh" /root/report.sh
    "$lab" push 2 "$SUPPORT/report.sh" /root/report.sh
    "$lab" push 1 "$SUPPORT/volume-lvm.sh" /root/volume-lvm.sh
    "$lab" push 2 "$SUPPORT/volume-ext3.sh" /root/volume-ext3.sh
    "$lab" push 2 "$SUPPORT/silent.py" /root/silent.py
    on 1 "timeout 600 bash /root/volume-lvm.sh $AGENTS" >"$BATS_FILE_TMPDIR/lvm" 2>&1 &
    on 2 "timeout 1200 bash /root/volume-ext3.sh $AGENTS content journal busy concealed chrooted places frozen foreign served stuck export_down" >"$BATS_FILE_TMPDIR/ext3" 2>&1 || true
    wait
}

teardown_file() {
    load ../support/helpers
    # the scripts clean up after themselves, however they end
    on 1 'rm -f /root/volume-lvm.sh /root/report.sh'
    on 2 'rm -f /root/volume-ext3.sh /root/report.sh /root/silent.py'
}

# step NAME STATUS [TEXT]: a step exited with STATUS, and its output matches TEXT
step() {
    run cat "$BATS_FILE_TMPDIR/lvm" "$BATS_FILE_TMPDIR/ext3"
    assert_line --regexp "^$1: $2 "
    [ $# -lt 3 ] || assert_line --regexp "^$1: $2 [0-9]+ .*$3"
}

# took_at_most NAME SECONDS: a step took no longer
took_at_most() {
    run sed -n "s/^$1: [0-9]* \([0-9]*\) .*/\1/p" "$BATS_FILE_TMPDIR/lvm" "$BATS_FILE_TMPDIR/ext3"
    [ "$output" -le "$2" ]
}

@test "lvm-volume: a missing volume or volume group is reported (OCF_ERR_GENERIC; validate-all OCF_ERR_ARGS)" {
    step missing-volume 1 'Failed to find logical volume "volvg/c9"'
    step missing-volume-validated 2 'Failed to find logical volume'
    step missing-group 1 'Volume group "volnone" not found'
}

@test "lvm-volume: works with a devices file that lacks the PV and a volume_list that excludes the volume" {
    step hidden-lvm 5 'not found'
    step hidden-start 0
    step hidden-active 0 'volvg-c0 $'
    step hidden-stop 0
    step hidden-stopped 0 '$'
}

@test "lvm-volume: works with a devices file that lists the PV, and with a global_filter that hides it" {
    step listed-lvm 0
    step listed-start 0
    step filtered-lvm 5 'not found'
    step filtered-start 0
    step filtered-active 0 'volvg-c0 $'
    step filtered-stop 0
}

@test "lvm-volume: the volume is writable even if read_only_volume_list includes it" {
    step hidden-ro 0 '0 $'
    step read-only-start 0
    step read-only-ro 0 '0 $'
    step read-only-stop 0
}

@test "lvm-volume: activates a volume that has the activation skip flag" { step skipped 0; }

@test "lvm-volume: a brief suspension is not a failure, a long one is, and stop resumes the device" {
    step suspended-shortly 0
    step suspended 1 'is suspended'
    step suspended-stop 0
}

@test "lvm-volume: level 10 reads from the volume" { step volume-level-10 0; }

@test "lvm-volume: a device of its name that LVM did not create is reported and not mistaken for the volume" {
    step name-taken 1 'LVM did not create the device'
    step name-taken-monitor 7
}

@test "lvm-volume: start warns of autoactivation, even if the volume is already active" {
    step autoactivated 0 'lvchange --setautoactivation n volvg/c1'
}

@test "lvm-volume: stop names the process that has the volume open" { step held 1 'timed out: .*in use by process [0-9]+ .tail.'; }
@test "lvm-volume: stop waits until a process closes the volume" { step held-shortly 0; }

@test "lvm-volume: a snapshot is refused (OCF_ERR_ARGS), its origin is not" {
    step snapshot 2 'is a snapshot of c1'
    step origin 0 'has snapshots'
}

@test "lvm-volume: while its disk hangs, monitor succeeds, start times out with the reason, and stop works without LVM" {
    step hung-monitor 0
    step hung-start 1 'timed out: .* LVM is waiting for vol-pv, which is suspended'
    step hung-stop 0 'lvchange did not finish within [45] s; removed'
    step hung-active 0 '$'
}

@test "lvm-volume: a level 10 monitor times out while the disk hangs, and blocks nothing afterwards" {
    step hung-level-10 1 'reading from volume volvg/c1 did not finish within'
    took_at_most hung-level-10 9
    step level-10-again 0
    step hung-end 0
}

@test "lvm-volume: a volume group inside a DRBD device is not used" {
    step inner-lvm 0 'volinner'
    step inner 1 'Volume group "volinner" not found'
}

@test "lvm-volume: in a partial volume group, complete volumes start and incomplete ones fail with the reason" {
    step partial 1 'Refusing activation of partial LV'
    step partial-other 0
}

@test "lvm-volume: stop of a volume on a failed disk works without LVM" {
    step dead-stop 0 'removed'
    step dead-active 0 '$'
}

@test "ext3-filesystem: anything other than ext3 is reported and not mounted (OCF_ERR_ARGS)" {
    step empty 2 'nothing but zeros'
    step ext4 2 'ext4 file system'
    step ext2 2 'no journal'
}

@test "ext3-filesystem: the mount point is created only if create_directory allows it" {
    step no-directory 2 'does not exist'
    step start 0
    step monitor 0
}

@test "ext3-filesystem: monitors at levels 10 and 20 do I/O and leave nothing behind" {
    step level-10 0
    step level-20 0
    step level-20-leaves 0 'lost.found $'
}

@test "ext3-filesystem: after a crash the journal is replayed, and acknowledged data is intact" {
    step crashed 0
    step crashed-log 0 'recovery complete'
    step crashed-record 0 'acknowledged'
}

@test "ext3-filesystem: an error in the file system fails the monitor, and the next start repairs it" {
    step read-only 1 'is read-only'
    step read-only-stop 0
    step repaired 0
    step repaired-monitor 0
    step unchecked 1 'run_fsck=no'
    step checked 0
    step checked-monitor 0
    step unrepaired 1 'exited with 4 .errors remain'
}

@test "ext3-filesystem: stop kills all users of the mount, including those in a chroot or another namespace, and no other process" {
    step busy-stop 0 'SIGTERM .*fd/3.*exe.*root.*SIGKILL'
    step busy-users 1
    step busy-bystander 0
    step busy-beneath 0
    step mapped-no 1 'a mapped file'
    step mapped-stop 0
}

@test "ext3-filesystem: stop kills processes that have the mount as their root, even if a tmpfs on it is busy" {
    step rooted-stop 0 'WARNING: unmounting /clouds/volume/dev in the mount namespace of perl.*SIGTERM'
    step rooted-users 1
}

@test "ext3-filesystem: stop keeps up with users that are restarted all the time" {
    step spawner-stop 0
    step spawner-alive 0
}

@test "ext3-filesystem: stop also unmounts what is mounted on it, its bind mounts, and its copy in a private mount namespace" {
    step places-stop 0 'WARNING: unmounting /clouds/volume/below'
    step places-private 0
}

@test "ext3-filesystem: stop reports uses by the kernel itself: swap and loop devices" { step held 1 'swap file .*loop device'; }

@test "ext3-filesystem: a container that holds the mount is reported, or killed with force_unmount=yes" {
    step container-safe 1 'a namespace keeps it mounted: .*stop sleep'
    step container-monitor 1 'still in use'
    step container-yes 0
    step container-alive 1
}

@test "ext3-filesystem: after umount -l it is not reported as stopped while it is still in use" {
    step lazy-monitor 1 'still in use'
    step lazy-no 1 'unmounted but in use by tail'
    step lazy-stop 0 'SIGTERM to tail'
    step lazy-holder 1
}

@test "ext3-filesystem: a start honours an error that only the journal records, or that the mount reveals" {
    step journal-no 1 'has errors, and run_fsck=no'
    step journal-start 0
    step journal-monitor 0
    step journal-superblock 0 'Filesystem state: +clean $'
    step journal-stop 0
    step newer-copy 0 'the journal of .* records errors of its file system'
    step newer-superblock 0 'Filesystem state: +clean $'
    step newer-copy-stop 0
}

@test "ext3-filesystem: stop thaws a frozen file system, mounted or not, in use or not" {
    local name
    for name in frozen frozen-busy frozen-umount frozen-read-only frozen-lazy; do
        step $name 0
        step $name-stop 0 'was frozen .fsfreeze -f.: it has been thawed'
        step $name-leaves 1
    done
    step frozen-umount-monitor 1 'still in use'
    step frozen-busy-users 1
}

@test "ext3-filesystem: stop ends users' mounts in their own mount namespaces, and users that replace themselves" {
    step bytes-stop 0
    step bytes-user 0
    step bytes-leaves 1
    step hidden-stop 0 'SIGTERM to .*its mount namespace'
    step hidden-leaves 1
    step again-stop 0
    step again-leaves 1
    step comet-stop 0
    step comet-leaves 1
    step comet-user 1
}

@test "ext3-filesystem: stop does not wait for the server of a file system that users have mounted on it" {
    local name
    for name in {silent,write}-{here,elsewhere}; do
        step $name-mounted 0 1
        step $name-stop 0 'WARNING: unmounting /clouds/volume/served'
        step $name-leaves 1
    done
}

@test "ext3-filesystem: stop finds users that no link in /proc shows" {
    step flight-no 1 'perhaps in use by perl .pid [0-9]+, files in flight in socket'
    step flight-stop 0 'SIGTERM to perl .pid [0-9]+, files in flight in socket'
    step fifo-stop 0 'SIGTERM to perl .pid [0-9]+, a FIFO that it opens'
    step closed-stop 0 'SIGTERM to python3 .pid [0-9]+, a call on fd/[0-9]+, which was closed'
    step lost-stop 0 'SIGTERM to perl .pid [0-9]+, fd/[0-9]+.'
}

@test "ext3-filesystem: another file system on the directory is not mistaken for it, and is not touched" {
    step other 7 'other'
    step other-stop 0
    step other-left 0 'other'
}

@test "ext3-filesystem: a device mounted elsewhere is not reported as stopped, and stop unmounts it" {
    step elsewhere 1 'but on /clouds/volume-bind'
    step elsewhere-stop 0
    step elsewhere-left 1
}

@test "ext3-filesystem: the node's own root file system is not touched" {
    step system 7 'own file system, mounted on /'
    step system-start 1 'is already mounted on /'
    step system-stop 0
    step system-left 0
}

@test "ext3-filesystem: a mount that hangs in the kernel is not reported as stopped, and does not succeed later" {
    step stuck-start 1 'timed out: .*while mounting'
    step stuck-monitor 1 'mount .pid [0-9]+. of an earlier start'
    step stuck-probe 1 'mount .pid [0-9]+. of an earlier start'
    step stuck-stop 1 'timed out: .*waiting for mount .pid [0-9]+. .*to exit'
    step stuck-stop-again 0
    step stuck-mounts 1
    step stuck-monitor-after 7
    step stuck-start-again 0
    step stuck-stopped 0
}

@test "ext3-filesystem: level 10 is degraded while the disk is suspended; level 20 times out while writes hang, and leaves nothing behind" {
    step stuck-level-10 190 'is suspended: its I/O is blocked'
    step frozen-level-20 1 'writing and reading on /clouds/volume did not finish within'
    took_at_most frozen-level-20 9
    step stuck-level-again 0
    step stuck-level-leaves 0 'lost.found $'
}

@test "ext3-filesystem: while the export is down the monitor succeeds, at level 10 with a note" {
    step away-monitor 0
    step away-level-10 0 'is blocked while its session is being recovered.*as in a failover'
}

@test "ext3-filesystem: a stop that waits for the export reports it, and the mount is not reported as stopped meanwhile" {
    step away-stop 1 'timed out: .* is blocked while its session is being recovered'
    step away-mounts 1
    step away-monitor-after 1 'still in use'
    step away-stop-again 1 'is blocked'
    took_at_most away-stop 12
    step back-stop 0
    step back-monitor 7
    step back-record 0 written
}
