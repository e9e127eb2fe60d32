import { type ConfiguredCluster, parseCorosyncConf } from '../../../../system/corosync/conf/corosync-conf.ts'
import { type Daemon, daemonsThat } from '../../examine/daemons.ts'
import type { Sections } from '../../examine/examination.ts'

/** Which cluster a node belongs to, and which daemons it runs. */
export interface Membership {
  /** Undefined for a bare node, and for one with the loopback cluster that Debian's packages start. */
  readonly cluster: ConfiguredCluster | undefined
  readonly active: readonly Daemon[]
  readonly enabled: readonly Daemon[]
}

export function membershipOf(examined: Sections): Membership {
  const text = corosyncConfIn(examined)
  const configured = parseCorosyncConf(text)
  const isPackaged = configured.nodes.length === 1 && /^(127\.|::1$)/.test(configured.nodes[0]?.address ?? '')
  return {
    cluster: text === '' || (isPackaged && !hasResources(examined)) ? undefined : configured,
    active: daemonsThat(examined, 'active'),
    enabled: daemonsThat(examined, 'enabled'),
  }
}

/** The text of the node's corosync.conf; empty when it has none. */
export function corosyncConfIn({ sections }: Sections): string {
  return sections.get('ring') ?? ''
}

/** Whether Pacemaker's CIB on the node has resources. */
export function hasResources({ sections }: Sections): boolean {
  return Number(sections.get('configured') ?? 0) > 0
}
