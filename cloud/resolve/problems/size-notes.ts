import { formatSize } from '../../sizes.ts'
import type { NodeFacts } from '../context.ts'
import type { ResolvedCloud } from '../resolve.ts'
import { sizeDifferences } from '../size-differences.ts'

/** Clouds whose volumes keep another size than the requested one. */
export function sizeNotes(clouds: readonly ResolvedCloud[], facts: readonly NodeFacts[]): string[] {
  return sizeDifferences(clouds, facts).flatMap(({ resolved, sizeBytes, volumeBytes, isGrowth, isLarger }) => {
    if (isGrowth) return []
    const { name, storageNodes } = resolved.cloud
    const whyNotLarger =
      storageNodes.length > 2 ? 'has three sides, and only those with two grow' : 'grows only while it runs'
    const why = isLarger ? whyNotLarger : 'never shrinks'
    return [`cloud ${name} ${why}: ${formatSize(sizeBytes)} in the file, ${formatSize(volumeBytes)} on its volume`]
  })
}
