import type { Vserver } from '../cloud.ts'
import { checksum } from '../names.ts'

/** How many ids a container has. */
const IDS = 65536
/** The first of the ids that systemd leaves to containers, and how many ranges there are (UIDS-GIDS.md). */
const FIRST = 0x80000
const RANGES = (0x6fff0000 - FIRST) / IDS + 1

/**
 * The first id of a range of user ids for a new vserver that no other one of the cluster has. It depends on the name, so that it rarely is that of
 * a container that the cluster does not know.
 */
export function freeIdRange(name: string, others: readonly Pick<Vserver, 'parameters'>[]): number {
  const taken = new Set(others.map(({ parameters }) => Number(parameters.private_users)))
  const begin = Number(BigInt(`0x${checksum(name)}`) % BigInt(RANGES))
  for (let tried = 0; tried < RANGES; tried += 1) {
    const first = FIRST + ((begin + tried) % RANGES) * IDS
    if (!taken.has(first)) return first
  }
  throw new RangeError('all ranges of user ids for containers are in use')
}
