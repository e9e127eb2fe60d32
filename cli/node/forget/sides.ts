import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { joinedNames } from '../../../cloud/listed-names.ts'
import type { System } from '../../../system/system.ts'
import type { Known } from '../../clouds/replacement/known.ts'
import { sideProblems, sidesOf } from '../../clouds/replacement/sides.ts'

/** A side of a storage on a lost node. */
interface LostSide {
  readonly cloud: Cloud
  readonly node: string
}

/** All sides of storages on these nodes, also of storages that differ from what vhacs creates. */
export function sidesOn(lost: readonly string[], { cluster: { clouds, repairable } }: CibSnapshot): LostSide[] {
  return [...clouds, ...repairable].flatMap(cloud =>
    cloud.storageNodes.filter(node => lost.includes(node)).map(node => ({ cloud, node })),
  )
}

/** @throws RangeError for storages of which it cannot be told whether they have a side on the nodes. */
export function refuseUnreadClouds({ cluster: { incomplete, repairable } }: CibSnapshot): void {
  const unread = incomplete.filter(({ name }) => repairable.every(cloud => cloud.name !== name))
  if (unread.length > 0)
    throw new RangeError(
      `${joinedNames(unread.map(({ name }) => name))} cannot be read, and may have a side there: see "vhacs cluster --check" (nothing was changed)`,
    )
}

/** @throws RangeError where there are sides. */
export function refuseSides(sides: readonly LostSide[]): void {
  const [first] = sides
  if (first === undefined) return
  const texts = sides.map(({ cloud: { name }, node }) => `${name} has a side on ${node}`)
  const nodes = [...new Set(sides.map(({ node }) => node))]
  const all = nodes.map(node => `"vhacs node --evacuate ${node}"`).join(', ')
  const one = `"vhacs storage --replace ${first.cloud.name} --from ${first.node} --to NODE"`
  throw new RangeError(
    `${texts.join('; ')}: give such sides to another node first, with ${all} or one by one with ${one}; if there is none before you add one, use --leave-sides (nothing was changed)`,
  )
}

/**
 * Makes sure that the sides can be replaced afterwards: the node cannot join again, so what only it has would be lost.
 * @throws RangeError that names all that cannot be replaced, and why.
 */
export async function refuseUnreplaceable(
  system: System,
  known: Pick<Known, 'snapshot' | 'active'>,
  sides: readonly LostSide[],
): Promise<void> {
  const problems = await Promise.all(
    sides.map(async ({ cloud, node }) => {
      const found = sideProblems(await sidesOf(system, known, { cloud, from: node, isBanned: false }))
      return found.map(why => `the side of ${cloud.name} on ${node} could not be replaced afterwards: ${why}`)
    }),
  )
  const all = problems.flat()
  if (all.length > 0) throw new RangeError(`${all.join('; ')} (nothing was changed)`)
}
