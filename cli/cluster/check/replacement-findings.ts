import { bannedSides, type Sides } from '../../../cloud/change/replacement.ts'
import type { CibSnapshot } from '../../../cloud/cib/snapshot.ts'
import { replaceCommand } from '../../clouds/replacement/texts.ts'
import type { Examination } from '../examine/examination.ts'
import { type Finding, warning } from '../examine/finding.ts'
import { storedData } from './clouds/stored-data.ts'

/**
 * Sides whose replacement is at work, or was broken off: the constraint that keeps the old one down is there, or the volume of the new one is
 * marked. The lock of the cluster does not tell which: it is not held while the data are copied, and a killed process leaves it.
 */
export function replacementFindings({ root, cluster }: CibSnapshot, examinations: readonly Examination[]): Finding[] {
  const names = cluster.clouds.map(({ name }) => name)
  const bans = bannedSides(names, root)
  return cluster.clouds.flatMap(({ name, volumeGroup, storageNodes }) => {
    const marked = examinations.flatMap(examined =>
      storedData(examined).volumes.flatMap(volume =>
        volume.group === volumeGroup && volume.name === name && volume.replaces !== undefined
          ? [{ from: volume.replaces, to: examined.node }]
          : [],
      ),
    )
    const ban = bans.get(name)
    const found = [...(ban === undefined ? [] : [ban]), ...marked]
    return [...new Map(found.map(sides => [`${sides.from} ${sides.to}`, sides])).values()].map(sides =>
      [sides.from, sides.to].some(node => storageNodes.includes(node))
        ? unfinished(name, sides, ban !== undefined)
        : abandoned(name, sides),
    )
  })
}

function unfinished(cloud: string, { from, to }: Sides, isBanned: boolean): Finding {
  const what = to === from ? `the disk of ${cloud} on ${from}` : `the side of ${cloud} on ${from}, by one on ${to},`
  const state = isBanned ? '; the old side is kept down' : ''
  return warning(
    `the replacement of ${what} was begun and is not complete${state}`,
    `unless it is still at work: ${replaceCommand({ cloud, from, to })} (I/O continues)`,
  )
}

/** A node was prepared, and then another one has taken the place of the side. */
function abandoned(cloud: string, { from, to }: Sides): Finding {
  const what = `${to} has a volume for a side of ${cloud}, which was to replace that on ${from}: neither has one now`
  return warning(what, replaceCommand({ cloud, from: to, to }))
}
