# shellcheck shell=bash
# The image of a suite: LAB_DIR/rootfs-SUITE-HASH (packages only) and LAB_DIR/image-SUITE-HASH/{root.ext4,vmlinuz,initrd}.
# Each is built under a temporary name and renamed when it is complete; the hash is that of the files it was built from.

hash_of() { cat "$@" | sha256sum | cut -c1-12; }
# package_lists SUITE: the files that list the packages of its nodes
package_lists() { ls "$HERE/guest/packages" "$HERE/guest/packages.$1" 2>/dev/null || true; }
# shellcheck disable=SC2046 # paths of this repository
rootfs_of() { echo "$LAB_DIR/rootfs-$1-$(hash_of $(package_lists "$1") "$HERE/guest/fetch-kernel" "$HERE/image.sh")"; }
# shellcheck disable=SC2046
current_image() { # SUITE
    echo "$LAB_DIR/image-$1-$(hash_of $(package_lists "$1") "$HERE"/guest/{drbd-state,fetch-kernel,initrd-init,kernel-log,lab-init,lab-init.service,vhacs.conf} "$HERE"/{image,customize}.sh $(drbd_modules))"
}
# drbd_modules: the files of LAB_DRBD_MODULES that go into the image
drbd_modules() { [ -z "$LAB_DRBD_MODULES" ] || ls "$LAB_DRBD_MODULES"/*.ko; }
INITRD_MODULES=(virtio_pci virtio_blk ext4 crc32c_generic)

# debootstrap: runs mmdebstrap in its own namespaces, so that its processes and mounts end with it, whatever happens
debootstrap() { # SUITE ROOT
    local opts=() f tmp=$LAB_DIR/apt.new lists packages
    [ "$(dpkg --print-architecture)" = amd64 ] || die "the lab needs an amd64 machine"
    mapfile -t lists < <(package_lists "$1")
    read -rd '' -a packages < <(cat "${lists[@]}") || true
    rm -rf "$tmp"
    mkdir "$tmp"
    debian_sources "$1" "$tmp"
    apt_options >"$tmp/options"
    for f in doc man locale info lintian; do opts+=(--dpkgopt="path-exclude=/usr/share/$f/*"); done
    log "running mmdebstrap: $1, ${#packages[@]} packages and their dependencies, about a minute (see $LAB_DIR/mmdebstrap.log)"
    # shellcheck disable=SC2016
    run_bounded 1200 unshare --mount --pid --fork --kill-child --mount-proc \
        mmdebstrap --mode=root --variant=minbase --format=directory --verbose --skip=output/mknod \
        --aptopt='APT::Install-Recommends "false"' --aptopt="$tmp/options" "${opts[@]}" \
        --include="$(IFS=,; echo "${packages[*]}")" --customize-hook='"$HERE/guest/fetch-kernel" "$1"' \
        "$1" "$2" "$tmp"/debian* </dev/null >"$LAB_DIR/mmdebstrap.log" 2>&1 ||
        die "mmdebstrap failed: $(grep -E '^E:|error|cannot' "$LAB_DIR/mmdebstrap.log" | tail -1); see $LAB_DIR/mmdebstrap.log"
    rm -rf "$tmp" "$2"/etc/apt/{sources.list,sources.list.d/*,apt.conf.d/99mmdebstrap} "$2"/var/lib/apt/lists/* "$2"/var/cache/apt/*
}

# install_kernel ROOT: guest/fetch-kernel unpacks the package instead of installing it, which saves building an initramfs
install_kernel() {
    # Debian 12 has its kernel's modules in /lib, Debian 13 in /usr/lib
    local lib=$1/kernel/usr/lib
    [ -d "$lib/modules" ] || lib=$1/kernel/lib
    (cd "$lib"/modules/*/kernel && rm -rf sound arch/x86/kvm net/{wireless,mac80211,bluetooth} \
        drivers/{ata,cpufreq,input,hwmon,gpu,media,infiniband,isdn,staging,iio,usb,bluetooth,net/wireless,net/ethernet} \
        fs/{xfs,btrfs,ocfs2,gfs2,nfs,ceph,cifs,smb})
    mv "$lib/modules" "$1/usr/lib/modules"
    mv "$1"/kernel/boot/vmlinuz-* "$1/boot/vmlinuz"
    rm -rf "$1/kernel"
    depmod -b "$1" "$(ls "$1/usr/lib/modules")"
}

