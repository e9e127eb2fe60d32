import { splitBrainMark } from '../../system/drbd-split-brain.ts'
import { type DrbdStatus, isConnected } from '../../system/drbd-status.ts'
import { isThere } from '../../system/files.ts'
import { isNotFound, type System } from '../../system/system.ts'
import type { DrbdContext } from './parameters.ts'

/** Whether the two sides are known to have been written to apart from each other, and are apart still. */
export function isSplit(system: System, resource: string, { peers }: DrbdStatus): boolean {
  return !peers.every(isConnected) && isThere(system, splitBrainMark(resource))
}

/** Sides that talk to each other again have no split brain any more. */
export async function forgetSplitBrain({ parameters, system, log }: DrbdContext, { peers }: DrbdStatus): Promise<void> {
  const mark = splitBrainMark(parameters.drbd_resource)
  if (!peers.every(isConnected) || !isThere(system, mark)) return
  try {
    await system.remove(mark)
  } catch (error) {
    if (!isNotFound(error)) log.warn(`${mark} could not be removed: ${error instanceof Error ? error.message : error}`)
  }
}
