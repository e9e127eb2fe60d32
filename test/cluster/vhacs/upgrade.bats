#!/usr/bin/env bats
# bats file_tags=long
# The Debian package of a newer version is installed on a running cluster, a node at a time, with a verified writer on a mount, and the former
# version again afterwards: Pacemaker starts, stops and moves nothing. FORMER_DEB names the package of an earlier version, such as one made by
# "make deb" of an earlier commit: from and to that, too; without it, these tests are skipped.

load ../support/helpers
load ../support/fence-peer

setup_file() {
    load ../support/helpers
    load ../support/fence-peer
    prepare_storage upgraded
    local tree=$BATS_FILE_TMPDIR/tree
    PACKAGE=$ROOT/dist/lab/vhacs.deb
    NEWER=$BATS_FILE_TMPDIR/newer.deb
    export PACKAGE NEWER
    # the same program: what an installation does to a running cluster is tested here, and not what has changed in a version
    dpkg-deb -R "$PACKAGE" "$tree"
    sed -i 's/^Version: .*/&+newer/' "$tree/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$tree" "$NEWER"
}

teardown_file() {
    load ../support/helpers
    local node
    for node in 1 2; do on $node 'rm -f /tmp/vhacs.deb'; done
    destroy_storages
}

setup() { begin_scenario upgraded; }

teardown() { assert_nothing_lost; }

installed() { on "$1" "dpkg-query --show --showformat '\${Version}' vhacs"; }
# actions I: how many starts, stops, promotions and demotions Pacemaker's log of a node has
actions() { on "$1" "grep -acE 'Result of (start|stop|promote|demote) operation for ' /var/log/pacemaker/pacemaker.log" || true; }
all_actions() { echo "$(actions 1) $(actions 2)"; }
started() { on "$1" 'systemctl show --property ActiveEnterTimestamp pacemaker corosync iscsid sbd | sort'; }

# upgrade_to PACKAGE: on each node, while the cluster runs
upgrade_to() {
    local node before services
    before=$(all_actions)
    services=$(started 1)$(started 2)
    for node in 1 2; do
        "$LAB" push $node "$1" /tmp/vhacs.deb
        run on $node 'LC_ALL=C apt-get install --yes --allow-downgrades /tmp/vhacs.deb </dev/null'
        echo "$output"
        assert_success
        assert_equal "$(installed $node)" "$(dpkg-deb --field "$1" Version)"
        run vhacs_on $node --version
        assert_success
        # each monitor has run at least once with the one on this node, and the other's on the other one
        sleep 45
        run on $node 'crm_mon -1'
        refute_output --partial 'Failed'
        assert_writes_continue
    done
    assert_equal "$(all_actions)" "$before"
    assert_equal "$(started 1)$(started 2)" "$services"
    run on 1 'tail -n 2 /etc/vhacs.conf'
    assert_output --partial SERVICE_ADDRESSES
    echo "# the writer's longest pause was $(longest_pause) s" >&3
}

@test "to a newer version: the writer goes on, and Pacemaker does nothing" { upgrade_to "$NEWER"; }

@test "back to the former version: likewise" { upgrade_to "$PACKAGE"; }

needs_former() { [ -n "${FORMER_DEB:-}" ] || skip 'FORMER_DEB names no package of an earlier version'; }

@test "back to an earlier version: likewise" {
    needs_former
    upgrade_to "$FORMER_DEB"
}

@test "from an earlier version to this one: likewise" {
    needs_former
    upgrade_to "$PACKAGE"
}

@test "the storage fails over afterwards" {
    on 1 'crm_resource --resource upgraded-export --move --node node2 >/dev/null; crm_resource --wait --timeout=200s; crm_resource --resource upgraded-export --clear >/dev/null'
    is_exported_by 2
    assert_writes_continue
}
