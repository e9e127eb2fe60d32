import { shareConnections } from '../../system/nodes/ssh.ts'
import type { System } from '../../system/system.ts'

/** A system to look with: what it has begun to ask is not waited for when the operator has had enough. */
export function interruptible(system: System, signal: AbortSignal): System {
  const ending: System = { ...system, run: (tool, args, options) => system.run(tool, args, { ...options, signal }) }
  shareConnections(ending, system)
  return ending
}
