import { CIB_DIRECTORY } from '../../../../system/cib-directory.ts'
import { runScriptOn, script } from '../../../../system/nodes/script.ts'
import type { System } from '../../../../system/system.ts'
import type { Examination } from '../../examine/examination.ts'
import { examineAll } from '../../examine/examine-all.ts'
import type { Finding } from '../../examine/finding.ts'
import { LATER, QUESTIONS } from '../../examine/questions.ts'
import { type LinkEnd, linkEnds } from './links.ts'
import type { InitRequest } from './request.ts'

/** The examined nodes that are to form a cluster. */
export interface Probe {
  readonly examinations: readonly Examination[]
  /** By node; without those whose settings are invalid. */
  readonly ends: ReadonlyMap<string, readonly LinkEnd[]>
  /** By node: addresses of the others that it cannot reach. */
  readonly unreached: ReadonlyMap<string, readonly string[]>
}

/** Examines the nodes, then has each ping the others. Returns findings for the unreachable ones too. */
export async function probeNodes(
  system: System,
  request: InitRequest,
): Promise<{ readonly probe: Probe; readonly unreachable: readonly Finding[] }> {
  const { nodes, fencing } = request
  const asked =
    fencing.by === 'disk' ? { text: WITH_DISK, names: nodes, device: fencing.device } : { text: PROBE, names: nodes }
  const { examinations, unreachable } = await examineAll(system, asked)
  const ends = new Map(examinations.flatMap(examined => endsOf(examined)))
  const pings = examinations.map(async ({ node }) => [node, await unreachedFrom(system, node, ends)] as const)
  return { probe: { examinations, ends, unreached: new Map(await Promise.all(pings)) }, unreachable }
}

/** What init examines in addition to every check. */
const NODE_QUESTIONS = script`
section configured; grep -c '<primitive ' ${CIB_DIRECTORY}/cib.xml
section ids; for link in /dev/disk/by-id/*; do echo "$link $(readlink -f "$link")"; done
section disks; lsblk --json --bytes -o PATH,SERIAL,WWN,SIZE,TYPE,FSTYPE,RO,MOUNTPOINTS
`

const DISK_QUESTIONS = script`
section header; sbd -d "$device" dump
section others; sbd -d "$device" list
section disk; readlink -f -- "$device"
section signatures; wipefs --no-act --noheadings --output TYPE -- "$device"
`

/** The questions to a node that is to enter a cluster, without and with those about the disk for sbd; LATER follows. */
export const PROBE_QUESTIONS = script`${QUESTIONS}${NODE_QUESTIONS}`
export const WITH_DISK_QUESTIONS = script`${PROBE_QUESTIONS}${DISK_QUESTIONS}`

const PROBE = script`${PROBE_QUESTIONS}${LATER}`
const WITH_DISK = script`${WITH_DISK_QUESTIONS}${LATER}`

/** The values are pairs: an address of this node, and one to reach from it. */
const PING = script`
while [ $# -gt 1 ]; do
    { ping -q -c 1 -w 5 -I "$1" -- "$2" >&2 || echo "$2"; } &
    shift 2
done
wait
`

/** Invalid settings are findings of their own. */
function endsOf(examined: Examination): [string, LinkEnd[]][] {
  try {
    return [[examined.node, linkEnds(examined)]]
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

/** The other nodes' addresses that a node cannot reach from its own end of the same link. */
export async function unreachedFrom(
  system: System,
  node: string,
  ends: ReadonlyMap<string, readonly LinkEnd[]>,
): Promise<string[]> {
  const pings = [...ends].flatMap(([other, found]) =>
    found.flatMap(({ address }, link) => {
      const own = ends.get(node)?.[link]?.address
      return other === node || own === undefined ? [] : [own, address]
    }),
  )
  if (pings.length === 0) return []
  const { stdout } = await runScriptOn(system, node, { text: PING, values: pings, looks: true })
  return stdout.split('\n').filter(line => line !== '')
}
