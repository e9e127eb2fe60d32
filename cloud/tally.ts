import type { Cloud } from './cloud.ts'

/** Where a cloud is: its storage nodes, the preferred one first, and the vhosts that it prefers. */
export type Placement = Pick<Cloud, 'storageNodes' | 'preferredVhosts'>

/** How much the nodes have to do, in numbers of clouds. */
export interface Tally {
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
}

/** What all these clouds together give each node to do. */
export function tallyOf(placements: readonly Placement[]): Tally {
  const counts = new Map<string, number>()
  const count = (...words: string[]) => counts.get(words.join(' ')) ?? 0
  const raise = (...words: string[]) => counts.set(words.join(' '), count(...words) + 1)
  const tally: Tally = {
    add: ({ storageNodes: [first, second], preferredVhosts: [vhost] }) => {
      for (const node of [first, second]) raise('replicas', node)
      raise('exports', first)
      raise('from', first, 'to', second)
      if (vhost !== undefined) raise('mounts', vhost)
    },
    replicas: node => count('replicas', node),
    exports: node => count('exports', node),
    shared: (one, other) => count('from', one, 'to', other) + count('from', other, 'to', one),
    takesOver: (node, from) => count('from', from, 'to', node),
    mounts: node => count('mounts', node),
  }
  for (const placement of placements) tally.add(placement)
  return tally
}
