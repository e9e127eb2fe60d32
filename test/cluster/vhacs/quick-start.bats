#!/usr/bin/env bats
# bats file_tags=long
# docs/quick-start.md: its blocks of commands, in their order, on three nodes that have neither a cluster nor VHACS. Skipped on fewer nodes.

load ../support/helpers

setup_file() {
    load ../support/helpers
    has_three_nodes || return 0
    local node
    on_bare_nodes 3 make_bare
    for node in 1 2 3; do
        # a bare machine: no package, no volume group, no configuration, no names
        on $node 'dpkg --purge vhacs && rm -f /etc/vhacs.conf && vgremove --force --yes vhacs && wipefs --all --quiet /dev/vdb
            cp /etc/hosts /root/hosts.saved && echo "127.0.0.1 localhost" >/etc/hosts'
        "$LAB" push $node "$ROOT/dist/lab/vhacs.deb" /tmp/vhacs.deb
    done
    python3 "$SUPPORT/page-commands.py" "$ROOT/docs/quick-start.md" "$BATS_FILE_TMPDIR" >"$BATS_FILE_TMPDIR/blocks"
}

setup() { has_three_nodes || skip 'this needs three nodes: make test-three'; }

teardown_file() {
    load ../support/helpers
    has_three_nodes || return 0
    on 1 'vhacs storage --destroy ALL --force --yes' || true
    on_bare_nodes 3 restore_config
    for node in 1 2 3; do
        on $node 'mv /root/hosts.saved /etc/hosts; rm -f /tmp/vhacs.deb' || true
        "$LAB" push $node "$ROOT/test/lab/guest/vhacs.conf" /etc/vhacs.conf
    done
    on_bare_nodes 3 start_cluster
    wait_until_online 3
}

# run_block FILE NODE: each line must succeed, as typed by an administrator
run_block() {
    local what=$1 node=$2
    echo "node$node: $(<"$what")"
    "$LAB" push "$node" "$what" /root/block.sh
    on "$node" 'bash -ex /root/block.sh </dev/null; status=$?; rm /root/block.sh; exit $status'
}

exports() { [ "$(on 3 "vhacs storage --list --json" | jq -r '.storages[0].target.node')" = "$1" ]; }

# what a block waits for, by the words in parentheses
prepare() {
    case $1 in
        *'(after the failover)') wait_until 300 exports node2 ;;
        *'(after its return)') wait_until_online_from 3 && wait_until 300 is_whole ;;
    esac
}
wait_until_online_from() { wait_until 300 has_all_online "$1"; }
has_all_online() { [ "$(on "$1" 'crm_mon -1 --output-as=xml' | grep -cE '<node .*online="true".*pending="false".*unclean="false"')" = 3 ]; }
is_whole() { on 2 "drbd-state | grep -q 'cs:Connected.*ds:UpToDate/UpToDate'"; }

@test "each block of docs/quick-start.md does what the page says" {
    local path where node count=0
    while read -r path where <&3; do
        [ "$where" != elsewhere ] || continue
        prepare "$where"
        if [[ $where == *'(resets it)' ]]; then
            boot_id=$(on 1 cat /proc/sys/kernel/random/boot_id)
            mount_id=$(on 3 "findmnt --noheadings --output ID /clouds/cloud0")
            timeout 20 "$LAB" ssh 1 "$(<"$path")" || true
            continue
        fi
        for node in $(grep -o 'node[0-9]' <<<"${where%%(*}"); do
            run run_block "$path" "${node#node}"
            echo "$output"
            assert_success
        done
        count=$((count + 1))
        case $(<"$path") in
            *'cat /clouds/cloud0/file'*)
                assert_line 'written before the failover'
                assert_output --partial 'failover of the export from node1 to node2'
                assert_equal "$(on 3 'findmnt --noheadings --output ID /clouds/cloud0')" "$mount_id"
                ;;
            *'findmnt /clouds/cloud0'*) assert_output --partial ext3 ;;
        esac
    done 3<"$BATS_FILE_TMPDIR/blocks"
    [ "$count" -ge 12 ]
    refute [ "$(on 1 cat /proc/sys/kernel/random/boot_id)" = "$boot_id" ]
    assert_no_traces_of cloud0
}
