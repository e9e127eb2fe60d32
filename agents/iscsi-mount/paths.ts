import { degraded, incomplete, type State, started } from '../../ocf/state.ts'
import { multipathDevice } from '../../system/block/multipath.ts'
import { type Disk, diskOf, type Session, sessions } from '../../system/iscsi/sessions.ts'
import { outageSeconds } from './outage.ts'
import type { IscsiContext, ReadContext } from './parameters.ts'

/*
 * The sessions of the resource, each a path to the same disk.
 */

/**
 * The sessions that are this resource's: to its target, through its portals, over open-iscsi's default interface. One that
 * somebody else made with just these is the same session to open-iscsi, and so it is to us.
 */
export function sessionsOf({ parameters, system }: ReadContext): Session[] {
  return sessions(system).filter(
    ({ target, portal, interfaceName }) =>
      target === parameters.iqn && parameters.portals.includes(portal) && interfaceName === 'default',
  )
}

/** What a path is good for; one that is away below a map of multipathd is no loss yet. */
interface Path {
  readonly is: 'good' | 'waiting' | 'away' | 'broken'
  /** What is not as it should be; undefined when it is good. */
  readonly fault?: string
}

/** The state of the sessions, of which there is at least one: I/O goes on, or waits, as long as one path is not broken. */
export async function stateOf(context: IscsiContext, ours: readonly Session[]): Promise<State> {
  const { portals, iqn, recovery_limit } = context.parameters
  const paths = portals.map(portal => pathThrough(context, portal, ours))
  const faults = paths.flatMap(({ fault }) => fault ?? []).join('; ')
  if (paths.every(({ is }) => is === 'broken')) return incomplete(faults)
  const areAway = paths.every(({ is }) => is === 'away' || is === 'broken')
  if ((await outageSeconds(context, areAway)) > recovery_limit)
    return incomplete(`the target ${iqn} has been away for longer than ${recovery_limit} s: ${faults}`)
  if (areAway) return degraded('started', `${faults}; I/O waits as long as no_path_retry of multipathd lets it`)
  return faults === '' ? started : degraded('started', faults)
}

function pathThrough(looking: ReadContext, portal: string, ours: readonly Session[]): Path {
  const { iqn, lun, recovery_limit } = looking.parameters
  const session = ours.find(candidate => candidate.portal === portal)
  if (session === undefined) return { is: 'broken', fault: `there is no session to ${iqn} at ${portal}` }
  const disk = diskOf(looking.system, session.name, lun)
  if (disk === undefined)
    return { is: 'broken', fault: `${session.name} to ${iqn} at ${portal} has no disk for LUN ${lun}` }
  if (multipathDevice(looking.system, disk.name) !== undefined) return pathBelowMap(iqn, session, disk)
  if (isLost(session, disk))
    return {
      is: 'broken',
      fault: `the target ${iqn} was away at ${portal} for longer than ${session.recoverySeconds} s: I/O fails`,
    }
  if (isRecovering(session, disk))
    return { is: 'waiting', fault: `the session to ${iqn} at ${portal} is being recovered; I/O waits` }
  if (session.recoverySeconds === recovery_limit) return { is: 'good' }
  return {
    is: 'good',
    fault:
      `${session.name} to ${iqn} at ${portal} gives an outage up after ${session.recoverySeconds ?? 'no number of'} s, ` +
      `not ${recovery_limit} s: this resource did not make it; restart the resource when its disk is not in use`,
  }
}

/** The limit of the session is multipathd's then. */
function pathBelowMap(iqn: string, session: Session, disk: Disk): Path {
  if (isLost(session, disk)) return { is: 'away', fault: `the target ${iqn} is away at ${session.portal}` }
  if (isRecovering(session, disk))
    return { is: 'waiting', fault: `the session to ${iqn} at ${session.portal} is being recovered` }
  return { is: 'good' }
}

function isLost(session: Session, disk: Disk): boolean {
  return session.state === 'FREE' || disk.state === 'transport-offline' || disk.state === 'offline'
}

function isRecovering(session: Session, disk: Disk): boolean {
  return session.state !== 'LOGGED_IN' || disk.state !== 'running'
}
