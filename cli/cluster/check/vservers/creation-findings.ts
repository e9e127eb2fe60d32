import type { Cluster } from '../../../../cloud/cib/read/cluster.ts'
import { begunVservers, vserverCreationAttribute } from '../../../../cloud/node-attributes.ts'
import { type Finding, warning } from '../../examine/finding.ts'

/**
 * Vservers whose creation is at work, or was killed. The lock of the cluster does not tell which: a killed process leaves it. What a creation
 * writes to the storage is not looked for, because that would hang with the storage.
 */
export function creationFindings({ nodes, clouds, vservers }: Cluster): Finding[] {
  return begunVservers(nodes).map(({ name, cloud, node }) => {
    const what = `the creation of the vserver ${name} on ${cloud} was begun and is not complete`
    if (!clouds.some(one => one.name === cloud))
      return warning(
        `${what}, and there is no storage ${cloud} any more`,
        `crm_attribute --node ${node} --name ${vserverCreationAttribute(name)} --delete`,
      )
    const isInCluster = vservers.complete.some(one => one.name === name && one.cloud === cloud)
    const again = isInCluster
      ? `vhacs vserver --create ${name} --storage ${cloud} ends it`
      : 'the same command begins anew'
    return warning(what, `unless it is still at work: ${again}, "vhacs vserver --destroy ${name}" undoes it`)
  })
}
