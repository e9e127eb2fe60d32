import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { joinedNames } from '../../cloud/listed-names.ts'
import { isConnected } from '../../system/drbd/status.ts'
import { drbdadmOn } from '../../system/nodes/drbd/drbdadm.ts'
import { cleanUp, queryCib } from '../../system/pacemaker/cib/cib.ts'
import { removeDegradedEntries } from '../../system/pacemaker/failed-entry.ts'
import { type CloudFence, fencesOn, removeFence } from '../clouds/fence-constraints.ts'
import { poll } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import {
  isApart,
  isKnown,
  isReplicating,
  isSplit,
  type Replication,
  replicationOf,
  type UnknownReplication,
} from '../clouds/replication/replication.ts'
import { connectionText, discardByHand } from '../clouds/replication/texts.ts'
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
  const splits = await splitBrainsToResolve(call, work, clouds, textOf(options, 'discard'))
  const remaining: string[] = []
  const clearing = withClusterLock(work, () =>
    inTurn(clouds, work, async cloud => {
      const split = splits.find(found => found.cloud === cloud)
      if (split) await runSteps(discardSteps(work, split), work)
      remaining.push(...(await unfail(work, cloud)))
    }),
  )
  await clearing.finally(() => remaining.forEach(work.print))
  if (remaining.length > 0 && !work.isDryRun) throw new Error('not everything could be cleared: see above')
}

/** Split brains in which the changes of `loser` are to be discarded. All are checked and confirmed before the first is resolved. */
async function splitBrainsToResolve(
  call: Call,
  { system, print }: Work,
  clouds: readonly Cloud[],
  loser: string | undefined,
): Promise<SplitBrain[]> {
  if (loser === undefined) return []
  const splits = await Promise.all(clouds.map(cloud => splitBrainOf(system, cloud, loser)))
  for (const split of splits) print(lossText(split))
  await confirm(call, `discard what only ${loser} has written to ${clouds.map(({ name }) => name).join(', ')}`)
  return splits
}

/** Returns what could not be cleared, and why. */
async function unfail(work: Work, cloud: Cloud): Promise<string[]> {
  const { system } = work
  const ids = resourceIds(cloud.name)
  const { lvm, drbd, target, address, session, filesystem } = ids
  const connected = await connectSides(work, cloud)
  // the current ones: when the sides connect, DRBD may add or remove a constraint
  const fences = fencesOn(cloud.name, await queryCib(system))
  // queried after that: a side that has lost the other one since has placed another constraint, which stays
  const sides = fences.length > 0 ? await replicationOf(system, cloud) : connected
  const isSafe = isReplicating(sides)
  const steps = [
    ...(fences.length > 0 && isSafe
      ? [
          {
            name: `allowing ${cloud.storageNodes.length === 2 ? 'both' : 'all'} sides of ${cloud.name} to be promoted again`,
            run: async () => {
              for (const fence of fences) await removeFence(system, fence)
            },
          },
        ]
      : []),
    {
      name: `clearing the failures of ${cloud.name}`,
      run: async () => {
        // a cleanup of a resource that is only degraded would interrupt the export
        await removeDegradedEntries(system, [lvm, drbd, target, address, session, filesystem], { timeoutSeconds: 60 })
        // bottom first: a layer that failed because of a lower one is retried when the lower one runs
        for (const id of [ids.lvmClone, ids.drbdClone, ids.exportGroup, ids.mountGroup]) await cleanUp(system, id)
      },
    },
  ]
  await runSteps(steps, work)
  if (isSplit(sides)) return [splitText(cloud, sides)]
  if (!isSafe || fences.length === 0 || work.isDryRun) return isSafe ? [] : textsOf(cloud, fences, sides)
  const placedSince = fencesOn(cloud.name, await queryCib(system))
  return placedSince.length > 0 ? textsOf(cloud, placedSince, await replicationOf(system, cloud)) : []
}

const CONNECT_SECONDS = 30

/**
 * Both sides, which are connected first if they were disconnected without a known split brain: DRBD then detects one if it exists.
 */
async function connectSides(work: Work, cloud: Cloud): Promise<(Replication | UnknownReplication)[]> {
  const { system, interruption } = work
  const { name } = cloud
  const found = await replicationOf(interruptible(system, interruption), cloud)
  if (!isApart(found) || isSplit(found)) return found
  const parted = found.filter(isKnown).filter(({ connection }) => connection === 'StandAlone')
  const problem = `they do not connect: see the kernel log of each. If it says "Authentication of peer failed", run "vhacs storage --setsecret ${name}". After a split brain, choose the node whose changes to discard: "vhacs storage --unfail ${name} --discard NODE"`
  await runSteps(
    [
      ...parted.map(({ node }) => ({
        name: `connecting ${node}, which had disconnected from ${cloud.storageNodes.length === 2 ? 'the other side' : 'another side'} of ${name}`,
        run: async () => {
          await drbdadmOn(system, node, ['connect', name])
        },
      })),
      {
        name: `waiting for the ${cloud.storageNodes.length === 2 ? 'two' : 'three'} sides of ${name} to connect`,
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
  const each = sides.filter(isKnown).map(side => `${side.node} (${connectionText(side)})`)
  if (sides.length > 2)
    return `${name} has a split brain, ${each.join(' and ')}: choose the node whose changes to discard, and ${discardByHand(name)}`
  return `${name} has a split brain, ${each.join(' and ')}: choose the node whose changes to discard, "vhacs storage --unfail ${name} --discard NODE"`
}

/** Why constraints are kept. */
function textsOf(
  { name }: Cloud,
  fences: readonly CloudFence[],
  sides: readonly (Replication | UnknownReplication)[],
): string[] {
  const each = sides.map(side => `${side.node}: ${isKnown(side) ? `${side.connection}, ${side.disk}` : side.problem}`)
  return fences.map(
    ({ id, goodNodes }) =>
      `${id} stays: only ${joinedNames(goodNodes)} ${goodNodes.length > 1 ? 'are' : 'is'} known to have all data of ${name} (${each.join('; ')}). DRBD removes it after the resync`,
  )
}
