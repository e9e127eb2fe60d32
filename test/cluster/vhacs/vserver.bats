#!/usr/bin/env bats
# bats file_tags=long
# vhacs vserver: a container is made of an image, runs commands and shells, remounts its storage without nosuid, stops, moves with its storage
# and is destroyed; a broken image, a full storage and a killed creation leave nothing. The image has a shell and a few tools of the node, and runs sleep instead of an init.

load ../support/helpers

NAME=hosting1
IMAGE=/root/image.tar
PROGRAM='/usr/bin/sleep infinity'

setup_file() {
    destroy_storages
    create_storages "$NAME"
    for node in 1 2; do on $node 'command -v systemd-nspawn >/dev/null || apt-get install --yes systemd-container'; done
    on 1 bash -e <<'SCRIPT'
tree=$(mktemp -d)
cd "$tree"
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 etc root proc sys dev run tmp var
ln -s usr/bin bin
ln -s usr/sbin sbin
ln -s usr/lib lib
ln -s usr/lib64 lib64
for program in sh sleep cat id hostname env su; do
    cp "$(command -v "$program")" usr/bin/
    for library in $(ldd "$(command -v "$program")" | grep -o '/[^ ]*'); do
        install -D "$(realpath "$library")" "usr/${library#/usr/}"
    done
done
echo builder >etc/hostname
echo 0123456789abcdef0123456789abcdef >etc/machine-id
echo kept >root/kept
chown 33:33 root/kept
chmod 4755 usr/bin/su
mknod dev/null c 1 3
tar -cf /root/image.tar .
rm -r "$tree"
SCRIPT
}

teardown_file() {
    vhacs_on 1 vserver --destroy ALL --yes >/dev/null 2>&1 || true
    on 1 "rm -rf $IMAGE /root/image.packed /root/tree /root/nosuid.yaml"
    destroy_storages
}

setup() { wait_until_online 2; }

teardown() {
    vhacs_on 1 storage --active "$NAME" >/dev/null 2>&1 || true
    vhacs_on 1 vserver --destroy ALL --yes >/dev/null 2>&1 || true
}

has_no_lock() { ! on 1 "cibadmin --query --xpath \"//cluster_property_set[@id='vhacs-lock']\"" >/dev/null 2>&1; }

# mount_node: the number of the node that mounts the storage
mount_node() {
    local node
    for node in 1 2; do
        if on $node "mountpoint -q /clouds/$NAME" 2>/dev/null; then echo $node && return 0; fi
    done
    return 1
}

# create NAME WORD...: with a program instead of an init
create() {
    local vserver=$1
    shift
    vhacs_on 1 vserver --create "$vserver" --storage "$NAME" --command "$PROGRAM" "$@"
}

# assert_nothing_of NAME: no directory on the storage, nothing in the CIB, no lock
assert_nothing_of() {
    run on "$(mount_node)" "ls -A /clouds/$NAME"
    refute_output --partial "$1"
    run on 1 'cibadmin --query --scope configuration'
    assert_success
    refute_output --partial "$1-"
    refute_output --partial "vhacs-creating-$1"
    has_no_lock
}

@test "a container is made of an image, with names and ids of its own" {
    run create web0 --image $IMAGE
    assert_success
    assert_output --partial 'web0 is created'
    run vhacs_on 1 vserver web0 --exec 'hostname; id -u; cat /root/kept; cat /etc/machine-id; echo end'
    assert_success
    assert_output --partial 'web0: web0'
    assert_output --partial 'web0: 0'
    assert_output --partial 'web0: kept'
    refute_output --partial 0123456789abcdef
    local node owner
    node=$(mount_node)
    owner=$(on "$node" "stat -c %u /clouds/$NAME/web0")
    ((owner >= 524288 && owner % 65536 == 0))
    run on "$node" "stat -c '%u %a' /clouds/$NAME/web0/root/kept /clouds/$NAME/web0/usr/bin/su; ls -A /clouds/$NAME/web0/dev; ls -A /clouds/$NAME"
    assert_line "$((owner + 33)) 644"
    assert_line "$owner 4755"
    refute_line null
    refute_output --partial .vhacs-new
    run vhacs_on 2 vserver --list --json
    assert_output --partial "\"node\": \"node$node\""
    run on "$node" "findmnt --noheadings --output OPTIONS --mountpoint /clouds/$NAME"
    refute_output --partial nosuid
    run vhacs_on 1 cluster --check
    refute_output --partial web0
}

@test "a storage in use is mounted without nosuid only if the operator agrees, or stays as it is" {
    on 1 "cat >/root/nosuid.yaml && vhacs compose /root/nosuid.yaml --apply --interrupt" <<<"clouds: [{name: $NAME, options: 'nosuid,nodev'}]"
    local node options="findmnt --noheadings --output OPTIONS --mountpoint /clouds/$NAME"
    node=$(mount_node)
    on "$node" "cd /clouds/$NAME && (setsid sleep 12345 >/dev/null 2>&1 </dev/null &)"
    run create web0 --image $IMAGE
    assert_failure 2
    assert_output --partial "it is used on node$node by process"
    run create web0 --image $IMAGE --keep-nosuid
    assert_success
    run on "$node" "$options"
    assert_output --partial nosuid
    run vhacs_on 1 cluster --check
    assert_output --partial "note: cluster: $NAME is mounted with nosuid"
    vhacs_on 1 vserver --destroy web0 --yes
    run create web0 --image $IMAGE --interrupt
    assert_success
    assert_output --partial "WARNING: $NAME is mounted anew without nosuid"
    run on "$(mount_node)" "$options; pgrep -f '^sleep 12345'"
    refute_output --partial nosuid
    refute_line --regexp '^[0-9]+$'
}

