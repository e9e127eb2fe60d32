import type { Cloud } from '../../cloud/cloud.ts'
import { type Fence, fencesOn } from '../../cloud/fences.ts'
import { resourceIds } from '../../cloud/names.ts'
import { unfencePatch } from '../../cloud/patch.ts'
import { readCib } from '../../cloud/read-cib.ts'
import { parseXml } from '../../cloud/xml.ts'
import { applyPatch, cleanUp, queryCib } from '../../system/cluster.ts'
import { endingWith } from '../ending-with.ts'
import { runSteps, type Work } from '../steps.ts'
import { type Call, textOf } from '../verbs.ts'
import { timedWork } from '../work.ts'
import { resolveSplitBrain } from './discard.ts'
import { isInSync, isKnown, isSplit, type Replication, replicationOf, type UnknownReplication } from './replication.ts'
import { selectClouds } from './select.ts'

/** vhacs storage --unfail */
export async function unfailStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  const clouds = selectClouds(value, readCib(await queryCib(system)))
  const loser = textOf(options, 'discard')
  const work = timedWork(call)
  const remaining: string[] = []
  for (const cloud of clouds) {
    if (loser !== undefined) await resolveSplitBrain(call, work, cloud, loser)
    remaining.push(...(await unfail(work, cloud)))
  }
  for (const line of remaining) work.print(line)
  if (remaining.length > 0 && !work.isDryRun) throw new Error('not everything could be cleared: see above')
}

/** Returns what is left, and why. */
async function unfail(work: Work, cloud: Cloud): Promise<string[]> {
  const { system } = work
  const { lvmClone, drbdClone, exportGroup, mountGroup } = resourceIds(cloud.name)
  const sides = await replicationOf(endingWith(system, work.interruption), cloud)
  const fences = fencesOn(cloud.name, parseXml(await queryCib(system)))
  const isSafe = isInSync(sides)
  const steps = [
    ...(fences.length > 0 && isSafe
      ? [
          {
            name: `letting both sides of ${cloud.name} be promoted again`,
            run: async () => applyPatch(system, await queryCib(system), unfencePatch(fences)),
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

function splitText({ name }: Cloud, sides: readonly (Replication | UnknownReplication)[]): string {
  const each = sides.filter(isKnown).map(side => `${side.node} (${side.connection})`)
  return `${name} has a split brain, ${each.join(' and ')}: choose whose changes are to be lost, "vhacs storage --unfail ${name} --discard NODE"`
}

function fenceText(
  { name }: Cloud,
  { id, goodNode }: Fence,
  sides: readonly (Replication | UnknownReplication)[],
): string {
  const each = sides.map(side => `${side.node}: ${isKnown(side) ? `${side.connection}, ${side.disk}` : side.problem}`)
  return `${id} stays: only ${goodNode} is known to have all data of ${name} (${each.join('; ')}). It goes by itself after the resync`
}
