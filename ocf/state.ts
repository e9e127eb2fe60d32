/**
 * What an agent finds on this node. The runtime alone decides what follows from it.
 *
 * - `stopped`: nothing of the resource is active here. `leftover` names a harmless remnant that a stop should remove. `because` is
 * the reason, if it is more than "not running".
 * - `incomplete`: part of it is active (a start or stop was killed): neither running nor safely stopped.
 * - `started`, `promoted`: it works; `degraded` names a fault, `interrupted` a condition that is normal during a failover, and
 * counts as degraded only when it lasts longer than one.
 */
export type State =
  | { readonly is: 'stopped'; readonly leftover?: string; readonly because?: string }
  | { readonly is: 'incomplete'; readonly reason: string }
  | ({ readonly is: 'started' | 'promoted' } & Health)

/** The fault of a running resource; empty when it is healthy. */
export interface Health {
  readonly degraded?: string
  readonly interrupted?: string
}

export const stopped: State = { is: 'stopped' }
export const started: State = { is: 'started' }
export const promoted: State = { is: 'promoted' }
export const stoppedWithLeftover = (leftover: string): State => ({ is: 'stopped', leftover })
export const stoppedBecause = (because: string): State => ({ is: 'stopped', because })
export const incomplete = (reason: string): State => ({ is: 'incomplete', reason })
export const degraded = (is: 'started' | 'promoted', reason: string): State => ({ is, degraded: reason })
export const interrupted = (reason: string): State => ({ is: 'started', interrupted: reason })
