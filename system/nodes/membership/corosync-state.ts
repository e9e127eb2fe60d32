import { parseCmap } from '../../corosync/cmap.ts'
import { COROSYNC_CONF, parseCorosyncConf } from '../../corosync/conf/corosync-conf.ts'
import { isNodeName } from '../../host-name.ts'
import type { System } from '../../system.ts'
import { parseAnswer } from '../answer.ts'
import { runOn } from '../ssh.ts'

/** Corosync on a node. */
export interface CorosyncState {
  readonly isRunning: boolean
  readonly isQuorate: boolean
  /** Since it has started, it waits for all nodes before it gives quorum. */
  readonly waitsForAll: boolean
  /** The nodes of its configuration, and those of the one that it has read. */
  readonly configured: readonly string[]
  readonly loaded: readonly string[]
  /** Those that it sees now, this one among them. */
  readonly members: readonly string[]
}

/** What corosync's tools exit with when it does not run. */
const NOT_RUNNING = 1

/**
 * Reads corosync's state on a node, or where it does not run its configuration.
 * @throws ToolFailed, naming the node; UnexpectedAnswer for a configuration without names of nodes.
 */
export async function corosyncStateOn(system: System, node: string): Promise<CorosyncState> {
  const options = { looks: true, accepted: [0, NOT_RUNNING] } as const
  const conf = await runOn(system, node, ['cat', '--', COROSYNC_CONF], { looks: true })
  const configured = parseAnswer(conf, configuredNames)
  const cmap = await runOn(system, node, ['corosync-cmapctl', '-m', 'icmap'], options)
  if (cmap.status === NOT_RUNNING)
    return { isRunning: false, isQuorate: false, waitsForAll: false, configured, loaded: [], members: [] }
  const quorum = await runOn(system, node, ['corosync-quorumtool', '-s'], { ...options, accepted: [0, 1, 2] })
  return {
    isRunning: true,
    isQuorate: showsQuorum(quorum.stdout),
    waitsForAll: parseCmap(cmap.stdout).get('runtime.votequorum.wait_for_all_status') === '1',
    configured,
    loaded: namesByState(cmap.stdout, () => true),
    members: namesByState(cmap.stdout, state => state === 'joined'),
  }
}

/** @throws RangeError for a configuration that names no nodes. */
function configuredNames(text: string): string[] {
  const names = parseCorosyncConf(text).nodes.map(({ name }) => name)
  if (names.length === 0 || !names.every(isNodeName))
    throw new RangeError('it does not give each node of the cluster the name of a host')
  return names
}

/** Whether the output of `corosync-quorumtool -s` says that the node has quorum. */
export function showsQuorum(text: string): boolean {
  return /^Quorate:\s+Yes$/m.test(text)
}

/** The names of the configured nodes of which corosync's map has such a state; undefined for one that it has not seen since it started. */
export function namesByState(cmap: string, isMeant: (state: string | undefined) => boolean): string[] {
  const values = parseCmap(cmap)
  return [...values].flatMap(([key, name]) => {
    const index = /^nodelist\.node\.(\d{1,5})\.name$/.exec(key)?.[1]
    const id = index === undefined ? undefined : values.get(`nodelist.node.${index}.nodeid`)
    return id !== undefined && isMeant(values.get(`runtime.members.${id}.status`)) ? [name] : []
  })
}
