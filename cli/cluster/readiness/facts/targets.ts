import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'
import type { ActiveResource } from '../../../../cloud/pacemaker/active-resources.ts'
import { type Examination, wordsIn } from '../../examine/examination.ts'
import { error, type NodeFinding } from '../../examine/finding.ts'

/** A target with the name of a cloud's on a node where Pacemaker does not run it: made by hand, or left behind. */
export function targetFindings(
  examined: Pick<Examination, 'node' | 'sections'>,
  { name, iqn }: Pick<Cloud, 'name' | 'iqn'>,
  active: readonly ActiveResource[],
): NodeFinding[] {
  const { target } = resourceIds(name)
  const { node } = examined
  const exists = wordsIn(examined, 'targets').includes(iqn)
  if (!exists || active.some(one => one.id === target && one.node === node)) return []
  const what = `there is a target ${iqn}, although Pacemaker does not run ${target} here`
  return [error(what, `have Pacemaker look again, and stop it: crm_resource --refresh -r ${target} -N ${node}`)]
}
