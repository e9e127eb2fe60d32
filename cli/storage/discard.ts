import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { drbdadmOn } from '../../system/nodes/drbdadm.ts'
import type { System } from '../../system/system.ts'
import { isApart, isKnown, type Replication, replicationOf } from '../clouds/replication.ts'
import type { Step, Work } from '../run/steps.ts'
import { roundedSize } from '../terminal/sizes.ts'

/** Two sides of a cloud that are apart, and the one whose changes are to be thrown away. */
export interface SplitBrain {
  readonly cloud: Cloud
  readonly lost: Replication
  readonly kept: Replication
}

/**
 * Looks whether what `loser` alone has written can be thrown away. Sides that are apart without a split brain lose nothing by
 * it: DRBD heeds it in a split brain alone.
 * @throws RangeError when they are not apart, the node is none of the two, or its data are in use.
 */
export async function splitBrainOf(system: System, cloud: Cloud, loser: string): Promise<SplitBrain> {
  const { name, storageNodes } = cloud
  if (!storageNodes.includes(loser))
    throw new RangeError(`${loser} holds no data of ${name}: ${storageNodes.join(' and ')} do`)
  const sides = await replicationOf(system, cloud)
  const [lost] = sides.filter(isKnown).filter(({ node }) => node === loser)
  const [kept] = sides.filter(isKnown).filter(({ node }) => node !== loser)
  if (!isApart(sides) || lost === undefined || kept === undefined) {
    const each = sides.map(side => `${side.node}: ${isKnown(side) ? side.connection : side.problem}`)
    throw new RangeError(`${name} has no split brain (${each.join('; ')}): there is nothing to discard`)
  }
  if (lost.role === 'Primary')
    throw new RangeError(
      `${loser} has ${name} promoted: its data are in use. Discard ${kept.node}, or stop what uses them first: ${demotion(name)}`,
    )
  return { cloud, lost, kept }
}

/** DRBD must stay up on both sides, so the whole cloud cannot be stopped; the export stops with the promotion. */
function demotion(name: string): string {
  const { mountGroup, drbdClone } = resourceIds(name)
  const set = (resource: string, role: string) =>
    `crm_resource --resource ${resource} --meta --set-parameter target-role --parameter-value ${role}`
  return `"${set(mountGroup, 'Stopped')}; crm_resource --wait; ${set(drbdClone, 'Unpromoted')}", and after the discard "vhacs storage --active ${name}"`
}

/** What each side has written alone. */
export function lossText({ cloud: { name }, lost, kept }: SplitBrain): string {
  return (
    `${lost.node} has changed ${roundedSize(lost.outOfSyncBytes)} of ${name} since the two sides parted, ` +
    `${kept.node} ${roundedSize(kept.outOfSyncBytes)}; what ${lost.node} has changed will be lost`
  )
}

/** End a split brain. */
export function discardSteps({ system }: Work, { cloud: { name }, lost, kept }: SplitBrain): Step[] {
  const loser = lost.node
  return [
    {
      name: `connecting ${loser}, which takes the data of ${kept.node}`,
      run: async () => {
        // one that waits for the other side would not take the option; one that does not is no connection that could be cut
        if (lost.connection !== 'StandAlone') await drbdadmOn(system, loser, ['disconnect', name])
        await drbdadmOn(system, loser, ['connect', '--discard-my-data', name])
      },
    },
    {
      name: `connecting ${kept.node}`,
      run: async () => {
        if (kept.connection === 'StandAlone') await drbdadmOn(system, kept.node, ['connect', name])
      },
    },
    {
      name: `waiting for the two sides of ${name}`,
      waits: true,
      run: async () => {
        await drbdadmOn(system, loser, ['wait-connect', name], { within: 60 })
      },
    },
  ]
}
