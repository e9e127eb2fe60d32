import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'
import { runOn } from '../ssh.ts'
import { type IoWatch, parseIoWatch } from './io-samples.ts'

/** A disk of a vhost, as its initiator and its mount name it. */
export interface VhostDisk {
  readonly node: string
  /** The link that udev makes for the login, below /dev/disk/by-path. */
  readonly link: string
  /** The device that is mounted: the disk, or a map over it. */
  readonly device: string
}

/**
 * Prints a line at each change of the session, the connection, the disk and its counters, with the time since boot, which no clock
 * setting changes. Meanwhile a small direct read of the device follows the other, so that an idle disk has I/O too. It hangs where the
 * I/O of the mount does; the samples need no I/O.
 *
 * Ends when the flag file is removed, or after the limit, whatever becomes of the caller: $1 is the link, $2 the device, $3 the file,
 * $4 the limit in seconds. A hanging dd is left to end with its I/O, and holds none of the script's pipes.
 */
export const IO_WATCH = script`
umask 022
disk=$(readlink -e -- "$1") || { echo "there is no disk $1" >&2; exit 1; }
name=\${disk##*/}
session=$(readlink -e "/sys/block/$name/device")
session=\${session%/target*}
session=\${session##*/}
connection=/sys/class/iscsi_connection/connection\${session#session}:0/state
mkdir -p "\${3%/*}" && : >"$3" || exit 1
trap 'rm -f -- "$3"' EXIT
trap 'exit 1' HUP INT PIPE TERM
read -r up idle </proc/uptime
end=$((\${up%.*} + $4))
(
    while [ -e "$3" ] && read -r up idle </proc/uptime && [ "\${up%.*}" -lt "$end" ]; do
        dd if="$2" of=/dev/null bs=4096 count=1 iflag=direct >/dev/null 2>&1 || { read -r up idle </proc/uptime; echo "$up error"; }
        sleep 0.1 >/dev/null 2>&1
    done
) &
reads=$!
before=
while [ -e "$3" ] && read -r up idle </proc/uptime && [ "\${up%.*}" -lt "$end" ]; do
    read -r state rest <"/sys/class/iscsi_session/$session/state" || state=gone
    read -r link rest <"$connection" || link=unknown
    read -r disk rest <"/sys/block/$name/device/state" || disk=gone
    read -r r merged sectors ms w rest <"/sys/block/$name/stat" || { r=0; w=0; }
    sample="$state $link $disk $((r + w))"
    [ "$sample" = "$before" ] || echo "$up $sample"
    before=$sample
    sleep 0.1 >/dev/null 2>&1
done 2>/dev/null
kill $reads 2>/dev/null
read -r up idle </proc/uptime
echo "$up end"
`

/** A watch that is running. */
export interface RunningWatch {
  /** Ends it. @throws ToolFailed when its node cannot be reached, UnexpectedAnswer for an answer of another form. */
  stop(): Promise<IoWatch>
}

/** Longer than a watch may take to end. */
const MARGIN_SECONDS = 30

/**
 * Watches the I/O of a disk until it is stopped. Resolves when the watch has begun; the flag is the path of a file that only this watch
 * uses. @throws ToolFailed when it does not begin.
 */
export async function watchIo(
  system: System,
  { node, link, device }: VhostDisk,
  { flag, limitSeconds }: { readonly flag: string; readonly limitSeconds: number },
): Promise<RunningWatch> {
  const abort = new AbortController()
  const values = [link, device, flag, String(limitSeconds)]
  const options = { timeoutSeconds: limitSeconds + MARGIN_SECONDS, signal: abort.signal }
  let hasEnded = false
  const run = runScriptOn(system, node, { text: IO_WATCH, values, ...options }).finally(() => {
    hasEnded = true
  })
  // it is awaited only when it is stopped
  run.catch(() => undefined)
  const remove = () => runOn(system, node, ['rm', '-f', '--', flag], { timeoutSeconds: MARGIN_SECONDS })
  try {
    const end = system.now() + MARGIN_SECONDS * 1000
    while (!(await isThere(system, node, flag))) {
      // if it has failed, its reason is the better one
      if (hasEnded) await run
      if (hasEnded || system.now() > end) throw new Error(`${node}: the watch of ${link} does not begin`)
      await system.sleep(PAUSE_MILLISECONDS)
    }
  } catch (error) {
    abort.abort(error)
    throw error
  }
  return {
    stop: async () => {
      await remove().catch((error: unknown) => abort.abort(error))
      return parseAnswer(await run, parseIoWatch)
    },
  }
}

const PAUSE_MILLISECONDS = 200

async function isThere(system: System, node: string, path: string): Promise<boolean> {
  const { status } = await runOn(system, node, ['test', '-e', path], { accepted: [0, 1], looks: true })
  return status === 0
}
