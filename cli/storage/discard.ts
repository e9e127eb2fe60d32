import type { Cloud } from '../../cloud/cloud.ts'
import { runOn } from '../../system/remote.ts'
import { confirm } from '../confirm.ts'
import { runSteps, type Work } from '../steps.ts'
import { sizeText } from '../table.ts'
import type { Call } from '../verbs.ts'
import { isKnown, isSplit, replicationOf } from './replication.ts'

/**
 * Ends a split brain: what `loser` alone has written is thrown away, after it has been shown how much that is.
 * @throws RangeError when there is no split brain, the node is none of the two, or its data are in use.
 */
export async function resolveSplitBrain(call: Call, work: Work, cloud: Cloud, loser: string): Promise<void> {
  const { system } = work
  const { name, storageNodes } = cloud
  if (!storageNodes.includes(loser))
    throw new RangeError(`${loser} holds no data of ${name}: ${storageNodes.join(' and ')} do`)
  const sides = await replicationOf(system, cloud)
  const [lost] = sides.filter(isKnown).filter(({ node }) => node === loser)
  const [kept] = sides.filter(isKnown).filter(({ node }) => node !== loser)
  if (!isSplit(sides) || lost === undefined || kept === undefined) {
    const each = sides.map(side => `${side.node}: ${isKnown(side) ? side.connection : side.problem}`)
    throw new RangeError(`${name} has no split brain (${each.join('; ')}): there is nothing to discard`)
  }
  if (lost.role === 'Primary')
    throw new RangeError(
      `${loser} has ${name} promoted: its data are in use. Move it away first, or discard ${kept.node}`,
    )
  work.print(
    `${loser} has changed ${sizeText(lost.outOfSyncBytes)} of ${name} since the two sides parted, ` +
      `${kept.node} ${sizeText(kept.outOfSyncBytes)}; what ${loser} has changed will be lost`,
  )
  await confirm(call, `throw away what ${loser} alone has written to ${name}`)
  await runSteps(
    [
      {
        name: `connecting ${loser}, which takes the data of ${kept.node}`,
        run: async () => {
          // one that waits for the other side would not take the option; one that does not is no connection that could be cut
          if (lost.connection !== 'StandAlone') await runOn(system, loser, ['drbdadm', 'disconnect', name])
          await runOn(system, loser, ['drbdadm', 'connect', '--discard-my-data', name])
        },
      },
      {
        name: `connecting ${kept.node}`,
        run: async () => {
          if (kept.connection === 'StandAlone') await runOn(system, kept.node, ['drbdadm', 'connect', name])
        },
      },
      {
        name: `waiting for the two sides of ${name}`,
        waits: true,
        run: async () => {
          await runOn(system, loser, ['timeout', '60', 'drbdadm', 'wait-connect', name])
        },
      },
    ],
    work,
  )
}
