import { tellWhile } from '../../ocf/telling.ts'
import { whyIoWaits } from '../../system/block/block-devices.ts'
import type { MountContext } from './parameters.ts'
import { presenceOf } from './presence.ts'

/** Waits for I/O on the device; the deadline's reason then says why the kernel holds it back, if that shows. */
export function telling<T>({ parameters, system, step }: MountContext, doing: string, work: Promise<T>): Promise<T> {
  const text = () => {
    const { name } = presenceOf(system, parameters)
    const why = name === undefined ? undefined : whyIoWaits(system, name)
    return why === undefined ? doing : `${doing}: ${why}`
  }
  return tellWhile(step, text, work)
}
