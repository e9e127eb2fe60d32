import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import type { Vserver } from '../../cloud/cloud.ts'
import { listedNames } from '../../cloud/listed-names.ts'
import { expandAmong } from '../command/name-ranges.ts'

/**
 * The vservers that a list of names refers to.
 * @throws RangeError for an ambiguous word, an unknown name, no vserver at all, and one that differs from what vhacs created.
 */
export function selectVservers(text: string, { vservers }: Pick<Cluster, 'vservers'>): Vserver[] {
  const { complete, incomplete } = vservers
  if (text === 'ALL' && complete.length === 0) throw new RangeError('there are no vservers')
  if (text === 'ALL') return [...complete]
  return expandAmong(
    text,
    [...complete, ...incomplete].map(({ name }) => name),
  ).map(name => {
    const found = complete.find(vserver => vserver.name === name)
    if (found) return found
    const half = incomplete.find(vserver => vserver.name === name)
    if (half)
      throw new RangeError(`${name} differs from what vhacs created (${half.why}): correct it with "crm configure"`)
    throw new RangeError(
      `there is no vserver ${name} (vservers: ${listedNames(complete.map(vserver => vserver.name))})`,
    )
  })
}
