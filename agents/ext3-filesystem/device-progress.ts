import { reportProgress } from '../../ocf/progress.ts'
import { blockedIo } from '../../system/block/block-devices.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** Waits for I/O on the device; the deadline's reason says why the kernel blocks it, if that is visible. */
export function withDeviceProgress<T>(
  { parameters, system, step }: MountContext,
  doing: string,
  work: Promise<T>,
): Promise<T> {
  const text = () => {
    const { name } = mountState(system, parameters)
    const why = name === undefined ? undefined : blockedIo(system, name)?.reason
    return why === undefined ? doing : `${doing}: ${why}`
  }
  return reportProgress(step, text, work)
}
