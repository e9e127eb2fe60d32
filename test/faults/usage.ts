import { script } from '../../system/nodes/script.ts'
import { on } from './lab.ts'

/* What may grow while a cluster runs for long: files, memory and files of daemons, the CIB, records of targets. */

const USAGE = script`
count() { find "$@" -type f 2>/dev/null | wc -l; }
echo "files in /run/vhacs: $(count /run/vhacs)"
echo "node records: $(count /root/iscsi-database/nodes /root/iscsi-database/send_targets)"
echo "bytes of the CIB: $(cibadmin --query | wc -c)"
echo "processes: $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)"
for name in corosync pacemakerd pacemaker-based pacemaker-fenced pacemaker-execd pacemaker-attrd pacemaker-schedulerd pacemaker-controld iscsid sbd; do
    pid=$(pgrep -o "^$(printf %.15s "$name")$") || continue
    kib=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")
    [ -n "$kib" ] || continue # it has just ended
    echo "KiB of $name: $kib"
    echo "files of $name: $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
done`

/** What is counted, and how much there is. */
export type Usage = ReadonlyMap<string, number>

export async function usageOf(node: number): Promise<Usage> {
  return parseUsage(await on(node, USAGE))
}

/** @throws RangeError for a line that is no count. */
export function parseUsage(text: string): Usage {
  return new Map(text.trim().split('\n').map(counted))
}

function counted(line: string): readonly [string, number] {
  const [, what, count] = /^([^:]+): (\d+)$/.exec(line) ?? []
  if (what === undefined) throw new RangeError(`${JSON.stringify(line)} is no count`)
  return [what, Number(count)]
}

/** What a daemon may hold more after a while without a leak: caches fill, and a CIB has the history of a few more actions. */
const FACTOR = 1.5
const SLACK: readonly (readonly [RegExp, number])[] = [
  [/^KiB of /, 8192],
  [/^bytes of /, 32_768],
  [/./, 16],
]

/**
 * What has grown all the time: of which even the least of the last quarter is far more than the most of the first. Restarted daemons
 * begin anew.
 */
export function grown(samples: readonly Usage[]): string[] {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return []
  const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)]
  return [...(last[0]?.keys() ?? [])].flatMap(what => {
    const [most, least] = [Math.max(...valuesOf(first, what)), Math.min(...valuesOf(last, what))]
    const slack = SLACK.find(([pattern]) => pattern.test(what))?.[1] ?? 0
    return least > FACTOR * most + slack ? [`${what}: ${most} at first, ${least} at last`] : []
  })
}

function valuesOf(samples: readonly Usage[], what: string): number[] {
  return samples.flatMap(sample => sample.get(what) ?? [])
}
