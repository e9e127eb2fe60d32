# shellcheck shell=bash
# Does for our agents what resource-agents' ocft does; runs on a node. Its objects are named ocft*, like ocft's own.

I=$(hostname | tr -dc 0-9)
IMAGE=/run/ocft.image
DIRECTORY=/run/ocft
TARGET=iqn.2026-01.org.vhacs:ocft
PORTAL=10.77.1.$I:3295
LOOP=$(losetup --noheadings --output NAME --associated $IMAGE 2>/dev/null)
# ocft allows 20 s for each call, on a machine that is not emulated
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

# parameters_of AGENT: its parameters, each as NAME=VALUE
parameters_of() {
    case $1 in
    lvm-volume) echo volume_group=ocft-vg volume=ocft-lv ;;
    iscsi-mount) echo iqn=$TARGET portals="$PORTAL" ;;
    ext3-filesystem) echo device="$LOOP" directory=$DIRECTORY ;;
    esac
}

# create_disk AGENT: a loop device of 16 MiB, with what the agent needs on it
create_disk() {
    truncate -s 16M $IMAGE
    LOOP=$(losetup --find --show $IMAGE)
    "prepare_$1" >/dev/null
}

# remove_disk AGENT
remove_disk() {
    "clean_$1"
    losetup --detach "$LOOP"
    rm -f $IMAGE
} >/dev/null 2>&1

# call ACTION AGENT [VARIABLE=VALUE | -u VARIABLE]...: calls the agent with its parameters, changed as the case requires
call() {
    local action=$1 agent=$2 parameters
    shift 2
    read -ra parameters <<<"$(parameters_of "$agent")"
    env OCF_RESOURCE_INSTANCE=ocft OCF_RESKEY_CRM_meta_timeout=${HANG_TIMEOUT}000 "${parameters[@]/#/OCF_RESKEY_}" \
        env "$@" timeout --kill-after=1 $HANG_TIMEOUT "$AGENTS/$agent" "$action" 2>&1
}

# run_cases AGENT: standard input is a table with one case per line: its name, a colon, and its steps, separated by semicolons.
# A step is an action, its expected exit status and more arguments for env, or a dollar sign and a command. As in ocft, a stop
# precedes each case. Prints the same table with the actual exit statuses.
run_cases() {
    local line step steps
    while IFS= read -r line; do
        call stop "$1" >/dev/null
        printf '%s:' "${line%%:*}"
        IFS=';' read -ra steps <<<"${line#*:}"
        for step in "${steps[@]}"; do run_step "$1" "$step" </dev/null; done | paste -sd ';'
    done
    call stop "$1" >/dev/null
}

# run_step AGENT STEP: prints the step with its actual exit status, and its output if that is not the expected one
run_step() {
    local words output status
    read -ra words <<<"$2"
    if [ "${words[0]}" = '$' ]; then
        eval "${words[*]:1}" >&2
        echo "$2"
        return
    fi
    output=$(call "${words[0]}" "$1" "${words[@]:2}")
    status=$?
    if [ $status = "${words[1]}" ]; then echo "$2"; else echo "${2/ ${words[1]}/ $status} ($(tr '\n' ' ' <<<"$output"))"; fi
}
