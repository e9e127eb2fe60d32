import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { ConfiguredNode } from '../../../cloud/configuration.ts'
import { INITIATOR_ATTRIBUTE, rolesIn } from '../../../cloud/node-attributes.ts'
import { sharedInitiators } from '../../../cloud/resolve/problems/shared-values.ts'

/**
 * @throws RangeError when one of these new vhosts has the same initiator name as another vhost, for example because it was cloned.
 */
export function refuseSharedInitiators({ nodes }: Cluster, added: readonly ConfiguredNode[]): void {
  const vhosts = nodes.map(({ name, attributes }) => {
    const found = added.find(node => node.name === name)
    return {
      name,
      roles: found ? (['vhost'] as const) : rolesIn(attributes),
      initiator: found?.initiator ?? attributes[INITIATOR_ATTRIBUTE],
    }
  })
  const [problem] = sharedInitiators([], vhosts)
  if (problem) throw new RangeError(`${problem.message}; nothing was changed`)
}
