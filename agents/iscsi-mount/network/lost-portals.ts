import { addressText, isInNetwork } from '../../../system/addresses.ts'
import { errorText } from '../../../system/error-text.ts'
import { addressAndPort } from '../../../system/iscsi/node-records.ts'
import { transientAttribute } from '../../../system/pacemaker/attributes/node-attribute.ts'
import { PORTAL_ADDRESSES, parsePortalAddresses } from '../../../system/pacemaker/attributes/portal-addresses.ts'
import { attributeEpoch } from '../../../system/pacemaker/attributes/promotion-score.ts'
import type { System } from '../../../system/system.ts'
import { portalAddresses } from '../../portal-network.ts'
import type { Seen } from '../inspect.ts'
import type { IscsiContext } from '../parameters.ts'
import { lostPortals, publish, readReport, retract } from './lost-portals-report.ts'

/*
 * No storage node sees that a switch or packet filter keeps its clients away. So an initiator that has lost a session, although its
 * own interface has a link, reports that in an attribute of its node, with the storage nodes that answer it. The exporting node reads
 * it (agents/drbd-cloud/clients/vhost-reports.ts).
 */

/** After a failover of the target, most sessions are back by then. */
const LOST_SECONDS = 30

const RECENT_MILLISECONDS = 20_000

const CONNECT_MILLISECONDS = 2000
const QUERY_SECONDS = 3

/** Whether no session of the resource works, although its interface has a link. */
function hasLostTarget({ paths, deadInterface }: Seen): boolean {
  const states = paths.flatMap(({ session }) => session?.state ?? [])
  return deadInterface === undefined && states.length > 0 && !states.includes('LOGGED_IN')
}

/**
 * Reports the portals whose sessions are lost, once they have been so for half a minute, and again after twice that time, and so on,
 * because the other storage node may answer later; takes back those that work again. Otherwise starts no process.
 */
export async function updateLostPortals(context: IscsiContext, seen: Seen): Promise<void> {
  const { system, parameters, log, deadline } = context
  const { portals } = parameters
  try {
    const report = readReport(system)
    const isReported = portals.some(portal => report?.portals.includes(portal))
    if (!hasLostTarget(seen)) return isReported ? await retract(context) : undefined
    const { interruptedSeconds = 0, interruptedBefore = 0 } = seen
    if (doublings(interruptedSeconds) === doublings(interruptedBefore)) return
    // a monitor of another session may have been faster
    const isRecent = report !== undefined && system.now() - report.at < RECENT_MILLISECONDS
    if (isReported && isRecent && report.epoch === attributeEpoch(system)) return
    if (await acceptsConnections(system, portals)) return isReported ? await retract(context) : undefined
    const reached = await reachedNodes(context)
    await publish(context, { portals: lostPortals(system), reached })
    log.warn(
      `${portals[0]} has been unreachable for ${Math.round(interruptedSeconds)} s; storage nodes that answer: ${reached.join(', ') || 'none'}. This is reported to the exporting node, whose exports move if other vhosts report the same`,
    )
  } catch (error) {
    deadline.signal.throwIfAborted()
    log.warn(`the lost session cannot be reported to the exporting node: ${errorText(error)}`)
  }
}

/** How often the time since which a session is lost has doubled, from LOST_SECONDS on; undefined before. */
function doublings(seconds: number): number | undefined {
  return seconds < LOST_SECONDS ? undefined : Math.floor(Math.log2(seconds / LOST_SECONDS))
}

/** After a stop, because the session is not lost any more, but ended. */
export async function forgetLostPortals(context: IscsiContext): Promise<void> {
  const { system, parameters, log, deadline } = context
  try {
    const report = readReport(system)
    if (parameters.portals.some(portal => report?.portals.includes(portal))) await retract(context)
  } catch (error) {
    deadline.signal.throwIfAborted()
    log.info(`the report of a lost session cannot be taken back: ${errorText(error)}`)
  }
}

/** A target that can be reached and refuses logins, or does not answer them, is not the network's fault. */
async function acceptsConnections(system: System, portals: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    portals.map(portal => {
      const [address, port] = addressAndPort(portal)
      return system.tryConnect({ address, port: Number(port) }, CONNECT_MILLISECONDS)
    }),
  )
  return answers.includes('accepted')
}

/**
 * The storage nodes whose own addresses in the networks of the portals answer on the port of the portal, sorted. A node that exports
 * nothing refuses the connection, which is an answer.
 */
async function reachedNodes({ system, parameters, deadline }: IscsiContext): Promise<string[]> {
  const bounds = { signal: deadline.signal, timeoutSeconds: QUERY_SECONDS }
  const values = await transientAttribute(system, PORTAL_ADDRESSES, bounds)
  const portals = portalAddresses(parameters.portals)
  const [, port] = addressAndPort(parameters.portals[0] ?? '')
  const found = await Promise.all(
    [...values].map(async ([node, text]) => {
      const near = parsePortalAddresses(text).filter(own => portals.some(portal => isInNetwork(portal, own)))
      const answers = await Promise.all(
        near.map(({ address }) =>
          system.tryConnect({ address: addressText(address), port: Number(port) }, CONNECT_MILLISECONDS),
        ),
      )
      return answers.some(answer => answer !== 'none') ? [node] : []
    }),
  )
  return found.flat().sort()
}
