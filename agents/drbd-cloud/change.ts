import { failed } from '../../ocf/exit.ts'
import { reportProgress, tryOptional } from '../../ocf/progress.ts'
import { retry } from '../../ocf/retry.ts'
import { drbdExit, lockHolder } from '../../system/drbd/drbdadm.ts'
import { fenceConstraintOn } from '../../system/drbd/fence-constraint.ts'
import { type DrbdStatus, hasUpToDatePeer } from '../../system/drbd/status.ts'
import { errorText } from '../../system/error-text.ts'
import { processAt } from '../../system/proc/processes.ts'
import { type Finished, type System, ToolMissing } from '../../system/system.ts'
import { isTransient, makePrimary, makeSecondary, runWithFallback } from './commands.ts'
import { describeUsers, failureOf, failureText } from './failure.ts'
import { constraintText } from './fencing.ts'
import type { DrbdContext } from './parameters.ts'
import { readStatus, statusOf } from './status.ts'
import { suspensionText } from './suspension.ts'

/*
 * Changes that DRBD may refuse temporarily: the device is still open, the peer is still primary, a state is in transition.
 * They are retried until the deadline, because Pacemaker fences the node after a failed stop.
 */

/** Primary, as soon as DRBD allows it. @throws OcfError at once for outdated or missing data. */
export async function promote(context: DrbdContext): Promise<void> {
  const { parameters, system } = context
  const { drbd_resource: name } = parameters
  await retryChange(context, `making ${name} primary`, {
    attempt: async () => {
      const status = await statusOf(context)
      if (status === undefined) throw failed(`${name} is no longer up`)
      requirePromotable(context, status)
      return makePrimary(context, status)
    },
    isDone: async () => (await statusOf(context))?.role === 'Primary',
    obstacle: () => constraintText(fenceConstraintOn(system, name)).join(''),
  })
}

/**
 * Secondary, with no promotion under way: the kernel completes one that was given up when DRBD's fence-peer handler ends. DRBD refuses while
 * something has the device open.
 */
export async function demote(context: DrbdContext): Promise<void> {
  const { drbd_resource: name } = context.parameters
  const status = await statusOf(context)
  // a resource that is not up is not primary, and its minor may now belong to another one
  if (status === undefined) return
  try {
    await retryChange(context, `making ${name} secondary`, {
      attempt: () => makeSecondary(context, status),
      isDone: async () => (await statusOf(context))?.role !== 'Primary',
      obstacle: () => describeObstacles(context, status),
    })
  } catch (error) {
    // a side that is secondary needs no tool to be so, and the node might be fenced for a failed demotion
    if (status.role === 'Primary' || !(error instanceof ToolMissing)) throw error
    context.log.warn(error.message)
  }
}

/**
 * Removed from the kernel, even if its configuration is invalid or gone. Returns true if only DRBD's answer to the removal, which
 * is by name, confirms it because the status is unreadable.
 */
export async function takeDown(context: DrbdContext): Promise<boolean> {
  const { drbd_resource: name } = context.parameters
  const status = await statusOf(context)
  let isRemoved = false
  let isUnreadable = false
  await retryChange(context, `taking ${name} down`, {
    attempt: async () => {
      const finished = await runWithFallback(context, ['down', name], [['down', name]])
      if (finished.status === drbdExit.success || isUnknown(finished)) isRemoved = true
      return finished
    },
    isDone: async () => {
      const found = await readStatus(context)
      isUnreadable = found !== undefined && 'unreadable' in found
      return found === undefined || (isRemoved && isUnreadable)
    },
    obstacle: () => describeObstacles(context, status),
  })
  return isUnreadable
}

/**
 * The kernel has no resource of that name: another process has removed it. drbdsetup exits with 10 for every refusal of the kernel.
 */
function isUnknown({ status, stderr }: Finished): boolean {
  return status === drbdExit.refused && /\(158\) Unknown resource/.test(stderr)
}

