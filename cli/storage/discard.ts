import type { Cloud } from '../../cloud/cloud.ts'
import { resourceIds } from '../../cloud/ids.ts'
import { joinedNames } from '../../cloud/listed-names.ts'
import { drbdadmOn } from '../../system/nodes/drbd/drbdadm.ts'
import type { System } from '../../system/system.ts'
import { isApart, isKnown, type Replication, replicationOf } from '../clouds/replication/replication.ts'
import { discardByHand } from '../clouds/replication/texts.ts'
import type { Step, Work } from '../run/steps.ts'
import { roundedSize } from '../terminal/sizes.ts'

/** The two disconnected sides of a cloud: `lost` is the one whose changes are to be discarded. */
export interface SplitBrain {
  readonly cloud: Cloud
  readonly lost: Replication
  readonly kept: Replication
}

/**
 * Checks whether the changes of `loser` can be discarded. Sides that are disconnected without a split brain lose nothing: DRBD
 * discards data only in a split brain.
 * @throws RangeError when the sides are not disconnected, `loser` is neither of the two nodes, or its data are in use.
 */
export async function splitBrainOf(system: System, cloud: Cloud, loser: string): Promise<SplitBrain> {
  const { name, storageNodes } = cloud
  if (!storageNodes.includes(loser))
    throw new RangeError(`${loser} does not hold data of ${name}: only ${joinedNames(storageNodes)} do`)
  if (storageNodes.length > 2)
    throw new RangeError(
      `${name} has three sides, of which --discard cannot tell which one has what: end its split brain by hand, ${discardByHand(name)}`,
    )
  const sides = await replicationOf(system, cloud)
  const [lost] = sides.filter(isKnown).filter(({ node }) => node === loser)
  const [kept] = sides.filter(isKnown).filter(({ node }) => node !== loser)
  if (!isApart(sides) || lost === undefined || kept === undefined) {
    const each = sides.map(side => `${side.node}: ${isKnown(side) ? side.connection : side.problem}`)
    throw new RangeError(`${name} does not have a split brain (${each.join('; ')}): there is nothing to discard`)
  }
  if (lost.role === 'Primary')
    throw new RangeError(
      `${name} is promoted on ${loser}, and its data there are in use: discard ${kept.node} instead, or stop what uses them first: ${demotion(name)}`,
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

/** The amount that each side has changed since, and which changes will be lost. */
export function lossText({ cloud: { name }, lost, kept }: SplitBrain): string {
  return (
    `${lost.node} has changed ${roundedSize(lost.outOfSyncBytes)} of ${name} since the two sides lost each other, ` +
    `${kept.node} ${roundedSize(kept.outOfSyncBytes)}; the changes of ${lost.node} will be lost`
  )
}

/** The steps that end a split brain. */
export function discardSteps({ system }: Work, { cloud: { name }, lost, kept }: SplitBrain): Step[] {
  const loser = lost.node
  return [
    {
      name: `connecting ${loser}, which discards its own changes`,
      run: async () => {
        // a side that is waiting for the other one would ignore the option; a StandAlone side has no connection to disconnect
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
      name: `waiting for the two sides of ${name} to connect`,
      waits: true,
      run: async () => {
        await drbdadmOn(system, loser, ['wait-connect', name], { within: 60 })
      },
    },
  ]
}
