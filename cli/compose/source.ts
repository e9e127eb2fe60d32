import { type CibSnapshot, parseSnapshot } from '../../cloud/cib/snapshot.ts'
import { ifPresent, type System } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { type Call, textOf } from '../command/verb.ts'

/** Where the configuration of the cluster comes from. */
export type Source = { readonly kind: 'cluster' | 'none' } | { readonly kind: 'file'; readonly path: string }

export function sourceOf({ options, terminal }: Pick<Call, 'options' | 'terminal'>): Source {
  const path = textOf(options, 'file')
  if (path !== undefined) return { kind: 'file', path }
  if (options.offline) return { kind: 'none' }
  return terminal.cibFile ? { kind: 'file', path: terminal.cibFile } : { kind: 'cluster' }
}

/** The CIB as it is now; undefined without a cluster. */
export async function readSource(system: System, source: Source): Promise<CibSnapshot | undefined> {
  if (source.kind === 'none') return undefined
  return source.kind === 'file' ? parseSnapshot(readText(system, source.path)) : readCib(system)
}

/** The text of a file that an operator names. @throws RangeError when it does not exist. */
export function readText(system: System, path: string): string {
  const text = ifPresent(() => system.read(path))
  if (text === undefined) throw new RangeError(`${path} does not exist`)
  return text
}
