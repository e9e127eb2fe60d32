import type { WantedCloud } from '../configuration.ts'
import { type Candidate, place } from '../place.ts'
import type { Placement } from '../tally.ts'
import type { KnownNode, Situation } from './situation.ts'

/** Places new clouds one after the other, each beside all before it. */
export interface Placer {
  /** @throws RangeError when there are no two nodes with room. */
  place(wanted: WantedCloud, volumeGroup: string): Placement
}

export function placerFor({ cluster }: Situation, nodes: readonly KnownNode[]): Placer {
  const placements: Placement[] = [...cluster.clouds]
  const taken = new Map<string, number>()
  return {
    place: (wanted, volumeGroup) => {
      const { name, storageNodes, preferredVhosts, sizeBytes = 0 } = wanted
      const candidates = nodes
        // who is down can be named, not chosen
        .filter(node => node.isOnline || storageNodes?.includes(node.name))
        .map(node => candidateOf(node, taken))
      const [found] = place([{ name, sizeBytes, volumeGroup, storageNodes, preferredVhosts }], candidates, placements)
      if (!found) throw new Error(`${name} was not placed`)
      placements.push(found)
      for (const node of found.storageNodes) {
        const key = `${node} ${volumeGroup}`
        taken.set(key, (taken.get(key) ?? 0) + sizeBytes)
      }
      return found
    },
  }
}

function candidateOf({ name, roles, freeBytes }: KnownNode, taken: ReadonlyMap<string, number>): Candidate {
  const left = Object.entries(freeBytes ?? {}).map(([group, free]) => [
    group,
    free - (taken.get(`${name} ${group}`) ?? 0),
  ])
  return { name, roles, freeBytes: freeBytes && Object.fromEntries(left) }
}
