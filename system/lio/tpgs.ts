import { listNames } from '../files.ts'
import type { System } from '../system.ts'
import { TARGET_ROOT } from './paths.ts'

/** A target portal group of any fabric, such as `tpgt_1` of an iqn, and its directory in configfs. */
export interface Tpg {
  readonly target: string
  readonly name: string
  readonly path: string
}

/** All target portal groups of the node, including those of other programs. */
export function allTpgs(system: System): Tpg[] {
  const below = (path: string) => listNames(system, path).map(name => ({ name, path: `${path}/${name}` }))
  return below(TARGET_ROOT)
    .filter(({ name }) => name !== 'core')
    .flatMap(fabric => below(fabric.path))
    .flatMap(target => below(target.path).map(({ name, path }) => ({ target: target.name, name, path })))
}
