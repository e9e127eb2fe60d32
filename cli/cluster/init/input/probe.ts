import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import type { Examination } from '../../examine/examination.ts'
import { examineAll } from '../../examine/examine-all.ts'
import type { Finding } from '../../examine/finding.ts'
import { type LinkEnd, linkEnds } from './links.ts'
import type { InitRequest } from './request.ts'
import { SBD_QUESTION } from './sbd-software.ts'

/** What is known of the nodes that are to form a cluster. */
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
  const { examinations, unreachable } = await examineAll(system, request.nodes, probeQuestions(request))
  const ends = new Map(examinations.flatMap(examined => endsOf(examined)))
  const pings = examinations.map(async ({ node }) => [node, await unreachedFrom(system, node, ends)] as const)
  return { probe: { examinations, ends, unreached: new Map(await Promise.all(pings)) }, unreachable }
}

/** Questions in addition to those of every check. The device has been parsed: it has nothing that a shell would interpret. */
function probeQuestions({ fencing }: InitRequest): string {
  return `
section configured; grep -c '<primitive ' /var/lib/pacemaker/cib/cib.xml
${SBD_QUESTION}
section ids; for link in /dev/disk/by-id/*; do echo "$link $(readlink -f $link)"; done
section disks; lsblk --json --bytes -o PATH,SERIAL,WWN,SIZE,TYPE,FSTYPE,RO,MOUNTPOINTS
${fencing.by === 'disk' ? diskQuestions(fencing.device) : ''}`
}

function diskQuestions(device: string): string {
  return `section header; sbd -d ${device} dump
section others; sbd -d ${device} list
section disk; readlink -f ${device}
section signatures; wipefs --no-act --noheadings --output TYPE ${device}
`
}

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
async function unreachedFrom(
  system: System,
  node: string,
  ends: ReadonlyMap<string, readonly LinkEnd[]>,
): Promise<string[]> {
  const pings = [...ends].flatMap(([other, found]) =>
    found.flatMap(({ address }, link) => {
      const own = ends.get(node)?.[link]?.address
      return other === node || own === undefined
        ? []
        : [`ping -q -c 1 -w 5 -I ${own} ${address} >&2 || echo ${address} &`]
    }),
  )
  if (pings.length === 0) return []
  const options = { input: `${pings.join('\n')}\nwait\n`, looks: true } as const
  const { stdout } = await runOn(system, node, ['sh', '-s'], options)
  return stdout.split('\n').filter(line => line !== '')
}
