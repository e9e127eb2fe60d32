import { listNames, readLine } from '../files.ts'
import type { System } from '../system.ts'

/** The active loop devices, each with its backing file or device. */
export function loops(system: System): { readonly loop: string; readonly file: string }[] {
  return listNames(system, '/sys/block')
    .filter(name => name.startsWith('loop'))
    .flatMap(loop => {
      const file = readLine(system, `/sys/block/${loop}/loop/backing_file`)
      return file === undefined ? [] : [{ loop, file }]
    })
}
