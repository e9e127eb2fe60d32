import { queryCib } from '../../system/pacemaker/cib.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { type Call, textOf } from '../command/verb.ts'

/** Where the configuration of the cluster comes from. */
export type Source = { readonly kind: 'cluster' | 'none' } | { readonly kind: 'file'; readonly path: string }

export function sourceOf({ options, terminal }: Pick<Call, 'options' | 'terminal'>): Source {
  const path = textOf(options, 'file')
  if (path !== undefined) return { kind: 'file', path }
  if (options.offline) return { kind: 'none' }
  return terminal.cibFile ? { kind: 'file', path: terminal.cibFile } : { kind: 'cluster' }
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
