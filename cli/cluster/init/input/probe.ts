import { runOn } from '../../../../system/nodes/ssh.ts'
import type { System } from '../../../../system/system.ts'
import { type Daemon, daemonsThat, type Examination } from '../../examine/examination.ts'
import { type Configured, parseCorosyncConf } from './corosync-conf.ts'
import type { LinkEnd } from './links.ts'
import type { InitRequest } from './request.ts'

/*
 * What is asked of a node besides what every check asks.
 */

/** The device has been parsed: a shell finds nothing in it. */
export function questions({ fencing }: InitRequest): string {
  return `
section configured; grep -c '<primitive ' /var/lib/pacemaker/cib/cib.xml
section fencing; ls /usr/sbin/sbd /usr/lib/stonith/plugins/external/sbd /usr/sbin/fence_sbd
section ids; for link in /dev/disk/by-id/*; do echo "$link $(readlink -f $link)"; done
section disks; lsblk --json --bytes -o PATH,SERIAL,WWN,SIZE,TYPE,FSTYPE,RO,MOUNTPOINTS
${fencing.by === 'disk' ? aboutDisk(fencing.device) : ''}`
}

function aboutDisk(device: string): string {
  return `section header; sbd -d ${device} dump
section others; sbd -d ${device} list
section disk; readlink -f ${device}
section signatures; wipefs --no-act --noheadings --output TYPE ${device}
`
}

/** What a node is, as far as clusters are concerned. */
export interface Standing {
  /** Undefined for a bare node, and for one with the loopback cluster that Debian's packages start. */
  readonly cluster: Configured | undefined
  readonly active: readonly Daemon[]
  readonly enabled: readonly Daemon[]
}

export function standingOf(examined: Pick<Examination, 'sections'>): Standing {
  const { sections } = examined
  const text = sections.get('ring') ?? ''
  const configured = parseCorosyncConf(text)
  const isPackages = configured.nodes.length === 1 && /^(127\.|::1$)/.test(configured.nodes[0]?.address ?? '')
  const isUsed = Number(sections.get('configured') ?? 0) > 0
  return {
    cluster: text === '' || (isPackages && !isUsed) ? undefined : configured,
    active: daemonsThat(examined, 'active'),
    enabled: daemonsThat(examined, 'enabled'),
  }
}

/** The other nodes' addresses that a node does not reach over its own end of the same link. */
export async function unreachedFrom(
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
