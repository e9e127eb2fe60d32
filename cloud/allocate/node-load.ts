import type { Cloud } from '../cloud.ts'

/** The nodes of a cloud: its storage nodes, the preferred one first, and its preferred vhosts. */
export type Placement = Pick<Cloud, 'storageNodes' | 'preferredVhosts'>

/** The load of the nodes, in numbers of clouds. */
export interface NodeLoad {
  add(placement: Placement): void
  /** Clouds with data on the node. */
  replicas(node: string): number
  /** Clouds that it exports when all run on their preferred nodes. */
  exports(node: string): number
  /** Clouds with data on both nodes. */
  shared(one: string, other: string): number
  /** Clouds that it may also export after the loss of `from`. */
  takesOver(node: string, from: string): number
  /** Clouds that it mounts when all run on their preferred nodes. */
  mounts(node: string): number
  /** Clouds that it also mounts after the loss of `lost`. */
  mountsAfter(node: string, lost: string): number
}

/** The load that all these clouds together put on each node. */
export function nodeLoad(placements: readonly Placement[]): NodeLoad {
  const replicas = createCounter()
  const exports = createCounter()
  const takeovers = createCounter()
  const pairs = createCounter()
  const mounts = createCounter()
  const load: NodeLoad = {
    add: ({ storageNodes, preferredVhosts: [vhost, next] }) => {
      const [first, ...others] = storageNodes
      exports.increment(first)
      for (const node of storageNodes) replicas.increment(node)
      // any of the others: Pacemaker prefers none of them
      for (const node of others) takeovers.increment(`${first} ${node}`)
      for (const one of storageNodes) for (const other of storageNodes) pairs.increment(`${one} ${other}`)
      if (vhost !== undefined) mounts.increment(vhost)
      if (vhost !== undefined && next !== undefined) mounts.increment(`${vhost} ${next}`)
    },
    replicas: replicas.count,
    exports: exports.count,
    shared: (one, other) => pairs.count(`${one} ${other}`),
    takesOver: (node, from) => takeovers.count(`${from} ${node}`),
    mounts: mounts.count,
    mountsAfter: (node, lost) => mounts.count(`${lost} ${node}`),
  }
  for (const placement of placements) load.add(placement)
  return load
}

function createCounter() {
  const counts = new Map<string, number>()
  const count = (key: string) => counts.get(key) ?? 0
  return { count, increment: (key: string) => counts.set(key, count(key) + 1) }
}
