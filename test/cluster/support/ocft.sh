# shellcheck shell=bash
# What resource-agents' ocft does, for our agents; runs on a node. Its objects are called ocft*, as ocft's own are.

I=$(hostname | tr -dc 0-9)
IMAGE=/run/ocft.image
DIRECTORY=/run/ocft
TARGET=iqn.2026-01.org.vhacs:ocft
PORTAL=10.77.1.$I:3295
LOOP=$(losetup --noheadings --output NAME --associated $IMAGE 2>/dev/null)
# ocft gives an agent 20 s for each call, on a machine that is not emulated
HANG_TIMEOUT=60

prepare_lvm-volume() {
    pvcreate --quiet "$LOOP" && vgcreate --quiet -s 4K ocft-vg "$LOOP" && lvcreate --quiet --yes --setautoactivation n -n ocft-lv -L 600K ocft-vg
}

clean_lvm-volume() { vgremove --quiet --force --yes ocft-vg; }

prepare_ext3-filesystem() { mkfs.ext3 -Fq -m 0 "$LOOP"; }

clean_ext3-filesystem() { umount $DIRECTORY; rmdir $DIRECTORY; }

prepare_iscsi-mount() { export_loop start; }

clean_iscsi-mount() {
    call stop iscsi-mount
    export_loop stop
}

export_loop() {
    OCF_RESKEY_iqn=$TARGET OCF_RESKEY_device=$LOOP OCF_RESKEY_portals=$PORTAL OCF_RESKEY_allowed_initiators=iqn.2026-01.org.vhacs:node$I \
        "$AGENTS/lio-iblock" "$1"
}

# parameters_of AGENT: NAME=VALUE each
parameters_of() {
    case $1 in
    lvm-volume) echo volume_group=ocft-vg volume=ocft-lv ;;
    iscsi-mount) echo iqn=$TARGET portals="$PORTAL" ;;
    ext3-filesystem) echo device="$LOOP" directory=$DIRECTORY ;;
    esac
}

# prepare AGENT: 16 MiB, and on them what the agent needs
prepare() {
    truncate -s 16M $IMAGE
    LOOP=$(losetup --find --show $IMAGE)
    "prepare_$1" >/dev/null
}

clean() {
    "clean_$1"
    losetup --detach "$LOOP"
    rm -f $IMAGE
} >/dev/null 2>&1

# call ACTION AGENT [VARIABLE=VALUE | -u VARIABLE]...: of the agent, with its parameters and the case's own
call() {
    local action=$1 agent=$2 parameters
    shift 2
    read -ra parameters <<<"$(parameters_of "$agent")"
    env OCF_RESOURCE_INSTANCE=ocft OCF_RESKEY_CRM_meta_timeout=${HANG_TIMEOUT}000 "${parameters[@]/#/OCF_RESKEY_}" \
        env "$@" timeout --kill-after=1 $HANG_TIMEOUT "$AGENTS/$agent" "$action" 2>&1
}

# cases AGENT: standard input is a table, a case a line: its name, a colon, and its steps with a semicolon between them.
# A step is an action, the status it is expected to end with and more arguments of env, or a dollar and a command.
# As in ocft a stop comes before each case. Printed is the same table with the statuses that there were.
cases() {
    local line step steps
    while IFS= read -r line; do
        call stop "$1" >/dev/null
        printf '%s:' "${line%%:*}"
        IFS=';' read -ra steps <<<"${line#*:}"
        for step in "${steps[@]}"; do take "$1" "$step" </dev/null; done | paste -sd ';'
    done
    call stop "$1" >/dev/null
}

# take AGENT STEP: prints the step with the status that there was, and what was said if it is another than expected
take() {
    local words said status
    read -ra words <<<"$2"
    if [ "${words[0]}" = '$' ]; then
        eval "${words[*]:1}" >&2
        echo "$2"
        return
    fi
    said=$(call "${words[0]}" "$1" "${words[@]:2}")
    status=$?
    if [ $status = "${words[1]}" ]; then echo "$2"; else echo "${2/ ${words[1]}/ $status} ($(tr '\n' ' ' <<<"$said"))"; fi
}
