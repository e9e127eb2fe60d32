import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { INITIATOR_ATTRIBUTE } from '../../../cloud/node-attributes.ts'
import type { NodeFacts } from '../../../cloud/resolve/context.ts'
import { setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'

/** Records the nodes' initiator names in the CIB, for use while a vhost is down. */
export async function recordInitiators(system: System, { nodes }: Cluster, facts: readonly NodeFacts[]): Promise<void> {
  for (const { name, attributes } of nodes) {
    const initiator = facts.find(({ node }) => node === name)?.initiator
    if (initiator === undefined || initiator === attributes[INITIATOR_ATTRIBUTE]) continue
    await setNodeAttribute(system, name, INITIATOR_ATTRIBUTE, initiator)
  }
}