make_initrd() { # ROOT FILE
    local dir=$LAB_DIR/initrd.new m name
    rm -rf "$dir"
    mkdir -p "$dir"/{bin,dev,proc,new,mod}
    cp "$(busybox_static)" "$dir/bin/busybox"
    for m in sh mount insmod switch_root sleep grep; do ln -s busybox "$dir/bin/$m"; done
    install -m755 "$HERE/guest/initrd-init" "$dir/init"
    for m in "${INITRD_MODULES[@]}"; do modprobe -d "$1" -S "$(ls "$1/usr/lib/modules")" --show-depends "$m"; done |
        awk '$1 == "insmod" && !seen[$2]++ {print $2}' |
        while read -r m; do
            name=$(basename "$m" .xz) # Debian 13's are compressed
            case $m in
            *.xz) "$(busybox_static)" unxz -c "$m" >"$dir/mod/$name" ;;
            *) cp "$m" "$dir/mod/" ;;
            esac
            echo "$name" >>"$dir/mod/order"
        done
    (cd "$dir" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$2"
    rm -rf "$dir"
}

# uses_images DIR...: whether node1, node2, node3 use these
uses_images() {
    local i=0 dir
    for dir; do
        i=$((i + 1))
        [ "$(readlink "$IMG$i")" = "$dir" ] || return 1
    done
}

# use_images DIR...: makes them the images of node1, node2, node3, when these start
use_images() {
    local i=0 dir
    ! uses_images "$@" || return 0
    [ -z "$(running_nodes)" ] || die "nodes are running on other images: run lab down first"
    rm -f "$RUN"/node?.qcow2
    for dir; do
        i=$((i + 1))
        [ -f "$dir/root.ext4" ] || die "there is no image $dir: run lab image first"
        ln -sfn "$dir" "$IMG$i"
    done
}

# wanted_images: the images of node1, node2, node3 according to LAB_SUITE and the lab's files
wanted_images() {
    local i
    for ((i = 1; i <= LAB_MAX; i++)); do current_image "$(suite_of "$i")"; done
}

remove_old_builds() { # KEEP DIR...: removes the builds other than KEEP that no node runs on
    local keep=$1 d
    shift
    for d; do
        [ "$d" = "$keep" ] || readlink "$IMG"? | grep -qxF "$d" || rm -rf --one-file-system "$d"
    done
}

verb_image() {
    local suite force=${1:-}
    [ "$force" != --force ] || [ -z "$(running_nodes)" ] || die "nodes are running: run lab down first"
    install_tools
    for suite in $(printf '%s\n' "${SUITES[@]}" | sort -u); do
        [ "$force" != --force ] || rm -rf --one-file-system "$(rootfs_of "$suite")" "$(current_image "$suite")"
        build_image "$suite"
    done
    remove_stale_snapshots
}

build_image() { # SUITE
    local start=$SECONDS root image
    root=$(rootfs_of "$1")
    image=$(current_image "$1")
    if [ ! -d "$image" ]; then
        rm -rf --one-file-system "$LAB_DIR"/*.new
        if [ ! -d "$root" ]; then
            debootstrap "$1" "$root.new"
            install_kernel "$root.new"
            mv "$root.new" "$root"
            log "root file system built: $((SECONDS - start)) s"
        fi
        mkdir "$image.new"
        customize "$root"
        install_drbd_modules "$root"
        make_initrd "$root" "$image.new/initrd"
        cp "$root/boot/vmlinuz" "$image.new/vmlinuz"
        run_bounded 300 mke2fs -q -t ext4 -J size=16 -E lazy_itable_init=0 -m 0 -L labroot -d "$root" "$image.new/root.ext4" 6G >/dev/null ||
            die "mke2fs failed: is $LAB_DIR full?"
        cat /proc/sys/kernel/random/uuid >"$image.new/id" # a rebuild from the same files is still a different disk
        mv "$image.new" "$image"
        log "image built: $((SECONDS - start)) s, $(du -h "$image/root.ext4" | cut -f1)"
    fi
    remove_old_builds "$root" "$LAB_DIR/rootfs-$1"-*
    remove_old_builds "$image" "$LAB_DIR/image-$1"-*
}
