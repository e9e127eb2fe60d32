#!/usr/bin/env bats
# Which modules of the bundle an action evaluates, seen by V8's own coverage: esbuild wraps each module in a function of
# its name.

load helper

# evaluated NAME ARGUMENT...: packages of the bundle that are evaluated when it is called by this name
evaluated() {
    local name=$1
    shift
    (
        export NODE_V8_COVERAGE=$BATS_TEST_TMPDIR/coverage
        exec -a "$name" node "$ROOT/dist/vhacs.cjs" "$@" >/dev/null 2>&1
    ) || true
    node -e '
        const { readdirSync, readFileSync } = require("node:fs")
        const directory = process.argv[1]
        const { result } = JSON.parse(readFileSync(`${directory}/${readdirSync(directory)[0]}`, "utf8"))
        const { functions } = result.find(({ url }) => url.endsWith("vhacs.cjs"))
        const names = functions.filter(({ ranges }) => ranges[0].count > 0).map(({ functionName }) => functionName)
        const packages = names.flatMap(name => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? [])
        console.log([...new Set(packages)].sort().join(" ") || "none")
    ' "$BATS_TEST_TMPDIR/coverage"
}

@test "a monitor evaluates no package at all" {
    for agent in lvm-volume drbd-cloud lio-iblock iscsi-mount ext3-filesystem; do
        rm -rf "$BATS_TEST_TMPDIR/coverage"
        run env OCF_RESKEY_volume=x OCF_RESKEY_drbd_resource=x OCF_RESKEY_iqn=iqn.2026-01.org.example:x \
            OCF_RESKEY_portals=192.0.2.1 OCF_RESKEY_device=/dev/x OCF_RESKEY_directory=/x bash -c \
            "$(declare -f evaluated); BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR ROOT=$ROOT; evaluated $agent monitor"
        assert_success
        assert_output none
    done
}

@test "the command evaluates what it uses: the check above can fail" {
    run evaluated vhacs --help
    assert_success
    assert_output --partial commander
}
