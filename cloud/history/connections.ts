import { addConnection, isOfConnection } from './draft.ts'
import type { Interruption, Moment } from './interruption.ts'
import type { ConnectionFact, When } from './log-event.ts'
import { remember, type Tracking } from './tracking.ts'

/** How long an initiator may take to be back after the address is up. */
const RETURN_MILLISECONDS = 900_000

/** What the initiator has seen: a mount that stays where it is waits in it. */
export function takeConnection(tracking: Tracking, { kind, node }: ConnectionFact, when: When): void {
  const { draft, earlier } = tracking
  const moment = { ...when, what: kind, node }
  if (draft) addConnection(draft, moment)
  else if (kind !== 'sessionBack') remember(tracking, moment)
  else {
    tracking.earlier = earlier.filter(found => !isOfConnection(found))
    addReturn(tracking, moment)
  }
}

function addReturn({ finished }: Tracking, moment: Moment): void {
  const last = finished.at(-1)
  if (last && waitsForSession(last, moment.at))
    finished[finished.length - 1] = { ...last, moments: [...last.moments, moment] }
}

/** Whether an interruption that is over for the cluster is not over for its initiator. */
function waitsForSession({ isComplete, mount, moments }: Interruption, at: number): boolean {
  const end = moments.at(-1)
  const isBack = moments.some(({ what }) => what === 'sessionBack')
  return isComplete && mount === undefined && !isBack && end !== undefined && at - end.at <= RETURN_MILLISECONDS
}
