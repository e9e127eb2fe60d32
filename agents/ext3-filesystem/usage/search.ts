import type { Namespace } from '../../../system/proc/mount-namespaces.ts'

/** Where to search for users of a file system, and for how long. */
export interface Search {
  readonly spaces: readonly Namespace[]
  readonly signal: AbortSignal
  /**
   * Whether the time has run out: users may have millions of descriptors, and inspecting all of them may take longer than a stop's
   * timeout. The search then ends with what it has found.
   */
  readonly isOver: () => boolean
  /**
   * Trust a socket's name even if a system process seems to own the socket. Any user can forge the line that shows it, and so get a
   * service of the node terminated.
   */
  readonly believesNames?: true
}

/** The items that can be inspected in time. */
export function* inTime<T>(items: readonly T[], isOver: () => boolean): Generator<T, undefined> {
  for (const item of items) {
    if (isOver()) return
    yield item
  }
}
