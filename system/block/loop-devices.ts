import { listNames, readLine } from '../files.ts'
import type { System } from '../system.ts'

/** The loop devices that are set up, with the file or device behind each. */
export function loops(system: System): { readonly loop: string; readonly file: string }[] {
  return listNames(system, '/sys/block')
    .filter(name => name.startsWith('loop'))
    .flatMap(loop => {
      const file = readLine(system, `/sys/block/${loop}/loop/backing_file`)
      return file === undefined ? [] : [{ loop, file }]
    })
}
