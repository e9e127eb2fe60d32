import { joinedNames } from '../../../cloud/listed-names.ts'
import type { ClusterStatus } from '../../../cloud/pacemaker/cluster-status.ts'
import { parseControllerState, WAITING } from '../../../system/pacemaker/controller.ts'
import type { Examination } from '../examine/examination.ts'
import { error, type Finding } from '../examine/finding.ts'

/**
 * Nodes with quorum that have no coordinator, although they have had the time to elect one: none of those that answer is one, or has been
 * accepted by one. Without quorum, nothing is started anyway, which is a finding of its own.
 */
export function coordinatorFindings(
  examinations: readonly Examination[],
  { hasQuorum }: Pick<ClusterStatus, 'hasQuorum'>,
): Finding[] {
  const states = examinations.flatMap(({ node, sections }) => {
    const state = parseControllerState(sections.get('controller') ?? '')
    return state === undefined ? [] : [{ node, state }]
  })
  if (!hasQuorum || states.length === 0 || !states.every(({ state }) => WAITING.includes(state))) return []
  const nodes = states.map(({ node }) => node)
  return [
    error(
      `no node coordinates the cluster, so nothing is started, moved or recovered: ${joinedNames(nodes)} ${nodes.length === 1 ? 'waits' : 'wait'} for a coordinator`,
      `run "vhacs cluster --elect" on ${nodes[0]}`,
    ),
  ]
}
