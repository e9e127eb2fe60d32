import { type Session, sessions } from '../../system/iscsi/sessions.ts'
import type { ReadContext } from './parameters.ts'

/**
 * The sessions of this resource: to its target, through its portals, over open-iscsi's default interface. To open-iscsi, a session
 * that another program created with these is the same session, so it belongs to the resource.
 */
export function sessionsOf({ parameters, system }: ReadContext): Session[] {
  return sessions(system).filter(
    ({ target, portal, interfaceName }) =>
      target === parameters.iqn && parameters.portals.includes(portal) && interfaceName === 'default',
  )
}
