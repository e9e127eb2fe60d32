#!/usr/bin/env bats
# bats file_tags=long
# Two nodes lose each other, and live: one is fenced, never both, and what is mounted on the other stays mounted. Each test makes
# SPLIT_CUTS cuts (1), and twice as many where nothing has another direction.

load ../support/helpers
load ../support/fence-peer
load ../support/split

setup_file() {
    load ../support/helpers
    create_storages split1,split2
    for node in 1 2; do "$LAB" push $node "$GUEST/records" /usr/local/bin/records; done
}

teardown_file() {
    load ../support/helpers
    load ../support/split
    mend
    destroy_storages
}

# the layouts: each leaves in NAME the storage that the writer uses
mounts_on_2() { place split1 1 2 && place split2 1 2 && choose_storage split1; }
mounts_on_1() { place split1 2 1 && place split2 2 1 && choose_storage split1; }
all_on_2() { place split1 2 2 && place split2 2 2 && choose_storage split1; }
more_on_1() { place split1 1 1 && place split2 1 2 && choose_storage split1; }
equal() { place split1 1 2 && place split2 2 1; }

# as many cuts as two tests of one direction each
twice() { echo $((${SPLIT_CUTS:-1} == 1 ? 1 : 2 * SPLIT_CUTS)); }

@test "cut both ways, the other node mounts what this one exports" {
    mounts_on_2
    assert_survivor 2 cut_links
}

@test "cut one way: the exporter hears nothing from the mounting node" {
    mounts_on_2
    assert_survivor 2 deafen_1
}

@test "cut one way: the mounting node hears nothing from the exporter" {
    mounts_on_2
    assert_survivor 2 deafen_2
}

@test "links that go and come back" {
    mounts_on_2
    assert_survivor 2 flap "$(twice)"
}

@test "cut both ways, this node mounts what the other one exports" {
    mounts_on_1
    assert_survivor 1 cut_links
}

@test "cut both ways with the replication, one node runs everything" {
    all_on_2
    assert_survivor 2 cut_everything
}

@test "cut both ways, both mount the same, one exports more" {
    more_on_1
    assert_survivor 1 cut_links
}

@test "cut both ways, both run the same: the one with the fencing device survives" {
    equal
    fencer=$(on 1 'crm_resource --resource fence --locate' | grep -o 'node[12]' | tail -n 1)
    survivor=${fencer#node}
    # split1 is mounted by node 2, split2 by node 1
    choose_storage "split$((3 - survivor))"
    assert_survivor "$survivor" cut_links "$(twice)"
}

# starts: when the resources were started, by their ids
starts() { on 1 "cibadmin --query --xpath \"//lrm_rsc_op[@operation='start' or @operation='promote']\"" | grep -oE '(operation_key|last-rc-change)="[^"]*"' | sort; }

@test "a cluster without the priorities: --check names them, and --setpriorities sets them without a restart of anything" {
    mounts_on_2
    start_writer
    on 1 'crm_attribute --name priority-fencing-delay --delete
        for name in fence split1-target split1-filesystem split2-target split2-filesystem; do
            crm_resource --resource $name --meta --delete-parameter priority
        done'
    before=$(starts)
    run vhacs_on 1 cluster --check
    assert_output --partial 'priority-fencing-delay is not set'
    assert_output --partial 'split1-target'
    vhacs_on 1 cluster --setpriorities
    run vhacs_on 1 cluster --check
    refute_output --partial priorit
    on 1 'crm_resource --wait --timeout=60s'
    [ "$(starts)" = "$before" ]
    assert_writes_continue
    assert_nothing_lost
}
