#!/usr/bin/env bats
# What a call loads, which is what it costs: modules of ours, of Node.js, and whether V8 has them compiled already. The scripts of the
# executable run in an ordinary Node.js for that, which has a coverage report and takes options.

load helper

# in_node NAME [OPTION_OF_NODE...] -- ARGUMENT...: calls the program by this name
in_node() {
    local name=$1 options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    (
        valid=()
        valid_parameters "$name"
        export "${valid[@]}" OCF_RESKEY_CRM_meta_interval=10000
        exec -a "$name" node "${options[@]}" "$ROOT/dist/vhacs.cjs" "$@" >/dev/null 2>&1
    ) || true
}

# evaluated NAME ARGUMENT...: the functions of the main script that run, by V8's coverage, one a line; each module is one
evaluated() {
    local name=$1
    shift
    rm -rf "$BATS_TEST_TMPDIR/coverage"
    NODE_V8_COVERAGE=$BATS_TEST_TMPDIR/coverage in_node "$name" -- "$@"
    # shellcheck disable=SC2016 # JavaScript
    node -e '
        const { readdirSync, readFileSync } = require("node:fs")
        const directory = process.argv[1]
        const { result } = JSON.parse(readFileSync(`${directory}/${readdirSync(directory)[0]}`, "utf8"))
        const { functions } = result.find(({ url }) => url.endsWith("vhacs.cjs"))
        for (const { functionName, ranges } of functions) if (ranges[0].count > 0) console.log(functionName)
    ' "$BATS_TEST_TMPDIR/coverage" | sort -u
}

# listed: the modules of build/script/monitor-modules.ts, one a line
listed() {
    node -e '
        import(process.argv[1] + "/build/script/monitor-modules.ts").then(({ monitorModules }) => {
            for (const module of monitorModules) console.log(module)
        })
    ' "$ROOT" | sort -u
}

# internal NAME ARGUMENT...: the modules of Node.js that this loads and an empty program does not, on one line
internal() {
    local name=$1 loaded=$BATS_TEST_TMPDIR/loaded
    shift
    # shellcheck disable=SC2016,SC2028 # JavaScript
    echo 'process.on("exit", () => require("fs").writeFileSync(process.env.LOADED, process.moduleLoadList.join("\n") + "\n"))' >"$loaded.cjs"
    : >"$BATS_TEST_TMPDIR/empty.cjs"
    LOADED=$loaded.empty node --require "$loaded.cjs" "$BATS_TEST_TMPDIR/empty.cjs"
    LOADED=$loaded.ours in_node "$name" --require "$loaded.cjs" -- "$@"
    comm -13 <(sort "$loaded.empty") <(sort "$loaded.ours") | sed -n 's/^NativeModule //p' | paste -sd ' '
}

# with_mounted COMMAND...: with an ext3 file system mounted for the parameters of ext3-filesystem, in a mount namespace
with_mounted() {
    # shellcheck disable=SC2016 # expanded by that shell
    unshare --mount bash -ec '
        mount -t tmpfs none /mnt
        mkdir /mnt/vhacs-test
        truncate -s 8M /mnt/image
        mkfs.ext3 -q /mnt/image
        device=$(losetup --find --show /mnt/image)
        trap "umount /mnt/vhacs-test; losetup --detach $device" EXIT
        mount -t ext3 "$device" /mnt/vhacs-test
        DEVICE=$device "$@"' bash "$@"
}

can_mount() {
    with_mounted true 2>/dev/null
}

# in_mounted FUNCTION ARGUMENT...: calls a function of this file there
in_mounted() {
    export BATS_TEST_TMPDIR ROOT
    export -f in_node valid_parameters evaluated internal
    with_mounted bash -c '"$@"' bash "$@"
}

@test "a monitor and meta-data evaluate only modules that are listed, of those that touch the node each" {
    for agent in "${AGENTS[@]}"; do
        evaluated "$agent" monitor
        evaluated "$agent" meta-data
    done | sort -u >"$BATS_TEST_TMPDIR/functions"
    if can_mount; then in_mounted evaluated ext3-filesystem monitor >>"$BATS_TEST_TMPDIR/functions"; fi
    sed -n 's/^vhacs://p' "$BATS_TEST_TMPDIR/functions" | sort -u >"$BATS_TEST_TMPDIR/modules"
    run comm -13 <(listed) "$BATS_TEST_TMPDIR/modules"
    assert_output ''
    # test/unit/build/monitor-modules.test.ts sees the others, in each state of a resource
    diff <(listed | grep -E '^main.ts$|^system/host/') <(grep -E '^main.ts$|^system/host/' "$BATS_TEST_TMPDIR/modules")
}

