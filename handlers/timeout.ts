import { PROMOTION_SECONDS } from '../system/drbd/promotion.ts'
import { FENCING_SECONDS } from './cluster/properties.ts'
import type { ClusterView } from './cluster/view.ts'

/** The time until corosync has detected the loss of a node and the others have elected a coordinator. */
const NOTICE_SECONDS = 20

/** The attempts of DRBD's drbd_set_role() before a promotion fails; each may call the handler. */
const TRIES = 4

/** The part of a promotion's time-out that is reserved for everything else. */
const MARGIN_SECONDS = 10

/** drbdadm kills a handler after 600 s. */
const LONGEST_SECONDS = 540

/** Used until Pacemaker's own times are known: the defaults, and the time-out of a promotion that vhacs composes. */
const UNKNOWN = { isFencing: true, fencingSeconds: FENCING_SECONDS, promoteSeconds: PROMOTION_SECONDS }

/**
 * How long a handler waits for the cluster. I/O of a primary is suspended, and only an answer resumes it: so it waits as long as it
 * can, unless nothing will fence the peer. A promotion ends in time for its agent to report why it failed.
 */
export function timeoutSeconds(role: string, view: Pick<ClusterView, 'clone' | 'properties'> | undefined): number {
  const known = view && { ...view.properties, promoteSeconds: view.clone.promoteSeconds }
  const { isFencing, fencingSeconds, promoteSeconds } = known ?? UNKNOWN
  const needed = isFencing ? NOTICE_SECONDS + fencingSeconds : NOTICE_SECONDS
  if (role === 'Primary') return isFencing ? LONGEST_SECONDS : needed
  return Math.min(needed, Math.max(Math.floor((promoteSeconds - MARGIN_SECONDS) / TRIES), 2))
}
