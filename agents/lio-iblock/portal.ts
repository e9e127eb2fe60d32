import { failed } from '../../ocf/exit.ts'
import { listNames } from '../../system/files.ts'
import { createPortal } from '../../system/lio/create.ts'
import { ISCSI } from '../../system/lio/paths.ts'
import { listeners, portalsConflict } from '../../system/proc/sockets.ts'
import { hasCode, type System } from '../../system/system.ts'
import type { LioContext } from './parameters.ts'

/** While another target is removing a portal that both share, the kernel rejects a new one. */
const RETRY_MILLISECONDS = 5000

/** Listens on a portal. @throws OcfError that names the conflicting listener. */
export async function openPortal({ parameters, system, deadline, step }: LioContext, portal: string): Promise<void> {
  step(`listening on ${portal}`)
  const end = system.now() + RETRY_MILLISECONDS
  for (;;) {
    try {
      return await createPortal(system, parameters, portal)
    } catch (error) {
      // LIO reports EINVAL whatever the reason
      if (!hasCode(error, 'EINVAL')) throw error
      if (system.now() >= end)
        throw failed(`portal ${portal} cannot be opened: ${describeConflict(system, portal)}`, { cause: error })
      await system.sleep(200, deadline.signal)
    }
  }
}

function describeConflict(system: System, portal: string): string {
  const targets = listNames(system, ISCSI).flatMap(iqn =>
    listNames(system, `${ISCSI}/${iqn}`)
      .filter(name => name.startsWith('tpgt_'))
      .flatMap(tpg => listNames(system, `${ISCSI}/${iqn}/${tpg}/np`).map(other => ({ iqn, tpg, other })))
      .filter(({ other }) => portalsConflict(portal, other))
      .map(({ tpg, other }) => `target ${iqn} ${tpg} listens on ${other}`),
  )
  if (targets.length > 0) return targets.join(', ')
  const sockets = listeners(system).filter(other => portalsConflict(portal, other))
  if (sockets.length > 0) return `something on this node listens on ${sockets.join(', ')}`
  return 'the kernel does not accept this address'
}
