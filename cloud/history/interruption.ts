import type { Reason } from './log-event.ts'

/** What keeps the I/O of a storage going, and the container of a vserver. */
export type Part = 'drbd' | 'target' | 'address' | 'session' | 'filesystem' | 'container'

/** What happened to a storage. */
export type What =
  | 'lastAnswer'
  | 'connectionLost'
  | 'nodeLost'
  | 'fencingRequested'
  | 'fenced'
  | 'fencingFailed'
  | 'monitorFailed'
  | 'startFailed'
  | 'stopFailed'
  | 'stopping'
  | 'unmounted'
  | 'loggedOut'
  | 'addressDown'
  | 'targetDown'
  | 'demoted'
  | 'promoted'
  | 'targetUp'
  | 'addressUp'
  | 'loggedIn'
  | 'mounted'
  | 'sessionBack'
  | 'containerDown'
  | 'containerUp'

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The node whose log says so, and whose clock the time is of. */
  readonly log: string
  readonly what: What
  /** Where it happened. */
  readonly node: string
  /** The part that failed, or is being stopped. */
  readonly part?: Part
  /** The node that fenced. */
  readonly by?: string
}

/** Where a part of a storage was before, and is after; undefined if that is not in the logs. */
export interface Route {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** A time in which a storage was not served, its mount not there, or a vserver on it did not run: as a timeline. */
export interface Interruption {
  readonly cloud: string
  /** The vserver; undefined for the cloud itself. */
  readonly vserver: string | undefined
  /** A failover is from a node that was lost or fenced; a restart is on the same node. Of a vserver alone, a stop is for good. */
  readonly kind: 'failover' | 'move' | 'restart' | 'stop'
  /** Why an operator's move began, if the logs say so. */
  readonly reason: Reason | undefined
  /** Whether all parts were up again, in the logs. */
  readonly isComplete: boolean
  /** Undefined if its export was not interrupted. */
  readonly export: Route | undefined
  /** Undefined if its mount was not interrupted, other than by waiting for the export. */
  readonly mount: Route | undefined
  /** Undefined for the cloud itself. */
  readonly container: Route | undefined
  /** By time; never empty. */
  readonly moments: readonly Moment[]
}
