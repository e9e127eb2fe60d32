import type { Examination } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'
import { examinationsOf, type Situation } from '../situation.ts'

/**
 * Pacemaker of an older version is not let into a cluster, one of a newer version changes what the others understand; corosync of
 * another version may not read the same configuration. VHACS and DRBD are compared on all nodes (difference-findings.ts).
 */
const DAEMONS = [
  ['pacemaker', 'Pacemaker'],
  ['corosync', 'corosync'],
] as const

/** A version that no member has. */
export function versionFindings(examined: Examination, situation: Situation): NodeFinding[] {
  const members = examinationsOf(situation, situation.members)
  return DAEMONS.flatMap(([section, name]) => {
    const version = examined.sections.get(section) ?? ''
    const others = new Set(members.map(({ sections }) => sections.get(section) ?? '').filter(Boolean))
    // a missing one is a finding of its own
    if (version === '' || others.size === 0 || others.has(version)) return []
    const what = `its version of ${name} is ${version}, that of the cluster ${[...others].join(' or ')}`
    return [error(what, `install the same version of ${name} as on the other nodes`)]
  })
}
