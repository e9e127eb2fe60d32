# shellcheck shell=bash
# One device, exported by lio-iblock or by targetcli, for libiscsi's iscsi-test-cu; runs on a node, after volumes.sh. Objects are
# named conformance*.

I=$(hostname | tr -dc 0-9)
TARGET=iqn.2026-01.org.vhacs:conformance
ADDRESS=10.77.1.$I
PORT=3296
DEVICE=/dev/vhacs/conformance
# iscsi-test-cu is two initiators
LIBISCSI=iqn.2007-10.com.github:sahlberg:libiscsi
INITIATORS="$LIBISCSI:iscsi-test $LIBISCSI:iscsi-test-2"
OUTPUT=/run/conformance

create_device() {
    create_volume conformance 64M
    # the kernel logs a message in nearly every test, and the console is slow
    dmesg --console-level 1
}

remove_device() {
    unexport_lio-iblock
    unexport_targetcli
    dmesg --console-level 7
    remove_volume conformance
    rm -f $OUTPUT
} >/dev/null 2>&1

agent() {
    OCF_RESOURCE_INSTANCE=conformance OCF_RESKEY_iqn=$TARGET OCF_RESKEY_device=$DEVICE OCF_RESKEY_portals=$ADDRESS:$PORT \
        OCF_RESKEY_allowed_initiators=$INITIATORS "$AGENTS/lio-iblock" "$1"
}

export_lio-iblock() { agent start; }
unexport_lio-iblock() { agent stop; }

# with targetcli's defaults, except its portal on every address
export_targetcli() {
    local initiator
    targetcli /backstores/block create name=conformance dev=$DEVICE &&
        targetcli set global auto_add_default_portal=false &&
        targetcli /iscsi create $TARGET &&
        targetcli /iscsi/$TARGET/tpg1/portals create "$ADDRESS" $PORT &&
        targetcli /iscsi/$TARGET/tpg1/luns create /backstores/block/conformance || return
    for initiator in $INITIATORS; do targetcli /iscsi/$TARGET/tpg1/acls create "$initiator" || return; done
} >/dev/null

unexport_targetcli() {
    targetcli /iscsi delete $TARGET && targetcli /backstores/block delete conformance
    targetcli set global auto_add_default_portal=true
} >/dev/null

# begin_tests: starts all of them against the export, as a service: they take longer than one command on a node may
begin_tests() {
    systemd-run --quiet --unit conformance --collect --property StandardOutput=truncate:$OUTPUT --property StandardError=inherit \
        iscsi-test-cu --dataloss --test=ALL "iscsi://$ADDRESS:$PORT/$TARGET/0"
}

# await_tests: waits up to nine minutes for their end; fails if they still run
await_tests() {
    local end=$((SECONDS + 540))
    while systemctl is-active --quiet conformance; do
        ((SECONDS < end)) || return 1
        sleep 2
    done
}
