import { rolesIn } from '../../cloud/node-attributes.ts'
import type { ResolvedCloud } from '../../cloud/resolve/resolve.ts'
import { formatSize } from '../../cloud/sizes.ts'
import { replacementsOn } from '../../system/nodes/disk/replacement-mark.ts'
import type { System } from '../../system/system.ts'
import { growthJobs, planGrowths, resyncJobs, type WantedSize } from '../clouds/growth/jobs.ts'
import { readCib } from '../clouds/read-cib.ts'
import { type NamedReplacement, plansIn, replaceSide } from '../clouds/replacement/jobs.ts'
import type { ReplacementPlan } from '../clouds/replacement/plan.ts'
import { planText } from '../clouds/replacement/texts.ts'
import type { SideChange } from '../clouds/review-text.ts'
import { selectClouds } from '../clouds/select.ts'
import { inTurn } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import type { Work } from '../run/steps.ts'
import { ifAvailable } from '../run/unavailable.ts'
import type { FileRequest } from './file-request.ts'

/** A side that is to move to another node, and how a review shows that. */
export interface FileReplacement extends NamedReplacement, SideChange {
  readonly to: string
  readonly plan: ReplacementPlan
}

/**
 * The sides that a file gives to other nodes; with `withBegun` also those whose move has begun, which may still be at work. Reads only. None with a
 * CIB in a file.
 * @throws RangeError that names all that cannot move, and why.
 */
export async function replacementsIn(
  system: System,
  { source, snapshot, wanted }: FileRequest,
  { clouds, withBegun }: { readonly clouds: readonly ResolvedCloud[]; readonly withBegun: boolean },
): Promise<FileReplacement[]> {
  if (snapshot === undefined || source.kind !== 'cluster') return []
  const begun = withBegun ? await begunMoves(system, clouds) : []
  const moves = clouds.flatMap(({ present, moved }) => {
    if (present === undefined || moved === undefined) return []
    const { from, to, storageNodes } = moved
    const attributes = snapshot.cluster.nodes.find(({ name }) => name === to)?.attributes ?? {}
    const roles = wanted.nodes.find(({ name }) => name === to)?.roles ?? []
    const getsRole = roles.includes('storage') && !rolesIn(attributes).includes('storage')
    return [{ name: present.name, from, to, choices: { storageNodes, getsRole } }]
  })
  if (moves.length === 0) return begun
  const plans = await plansIn(system, snapshot, moves)
  const planned = moves.flatMap((move, index) => {
    const plan = plans[index]
    return plan === undefined ? [] : [{ ...move, plan, text: planText(plan) }]
  })
  return [...planned, ...begun]
}

/**
 * Sides that the cluster has already, and that have not all data yet. A new disk on the same node is nothing that a file describes. What a node
 * does not tell is left out.
 */
async function begunMoves(system: System, clouds: readonly ResolvedCloud[]): Promise<FileReplacement[]> {
  const settled = clouds.flatMap(({ present, moved, wanted }) =>
    present !== undefined && moved === undefined && wanted.storageNodes !== undefined ? [present] : [],
  )
  const nodes = [...new Set(settled.flatMap(({ storageNodes }) => storageNodes))]
  const marks = new Map(
    await Promise.all(nodes.map(async node => [node, await ifAvailable(replacementsOn(system, node))] as const)),
  )
  return settled.flatMap(cloud =>
    cloud.storageNodes.flatMap(to => {
      const from = marks.get(to)?.get(`${cloud.volumeGroup}/${cloud.name}`)
      if (from === undefined || cloud.storageNodes.includes(from)) return []
      const plan: ReplacementPlan = { kind: 'copy', cloud, from, to, isFromLost: false }
      return [{ name: cloud.name, from, to, plan, text: planText(plan) }]
    }),
  )
}

/** @throws RangeError that names the clouds of which a side would move, without --replace. */
export function refuseReplacements(
  replaced: readonly FileReplacement[],
  options: { readonly replace?: string | true | undefined },
): void {
  const [first] = replaced
  if (first === undefined || options.replace) return
  const names = replaced.map(({ name }) => name).join(', ')
  throw new RangeError(
    `this would move sides of ${names}, which have less redundancy until the data are copied, and remove the data from the old nodes then; pass --replace to proceed (nothing was changed)`,
  )
}

/** A growth that waits until a side of the cloud has moved. */
export interface LaterGrowth extends WantedSize {
  readonly stays: readonly string[]
}

/** The growths that can begin at once, and those of clouds of which a side moves first: only a cloud in sync grows. */
export function divideGrowths<Growth extends WantedSize>(
  grown: readonly Growth[],
  replaced: readonly FileReplacement[],
): { readonly now: Growth[]; readonly later: LaterGrowth[] } {
  const moveOf = ({ cloud }: Growth) => replaced.find(({ name }) => name === cloud.name)
  return {
    now: grown.filter(growth => moveOf(growth) === undefined),
    later: grown.flatMap(growth => {
      const move = moveOf(growth)
      if (move === undefined) return []
      const { cloud, sizeBytes } = growth
      return [{ cloud, sizeBytes, stays: cloud.storageNodes.filter(node => node !== move.from && node !== move.to) }]
    }),
  }
}

/**
 * Moves sides, one after the other because they would share the network, and grows those clouds then. The lock is held for neither copy.
 * @throws the error of the only one, or Error that names those that failed.
 */
export async function replaceSides(
  work: Work,
  replaced: readonly FileReplacement[],
  later: readonly LaterGrowth[],
): Promise<void> {
  await inTurn(replaced, work, async one => {
    await replaceSide(work, one, [one.plan])
    const growth = later.find(({ cloud }) => cloud.name === one.name)
    if (growth !== undefined) await growLater(work, growth)
  })
}

async function growLater(work: Work, { cloud: { name }, sizeBytes }: LaterGrowth): Promise<void> {
  const { print, isDryRun, system } = work
  if (isDryRun) return print(`${name} is then grown to ${formatSize(sizeBytes)}`)
  const resyncs = await withClusterLock(work, async () => {
    // as it is after all other changes
    const { cluster } = await readCib(system)
    const wanted = selectClouds(name, cluster).map(cloud => ({ cloud, sizeBytes }))
    const growths = await planGrowths(system, wanted)
    for (const job of growthJobs(work, wanted)) await job.run(print)
    return resyncJobs(work, growths)
  })
  for (const job of resyncs) await job.run(print)
}
