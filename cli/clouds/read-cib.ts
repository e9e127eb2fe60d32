import { type CibSnapshot, parseSnapshot } from '../../cloud/cib/snapshot.ts'
import { queryCib } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'

/**
 * The current CIB. A command reads it once and passes it on. It reads it again only after waiting for the lock or the cluster,
 * because the CIB may have changed meanwhile. `parse` may leave out parts that the command does not need.
 * @throws Missing when Pacemaker does not run on this node, Error for text that is not a CIB.
 */
export async function readCib(system: System, parse = parseSnapshot): Promise<CibSnapshot> {
  const text = await queryCib(system)
  try {
    return parse(text)
  } catch (cause) {
    throw new Error(`"cibadmin --query" does not print a CIB: ${messageOf(cause)}`, { cause })
  }
}
