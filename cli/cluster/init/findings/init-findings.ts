import { nodeAttributes } from '../../../../cloud/node-attributes.ts'
import { enabledUnits, idleUnits } from '../../examine/boot-units.ts'
import type { Examination, Sections } from '../../examine/examination.ts'
import { error, type Finding, type NodeFinding, onNode, warning } from '../../examine/finding.ts'
import { hasDefaultFilter, REJECT_DRBD, scansDrbd } from '../../examine/lvm-filter.ts'
import { enabledFinding } from '../../findings/boot-findings.ts'
import { differenceFindings } from '../../findings/difference-findings.ts'
import { fitnessFindings } from '../../findings/fitness-findings.ts'
import type { Probe } from '../input/probe.ts'
import type { InitRequest } from '../input/request.ts'
import { linkFindings } from './link-findings.ts'
import { membershipFindings } from './membership-findings.ts'
import { sbdFindings } from './sbd-findings.ts'

/** Findings about the nodes of the requested cluster; with an error among them, it is not formed. */
export function initFindings(probe: Probe, request: InitRequest): Finding[] {
  const { examinations, ends } = probe
  const nodes = request.nodes.map(name => nodeAttributes(name, { roles: request.roles, initiator: undefined }))
  return [
    ...differenceFindings(examinations),
    ...(ends.size === request.nodes.length ? linkFindings(ends) : []),
    ...sbdFindings(examinations, request),
    ...examinations.flatMap(examined => [
      ...fitnessFindings(examined, { nodes, clouds: [] }),
      ...onNode(examined.node, nodeFindings(examined, probe)),
    ]),
  ]
}

function nodeFindings(examined: Examination, { unreached }: Probe): NodeFinding[] {
  const addresses = unreached.get(examined.node) ?? []
  return [...membershipFindings(examined), ...preparationFindings(examined), ...addresses.map(unreachedFinding)]
}

/** What keeps the settings of a node from being prepared. */
export function preparationFindings(examined: Sections): NodeFinding[] {
  return [...unitFindings(examined), ...filterFindings(examined)]
}

/** An address of another node that a node cannot reach over their link. */
export function unreachedFinding(address: string): NodeFinding {
  return error(`cannot reach ${address}`, 'check the cables and the addresses, and that ICMP is allowed')
}

/** Units that have nothing to start are disabled without confirmation. */
function unitFindings(examined: Sections): NodeFinding[] {
  const idle = idleUnits(examined)
  return enabledUnits(examined)
    .filter(unit => !idle.includes(unit))
    .map(unit => enabledFinding(unit, `if nobody needs them: systemctl disable ${unit}`))
}

/** A filter that an administrator has set is not changed. */
function filterFindings(examined: Sections): NodeFinding[] {
  if (!scansDrbd(examined) || hasDefaultFilter(examined)) return []
  const what = 'the global_filter in /etc/lvm lets LVM scan DRBD devices'
  return [warning(what, `put ${REJECT_DRBD} at the beginning of that filter`)]
}
