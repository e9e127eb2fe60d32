import { childById } from '../../../../cloud/cib/elements.ts'
import type { CibSnapshot } from '../../../../cloud/cib/snapshot.ts'
import { rehearsalConstraints, rehearsalPath } from '../../../../cloud/rehearsal/constraint.ts'
import { lastRehearsal } from '../../../../cloud/rehearsal/record.ts'
import { child } from '../../../../cloud/xml.ts'
import { type Finding, warning } from '../../examine/finding.ts'

/**
 * What an interrupted rehearsal has left, and rehearsals that failed; `now` is in milliseconds since the epoch. A rehearsal that is in
 * progress has the lock of the cluster, as a killed one has until its constraint expires.
 */
export function rehearsalFindings({ root, cluster }: CibSnapshot, now: number): Finding[] {
  const names = cluster.clouds.map(({ name }) => name)
  const options = child(child(root, 'configuration'), 'crm_config')
  const isLocked = options !== undefined && childById(options, 'vhacs-lock') !== undefined
  const left = rehearsalConstraints(names, root).filter(({ end }) => !isLocked || !(Date.parse(end ?? '') > now))
  const failed = names.flatMap(name => {
    const { at, node, reason } = lastRehearsal(name, cluster.nodes) ?? {}
    if (reason === undefined) return []
    const what = `the last rehearsal of ${name}, to ${node}, failed at ${at}: ${reason}`
    return [warning(what, `repair that, then run "vhacs storage --rehearse ${name}"`)]
  })
  return [
    ...left.map(({ cloud, end }) => {
      const until = Date.parse(end ?? '') > now ? `until ${end}` : 'no more'
      const what = `an interrupted rehearsal of ${cloud} has left its constraint, which has an effect ${until}`
      return warning(what, `cibadmin --delete --xpath "${rehearsalPath(cloud)}", or rehearse it again`)
    }),
    ...failed,
  ]
}
