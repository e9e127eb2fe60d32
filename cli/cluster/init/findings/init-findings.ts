import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { differenceFindings } from '../../check/cluster-findings.ts'
import { fitnessFindings } from '../../check/node-findings.ts'
import { type Examination, UNITS, wordsIn } from '../../examine/examination.ts'
import type { Finding } from '../../examine/finding.ts'
import { looksAtDrbd } from '../../examine/lvm-filter.ts'
import { enabledUnits, hasSavedTargets } from '../../findings/boot-findings.ts'
import { type LinkEnd, linkFindings } from '../input/links.ts'
import { standingOf } from '../input/probe.ts'
import type { InitRequest } from '../input/request.ts'
import { DEFAULT_FILTER } from '../steps/settings.ts'
import { sbdFindings } from './sbd-findings.ts'

/** What was seen of the nodes that are to form a cluster. */
export interface Seen {
  readonly examinations: readonly Examination[]
  /** Of those whose settings can be read. */
  readonly ends: ReadonlyMap<string, readonly LinkEnd[]>
  /** By the node: addresses of others that it does not reach. */
  readonly unreached: ReadonlyMap<string, readonly string[]>
}

/** What speaks against forming the cluster; an error forbids it. */
export function initFindings({ examinations, ends, unreached }: Seen, request: InitRequest): Finding[] {
  const nodes = request.nodes.map(name => nodeAttributes(name, { roles: request.roles, initiator: undefined }))
  return [
    ...differenceFindings(examinations),
    ...(ends.size === request.nodes.length ? linkFindings(ends) : []),
    ...sbdFindings(examinations, request),
    ...examinations.flatMap(examined => [
      ...fitnessFindings(examined, { nodes, clouds: [] }),
      ...standingFindings(examined),
      ...unitFindings(examined),
      ...filterFindings(examined),
      ...(unreached.get(examined.node) ?? []).map(address =>
        error(examined, `${address} does not answer it`, 'see the cables, the addresses, and that ICMP may pass'),
      ),
    ]),
  ]
}

function error({ node }: Examination, what: string, todo: string): Finding {
  return { severity: 'error', node, what, todo }
}

function standingFindings(examined: Examination): Finding[] {
  const { cluster, active } = standingOf(examined)
  if (cluster !== undefined) {
    const names = cluster.nodes.map(({ name }) => name).join(', ')
    const what = `it is in the cluster ${cluster.clusterName || 'of its /etc/corosync/corosync.conf'} already${names && `, with ${names}`}`
    return [
      error(examined, what, 'take it out of that cluster, and /etc/corosync/corosync.conf away, or leave it there'),
    ]
  }
  if (Number(examined.sections.get('configured') ?? 0) > 0)
    return [
      error(
        examined,
        'Pacemaker has resources there, of a former cluster',
        'if nobody needs them: rm /var/lib/pacemaker/cib/*',
      ),
    ]
  if (active.includes('pacemaker') && (examined.sections.get('ring') ?? '') === '')
    return [error(examined, 'Pacemaker runs there', 'systemctl disable --now pacemaker')]
  return []
}

/** What starts at boot is switched off by vhacs where nobody can have wanted it. */
function unitFindings(examined: Examination): Finding[] {
  const idle = idleUnits(examined)
  return enabledUnits(examined)
    .filter(unit => !idle.includes(unit))
    .map(unit =>
      error(
        examined,
        `${unit} is enabled: at boot it starts ${UNITS[unit]} behind Pacemaker's back`,
        `systemctl disable ${unit}, if nobody needs those`,
      ),
    )
}

/** Units that are enabled, and have nothing to start. */
export function idleUnits(examined: Examination): string[] {
  const hasResources = wordsIn(examined, 'resources').some(file => file.endsWith('.res'))
  return enabledUnits(examined).filter(unit => (unit === 'drbd.service' ? !hasResources : !hasSavedTargets(examined)))
}

/** A filter of the administrator's own is not touched. */
function filterFindings(examined: Examination): Finding[] {
  if (!looksAtDrbd(examined) || (examined.sections.get('filter') ?? '').includes(DEFAULT_FILTER)) return []
  const what = 'the global_filter in /etc/lvm lets LVM look at DRBD devices'
  return [{ severity: 'warning', node: examined.node, what, todo: 'put "r|^/dev/drbd|" in front of what it has' }]
}
