import { script } from '../../../system/nodes/script.ts'
import { LOG_BYTES, LOG_COMMANDS, STATE_COMMANDS } from './commands.ts'
import { FILE_PATTERNS, SECRET_PATTERNS } from './files.ts'

/** How much of a file or of the output of a command a node prints at most, in bytes; the beginning is kept. */
export const STATE_BYTES = 2 ** 20

/** No command is begun later than that after the first, in seconds. */
const LAST_BEGIN_SECONDS = 100

/** How long a command may take, in seconds. */
const STATE_SECONDS = 20
const LOG_SECONDS = 40

/** No node has more files of one kind, and secrets. */
const MAX_FILES = '500'

const collected = (kind: string) => (entry: (typeof STATE_COMMANDS)[number]) =>
  `collect ${kind} ${entry[0]} <<'END_OF_COMMANDS'\n${entry[1].trim()}\nEND_OF_COMMANDS\n`

/**
 * Prints the files, the state and the logs of a node, for collected.ts. `$1` is the number of bytes that it prints at most, `$2` the files
 * with secrets, one a line. A line that begins with a blank is content, any other one tells what follows. A command that takes too
 * long is killed with what it started: after SIGTERM, timeout(1) would forget a grandchild that ignores that. One that hangs in
 * the kernel is left behind: its output goes through a pipe whose reader has a limit in time and size.
 */
export const COLLECT = script`
LC_ALL=C
export LC_ALL
limit=$1
secrets=$2
begun=$(date +%s)
collect() {
    kind=$1
    name=$2
    shift 2
    commands=$(cat)
    if [ $(($(date +%s) - begun)) -ge ${String(LAST_BEGIN_SECONDS)} ]; then
        printf 'skipped %s\\n' "$name"
        return
    fi
    case $kind in
        log) seconds=${String(LOG_SECONDS)} bytes=${String(LOG_BYTES + 100)} ;;
        *) seconds=${String(STATE_SECONDS)} bytes=${String(STATE_BYTES)} ;;
    esac
    printf 'file %s %s\\n' "$kind" "$name"
    { { timeout -s KILL "$seconds" sh -c "$commands" sh "$@"; printf '\\nexit %s\\n' "$?"; } </dev/null 2>&1 & } |
        timeout $((seconds + 5)) head -c "$bytes" | sed 's/^/ /'
    echo
}
secret() {
    [ -f "$1" ] || return 0
    echo secret
    timeout 5 head -c 1000 -- "$1" | sed 's/^/ /'
    echo
}
{
    printf '%s\\n' "$secrets" | head -n ${MAX_FILES} | while IFS= read -r path; do secret "$path"; done
    for path in ${SECRET_PATTERNS.join(' ')}; do secret "$path"; done
    count=0
    for path in ${FILE_PATTERNS.join(' ')}; do
        [ -f "$path" ] || continue
        count=$((count + 1))
        [ "$count" -le ${MAX_FILES} ] || { printf 'skipped %s\\n' "\${path#/}"; continue; }
        collect state "\${path#/}" "$path" <<'END_OF_COMMANDS'
cat -- "$1"
END_OF_COMMANDS
    done
${STATE_COMMANDS.map(collected('state')).join('')}${LOG_COMMANDS.map(collected('log')).join('')}    echo end
} | head -c "$limit"
`