@test "a container that does not start leaves the storage with nosuid" {
    on 1 "vhacs compose /root/nosuid.yaml --apply --interrupt"
    run vhacs_on 1 vserver --create web0 --storage "$NAME" --command /usr/bin/nothing --image $IMAGE
    assert_failure
    assert_nothing_of web0
    run on "$(mount_node)" "findmnt --noheadings --output OPTIONS --mountpoint /clouds/$NAME"
    assert_output --partial nosuid
}

@test "a shell opens wherever the container runs, knows jobs, and vhacs exits with its status" {
    create web0 --image $IMAGE
    local node
    for node in 1 2; do
        run on_terminal $node 100x20 "$VHACS" vserver --shell web0 <<'OPERATOR'
wait #
key hostname; cat /root/kept\r
wait ^web0
wait ^kept
key sleep 1000\r
wait sleep 1000
key \x03
key echo again\r
wait ^again
key exit 7\r
OPERATOR
        assert_success
        assert_line --index -1 'status 7'
    done
    run vhacs_on 1 vserver --shell web0
    assert_failure 2
    assert_output --partial '--shell needs a terminal'
    vhacs_on 1 vserver --standby web0
    run on_terminal 1 100x20 "$VHACS" vserver --shell web0 </dev/null
    assert_line --index -1 'status 2'
}

@test "an image comes compressed, through a pipe, and from a directory" {
    on 1 "rm -rf /root/tree && mkdir /root/tree && tar -C /root/tree -xf $IMAGE"
    local tool
    for tool in gzip xz zstd; do
        # not every node has all of them
        on 1 "command -v $tool" || continue
        on 1 "$tool -c $IMAGE >/root/image.packed"
        run create web0 --image /root/image.packed
        assert_success
        vhacs_on 1 vserver --destroy web0 --yes
    done
    run on 1 "cat $IMAGE | vhacs vserver --create web0 --storage $NAME --command '$PROGRAM' --image -"
    assert_success
    vhacs_on 1 vserver --destroy web0 --yes
    run create web0 --image /root/tree
    assert_success
    run vhacs_on 1 vserver web0 --exec 'cat /root/kept'
    assert_output --partial kept
    vhacs_on 1 vserver --destroy web0 --yes
    assert_nothing_of web0
}

@test "a broken image and a full storage leave nothing" {
    local size cut
    size=$(on 1 "stat -c %s $IMAGE")
    for cut in 100 $((size / 2)) $((size - 10240)); do
        on 1 "head -c $cut $IMAGE >$IMAGE.cut"
        run create web0 --image $IMAGE.cut
        assert_failure
        assert_nothing_of web0
    done
    on "$(mount_node)" "fallocate -l 1T /clouds/$NAME/full 2>/dev/null || dd if=/dev/zero of=/clouds/$NAME/full bs=1M status=none || true"
    run on 1 "cat $IMAGE | vhacs vserver --create web0 --storage $NAME --command '$PROGRAM' --image -"
    assert_failure
    on "$(mount_node)" "rm /clouds/$NAME/full"
    assert_output --partial 'is full'
    assert_nothing_of web0
}

@test "a creation that is killed is named, and ended or undone" {
    local how
    for how in create destroy; do
        on 1 "{ head -c 100000 $IMAGE; sleep 300; } | vhacs vserver --create web0 --storage $NAME --command '$PROGRAM' --image -" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
        local creating=$!
        wait_until 120 grep -q 'unpacking' "$BATS_TEST_TMPDIR/said"
        sleep 5
        on 1 'pkill -KILL -f "^vhacs vserver --create"; pkill -f "^sleep 300" || true'
        wait "$creating" || true
        run vhacs_on 1 cluster --check
        assert_output --partial "the creation of the vserver web0 on $NAME was begun and is not complete"
        if [ "$how" = create ]; then
            run create web0 --image $IMAGE
            assert_success
            run vhacs_on 1 vserver web0 --exec 'cat /root/kept'
            assert_output --partial kept
        fi
        run vhacs_on 1 vserver --destroy web0 --yes
        assert_success
        assert_nothing_of web0
    done
    run on "$(mount_node)" 'pgrep -af "[v]hacs-new|^sleep 1d"'
    assert_output ''
}

@test "a container stops, starts, and moves with its storage" {
    create web0 --image $IMAGE
    create web1 --image $IMAGE --memory 64M
    run vhacs_on 1 vserver --standby web0
    assert_success
    run vhacs_on 1 vserver --exec hostname
    assert_failure 2
    assert_output --partial 'web0 does not run'
    run vhacs_on 1 vserver web1 --exec hostname
    assert_output --partial 'web1: web1'
    run vhacs_on 1 vserver --active web0
    assert_success
    run vhacs_on 1 vserver --restart ALL
    assert_success
    local from to
    from=$(mount_node)
    to=$((3 - from))
    run vhacs_on 1 vserver --prefers "node$to,node$from" web0
    assert_success
    [ "$(mount_node)" = "$to" ]
    run vhacs_on 1 vserver --exec 'hostname; cat /root/kept'
    assert_success
    assert_line 'web0: web0'
    assert_line 'web1: kept'
    run vhacs_on 1 storage --standby "$NAME"
    assert_success
    run vhacs_on 1 vserver --destroy web0 --yes
    assert_failure 2
    assert_output --partial "$NAME is not mounted"
    vhacs_on 1 storage --active "$NAME"
    wait_until 120 vhacs_on 1 vserver --exec true
    run on 1 'crm_mon -1 --output-as=xml'
    refute_output --partial 'task="stop" exit-code="1"'
    run vhacs_on 1 vserver --destroy web0,web1 --yes
    assert_success
    assert_nothing_of web0
    assert_nothing_of web1
}
