import { shareConnections } from '../../system/nodes/connection.ts'
import type { System } from '../../system/system.ts'

/** A system for reading: an interruption ends its running commands. */
export function interruptible(system: System, signal: AbortSignal): System {
  const ending: System = {
    ...system,
    run: (tool, args, options) => system.run(tool, args, { ...options, signal }),
    stream: (tool, args, options) => system.stream(tool, args, { ...options, signal }),
  }
  shareConnections(ending, system)
  return ending
}
