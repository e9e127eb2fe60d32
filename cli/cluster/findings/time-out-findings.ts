import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { compose } from '../../../cloud/compose/compose.ts'
import { composeVserver } from '../../../cloud/compose/vservers/vserver.ts'
import type { Element } from '../../../cloud/xml.ts'
import { type Finding, warning } from '../examine/finding.ts'
import { shortTimeouts } from './short-timeouts.ts'

/** Actions that Pacemaker ends before their agents could succeed, or report the obstacle (docs/time-outs.md). */
export function timeOutFindings(cib: Element, { clouds, vservers }: Cluster): Finding[] {
  const containers = vservers.complete.flatMap(vserver => {
    const cloud = clouds.find(({ name }) => name === vserver.cloud)
    return cloud ? [composeVserver(vserver, cloud)] : []
  })
  return [...clouds.map(compose), ...containers].flatMap(composition =>
    shortTimeouts(composition, cib).map(({ resource, action, operation, timeoutSeconds, neededSeconds }) =>
      warning(
        `${action} of ${resource} times out after ${timeoutSeconds} s, but may need ${neededSeconds} s`,
        `to extend it, without an interruption: cibadmin --modify --xml-text '<op id="${operation}" timeout="${neededSeconds}s"/>'`,
      ),
    ),
  )
}
