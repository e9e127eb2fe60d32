import type { Layout, Placed } from './layout.ts'
import type { Random } from './random.ts'

/** Where a fault hits. */
export type Layer = 'node' | 'network' | 'daemon' | 'disk' | 'object' | 'agent' | 'operator'

/** Something that happens to a cluster. */
export interface Fault {
  /** What happens, as the table of results shows it. */
  readonly name: string
  readonly layer: Layer
  /** How it happens here; undefined where the cluster has no place for it. */
  readonly inject: (place: Place) => Injection | undefined
}

/** What there is to break. */
export interface Place {
  readonly layout: Layout
  /** The storage that was chosen. */
  readonly storage: Placed
  readonly random: Random
}

/** A fault as it is injected here. */
export interface Injection {
  readonly where: string
  /** Nodes whose own mounts end with it by design: what writes there is not the cluster's to save. */
  readonly ends: readonly number[]
  /** Names of storages whose mounts are stopped by design, such as by an operator who moves them. */
  readonly remounts: readonly string[]
  /** Names of containers that the fault itself ends. */
  readonly stops: readonly string[]
  /** Breaks it, and mends it again unless the cluster has to do that by itself. */
  readonly act: () => Promise<void>
}

const NOTHING = { ends: [], remounts: [], stops: [] } as const

/** An injection that no mount may notice. */
export function unnoticed(where: string, act: Injection['act']): Injection {
  return { ...NOTHING, where, act }
}

/** An injection with which these nodes' mounts end. */
export function ending(ends: readonly number[], where: string, act: Injection['act']): Injection {
  return { ...NOTHING, ends, where, act }
}

/** An injection with which the mount of a storage is stopped and started. */
export function remounting(name: string, where: string, act: Injection['act']): Injection {
  return { ...NOTHING, remounts: [name], where, act }
}

/** An injection with which a container ends and is started again, and no mount. */
export function stopping(container: string, where: string, act: Injection['act']): Injection {
  return { ...NOTHING, stops: [container], where, act }
}
