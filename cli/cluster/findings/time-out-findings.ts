import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Element } from '../../../cloud/xml.ts'
import { type Finding, warning } from '../examine/finding.ts'
import { shortTimeouts } from './short-timeouts.ts'

/** Actions that Pacemaker ends before their agents could succeed, or report the obstacle (docs/time-outs.md). */
export function timeOutFindings(cib: Element, { clouds }: Cluster): Finding[] {
  return clouds.flatMap(cloud =>
    shortTimeouts(cloud, cib).map(({ resource, action, operation, timeoutSeconds, neededSeconds }) =>
      warning(
        `${action} of ${resource} times out after ${timeoutSeconds} s, but may need ${neededSeconds} s`,
        `to extend it, without an interruption: cibadmin --modify --xml-text '<op id="${operation}" timeout="${neededSeconds}s"/>'`,
      ),
    ),
  )
}
