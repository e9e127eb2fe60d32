import { runOn } from '../../../system/remote.ts'
import type { System } from '../../../system/system.ts'
import type { Examination } from '../examination.ts'
import { type Configured, parseCorosyncConf } from './corosync-conf.ts'
import type { LinkEnd } from './links.ts'
import type { Wish } from './wish.ts'

/*
 * What is asked of a node besides what every check asks.
 */

/** Units that make a node part of a cluster. */
export const DAEMONS = ['corosync', 'pacemaker', 'sbd'] as const
export type Daemon = (typeof DAEMONS)[number]

/** Names of nodes and the device have been parsed: a shell finds nothing in them. */
export function questions({ nodes, fencing }: Wish): string {
  const names = nodes.join(' ')
  return `
section name; uname -n
section ring; cat /etc/corosync/corosync.conf
section daemons; for unit in ${DAEMONS.join(' ')}; do echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit)"; done
section configured; grep -c '<primitive ' /var/lib/pacemaker/cib/cib.xml
section names; for name in ${names}; do getent ahosts $name >/dev/null || echo $name; done
section ssh; for name in ${names}; do [ $name = "$(uname -n)" ] || ssh -o BatchMode=yes -o ConnectTimeout=10 root@$name true </dev/null || echo $name; done
section watchdog; cat /sys/class/watchdog/watchdog*/identity
section fencing; ls /usr/sbin/sbd /usr/lib/stonith/plugins/external/sbd /usr/sbin/fence_sbd
section ids; for link in /dev/disk/by-id/*; do echo "$link $(readlink -f $link)"; done
section disks; lsblk --json --bytes -o PATH,SERIAL,WWN,SIZE,TYPE,FSTYPE,RO,MOUNTPOINTS
${fencing.by === 'disk' ? aboutDisk(fencing.device) : ''}`
}

function aboutDisk(device: string): string {
  return `section header; sbd -d ${device} dump
section slots; sbd -d ${device} list
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

export function standingOf({ sections }: Pick<Examination, 'sections'>): Standing {
  const text = sections.get('ring') ?? ''
  const configured = parseCorosyncConf(text)
  const isPackages = configured.nodes.length === 1 && /^(127\.|::1$)/.test(configured.nodes[0]?.address ?? '')
  const isUsed = Number(sections.get('configured') ?? 0) > 0
  const lines = (sections.get('daemons') ?? '').split('\n').map(line => line.split(' '))
  const those = (index: number, state: string) =>
    DAEMONS.filter(daemon => lines.some(words => words[0] === daemon && words[index] === state))
  return {
    cluster: text === '' || (isPackages && !isUsed) ? undefined : configured,
    active: those(1, 'active'),
    enabled: those(2, 'enabled'),
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
