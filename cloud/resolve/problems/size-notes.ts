import { formatSize } from '../../sizes.ts'
import { valueAt } from '../../value-at.ts'
import type { NodeFacts } from '../context.ts'
import type { ResolvedCloud } from '../resolve.ts'

/** Clouds whose volumes differ from the requested size: applying a configuration does not resize them. */
export function sizeNotes(clouds: readonly ResolvedCloud[], facts: readonly NodeFacts[]): string[] {
  return clouds.flatMap(({ wanted: { sizeBytes }, present, cloud, isAdopted }) => {
    if (sizeBytes === undefined || (present === undefined && !isAdopted)) return []
    const { name, volumeGroup, storageNodes } = present ?? cloud
    const groups = facts.filter(({ node }) => node === storageNodes[0]).flatMap(({ volumeGroups }) => volumeGroups)
    const group = groups.find(candidate => candidate.name === volumeGroup)
    const volumeBytes = valueAt(group?.volumes, name)
    if (group === undefined || volumeBytes === undefined) return []
    // LVM rounds up to whole extents
    const isThatSize = volumeBytes >= sizeBytes && volumeBytes - sizeBytes < group.extentBytes
    if (isThatSize) return []
    const sizes = `${formatSize(sizeBytes)} in the file, ${formatSize(volumeBytes)} on its volume`
    return [`cloud ${name} is not resized: ${sizes}`]
  })
}
