import { type CibSnapshot, parseSnapshot } from '../../cloud/cib/snapshot.ts'
import { queryCib } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'
import { messageOf } from '../run/steps.ts'

/**
 * The CIB as it is now. A command reads it once and hands it on; it reads it again only after it has waited, for the lock or
 * for the cluster, as somebody else may have changed it meanwhile.
 * @throws Missing when Pacemaker does not run on this node, Error for what is no CIB.
 */
export async function readCib(system: System): Promise<CibSnapshot> {
  const text = await queryCib(system)
  try {
    return parseSnapshot(text)
  } catch (cause) {
    throw new Error(`"cibadmin --query" does not print a CIB: ${messageOf(cause)}`, { cause })
  }
}