interface Change {
  readonly attempt: () => Promise<Finished>
  readonly isDone: () => Promise<boolean>
  /** What may block the change, for the reason at the deadline; may read all processes, and throw. */
  readonly obstacle: () => string
}

async function retryChange(context: DrbdContext, doing: string, change: Change): Promise<void> {
  const { parameters, system, step } = context
  let refusal = ''
  let isHeld = false
  const explained = (why: string) => {
    const obstacle = [why, refusal].filter(Boolean).join('; ')
    return obstacle === '' ? doing : `${doing}: ${obstacle}`
  }
  let reported = doing
  const describe = () => {
    reported = explained(tryOptional(change.obstacle) ?? '')
    return reported
  }
  await retry(context, { step: describe, pauseMilliseconds: 1000 }, async previous => {
    // another process may have made the change; one that is changing the role may be about to do the opposite
    if (previous !== '' && !isHeld && (await change.isDone())) return undefined
    const text = deferText(reported, () => explained(change.obstacle()))
    const finished = await reportProgress(step, text, change.attempt())
    isHeld = lockHolder(finished) !== undefined
    if (await isDoneAfter(context, change, finished)) return undefined
    const isSuccess = finished.status === drbdExit.success
    refusal = isSuccess ? '' : refusalText(system, finished)
    if (!isSuccess && !isTransient(finished)) throw failureOf(system, parameters.drbd_resource, finished)
    return refusal || `${finished.command} exited with 0, but the change is not done yet`
  })
}

/** Whether the change is made after an attempt, perhaps by another process: the kernel refuses to remove what no longer exists. */
async function isDoneAfter({ log }: DrbdContext, { isDone }: Change, finished: Finished): Promise<boolean> {
  if (finished.status === drbdExit.success) return isDone()
  // what the role is just now says nothing
  if (lockHolder(finished) !== undefined) return false
  try {
    return await isDone()
  } catch (error) {
    // the attempt has the better reason
    log.info(errorText(error))
    return false
  }
}

function refusalText(system: System, finished: Finished): string {
  const pid = lockHolder(finished)
  if (pid === undefined) return failureText(finished)
  const name = tryOptional(() => processAt(system, pid)?.name) ?? 'a command of DRBD'
  return `${name} (pid ${pid}) has not finished changing the role; DRBD's fence-peer handler may be running`
}

/** Returns `first` once, and computes `text` from the second call on: an unobstructed change finishes before that. */
function deferText(first: string, text: () => string): () => string {
  let isAsked = false
  return () => {
    const now = isAsked ? text() : first
    isAsked = true
    return now
  }
}

/** @throws OcfError when the local data are known to be outdated, or missing: they must not replace newer ones. */
function requirePromotable({ parameters, system }: DrbdContext, status: DrbdStatus): void {
  const { drbd_resource: name } = parameters
  const refused = (why: string) => {
    const fencing = tryOptional(() => constraintText(fenceConstraintOn(system, name))) ?? []
    return failed([`${name} cannot be promoted here: ${why}`, ...fencing].join('; '))
  }
  if (!status.hasQuorum) throw refused('this side has no quorum')
  if (
    !hasUpToDatePeer(status) &&
    ['Inconsistent', 'Outdated', 'Diskless', 'Detaching', 'Failed'].includes(status.disk)
  ) {
    const connections = status.peers.map(({ connection }) => connection).join(', ') || 'none'
    throw refused(`the local data are ${status.disk} and no peer with good data is connected (${connections})`)
  }
}

function describeObstacles({ parameters, system }: DrbdContext, status: DrbdStatus | undefined): string {
  const suspension = status === undefined ? [] : suspensionText(parameters.drbd_resource, status)
  const users = tryOptional(() => describeUsers(system, parameters.drbd_resource, status?.minor)) ?? []
  return [...suspension, ...users].join('; ')
}
