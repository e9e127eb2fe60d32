# shellcheck shell=bash
# One device, exported by lio-iblock or by targetcli, for libiscsi's iscsi-test-cu; runs on a node. Objects are called conformance*.

I=$(hostname | tr -dc 0-9)
TARGET=iqn.2026-01.org.vhacs:conformance
ADDRESS=10.77.1.$I
PORT=3296
DEVICE=/dev/vhacs/conformance
# iscsi-test-cu is two initiators
LIBISCSI=iqn.2007-10.com.github:sahlberg:libiscsi
INITIATORS="$LIBISCSI:iscsi-test $LIBISCSI:iscsi-test-2"
OUTPUT=/run/conformance

prepare() {
    lvcreate --quiet --yes --wipesignatures y --setautoactivation n --size 64M --name conformance vhacs >/dev/null
    # the kernel says something of nearly every test: a console is slow
    dmesg --console-level 1
}

clean() {
    unexport_lio-iblock
    unexport_targetcli
    dmesg --console-level 7
    lvremove --quiet --yes vhacs/conformance
    rm -f $OUTPUT
} >/dev/null 2>&1

agent() {
    OCF_RESOURCE_INSTANCE=conformance OCF_RESKEY_iqn=$TARGET OCF_RESKEY_device=$DEVICE OCF_RESKEY_portals=$ADDRESS:$PORT \
        OCF_RESKEY_allowed_initiators=$INITIATORS "$AGENTS/lio-iblock" "$1"
}

export_lio-iblock() { agent start; }
unexport_lio-iblock() { agent stop; }

# with the defaults of targetcli, but for its portal on every address
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

# begin_tests: all of them, on what is exported; they take longer than a call of a node may
begin_tests() {
    systemd-run --quiet --unit conformance --collect --property StandardOutput=truncate:$OUTPUT --property StandardError=inherit \
        iscsi-test-cu --dataloss --test=ALL "iscsi://$ADDRESS:$PORT/$TARGET/0"
}

# await_tests: for up to nine minutes; whether they have ended
await_tests() {
    local end=$((SECONDS + 540))
    while systemctl is-active --quiet conformance; do
        ((SECONDS < end)) || return 1
        sleep 2
    done
}
