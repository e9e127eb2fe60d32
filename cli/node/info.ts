import type { Failure } from '../../cloud/pacemaker/cluster-status.ts'
import { initiatorNameOn, interfaceAddress, nodeConf, softwareVersions } from '../../system/nodes/node-facts.ts'
import type { System } from '../../system/system.ts'
import { selectNodes } from '../command/select-nodes.ts'
import type { Call } from '../command/verb.ts'
import { messageOf } from '../run/steps.ts'
import { clusterNotices } from '../state/cluster-notices.ts'
import { freeStorage } from '../state/node-table.ts'
import { isUp, type NodeState } from '../state/nodes.ts'
import { type ClusterState, readWholeState } from '../state/read-state.ts'
import { show } from '../state/show.ts'
import { withWholeReasons } from '../state/whole-reasons.ts'
import { paragraphOf } from '../terminal/paragraph.ts'

/** Everything about a node, as JSON shows it. */
interface NodeInfo extends NodeState {
  /** Names of the storages that it exports, mounts, and holds data of. */
  readonly exports: readonly string[]
  readonly mounts: readonly string[]
  readonly holds: readonly string[]
  /** Names of the vservers that run there. */
  readonly vservers: readonly string[]
  readonly failures: readonly Failure[]
  /** Facts from the node itself, by name, each with the reason instead if it could not be determined. */
  readonly facts: Readonly<Record<string, string>>
}

/** vhacs node --info */
export async function showNodes(call: Call): Promise<void> {
  const { system, value } = call
  const { state, snapshot, status } = await readWholeState(system)
  const names = selectNodes(value, state.nodes, snapshot.cluster.otherNodes)
  const chosen = state.nodes.filter(({ name }) => names.includes(name))
  const failures = await withWholeReasons(
    system,
    status.failures.filter(({ node }) => names.includes(node)),
  )
  const [notices, infos] = await Promise.all([
    clusterNotices(system, status),
    Promise.all(chosen.map(node => infoOn(system, node, state, failures))),
  ])
  show(call, { nodes: infos }, () => [...notices, ...infos.flatMap(info => textOf(info).split('\n'))])
}

async function infoOn(
  system: System,
  node: NodeState,
  { storages, vservers }: ClusterState,
  failures: readonly Failure[],
) {
  const named = (isOurs: (storage: ClusterState['storages'][number]) => boolean) =>
    storages.filter(isOurs).map(({ name }) => name)
  return {
    ...node,
    exports: named(({ target }) => target?.node === node.name),
    mounts: named(({ mount }) => mount?.node === node.name),
    holds: named(({ drbd }) => drbd.some(side => side.node === node.name)),
    vservers: vservers.filter(({ container }) => container?.node === node.name).map(({ name }) => name),
    failures: failures.filter(failure => failure.node === node.name),
    facts: isUp(node) ? await factsOf(system, node.name) : {},
  }
}

const NOT_SET = 'not set in /etc/vhacs.conf'

async function factsOf(system: System, node: string): Promise<Record<string, string>> {
  const address = async (which: 'storageInterface' | 'heartbeatInterface' | 'replicationInterface') => {
    const name = (await nodeConf(system, node))[which]
    return name === undefined ? NOT_SET : `${name}, ${await interfaceAddress(system, node, name)}`
  }
  const facts = {
    'storage network': address('storageInterface'),
    'heartbeat network': address('heartbeatInterface'),
    'replication network': address('replicationInterface'),
    'service addresses': nodeConf(system, node).then(({ serviceAddresses = NOT_SET }) => serviceAddresses),
    'initiator name': initiatorNameOn(system, node),
    software: softwareVersions(system, node).then(versions => versions.join(', ')),
  }
  const pairs = Object.entries(facts).map(async ([name, fact]) => [name, await fact.catch(asText)] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

/** A fact that cannot be determined does not hide the others. */
function asText(error: unknown): string {
  return `? (${messageOf(error)})`
}

function textOf(info: NodeInfo): string {
  const list = (names: readonly string[]) => names.join(', ') || 'nothing'
  return paragraphOf(info.name, [
    ['HA status', info.haStatus],
    ['roles', info.roles.join(', ') || 'none'],
    ['free storage', freeStorage(info)],
    ['holds data of', list(info.holds)],
    ['exports', list(info.exports)],
    ['has mounted', list(info.mounts)],
    ...(info.vservers.length > 0 ? [['vservers', info.vservers.join(', ')] as const] : []),
    ...Object.entries(info.facts),
    ...(info.problem === null ? [] : [['not queried', info.problem] as const]),
    ...info.failures.map(({ resource, action, reason, isDegraded }) => {
      return [`${isDegraded ? 'degraded' : 'failed'}: ${resource}`, `${action}: ${reason}`] as const
    }),
  ])
}
