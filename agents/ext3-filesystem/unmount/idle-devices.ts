import { readLine } from '../../../system/files.ts'
import type { System } from '../../../system/system.ts'

/** A device without I/O for this long is idle; writing out a file system leaves no such pauses. */
const REST_MILLISECONDS = 3000

/**
 * A function that returns whether devices have been idle for a while: no I/O was done, and none is in flight.
 * @see https://docs.kernel.org/block/stat.html
 */
export function createIdleCheck(system: System, names: readonly string[]): () => boolean {
  const look = () => names.map(name => readLine(system, `/sys/class/block/${name}/stat`) ?? '').join('\n')
  let [last, since] = [look(), system.now()]
  return () => {
    const present = look()
    const isBusy = names.some(name => /[1-9]/.test(readLine(system, `/sys/class/block/${name}/inflight`) ?? ''))
    if (present !== last || isBusy) [last, since] = [present, system.now()]
    return system.now() - since >= REST_MILLISECONDS
  }
}
