import { queryCib } from '../../system/cluster.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { type Call, textOf } from '../verbs.ts'

/** Where the configuration of the cluster comes from. */
export type Source = { readonly kind: 'cluster' | 'none' } | { readonly kind: 'file'; readonly path: string }

export function sourceOf({ options }: Pick<Call, 'options'>): Source {
  const path = textOf(options, 'file')
  if (path !== undefined) return { kind: 'file', path }
  return { kind: options.offline ? 'none' : 'cluster' }
}

/** The text of the CIB; undefined without a cluster. */
export async function cibOf(system: System, source: Source): Promise<string | undefined> {
  if (source.kind === 'none') return undefined
  return source.kind === 'file' ? textAt(system, source.path) : queryCib(system)
}

/** The text of a file that an operator names. */
export function textAt(system: System, path: string): string {
  const text = ifPresent(() => system.read(path))
  if (text === undefined) throw new RangeError(`${path} does not exist`)
  return text
}
