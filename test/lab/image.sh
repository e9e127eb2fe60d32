# shellcheck shell=bash
# The image: LAB_DIR/rootfs-HASH (packages only) and LAB_DIR/image-HASH/{root.ext4,vmlinuz,initrd}.
# Each is built under a temporary name and renamed when it is complete; the hash is that of the files it was built from.

hash_of() { cat "$@" | sha256sum | cut -c1-12; }
ROOTFS=$LAB_DIR/rootfs-$(hash_of "$HERE"/guest/{packages,fetch-kernel} "$HERE/image.sh")
CURRENT_IMAGE=$LAB_DIR/image-$(hash_of "$HERE"/guest/{packages,fetch-kernel,initrd-init,lab-init,lab-init.service,vhacs.conf} "$HERE"/{image,customize}.sh)
INITRD_MODULES=(virtio_pci virtio_blk ext4 crc32c_generic)

# debootstrap: runs mmdebstrap in its own namespaces, so that its processes and mounts end with it, whatever happens
debootstrap() { # ROOT
    local opts=() f tmp=$LAB_DIR/apt.new packages
    [ "$(dpkg --print-architecture)" = amd64 ] || die "the lab needs an amd64 machine"
    read -rd '' -a packages <"$HERE/guest/packages" || true
    rm -rf "$tmp"
    mkdir "$tmp"
    apt_sources "$tmp"
    apt_options >"$tmp/options"
    for f in doc man locale info lintian; do opts+=(--dpkgopt="path-exclude=/usr/share/$f/*"); done
    log "running mmdebstrap: ${#packages[@]} packages and their dependencies, about a minute (see $LAB_DIR/mmdebstrap.log)"
    # shellcheck disable=SC2016
    run_bounded 1200 unshare --mount --pid --fork --kill-child --mount-proc \
        mmdebstrap --mode=root --variant=minbase --format=directory --verbose --skip=output/mknod \
        --aptopt='APT::Install-Recommends "false"' --aptopt="$tmp/options" "${opts[@]}" \
        --include="$(IFS=,; echo "${packages[*]}")" --customize-hook='"$HERE/guest/fetch-kernel" "$1"' \
        bookworm "$1" "$tmp"/lab* </dev/null >"$LAB_DIR/mmdebstrap.log" 2>&1 ||
        die "mmdebstrap failed: $(grep -E '^E:|error|cannot' "$LAB_DIR/mmdebstrap.log" | tail -1); see $LAB_DIR/mmdebstrap.log"
    rm -rf "$tmp" "$1"/etc/apt/{sources.list,sources.list.d/*,apt.conf.d/99mmdebstrap} "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*
}

# install_kernel ROOT: guest/fetch-kernel unpacks the package instead of installing it, which saves building an initramfs
install_kernel() {
    (cd "$1"/kernel/lib/modules/*/kernel && rm -rf sound arch/x86/kvm net/{wireless,mac80211,bluetooth} \
        drivers/{ata,cpufreq,input,hwmon,gpu,media,infiniband,isdn,staging,iio,usb,bluetooth,net/wireless,net/ethernet} \
        fs/{xfs,btrfs,ocfs2,gfs2,nfs,ceph,cifs,smb})
    mv "$1/kernel/lib/modules" "$1/usr/lib/modules"
    mv "$1"/kernel/boot/vmlinuz-* "$1/boot/vmlinuz"
    rm -rf "$1/kernel"
    depmod -b "$1" "$(ls "$1/usr/lib/modules")"
}

make_initrd() { # FILE
    local dir=$LAB_DIR/initrd.new m
    rm -rf "$dir"
    mkdir -p "$dir"/{bin,dev,proc,new,mod}
    cp "$(busybox_static)" "$dir/bin/busybox"
    for m in sh mount insmod switch_root sleep grep; do ln -s busybox "$dir/bin/$m"; done
    install -m755 "$HERE/guest/initrd-init" "$dir/init"
    for m in "${INITRD_MODULES[@]}"; do modprobe -d "$ROOTFS" -S "$(ls "$ROOTFS/usr/lib/modules")" --show-depends "$m"; done |
        awk '$1 == "insmod" && !seen[$2]++ {print $2}' |
        while read -r m; do
            cp "$m" "$dir/mod/"
            basename "$m" >>"$dir/mod/order"
        done
    (cd "$dir" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$1"
    rm -rf "$dir"
}

# use_image DIR: makes it the image of the nodes that start from now on
use_image() {
    [ "$(readlink "$IMG")" != "$1" ] || return 0
    [ -z "$(running_nodes)" ] || die "nodes are running on another image: run lab down first"
    [ -f "$1/root.ext4" ] || die "there is no image: run lab image first"
    rm -f "$RUN"/node?.qcow2
    ln -sfn "$1" "$IMG"
}

remove_old_builds() { # KEEP DIR...: removes the builds other than KEEP that no node runs on
    local keep=$1 d
    shift
    for d; do
        [ "$d" = "$keep" ] || [ "$d" = "$(readlink "$IMG")" ] || rm -rf --one-file-system "$d"
    done
}

verb_image() {
    local start=$SECONDS
    if [ "${1:-}" = --force ]; then
        [ -z "$(running_nodes)" ] || die "nodes are running: run lab down first"
        rm -rf --one-file-system "$ROOTFS" "$CURRENT_IMAGE"
    fi
    install_tools
    if [ ! -d "$CURRENT_IMAGE" ]; then
        rm -rf --one-file-system "$LAB_DIR"/*.new
        if [ ! -d "$ROOTFS" ]; then
            debootstrap "$ROOTFS.new"
            install_kernel "$ROOTFS.new"
            mv "$ROOTFS.new" "$ROOTFS"
            log "root file system built: $((SECONDS - start)) s"
        fi
        mkdir "$CURRENT_IMAGE.new"
        customize "$ROOTFS"
        make_initrd "$CURRENT_IMAGE.new/initrd"
        cp "$ROOTFS/boot/vmlinuz" "$CURRENT_IMAGE.new/vmlinuz"
        run_bounded 300 mke2fs -q -t ext4 -J size=16 -E lazy_itable_init=0 -m 0 -L labroot -d "$ROOTFS" "$CURRENT_IMAGE.new/root.ext4" 6G >/dev/null ||
            die "mke2fs failed: is $LAB_DIR full?"
        cat /proc/sys/kernel/random/uuid >"$CURRENT_IMAGE.new/id" # a rebuild from the same files is still a different disk
        mv "$CURRENT_IMAGE.new" "$CURRENT_IMAGE"
        log "image built: $((SECONDS - start)) s, $(du -h "$CURRENT_IMAGE/root.ext4" | cut -f1)"
    fi
    remove_old_builds "$ROOTFS" "$LAB_DIR"/rootfs-*
    remove_old_builds "$CURRENT_IMAGE" "$LAB_DIR"/image-*
    remove_stale_snapshots
}
