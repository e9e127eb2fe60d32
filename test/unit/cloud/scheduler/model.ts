import type { Cloud } from '../../../../cloud/cloud.ts'
import { resourceIds } from '../../../../cloud/ids.ts'

/*
 * A cluster from the scheduler's view: its nodes, the running resources, and the promotion scores of the agents. A model is
 * immutable; each event returns a new one.
 */

export interface Model {
  readonly nodes: readonly ModelNode[]
  readonly clouds: readonly Cloud[]
  /** By place. */
  readonly running: ReadonlyMap<Place, Role>
  /** Sides of clouds (`cloud@node`) with outdated data. */
  readonly stale: ReadonlySet<Place>
  /** Failed monitors and stops that the scheduler has not handled yet. */
  readonly failures: readonly Failure[]
  /** Constraints of crm-fence-peer.sh: by cloud, the only node where DRBD may be promoted. */
  readonly fencedFor: ReadonlyMap<string, string>
}

export interface ModelNode {
  readonly name: string
  readonly isStorage: boolean
  readonly isVhost: boolean
  /** Lost: out of the membership, and its resources are in an unknown state until it is fenced. */
  readonly state: 'online' | 'standby' | 'lost' | 'down'
}

/** `resource@node`. */
export type Place = `${string}@${string}`
export type Role = 'Started' | 'Unpromoted' | 'Promoted'

export interface Failure {
  readonly resource: string
  readonly node: string
  readonly operation: 'monitor' | 'stop'
  readonly exitCode: number
}

export const LAYERS = ['lvm', 'drbd', 'target', 'address', 'session', 'filesystem'] as const
export type Layer = (typeof LAYERS)[number]

/** Nodes by name and roles (s, v or sv), and clouds that are not started. */
export function newCluster(roles: Readonly<Record<string, 's' | 'v' | 'sv'>>, clouds: readonly Cloud[]): Model {
  const nodes = Object.entries(roles).map(
    ([name, letters]): ModelNode => ({
      name,
      isStorage: letters.includes('s'),
      isVhost: letters.includes('v'),
      state: 'online',
    }),
  )
  return { nodes, clouds, running: new Map(), stale: new Set(), failures: [], fencedFor: new Map() }
}

/** The node where the layer of the cloud runs; for DRBD, where it is promoted. */
export function nodeOf(model: Model, cloud: string, layer: Layer): string | undefined {
  const id = resourceIds(cloud)[layer]
  const entry = [...model.running].find(
    ([place, role]) => place.startsWith(`${id}@`) && (layer !== 'drbd' || role === 'Promoted'),
  )
  return entry?.[0].slice(id.length + 1)
}

/** The promotion score of DRBD's agent on the node (agents/drbd-cloud/score.ts); undefined when it sets none. */
export function promotionScore(model: Model, cloud: Cloud, node: string): number | undefined {
  const { drbd } = resourceIds(cloud.name)
  const role = model.running.get(`${drbd}@${node}`)
  const peer = cloud.storageNodes.find(other => other !== node)
  const isConnected = model.running.has(`${drbd}@${peer}`)
  if (role === undefined) return undefined
  if (model.stale.has(`${cloud.name}@${node}`)) return isConnected ? 10 : undefined
  return isConnected || role === 'Promoted' ? 10000 : 1000
}

export function withNode(model: Model, name: string, state: ModelNode['state']): Model {
  return { ...model, nodes: model.nodes.map(node => (node.name === name ? { ...node, state } : node)) }
}

export function withCloud(model: Model, name: string, change: Partial<Cloud>): Model {
  return { ...model, clouds: model.clouds.map(cloud => (cloud.name === name ? { ...cloud, ...change } : cloud)) }
}

/** The node is fenced or has left: nothing runs there, and DRBD's peers continue alone. */
export function withoutNode(model: Model, name: string): Model {
  const running = new Map([...model.running].filter(([place]) => !place.endsWith(`@${name}`)))
  return withNode({ ...model, running, failures: model.failures.filter(({ node }) => node !== name) }, name, 'down')
}

/** The node dies, or is cut off from the network. A peer on which DRBD is promoted bans its later promotion. */
export function lose(model: Model, name: string): Model {
  const fenced = model.clouds.flatMap((cloud): [string, string][] => {
    const promoted = nodeOf(model, cloud.name, 'drbd')
    const isPeer = cloud.storageNodes.includes(name) && promoted !== undefined && promoted !== name
    return isPeer ? [[cloud.name, promoted]] : []
  })
  return withNode({ ...model, fencedFor: new Map([...model.fencedFor, ...fenced]) }, name, 'lost')
}

/** The node is back with nothing running; promoted peers of DRBD have newer data. */
export function comeBack(model: Model, name: string): Model {
  const behind = model.clouds.filter(
    cloud => cloud.storageNodes.includes(name) && ![undefined, name].includes(nodeOf(model, cloud.name, 'drbd')),
  )
  const stale = new Set([...model.stale, ...behind.map(cloud => `${cloud.name}@${name}` as const)])
  return withNode({ ...model, stale }, name, 'online')
}

/** All connected sides are up to date again, and crm-unfence-peer.sh has removed its constraints. */
export function resync(model: Model): Model {
  const connected = model.clouds.filter(({ name, storageNodes }) =>
    storageNodes.every(node => model.running.has(`${resourceIds(name).drbd}@${node}`)),
  )
  const isConnected = (cloud: string) => connected.some(({ name }) => name === cloud)
  const stale = new Set([...model.stale].filter(side => !isConnected(side.slice(0, side.lastIndexOf('@')))))
  const fencedFor = new Map([...model.fencedFor].filter(([cloud]) => !isConnected(cloud)))
  return { ...model, stale, fencedFor }
}

/** A monitor of the layer returns 1 on that node, or where the layer runs. */
export function failMonitor(model: Model, cloud: string, layer: Layer, on?: string): Model {
  const resource = resourceIds(cloud)[layer]
  const node = on ?? nodeOf(model, cloud, layer)
  if (node === undefined || !model.running.has(`${resource}@${node}`)) throw new Error(`${resource} does not run there`)
  return { ...model, failures: [...model.failures, { resource, node, operation: 'monitor', exitCode: 1 }] }
}
