import { formatSize } from '../../sizes.ts'
import type { NodeFacts } from '../context.ts'
import type { ResolvedCloud } from '../resolve.ts'
import { sizeDifferences } from '../size-differences.ts'

/** Clouds whose volumes keep another size than the requested one. */
export function sizeNotes(clouds: readonly ResolvedCloud[], facts: readonly NodeFacts[]): string[] {
  return sizeDifferences(clouds, facts).flatMap(({ resolved, sizeBytes, volumeBytes, isGrowth, isLarger }) => {
    if (isGrowth) return []
    const { name } = resolved.cloud
    const why = isLarger ? 'grows only while it runs' : 'never shrinks'
    return [`cloud ${name} ${why}: ${formatSize(sizeBytes)} in the file, ${formatSize(volumeBytes)} on its volume`]
  })
}
