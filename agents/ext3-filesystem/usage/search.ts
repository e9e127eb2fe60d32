import type { Namespace } from '../../../system/proc/mount-namespaces.ts'

/** Where to search for users of a file system, and how long. */
export interface Search {
  readonly spaces: readonly Namespace[]
  readonly signal: AbortSignal
  /**
   * Whether the time for it is over: users may have millions of descriptors, and looking at each of them may take longer than a stop has.
   * A search ends then with what it has found.
   */
  readonly isOver: () => boolean
  /**
   * A socket's name is believed also where a process of the system seems to have it. Any user can forge the line that says so, and have
   * a service of the node terminated.
   */
  readonly believesNames?: true
}

/** The items that can be looked at in time. */
export function* inTime<T>(items: readonly T[], isOver: () => boolean): Generator<T, undefined> {
  for (const item of items) {
    if (isOver()) return
    yield item
  }
}
