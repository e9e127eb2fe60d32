import type { Cloud } from '../cloud.ts'

/** Where a cloud is: its storage nodes, the preferred one first, and the vhosts that it prefers. */
export type Placement = Pick<Cloud, 'storageNodes' | 'preferredVhosts'>

/** How much the nodes have to do, in numbers of clouds. */
export interface NodeLoad {
  add(placement: Placement): void
  /** Whose data are on the node. */
  replicas(node: string): number
  /** That it exports, when all run where they are preferred. */
  exports(node: string): number
  /** Whose data are on both. */
  shared(one: string, other: string): number
  /** That it exports after the loss of the other node. */
  takesOver(node: string, from: string): number
  /** That it mounts, when all run where they are preferred. */
  mounts(node: string): number
  /** That it mounts after the loss of the other node. */
  mountsAfter(node: string, lost: string): number
}

/** What all these clouds together give each node to do. */
export function nodeLoad(placements: readonly Placement[]): NodeLoad {
  const replicas = counter()
  const exports = counter()
  const takeovers = counter()
  const mounts = counter()
  const load: NodeLoad = {
    add: ({ storageNodes: [first, second], preferredVhosts: [vhost, next] }) => {
      replicas.raise(first)
      replicas.raise(second)
      exports.raise(first)
      takeovers.raise(`${first} ${second}`)
      if (vhost !== undefined) mounts.raise(vhost)
      if (vhost !== undefined && next !== undefined) mounts.raise(`${vhost} ${next}`)
    },
    replicas: replicas.count,
    exports: exports.count,
    shared: (one, other) => takeovers.count(`${one} ${other}`) + takeovers.count(`${other} ${one}`),
    takesOver: (node, from) => takeovers.count(`${from} ${node}`),
    mounts: mounts.count,
    mountsAfter: (node, lost) => mounts.count(`${lost} ${node}`),
  }
  for (const placement of placements) load.add(placement)
  return load
}

function counter() {
  const counts = new Map<string, number>()
  const count = (key: string) => counts.get(key) ?? 0
  return { count, raise: (key: string) => counts.set(key, count(key) + 1) }
}
