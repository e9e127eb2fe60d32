# shellcheck shell=bash
# Installs the project on the running nodes: runs 'make install' into a stage (or uses LAB_STAGE), and transfers it as a tar
# archive on the nodes' disk vdd, which is one file here. A node that already has this build is left alone.

make_stage() { # DIR
    local repo user=()
    repo=$(cd "$HERE/../.." && pwd)
    [ -f "$repo/Makefile" ] || die "no $repo/Makefile: set LAB_STAGE to a directory that has the files to install"
    rm -rf "$1"
    mkdir "$1"
    if [ -n "${SUDO_UID:-}" ]; then # files that make creates in the repository must belong to the caller
        chown "$SUDO_UID" "$1"
        user=(sudo -H -u "#$SUDO_UID" env "PATH=${LAB_PATH:-$PATH}")
    fi
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL timeout "${LAB_MAKE_TIMEOUT:-900}" \
        "${user[@]}" make -s -C "$repo" install DESTDIR="$1" >"$RUN/make.log" 2>&1 </dev/null ||
        die "make install failed: $(tail -1 "$RUN/make.log"); see $RUN/make.log"
}

# Runs on the node with SUM SIZE. Removes files of the previous build that this one does not have.
# Reads vdd without the node's cache, which does not notice that the contents changed.
# shellcheck disable=SC2016
ON_NODE='set -e
    dir=/var/lib/vhacs-lab
    [ "$(cat $dir/sum 2>/dev/null)" != "$1" ] || exit 0
    mkdir -p $dir
    rm -f $dir/sum
    touch $dir/list
    rm -rf $dir/new
    mkdir $dir/new
    dd if=/dev/disk/by-id/virtio-stage iflag=direct bs=1M count=$2 2>/dev/null |
        tar -C $dir/new -m -xvf - | grep -v "/$" | sort >$dir/list.new
    # by renaming, as the cluster may call an agent at any moment
    (cd $dir/new && find . -type d -exec mkdir -p "/{}" \; && find . ! -type d -exec mv -f "{}" "/{}" \;)
    rm -rf $dir/new
    comm -23 $dir/list $dir/list.new | (cd / && xargs -r -d "\n" rm -f)
    mv $dir/list.new $dir/list
    systemctl daemon-reload
    echo "$1" >$dir/sum
    echo new'

install_node() { # I SUM SIZE
    local out
    out=$(node_ssh "$1" "bash -s $2 $3" <<<"$ON_NODE") || die "node$1: cannot unpack the build"
    if [ "$out" = new ]; then log "node$1: build ${2:0:12} installed"; else log "node$1: build ${2:0:12} is already installed"; fi
}

verb_install() {
    local stage=${LAB_STAGE:-} nodes i sum size pids=() start=$SECONDS tar=$RUN/stage.tar
    check_owner
    mapfile -t nodes < <(running_nodes)
    [ ${#nodes[@]} -ge 1 ] || die "no node is running: run lab up first"
    if [ -z "$stage" ]; then
        stage=$LAB_DIR/stage
        make_stage "$stage"
        log "make install: $((SECONDS - start)) s"
    fi
    [ -d "$stage" ] || die "$stage is not a directory"
    start=$SECONDS
    (cd "$stage" && find . -mindepth 1 ! -path ./etc/vhacs.conf -printf '%P\0' | LC_ALL=C sort -z |
        tar --null --no-recursion -T - --owner=0 --group=0 --mtime=@0 -cf "$tar") || die "cannot pack $stage"
    sum=$(sha256sum <"$tar" | cut -d' ' -f1)
    size=$(stat -c %s "$tar")
    ((size < 1 << 30)) || die "the build is larger than vdd (1 GiB)"
    dd if="$tar" of="$RUN/stage.raw" bs=1M conv=notrunc status=none
    rm -f "$tar"
    for i in "${nodes[@]}"; do
        install_node "$i" "$sum" $(((size + 1048575) / 1048576)) &
        pids+=($!)
    done
    wait_for_all "${pids[@]}" || exit 1
    log "installed on ${#nodes[@]} nodes: $((SECONDS - start)) s"
}
