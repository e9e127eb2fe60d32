import { configuredHosts } from '../../../system/drbd/config/config.ts'
import { listNames, RUN_DIRECTORY, readNote } from '../../../system/files.ts'
import { hostName } from '../../../system/host-name.ts'
import { LOST_PORTALS, parseLostPortals } from '../../../system/pacemaker/attributes/lost-portals.ts'
import { transientAttribute } from '../../../system/pacemaker/attributes/node-attribute.ts'
import { listeners } from '../../../system/proc/sockets.ts'
import type { DrbdContext } from '../parameters.ts'
import { clientNotePath, isClientNote, parseClientNote } from './client-note.ts'

const QUERY_SECONDS = 5

/** What the vhosts of the cluster report about this node. */
export interface VhostReports {
  /** Those that lost their sessions here, and reach another storage node meanwhile. */
  readonly vhosts: readonly string[]
  /** The one whose session with the portals of this resource is lost, and the other side that it reaches. */
  readonly client: { readonly vhost: string; readonly peer: string } | undefined
}

/** Asks Pacemaker for the reports, which starts a process. @throws SystemError, ToolFailed, ToolMissing. */
export async function vhostReports(context: DrbdContext): Promise<VhostReports> {
  const { system, parameters, deadline } = context
  const self = hostName(system)
  const bounds = { signal: deadline.signal, timeoutSeconds: QUERY_SECONDS }
  const values = await transientAttribute(system, LOST_PORTALS, bounds)
  const here = listeners(system)
  const reports = [...values].flatMap(([vhost, text]) => {
    const report = parseLostPortals(text)
    const reached = report?.reached.filter(name => name !== self) ?? []
    const lost = report?.portals.filter(portal => here.includes(portal)) ?? []
    return vhost === self || reached.length === 0 || lost.length === 0 ? [] : [{ vhost, lost, reached }]
  })
  const peers = configuredHosts(system, parameters.drbd_resource).filter(name => name !== self)
  const clients = reports.flatMap(({ vhost, lost, reached }) => {
    const peer = peers.find(name => reached.includes(name))
    const isClient = lost.some(portal => parameters.portals?.includes(portal))
    return isClient && peer !== undefined ? [{ vhost, peer }] : []
  })
  const vhosts = new Set([...reports.map(({ vhost }) => vhost), ...earlierVhosts(context)])
  return { vhosts: [...vhosts].sort(), client: clients[0] }
}

/**
 * The vhosts that could not reach this node when other resources left it. They do not report that any more, because they reach the
 * other side, and their portals are no longer here.
 */
function earlierVhosts({ system, instance }: DrbdContext): string[] {
  const paths = listNames(system, RUN_DIRECTORY)
    .filter(isClientNote)
    .map(name => `${RUN_DIRECTORY}/${name}`)
  return paths.flatMap(path => {
    const note = path === clientNotePath(instance) ? undefined : parseClientNote(readNote(system, path))
    return note?.is === 'unreached' ? note.vhosts : []
  })
}
