import { degraded, incomplete, type State, started } from '../../ocf/state.ts'
import { mapOver } from '../../system/block/multipath.ts'
import { type Disk, diskOf, type Session, sessions } from '../../system/iscsi/sessions.ts'
import { outageSeconds } from './outage.ts'
import type { IscsiContext, ReadContext } from './parameters.ts'

/*
 * The sessions of the resource, each a path to the same disk.
 */

/**
 * The sessions of this resource: to its target, through its portals, over open-iscsi's default interface. One that another
 * program made with these is the same session to open-iscsi, and therefore belongs to the resource.
 */
export function sessionsOf({ parameters, system }: ReadContext): Session[] {
  return sessions(system).filter(
    ({ target, portal, interfaceName }) =>
      target === parameters.iqn && parameters.portals.includes(portal) && interfaceName === 'default',
  )
}

/** The state of a path; one that is unreachable below a map of multipathd has not failed yet. */
interface Path {
  readonly is: 'up' | 'recovering' | 'unreachable' | 'failed'
  /** What is wrong with it; undefined when nothing is. */
  readonly fault?: string
}

/** The state of the sessions, of which there is at least one: I/O continues, or is paused, until all paths have failed. */
export async function stateOf(context: IscsiContext, ours: readonly Session[]): Promise<State> {
  const { portals, iqn, recovery_limit } = context.parameters
  const paths = portals.map(portal => pathAt(context, portal, ours))
  const faults = paths.flatMap(({ fault }) => fault ?? []).join('; ')
  if (paths.every(({ is }) => is === 'failed')) return incomplete(faults)
  const isUnreachable = paths.every(({ is }) => is === 'unreachable' || is === 'failed')
  if ((await outageSeconds(context, isUnreachable)) > recovery_limit)
    return incomplete(`the target ${iqn} has been unreachable for more than ${recovery_limit} s: ${faults}`)
  if (isUnreachable)
    return degraded('started', `${faults}; I/O is paused for as long as no_path_retry of multipathd allows`)
  return faults === '' ? started : degraded('started', faults)
}

function pathAt(context: ReadContext, portal: string, ours: readonly Session[]): Path {
  const { iqn, lun, recovery_limit } = context.parameters
  const session = ours.find(candidate => candidate.portal === portal)
  if (session === undefined) return { is: 'failed', fault: `there is no session to ${iqn} at ${portal}` }
  const disk = diskOf(context.system, session.name, lun)
  if (disk === undefined)
    return { is: 'failed', fault: `${session.name} to ${iqn} at ${portal} has no disk for LUN ${lun}` }
  if (mapOver(context.system, disk.name) !== undefined) return pathBelowMap(iqn, session, disk)
  if (isLost(session, disk))
    return {
      is: 'failed',
      fault: `the target ${iqn} was unreachable at ${portal} for more than ${session.recoverySeconds} s: I/O fails`,
    }
  if (isRecovering(session, disk))
    return { is: 'recovering', fault: `the session to ${iqn} at ${portal} is being recovered; I/O is paused` }
  if (session.recoverySeconds === recovery_limit) return { is: 'up' }
  return {
    is: 'up',
    fault:
      `${session.name} to ${iqn} at ${portal} tolerates an outage of ${limitText(session)}, not ${recovery_limit} s: this ` +
      'resource did not create it; restart the resource while its disk is not in use',
  }
}

/** Below a map multipathd sets the limit of the session. */
function pathBelowMap(iqn: string, session: Session, disk: Disk): Path {
  if (isLost(session, disk))
    return { is: 'unreachable', fault: `the target ${iqn} is unreachable at ${session.portal}` }
  if (isRecovering(session, disk))
    return { is: 'recovering', fault: `the session to ${iqn} at ${session.portal} is being recovered` }
  return { is: 'up' }
}

function limitText({ recoverySeconds }: Session): string {
  return recoverySeconds === undefined ? 'any length' : `${recoverySeconds} s`
}

function isLost(session: Session, disk: Disk): boolean {
  return session.state === 'FREE' || disk.state === 'transport-offline' || disk.state === 'offline'
}

function isRecovering(session: Session, disk: Disk): boolean {
  return session.state !== 'LOGGED_IN' || disk.state !== 'running'
}