@test "a monitor and meta-data load no later script" {
    for agent in "${AGENTS[@]}"; do
        for action in monitor meta-data; do
            run evaluated "$agent" "$action"
            assert_line vhacs:ocf/runtime/run.ts
            refute_line build/script/later-script.cjs
        done
    done
}

# modules SCRIPT: those of ours in it
modules() { grep -oE '"vhacs:[^" ]+"' "$DIST/$1" | sort -u; }

@test "no module is in both scripts of the command, or of the agents, so an error has one class (usage, 2)" {
    run comm -12 <(modules command.cjs) <(modules verbs.cjs)
    assert_output ''
    run comm -12 <(modules vhacs.cjs) <(modules agents.cjs)
    assert_output ''
    for script in command.cjs verbs.cjs vhacs.cjs agents.cjs; do (($(modules $script | wc -l) > 50)); done
    run "$DIST/vhacs" storage --bogus
    assert_failure 2
}

@test "the command and an action load one: the check about monitors can fail" {
    run evaluated vhacs --help
    assert_line build/script/later-script.cjs
    run evaluated lvm-volume start
    assert_line build/script/later-script.cjs
}

@test "the main script has the modules of monitors, and little else" {
    run comm -13 <(listed) <(modules vhacs.cjs | sed 's/"vhacs:\(.*\)"/\1/')
    assert_output handlers/names.ts
}

@test "a monitor and meta-data load the modules of Node.js in internal-modules.txt, and no other" {
    can_mount || skip 'no file system can be mounted here'
    {
        for agent in "${AGENTS[@]}"; do echo "$agent monitor:$(internal "$agent" monitor)"; done
        echo "ext3-filesystem monitor, mounted:$(in_mounted internal ext3-filesystem monitor)"
        echo "lvm-volume meta-data:$(internal lvm-volume meta-data)"
    } >"$BATS_TEST_TMPDIR/actual"
    diff "$BATS_TEST_DIRNAME/internal-modules.txt" "$BATS_TEST_TMPDIR/actual"
}

@test "a start loads many: the check above can fail" {
    run internal lvm-volume start
    assert_output --partial child_process
}

# with_options FROM TO...: makes $BATS_TEST_TMPDIR/bin, where these options of Node.js in the executable are others of the same length
with_options() {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    node -e '
        const { readFileSync, writeFileSync } = require("node:fs")
        const [from, to, ...changes] = process.argv.slice(1)
        const bytes = readFileSync(from)
        // the last one is in the configuration of the single executable
        for (let i = 0; i < changes.length; i += 2) bytes.write(changes[i + 1], bytes.lastIndexOf(changes[i]))
        writeFileSync(to, bytes, { mode: 0o755 })
    ' "$DIST/vhacs" "$BATS_TEST_TMPDIR/bin/vhacs" "$@"
    ln -sf vhacs "$BATS_TEST_TMPDIR/bin/lvm-volume"
}

@test "V8 accepts the code caches in the executable" {
    # a rejected one is a warning
    with_options --no-warnings --title=vhacs
    run --separate-stderr env -i "$BATS_TEST_TMPDIR/bin/lvm-volume" meta-data
    assert_success
    assert_stderr ''
    run --separate-stderr env -i "$BATS_TEST_TMPDIR/bin/vhacs" --help
    assert_success
    assert_stderr ''
    # a step is logged
    run --separate-stderr env -i HA_debug=1 OCF_RESKEY_volume=vhacs-test "$BATS_TEST_TMPDIR/bin/lvm-volume" validate-all
    assert_success
    refute_stderr --partial 'Code cache'
    # other modules of agents
    run --separate-stderr env -i OCF_RESKEY_volume=vhacs-test "$BATS_TEST_TMPDIR/bin/lvm-volume" start
    refute_stderr --partial 'Code cache'
    assert_stderr --partial 'ocf-exit-reason:'
}

@test "and would report one that it rejects: the check above can fail" {
    with_options --no-warnings --title=vhacs --disable-sigusr1 --single-threaded
    run --separate-stderr env -i "$BATS_TEST_TMPDIR/bin/lvm-volume" meta-data
    assert_success
    assert_stderr --partial 'Code cache data rejected'
    run --separate-stderr env -i "$BATS_TEST_TMPDIR/bin/vhacs" --help
    assert_stderr --partial 'Code cache data of command.cjs rejected'
}

@test "the code cache of the main script lies at a multiple of 8: V8 would copy it" {
    # shellcheck disable=SC2016 # JavaScript
    run node -e '
        const { readFileSync } = require("node:fs")
        const [executable, script] = process.argv.slice(1).map(path => readFileSync(path))
        const behind = executable.lastIndexOf(script) + script.length
        const length = executable.readBigUInt64LE(behind)
        console.log(length > 100_000n && length < 1_000_000n, (behind + 8) % 8)
    ' "$DIST/vhacs" "$DIST/vhacs.cjs"
    assert_output 'true 0'
}
