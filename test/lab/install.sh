# shellcheck shell=bash
# Installs the project on the running nodes: builds its Debian package (or uses LAB_PACKAGE), and transfers that on the nodes' disk vdd,
# which is one file here. A node that already has this build is left alone.

build_package() { # prints its path
    local repo user=()
    repo=$(cd "$HERE/../.." && pwd)
    [ -f "$repo/Makefile" ] || die "no $repo/Makefile: set LAB_PACKAGE to the Debian package to install"
    if [ -n "${SUDO_UID:-}" ]; then # files that make creates in the repository must belong to the caller
        user=(sudo -H -u "#$SUDO_UID" env "PATH=${LAB_PATH:-$PATH}")
    fi
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL timeout "${LAB_MAKE_TIMEOUT:-900}" \
        "${user[@]}" make -s -C "$repo" dist/lab/vhacs.deb >"$RUN/make.log" 2>&1 </dev/null ||
        die "building the package failed: $(tail -1 "$RUN/make.log"); see $RUN/make.log"
    echo "$repo/dist/lab/vhacs.deb"
}

# Runs on the node with SUM BYTES. The node keeps its own /etc/vhacs.conf.
# Reads vdd without the node's cache, which does not notice that the contents changed.
# shellcheck disable=SC2016
ON_NODE='set -e
    dir=/var/lib/vhacs-lab
    [ "$(cat $dir/sum 2>/dev/null)" != "$1" ] || exit 0
    mkdir -p $dir
    rm -f $dir/sum
    dd if=/dev/disk/by-id/virtio-stage iflag=direct bs=1M count=$((($2 + 1048575) / 1048576)) 2>/dev/null | head -c "$2" >$dir/vhacs.deb
    LC_ALL=C dpkg --force-confold --force-unsafe-io -i $dir/vhacs.deb </dev/null >$dir/dpkg.log 2>&1 || { cat $dir/dpkg.log >&2; exit 1; }
    rm $dir/vhacs.deb
    echo "$1" >$dir/sum
    echo new'

install_node() { # I SUM BYTES
    local out
    out=$(node_ssh "$1" "bash -s $2 $3" <<<"$ON_NODE") || die "node$1: cannot install the package"
    if [ "$out" = new ]; then log "node$1: build ${2:0:12} installed"; else log "node$1: build ${2:0:12} is already installed"; fi
}

# use_own_device I: a cluster is fenced as one that vhacs cluster --init has made
use_own_device() {
    local device
    device=$(node_ssh "$1" "cibadmin --query --xpath \"//primitive[@id='fence']\" 2>/dev/null") || return 0
    [[ $device != *'type="fence_vhacs_sbd"'* ]] || return 0
    fencing_device fence_vhacs_sbd devices | node_ssh "$1" "cibadmin --replace --xpath \"//primitive[@id='fence']\" --xml-pipe" ||
        die "node$1: cannot replace the fencing device"
    wait_for_device "$1" $((SECONDS + 60))
}

verb_install() {
    local package=${LAB_PACKAGE:-} nodes i sum size pids=() start=$SECONDS
    check_owner
    mapfile -t nodes < <(running_nodes)
    [ ${#nodes[@]} -ge 1 ] || die "no node is running: run lab up first"
    if [ -z "$package" ]; then
        package=$(build_package)
        log "package built: $((SECONDS - start)) s"
    fi
    [ -f "$package" ] || die "there is no file $package"
    start=$SECONDS
    sum=$(sha256sum <"$package" | cut -d' ' -f1)
    size=$(stat -c %s "$package")
    ((size < 1 << 30)) || die "the package is larger than vdd (1 GiB)"
    dd if="$package" of="$RUN/stage.raw" bs=1M conv=notrunc status=none
    for i in "${nodes[@]}"; do
        install_node "$i" "$sum" "$size" &
        pids+=($!)
    done
    wait_for_all "${pids[@]}" || exit 1
    use_own_device "${nodes[0]}"
    log "installed on ${#nodes[@]} nodes: $((SECONDS - start)) s"
}
