import { unfencePatch } from '../../cloud/cib/cloud-patches.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { isConnected } from '../../system/drbd/status.ts'
import { drbdadmOn } from '../../system/nodes/drbdadm.ts'
import { applyPatch, cleanUp, queryCib } from '../../system/pacemaker/cib.ts'
import { type CloudFence, fencesOn } from '../clouds/fence-constraints.ts'
import { poll } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import {
  isApart,
  isInSync,
  isKnown,
  isSplit,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../clouds/replication.ts'
import { selectClouds } from '../clouds/select.ts'
import { confirm } from '../command/confirm.ts'
import { type Call, textOf } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { inTurn } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps, type Work } from '../run/steps.ts'
import { discardSteps, lossText, type SplitBrain, splitBrainOf } from './discard.ts'

/** vhacs storage --unfail */
export async function unfailStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  const work = timedWork(call)
  const splits = await toBeEnded(call, work, clouds, textOf(options, 'discard'))
  const remaining: string[] = []
  const unfailed = withClusterLock(work, () =>
    inTurn(clouds, work, async cloud => {
      const split = splits.find(found => found.cloud === cloud)
      if (split) await runSteps(discardSteps(work, split), work)
      remaining.push(...(await unfail(work, cloud)))
    }),
  )
  await unfailed.finally(() => remaining.forEach(work.print))
  if (remaining.length > 0 && !work.isDryRun) throw new Error('not everything could be cleared: see above')
}

/** Split brains in which `loser` is to lose: all are looked at, and asked about, before one is ended. */
async function toBeEnded(
  call: Call,
  { system, print }: Work,
  clouds: readonly Cloud[],
  loser: string | undefined,
): Promise<SplitBrain[]> {
  if (loser === undefined) return []
  const splits = await Promise.all(clouds.map(cloud => splitBrainOf(system, cloud, loser)))
  for (const split of splits) print(lossText(split))
  await confirm(call, `throw away what ${loser} alone has written to ${clouds.map(({ name }) => name).join(', ')}`)
  return splits
}

/** Returns what is left, and why. */
async function unfail(work: Work, cloud: Cloud): Promise<string[]> {
  const { system } = work
  const { lvmClone, drbdClone, exportGroup, mountGroup } = resourceIds(cloud.name)
  const sides = await connected(work, cloud)
  // only now: DRBD may have put one there, or removed it, when the two sides were connected
  const cib = await queryCib(system)
  const fences = fencesOn(cloud.name, cib)
  const isSafe = isInSync(sides)
  const steps = [
    ...(fences.length > 0 && isSafe
      ? [
          {
            name: `letting both sides of ${cloud.name} be promoted again`,
            run: () => applyPatch(system, cib, unfencePatch(fences)),
          },
        ]
      : []),
    {
      name: `clearing the failures of ${cloud.name}`,
      run: async () => {
        // bottom first: what failed for want of a lower layer is tried again when that is there
        for (const id of [lvmClone, drbdClone, exportGroup, mountGroup]) await cleanUp(system, id)
      },
    },
  ]
  await runSteps(steps, work)
  if (isSplit(sides)) return [splitText(cloud, sides)]
  return isSafe ? [] : fences.map(fence => fenceText(cloud, fence, sides))
}

const CONNECT_SECONDS = 30

/** Both sides, connected if they were apart without a known split brain: should they have one, DRBD says so then. */
async function connected(work: Work, cloud: Cloud): Promise<(Replication | UnknownReplication)[]> {
  const { system, interruption } = work
  const { name } = cloud
  const found = await replicationOf(interruptible(system, interruption), cloud)
  if (!isApart(found) || isSplit(found)) return found
  const parted = found.filter(isKnown).filter(({ connection }) => connection === 'StandAlone')
  const problem = `they do not connect; the kernel logs say why. After a split brain, choose whose changes are to be lost: "vhacs storage --unfail ${name} --discard NODE"`
  await runSteps(
    [
      ...parted.map(({ node }) => ({
        name: `connecting ${node}, which had dropped the other side of ${name}`,
        run: async () => {
          await drbdadmOn(system, node, ['connect', name])
        },
      })),
      {
        name: `waiting for the two sides of ${name}`,
        waits: true,
        run: () =>
          poll(system, { seconds: CONNECT_SECONDS, interruption }, async () => {
            const sides = await replicationOf(system, cloud)
            return sides.every(side => isKnown(side) && isConnected(side)) || isSplit(sides) ? undefined : problem
          }),
      },
    ],
    work,
  )
  return replicationOf(system, cloud)
}

function splitText({ name }: Cloud, sides: readonly (Replication | UnknownReplication)[]): string {
  const each = sides.filter(isKnown).map(side => `${side.node} (${side.connection})`)
  return `${name} has a split brain, ${each.join(' and ')}: choose whose changes are to be lost, "vhacs storage --unfail ${name} --discard NODE"`
}

function fenceText(
  { name }: Cloud,
  { id, goodNode }: CloudFence,
  sides: readonly (Replication | UnknownReplication)[],
): string {
  const each = sides.map(side => `${side.node}: ${isKnown(side) ? `${side.connection}, ${side.disk}` : side.problem}`)
  return `${id} stays: only ${goodNode} is known to have all data of ${name} (${each.join('; ')}). It goes by itself after the resync`
}
