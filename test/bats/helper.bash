# Shared by all files here. The executable is called as by Pacemaker: through a link with the agent's name, and
# only the variables of the call in the environment.

bats_require_minimum_version 1.11.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
DIST=$ROOT/dist
# shellcheck disable=SC2034 # read by the files that load this
AGENTS=(lvm-volume drbd-cloud lio-iblock iscsi-mount ext3-filesystem nspawn-container)
# shellcheck disable=SC2034
HANDLERS=(fence-peer unfence-peer)

# bats_load_library looks for a load.bash in a folder of that name
export BATS_LIB_PATH=$ROOT/node_modules
bats_load_library bats-support
bats_load_library bats-assert

# valid_parameters AGENT: sets `valid` to the parameters of a resource that does not exist on this machine, or of one on DEVICE
valid_parameters() {
    # shellcheck disable=SC2034
    case $1 in
        lvm-volume) valid=(OCF_RESKEY_volume=vhacs-test) ;;
        drbd-cloud) valid=(OCF_RESKEY_drbd_resource=vhacs-test) ;;
        lio-iblock) valid=(OCF_RESKEY_iqn=iqn.2026-01.org.example:vhacs-test OCF_RESKEY_device=/dev/vhacs-test) ;;
        iscsi-mount) valid=(OCF_RESKEY_iqn=iqn.2026-01.org.example:vhacs-test OCF_RESKEY_portals=192.0.2.10) ;;
        ext3-filesystem) valid=("OCF_RESKEY_device=${DEVICE:-/dev/vhacs-test}" OCF_RESKEY_directory=/mnt/vhacs-test) ;;
        nspawn-container) valid=(OCF_RESKEY_machine=vhacs-test OCF_RESKEY_directory=/mnt/vhacs-test/root) ;;
    esac
}

# call AGENT [NAME=VALUE...] -- [ARGUMENT...]
call() {
    local agent=$1 environment=()
    shift
    while [ "$1" != -- ]; do
        environment+=("$1")
        shift
    done
    shift
    run --separate-stderr env -i "${environment[@]}" "$DIST/$agent" "$@"
}

# assert_reasons COUNT: that many exit reasons, and no stack trace
assert_reasons() {
    assert_equal "$(grep -c '^ocf-exit-reason:.' <<<"${stderr:-}")" "$1"
    refute_stderr --regexp '(^|'$'\n'') +at '
    refute_stderr --partial 'node:internal'
}
