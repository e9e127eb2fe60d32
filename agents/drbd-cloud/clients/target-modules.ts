import { exists } from '../../../system/files.ts'
import { loadModules, lostModules } from '../../../system/kernel-modules.ts'
import { LIO_MODULES } from '../../../system/lio/modules.ts'
import { Missing, ToolFailed } from '../../../system/system.ts'
import type { DrbdContext } from '../parameters.ts'

/*
 * A side that is not in use needs the modules of the target only in a takeover. By then they may be gone from the disk.
 */

/** Loads them where clients are expected. A start of DRBD does not fail without them: the data are replicated all the same. */
export async function loadTargetModules({ system, parameters, log, deadline }: DrbdContext): Promise<void> {
  if (parameters.portals === undefined) return
  if (LIO_MODULES.every(module => exists(system, `/sys/module/${module}`))) return
  try {
    await loadModules(system, LIO_MODULES, deadline.signal)
  } catch (error) {
    if (!(error instanceof Missing || error instanceof ToolFailed)) throw error
    log.warn(`this side could not take over the export: ${error.message}`)
  }
}

/** Why this side could not take over the export from the other one, and what to do. */
export function targetModulesFault({ system, parameters }: Pick<DrbdContext, 'system' | 'parameters'>): string[] {
  const lost = parameters.portals === undefined ? [] : lostModules(system, LIO_MODULES)
  if (lost.length === 0) return []
  return [
    `this side cannot take over the export because its kernel cannot load ${lost.join(', ')}: the running kernel's modules are gone: put the node in standby and reboot it`,
  ]
}
